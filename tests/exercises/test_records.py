"""The page of the record as a whole: possible duplicates, archiving, restoring; and the list without the archived."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from exercises.models import Programme
from patients import actions as patient_actions
from patients.models import Patient
from tests import factories
from tests.factories import NOON
from tests.pages import text
from tests.record_world import REASON, merge

LIST = reverse("patients:list")
ARCHIVED = f"{LIST}?archived=1"
BY_STAFF = pytest.mark.parametrize("who", ["priya", "olivia"])


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


def page_of(patient: Patient, name: str = "record") -> str:
    return reverse(f"exercises:{name}", args=[patient.pk])


def compare(one: Patient, other: Patient) -> str:
    return reverse("exercises:merge", args=[one.pk, other.pk])


def answers(kept: Patient) -> dict[str, str]:
    return {"kept": str(kept.pk), "reason": REASON, "same_person": "on"}


# --- the record ---------------------------------------------------------------------------------------------------
def test_the_record_names_possible_duplicates(
    as_priya: Client, priya: User, margaret: Patient, double: Patient
) -> None:
    husband = factories.make_patient(priya, "Bernard", "Hale", email="Margaret.Hale@patients.example")
    factories.make_patient(
        priya, "Margaret", "Hale", date_of_birth=date(1960, 1, 1), email="m@patients.example"
    )
    response = as_priya.get(page_of(margaret))
    assert response.status_code == 200
    assert response.context["lookalikes"] == [husband, double]
    for other in (husband, double):
        assert f'href="{compare(margaret, other)}"' in response.content.decode()
    entry = AuditEntry.objects.get(verb="record.read")
    assert (entry.actor_user, entry.patient_id, entry.changes) == (priya, margaret.pk, {"page": "record"})


def test_archived_and_merged_records_are_no_duplicates_any_more(
    as_priya: Client, priya: User, margaret: Patient, double: Patient
) -> None:
    third = factories.make_patient(priya, same_person_checked=True)
    assert as_priya.get(page_of(margaret)).context["lookalikes"]
    merge(priya, margaret, double)
    patient_actions.archive_patient(actor=Actor.staff(priya), patient=third, now=NOON, reason="Moved away.")
    assert as_priya.get(page_of(margaret)).context["lookalikes"] == []


def test_without_an_address_nobody_shares_it(as_priya: Client, priya: User) -> None:
    one = factories.make_patient(priya, "Ana", email="", reminders_allowed=False)
    factories.make_patient(priya, "Zoë", email="", reminders_allowed=False)
    response = as_priya.get(page_of(one))
    assert response.context["lookalikes"] == []
    assert "No other record has the same name and date of birth" in text(response)


def test_another_clinic_s_namesake_is_no_duplicate(as_priya: Client, hugo: User, margaret: Patient) -> None:
    factories.make_patient(hugo)
    assert as_priya.get(page_of(margaret)).context["lookalikes"] == []


def test_assistants_read_the_record_and_change_nothing(
    sign_in: Any, asha: User, priya: User, margaret: Patient, double: Patient
) -> None:
    client = sign_in(asha)
    page = text(client.get(page_of(margaret)))
    assert "Possible duplicates" in page
    assert "Owners and practitioners archive and merge records." in page
    assert "<button" not in page.partition("<main")[2].partition("</main>")[0]
    assert "Compare and merge" not in page
    before = factories.count_rows()
    for url in (
        page_of(margaret, "patient_archive"),
        page_of(margaret, "patient_restore"),
        compare(margaret, double),
    ):
        assert client.post(url, answers(margaret) | {"reason": "x"}).status_code == 403
    assert factories.count_rows() == before


@pytest.mark.slow
def test_the_number_of_queries_does_not_grow(
    as_priya: Client, priya: User, margaret: Patient, double: Patient
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_priya.get(page_of(margaret))
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    merge(priya, margaret, factories.make_patient(priya, "Ana", "Quinn"))
    first = asked()
    for number in range(9):
        factories.make_patient(
            priya, "Margaret", "Hale", email="", reminders_allowed=False, same_person_checked=True
        )
        merge(priya, margaret, factories.make_patient(priya, f"Ana{number}", "Quinn"))
    assert asked() == first
    # session, user, patient, the entry of the reading, findings, check of cautions, flags, lookalikes, merges
    assert first == 9


# --- archiving ----------------------------------------------------------------------------------------------------
@BY_STAFF
def test_archive_and_restore(request: Any, sign_in: Any, who: str, margaret: Patient) -> None:
    client = sign_in(request.getfixturevalue(who))
    response = client.post(page_of(margaret, "patient_archive"), {"reason": "Moved away."}, follow=True)
    assert response.redirect_chain == [(page_of(margaret), 302)]
    assert "The record of Margaret Hale is archived." in text(response)
    for name in ("record", "patient"):
        page = text(client.get(page_of(margaret, name)))
        assert "Archived on 23 November 2026 by" in page
        assert f'action="{page_of(margaret, "patient_restore")}"' in page
        assert "Archive the record" not in page
    assert AuditEntry.objects.get(verb="patient.archived").reason == "Moved away."
    response = client.post(page_of(margaret, "patient_restore"), follow=True)
    assert "The record of Margaret Hale is open again." in text(response)
    assert "Archived on" not in text(response)
    assert Patient.objects.get(pk=margaret.pk).is_open


def test_an_archived_page_offers_no_form_that_would_be_refused(
    as_priya: Client, priya: User, margaret: Patient
) -> None:
    factories.make_finding(priya, margaret)
    assert 'id="finding-save"' in as_priya.get(page_of(margaret, "patient")).content.decode()
    as_priya.post(page_of(margaret, "patient_archive"), {"reason": "Moved away."})
    page = as_priya.get(page_of(margaret, "patient")).content.decode()
    assert "Plantar fasciitis, left" in page
    for offered in ('id="finding-save"', "Edit details", "Assign a routine", 'value="resolved"'):
        assert offered not in page


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("", "Enter the reason."),
        ("x" * 201, "Ensure this value has at most 200 characters (it has 201)."),
        ("a\nb", "Write this on one line."),
    ],
)
def test_archiving_needs_a_reason(as_priya: Client, margaret: Patient, reason: str, message: str) -> None:
    before = factories.count_rows()
    response = as_priya.post(page_of(margaret, "patient_archive"), {"reason": reason})
    assert response.status_code == 422
    assert response.context["form"].errors == {"reason": [message]}
    assert "<title>Error: Record of Margaret Hale" in response.content.decode()
    assert factories.count_rows() == before
    assert Patient.objects.get(pk=margaret.pk).is_open


def test_a_running_programme_is_named(as_priya: Client, margaret: Patient, programme: Programme) -> None:
    response = as_priya.post(page_of(margaret, "patient_archive"), {"reason": "Moved away."})
    assert response.status_code == 422
    assert "End the running programme first: “Article basics”." in text(response)
    assert 'value="Moved away."' in response.content.decode()
    assert Patient.objects.get(pk=margaret.pk).is_open


def test_a_second_press_says_so(as_priya: Client, margaret: Patient) -> None:
    url = page_of(margaret, "patient_archive")
    as_priya.post(url, {"reason": "Moved away."})
    response = as_priya.post(url, {"reason": "Moved away."})
    assert response.status_code == 422
    assert "This record is archived already." in text(response)
    restore = page_of(margaret, "patient_restore")
    as_priya.post(restore)
    assert "This record is not archived." in text(as_priya.post(restore, follow=True))
    assert AuditEntry.objects.filter(verb__in=["patient.archived", "patient.restored"]).count() == 2


# --- the list -----------------------------------------------------------------------------------------------------
def test_the_list_and_the_search_leave_archived_patients_out(
    as_priya: Client, priya: User, margaret: Patient
) -> None:
    ana = factories.make_patient(priya, "Ana", "Hale")
    as_priya.post(page_of(margaret, "patient_archive"), {"reason": "Moved away."})

    def shown(url: str, **query: str) -> list[Patient]:
        return [row["patient"] for row in as_priya.get(url, query).context["rows"]]

    assert shown(LIST) == shown(LIST, q="hale") == shown(LIST, archived="0") == [ana]
    assert shown(LIST, archived="1") == shown(LIST, archived="1", q="marg") == [margaret]
    assert shown(LIST, archived="1", q="ana") == []
    assert f'href="{ARCHIVED}"' in as_priya.get(LIST).content.decode()
    page = text(as_priya.get(ARCHIVED))
    assert "23 Nov 2026" in page
    assert '<input type="hidden" name="archived" value="1">' in page  # a search stays among them


def test_who_finds_nobody_is_offered_the_archive(as_priya: Client, priya: User, margaret: Patient) -> None:
    as_priya.post(page_of(margaret, "patient_archive"), {"reason": "Moved away."})
    page = as_priya.get(LIST, {"q": "marg"}).content.decode()
    assert f'<a href="{LIST}?q=marg&amp;archived=1">Look for them among the archived</a>' in page
    assert "among the archived" not in as_priya.get(LIST, {"q": "ana", "archived": "1"}).content.decode()


def test_an_empty_archive_says_so(as_priya: Client, margaret: Patient) -> None:
    assert "No archived patients." in text(as_priya.get(ARCHIVED))


def test_the_links_to_other_pages_stay_in_the_archive(as_priya: Client, priya: User) -> None:
    for number in range(26):
        patient = factories.make_patient(priya, f"Ana{number}", "Quinn")
        patient_actions.archive_patient(actor=Actor.staff(priya), patient=patient, now=NOON, reason="Old.")
    page = as_priya.get(ARCHIVED + "&q=quinn").content.decode()
    assert 'href="?q=quinn&amp;archived=1&amp;page=2"' in page


@pytest.mark.slow
# --- age ----------------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-41")
@pytest.mark.parametrize(
    ("born", "age", "warned"),
    [(date(2008, 11, 24), 17, True), (date(2008, 11, 23), 18, False), (date(2026, 11, 23), 0, True)],
)
def test_staff_see_the_age_and_a_note_under_18(
    as_priya: Client, priya: User, born: date, age: int, warned: bool
) -> None:
    young = factories.make_patient(priya, "Tim", "Ward", date_of_birth=born)
    refused = as_priya.post(page_of(young, "assign"), {})
    assert refused.status_code == 422
    read = [as_priya.get(page_of(young, name)) for name in ("patient", "record", "assign")]
    for response in (*read, refused):
        page = text(response)
        assert f"{age} years" in page
        assert ("Under 18: the catalogue's exercises are written for adults." in page) is warned


def test_every_page_of_a_record_stands_under_patients(as_priya, priya, margaret):
    """Also where the address says nothing of patients."""
    evaluation = factories.make_evaluation(priya, margaret)
    page = as_priya.get(reverse("patients:evaluation", args=[evaluation.pk])).content.decode()
    assert f'<a href="{reverse("patients:list")}" aria-current="true">Patients</a>' in page

"""What waits for a decision stands before everything else; the letter says nothing about anybody."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.mail import outbox
from clinic.models import Membership, OutgoingEmail, User
from patients import actions, alerts
from patients.models import Decision, Patient, RaisedFlag
from tests import factories
from tests.factories import NOON
from tests.pages import signed_in, text
from tests.patients.test_signs import tell
from tests.restricted_world import make_restriction

CARD = "Warning signs, not decided yet"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def listed(user: User) -> str:
    return text(signed_in(user).get(reverse("exercises:worklist")))


@pytest.mark.hazard("HZ-05", "HZ-42")
def test_the_card_stands_at_the_head_of_the_worklist(priya: User, olivia: User, margaret: Patient) -> None:
    assert CARD not in listed(priya)
    tell(margaret, "calf_chest", "not_better")
    for person in (priya, olivia):
        page = listed(person)
        assert page.index(CARD) < page.index("Nobody else needs you now")
        assert f'href="{reverse("patients:safety", args=[margaret.pk])}"' in page
        assert "Emergency" in page
        assert "2 signs since 23 Nov 2026, 12:00" in page
        assert "reported by the patient in the plan" in page
    assert not OutgoingEmail.objects.filter(state="sent").exists()  # no worker has run


def test_who_reads_nothing_clinical_or_works_elsewhere_sees_no_card(
    asha: User, hugo: User, margaret: Patient
) -> None:
    tell(margaret, "calf_chest")
    assert signed_in(asha).get(reverse("exercises:worklist")).status_code == 403
    assert "Warning signs" not in text(signed_in(asha).get(reverse("patients:list")))
    assert CARD not in listed(hugo)


def test_a_decision_of_either_kind_takes_it_off(priya: User, margaret: Patient) -> None:
    tell(margaret, "calf_chest")
    factories.make_decision(priya, RaisedFlag.objects.get(), Decision.HOLD)
    assert CARD not in listed(priya)


def test_signs_of_a_visit_wait_too_and_archived_records_do_not(priya: User, margaret: Patient) -> None:
    factories.make_flag(priya, margaret)
    assert "found at a visit" in listed(priya)
    actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="moved")
    assert CARD not in listed(priya)


@pytest.mark.hazard("HZ-05")
def test_overdue_is_marked_and_comes_first(priya: User, margaret: Patient) -> None:
    nora, tom = (factories.make_patient(priya, *name) for name in [("Nora", "Field"), ("Tom", "Reed")])
    tell(margaret, "not_better", now=NOON - timedelta(days=90))
    tell(nora, "calf_chest", now=NOON - timedelta(hours=1))
    tell(tom, "new_numb_weak", now=NOON - timedelta(days=7))
    found = alerts.waiting(Actor.staff(priya), NOON)
    assert [(one.patient.given_name, one.overdue) for one in found] == [
        ("Tom", True),
        ("Nora", False),
        ("Margaret", False),
    ]
    assert listed(priya).count("overdue") == 1


def test_a_note_alone_waits_until_somebody_looks(priya: User, margaret: Patient) -> None:
    tell(margaret, note="Odd feeling.", now=NOON - timedelta(hours=1))
    assert "wrote a note on" in listed(priya)
    page = text(signed_in(priya).get(reverse("patients:safety", args=[margaret.pk])))
    assert "Odd feeling." in page
    assert CARD not in listed(priya)


LINE = "Warning signs wait for a decision"


def on_the_list(user: User) -> bool:
    return LINE in text(signed_in(user).get(reverse("patients:list")))


@pytest.mark.hazard("HZ-05")
@pytest.mark.parametrize("said", [{"keys": ["calf_chest"]}, {"keys": [], "note": "Odd feeling."}], ids=str)
def test_the_list_of_patients_says_that_something_waits(
    priya: User, olivia: User, hugo: User, asha: User, margaret: Patient, said: dict[str, Any]
) -> None:
    assert not on_the_list(priya)
    tell(margaret, *said["keys"], note=said.get("note", ""))
    assert [on_the_list(user) for user in (priya, olivia, asha, hugo)] == [True, True, False, False]
    make_restriction(olivia, margaret)
    assert not on_the_list(priya), "nothing tells of a record that is closed"


def test_the_list_is_silent_of_an_archived_record(priya: User, margaret: Patient) -> None:
    tell(margaret, "calf_chest")
    assert on_the_list(priya)
    actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="moved")
    assert not on_the_list(priya)


@pytest.mark.parametrize("number", [1, 10])
def test_two_questions_however_much_waits(
    priya: User, riverside: Any, django_assert_num_queries: Any, number: int
) -> None:
    for place in range(number):
        person = factories.make_patient(priya, f"Given{place}", "Name")
        tell(person, "calf_chest", "not_better")
        tell(factories.make_patient(priya, f"Other{place}", "Name"), note="A note.")
    actor = Actor.staff(priya)
    with django_assert_num_queries(2):
        assert len(alerts.waiting(actor, NOON)) == 2 * number


# --- the record -------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-05")
def test_the_record_says_where_it_came_from(priya: User, margaret: Patient) -> None:
    tell(margaret, "diabetes_active", note="Since the new shoes.", language="de")
    person = signed_in(priya)
    safety = text(person.get(reverse("patients:safety", args=[margaret.pk])))
    assert "reported by the patient in the plan on 23 Nov 2026, 12:00, read in German" in safety
    assert "Since the new shoes." in safety
    assert "Arrange an assessment for today or the next working day." in safety
    assert "The patient was told:" in safety
    overview = text(person.get(reverse("exercises:patient", args=[margaret.pk])))
    assert "Reported by the patient in the plan on 23 Nov 2026, 12:00, read in German." in overview
    assert "There is a note." in overview


@pytest.mark.parametrize(
    "name", ["exercises:assign", "exercises:record", "patients:referral_new", "patients:cautions"]
)
def test_pages_of_the_record_open_with_a_reported_sign(priya: User, margaret: Patient, name: str) -> None:
    tell(margaret, "calf_chest")
    flag = RaisedFlag.objects.get()
    person = signed_in(priya)
    assert person.get(reverse(name, args=[margaret.pk]), {"flag": str(flag.pk)}).status_code == 200


def test_a_reported_sign_is_decided_like_any_other(priya: User, margaret: Patient) -> None:
    tell(margaret, "calf_chest")
    flag = RaisedFlag.objects.get()
    data = {"version": "1", "decision": "may_start", "note": "Seen by a doctor."}
    assert signed_in(priya).post(reverse("patients:flag_decide", args=[flag.pk]), data).status_code == 302
    flag.refresh_from_db()
    assert (flag.decision, flag.decided_by) == ("may_start", priya)


def test_another_clinic_does_not_find_it(hugo: User, margaret: Patient) -> None:
    tell(margaret, "calf_chest")
    flag = RaisedFlag.objects.get()
    person = signed_in(hugo)
    assert person.get(reverse("patients:safety", args=[margaret.pk])).status_code == 404
    assert person.post(reverse("patients:flag_decide", args=[flag.pk]), {}).status_code == 404


# --- the letter -------------------------------------------------------------------------------------------------
def composed(user: User) -> Any:
    email = OutgoingEmail.objects.get(letter="signs_reported", object_id__endswith=f":{user.pk}")
    return alerts.signs_reported(email.object_id, NOON)


@pytest.mark.hazard("HZ-05", "HZ-10")
def test_the_letter_names_nobody_and_nothing(priya: User, margaret: Patient) -> None:
    tell(margaret, "calf_chest", note="My calf is red.")
    letter = composed(priya)
    assert letter.to == priya.email
    assert letter.subject == "A message from Riverside"
    for body in (letter.text, letter.html):
        assert f"/patients/{margaret.pk}/safety/" in body
        for word in ("Margaret", "Hale", "calf", "pain", "Emergency", "warning", "heel", "112"):
            assert not re.search(rf"\b{word}\b", body), word


def test_who_left_or_changed_gets_none_and_a_decision_ends_it(
    priya: User, olivia: User, margaret: Patient
) -> None:
    tell(margaret, "calf_chest")
    Membership.objects.filter(user=olivia).update(is_active=False)
    assert composed(olivia) is None
    assert composed(priya) is not None
    factories.make_decision(priya, RaisedFlag.objects.get())
    assert composed(priya) is None


def test_there_is_no_such_report(db: None) -> None:
    assert outbox  # the letter is asked for by the outbox
    assert alerts.signs_reported("0" * 32 + ":1", NOON) is None

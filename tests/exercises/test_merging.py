"""Comparing two records, merging them, and taking it back, on the pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from exercises.models import Exercise
from patients import actions as patient_actions
from patients.models import FindingType, Measure, Patient, PatientMerge
from tests import factories
from tests.factories import NOON, TODAY
from tests.pages import text
from tests.record_world import REASON, make_rich, merge, other_type

pytestmark = pytest.mark.slow  # tries everything there is

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


# --- comparing and merging ----------------------------------------------------------------------------------------
@pytest.fixture
def two_rich(
    priya: User, margaret: Patient, double: Patient, fasciitis: FindingType, toe_curls: Exercise
) -> None:
    make_rich(priya, margaret, fasciitis, toe_curls)
    make_rich(priya, double, other_type(), toe_curls, day=TODAY - timedelta(days=3), place=2)


def test_both_records_stand_side_by_side(
    two_rich: None, as_priya: Client, priya: User, margaret: Patient, double: Patient
) -> None:
    response = as_priya.get(compare(margaret, double))
    assert response.status_code == 200
    page = text(response)
    assert "margaret.hale@patients.example" in page
    assert "m.hale@patients.example" in page
    kinds = {kind.name: [share.count for share in kind.shares] for kind in response.context["kinds"]}
    assert len(kinds) == 23
    assert (kinds["Findings"], kinds["Programmes"], kinds["Pain scores"]) == ([1, 1], [1, 1], [2, 2])
    assert "radio" in page
    assert " checked>" not in page  # nothing is chosen beforehand
    assert PatientMerge.objects.count() == 0
    read = AuditEntry.objects.filter(verb="record.read", changes={"page": "merge"})
    assert {entry.patient_id for entry in read} == {margaret.pk, double.pk}


def test_the_comparison_asks_the_same_number_of_questions(
    as_priya: Client,
    priya: User,
    margaret: Patient,
    double: Patient,
    fasciitis: FindingType,
    toe_curls: Exercise,
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_priya.get(compare(margaret, double))
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    empty = asked()
    make_rich(priya, margaret, fasciitis, toe_curls)
    make_rich(priya, double, other_type(), toe_curls, day=TODAY - timedelta(days=3), place=2)
    assert asked() == empty
    # session, user, two patients, two entries of the reading, all kinds of row at once
    assert empty == 7


@pytest.mark.hazard("HZ-32")
@BY_STAFF
def test_merge_and_take_back(
    request: Any, sign_in: Any, who: str, two_rich: None, margaret: Patient, double: Patient
) -> None:
    client = sign_in(request.getfixturevalue(who))
    response = client.post(compare(double, margaret), answers(kept=margaret), follow=True)
    assert response.redirect_chain == [(page_of(margaret), 302)]
    merged = PatientMerge.objects.get()
    assert (merged.kept, merged.duplicate, merged.reason) == (margaret, double, REASON)
    page = text(response)
    assert f"The two records are one: {merged.number_moved} entries were moved." in page
    assert "stayed in the other record" not in page
    assert f"{merged.number_moved} entries came from" in page
    undo = reverse("exercises:merge_undo", args=[merged.pk])
    assert page.count(f'action="{undo}"') == 1
    other = text(client.get(page_of(double, "patient")))
    assert "This record was merged into" in other
    assert f'href="{page_of(margaret, "patient")}"' in other
    assert other.count(f'action="{undo}"') == 1
    assert "entries went to" in text(client.get(page_of(double)))
    response = client.post(undo, follow=True)
    assert response.redirect_chain == [(page_of(double), 302)]
    assert "The merge is taken back: the record of Margaret Hale stands by itself again." in text(response)
    assert "Taken back on 23 November 2026 by" in text(response)
    assert Patient.objects.current().count() == 2
    assert "This merge was taken back already." in text(client.post(undo, follow=True))


def test_what_stays_behind_is_said(as_priya: Client, margaret: Patient, double: Patient) -> None:
    for patient in (margaret, double):
        patient_actions.record_pain(
            actor=Actor.patient(patient),
            patient=patient,
            on=TODAY,
            scores={Measure.PAIN_FOOT: 3},
            now=NOON,
        )
    page = text(as_priya.post(compare(margaret, double), answers(margaret), follow=True))
    assert "The two records are one: 1 entry was moved." in page
    assert "1 entry stayed in the other record, because this one has an entry in its place." in page


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"kept": ""}, {"kept": ["Choose which record is kept."]}),
        ({"reason": " "}, {"reason": ["Enter the reason."]}),
        (
            {"same_person": ""},
            {"same_person": ["Tick the box when you have checked that this is the same person."]},
        ),
    ],
)
def test_every_answer_is_needed(
    as_priya: Client, margaret: Patient, double: Patient, change: dict[str, str], errors: dict[str, Any]
) -> None:
    before = factories.count_rows()
    response = as_priya.post(compare(margaret, double), answers(margaret) | change)
    assert response.status_code == 422
    assert response.context["form"].errors == errors
    assert factories.count_rows() == before


def test_a_third_record_cannot_be_kept(
    as_priya: Client, priya: User, margaret: Patient, double: Patient
) -> None:
    third = factories.make_patient(priya, "Ana", "Quinn")
    response = as_priya.post(compare(margaret, double), answers(third))
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"kept"}
    assert not PatientMerge.objects.exists()


def test_a_refusal_is_shown_and_changes_nothing(
    as_priya: Client, priya: User, margaret: Patient, double: Patient
) -> None:
    for patient in (margaret, double):
        factories.make_finding(priya, patient)
    before = factories.count_rows()
    response = as_priya.post(compare(margaret, double), answers(margaret))
    assert response.status_code == 422
    assert "“Plantar fasciitis, left” is active in both records. Close one of them first." in text(response)
    assert f'value="{REASON}"' in response.content.decode()
    assert factories.count_rows() == before


def test_a_second_press_is_refused(as_priya: Client, margaret: Patient, double: Patient) -> None:
    as_priya.post(compare(margaret, double), answers(margaret))
    response = as_priya.post(compare(margaret, double), answers(margaret))
    assert response.status_code == 422
    assert "This record was merged into another one. Write in that one instead." in text(response)
    assert PatientMerge.objects.count() == 1


@pytest.mark.hazard("HZ-01")
def test_no_address_reaches_another_clinic(
    as_priya: Client,
    sign_in: Any,
    priya: User,
    hugo: User,
    margaret: Patient,
    double: Patient,
    heinrich: Patient,
) -> None:
    merged = merge(priya, margaret, factories.make_patient(priya, "Ana", "Quinn")).merge
    stranger = sign_in(hugo)
    before = factories.count_rows()
    for one, other in ((margaret, heinrich), (heinrich, margaret)):
        assert as_priya.get(compare(one, other)).status_code == 404
        assert as_priya.post(compare(one, other), answers(one)).status_code == 404
    for url in (
        compare(margaret, double),
        page_of(margaret, "patient_archive"),
        page_of(margaret, "patient_restore"),
        reverse("exercises:merge_undo", args=[merged.pk]),
        reverse("exercises:merge_undo", args=[uuid4()]),
    ):
        assert stranger.post(url, answers(margaret)).status_code == 404
    assert stranger.get(page_of(margaret)).status_code == 404
    assert factories.count_rows() == before


def test_a_record_is_not_compared_with_itself(as_priya: Client, margaret: Patient) -> None:
    assert as_priya.get(compare(margaret, margaret)).status_code == 404


def test_wrong_methods(as_priya: Client, priya: User, margaret: Patient, double: Patient) -> None:
    merged = merge(priya, margaret, double).merge
    assert as_priya.post(page_of(margaret)).status_code == 405
    for url in (
        page_of(margaret, "patient_archive"),
        page_of(margaret, "patient_restore"),
        reverse("exercises:merge_undo", args=[merged.pk]),
    ):
        assert as_priya.get(url).status_code == 405
    assert as_priya.put(compare(margaret, double)).status_code == 405

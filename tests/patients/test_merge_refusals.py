"""What stops a merge, and what stops taking it back. Each time nothing is changed."""

from typing import Any

import pytest

from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Exercise
from patients import actions as patient_actions
from patients.models import (
    ChangeRating,
    Evaluation,
    EvaluationDraft,
    FindingType,
    PainScore,
    Patient,
    RecordStatus,
    Referral,
    Side,
    Status,
)
from tests import factories
from tests.factories import NOON, TODAY
from tests.record_world import REASON, merge, moved_by, refused, take_back

pytestmark = pytest.mark.slow  # tries everything there is


def test_a_draft_that_would_stay_behind_its_evaluation_stops_the_merge(
    priya: User, margaret: Patient, double: Patient
) -> None:
    for patient in (margaret, double):
        both: dict[str, Any] = {"clinic_id": patient.clinic_id, "patient": patient}
        signed = Evaluation.objects.create(**both, examined_on=TODAY, signed_by=priya)
        EvaluationDraft.objects.create(**both, author=priya, amends=signed)
    message = refused("in_the_way", lambda: merge(priya, margaret, double))
    assert message == (
        "This stands in the way: draft of an evaluation. It rests on an entry that would be in the other record."
    )


@pytest.mark.parametrize(
    ("side", "words"),
    [
        (Side.LEFT, "“Plantar fasciitis, left” is active in both records."),
        (
            Side.BILATERAL,
            "“Plantar fasciitis, both” contradicts “Plantar fasciitis, left” in the other record.",
        ),
    ],
)
def test_active_findings_that_contradict_each_other_stop_the_merge(
    priya: User, margaret: Patient, double: Patient, fasciitis: FindingType, side: Side, words: str
) -> None:
    factories.make_finding(priya, margaret, fasciitis, Side.LEFT)
    theirs = factories.make_finding(priya, double, fasciitis, side)
    assert (
        refused("contradiction", lambda: merge(priya, margaret, double))
        == f"{words} Close one of them first."
    )
    patient_actions.close_finding(
        actor=Actor.staff(priya), finding=theirs, status=Status.ENTERED_IN_ERROR, now=NOON
    )
    assert moved_by(merge(priya, margaret, double)) == {"patients.Finding": [str(theirs.pk)]}


@pytest.mark.hazard("HZ-32")
def test_a_slip_in_the_kept_record_does_not_keep_a_valid_answer_out(
    priya: User, margaret: Patient, double: Patient
) -> None:
    for patient, status in ((margaret, RecordStatus.ENTERED_IN_ERROR), (double, RecordStatus.RECORDED)):
        both: dict[str, Any] = {"clinic_id": patient.clinic_id, "patient": patient, "on": TODAY}
        PainScore.objects.create(**both, measure="pain_foot_24h", score=3, status=status)
        ChangeRating.objects.create(**both, rating=1, status=status)
    for model, what in ((PainScore, "Foot pain"), (ChangeRating, "Overall change")):
        assert refused("slip_in_the_way", lambda: merge(priya, margaret, double)) == (
            f"{what} of 23 Nov 2026 was entered in error in the record that is kept, and the other record has "
            "an answer that stands. Restore or correct the one that is kept first."
        )
        slip = model.objects.get(patient=margaret)
        patient_actions.restore_outcome(actor=Actor.staff(priya), outcome=slip)
    assert set(merge(priya, margaret, double).stayed) == {"patients.PainScore", "patients.ChangeRating"}


@pytest.mark.parametrize("kept", [RecordStatus.RECORDED, RecordStatus.ENTERED_IN_ERROR])
def test_a_slip_of_the_duplicate_stays_behind(
    priya: User, margaret: Patient, double: Patient, kept: RecordStatus
) -> None:
    for patient, status in ((margaret, kept), (double, RecordStatus.ENTERED_IN_ERROR)):
        ChangeRating.objects.create(
            clinic_id=patient.clinic_id, patient=patient, on=TODAY, rating=1, status=status
        )
    assert set(merge(priya, margaret, double).stayed) == {"patients.ChangeRating"}


# --- refusals ---------------------------------------------------------------------------------------------------
def test_an_active_programme_of_the_duplicate_stops_the_merge(
    priya: User, margaret: Patient, double: Patient, toe_curls: Exercise
) -> None:
    factories.make_programme(priya, double, [toe_curls])
    message = refused("running", lambda: merge(priya, margaret, double))
    assert message == "End the running programme of the other record first: “Article basics”."
    assert merge(priya, double, margaret).merge.kept == double  # the kept one may have one


def test_a_record_is_not_merged_with_itself(priya: User, margaret: Patient) -> None:
    refused("same", lambda: merge(priya, margaret, margaret))


@pytest.mark.hazard("HZ-01")
def test_records_of_two_clinics_are_never_merged(
    priya: User, hugo: User, margaret: Patient, heinrich: Patient
) -> None:
    refused("other_clinic", lambda: merge(priya, margaret, heinrich))
    refused("other_clinic", lambda: merge(priya, heinrich, margaret))
    refused("other_clinic", lambda: merge(hugo, margaret, heinrich))


def test_archived_and_merged_records_are_not_merged(
    priya: User, olivia: User, margaret: Patient, double: Patient
) -> None:
    third = factories.make_patient(priya, "Margaret", "Hale", same_person_checked=True)
    merge(priya, margaret, double)
    refused("archived", lambda: merge(priya, double, third))
    refused("archived", lambda: merge(priya, margaret, double))
    patient_actions.archive_patient(actor=Actor.staff(olivia), patient=third, now=NOON, reason="Moved.")
    refused("archived", lambda: merge(priya, margaret, third))


def test_nobody_and_no_job_merges(margaret: Patient, double: Patient, priya: User) -> None:
    job = Actor.system("test")
    refused(
        "nobody",
        lambda: actions.merge_patients(actor=job, kept=margaret, duplicate=double, now=NOON, reason=REASON),
    )
    merged = merge(priya, margaret, double).merge
    refused("nobody", lambda: patient_actions.undo_merge(actor=job, merge=merged, now=NOON))


def test_it_is_taken_back_once(priya: User, margaret: Patient, double: Patient) -> None:
    merged = merge(priya, margaret, double).merge
    take_back(priya, merged)
    refused("undone", lambda: take_back(priya, merged))


def test_merges_are_taken_back_in_reverse_order(priya: User, margaret: Patient, double: Patient) -> None:
    third = factories.make_patient(priya, "Margaret", "Hale", same_person_checked=True)
    theirs = factories.make_finding(priya, double)
    first = merge(priya, margaret, double).merge
    second = merge(priya, third, margaret).merge
    refused("archived", lambda: take_back(priya, first))
    take_back(priya, second)
    take_back(priya, first)
    theirs.refresh_from_db()
    assert theirs.patient == double


def test_what_rests_on_a_moved_row_stops_the_way_back(
    priya: User, margaret: Patient, double: Patient
) -> None:
    theirs = factories.make_finding(priya, double)
    merged = merge(priya, margaret, double).merge
    Referral.objects.create(
        clinic_id=margaret.clinic_id,
        patient=margaret,
        finding=theirs,
        kind="doctor",
        urgency="routine",
        reason="To be seen.",
        referred_on=TODAY,
        referred_by=priya,
    )
    message = refused("in_the_way", lambda: take_back(priya, merged))
    assert message == (
        "This stands in the way: referral. It rests on an entry that would be in the other record."
    )

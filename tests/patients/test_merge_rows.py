"""Merging two records and taking it back: which rows move, which stay, and that both records come back as they were."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.utils.functional import Promise

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from exercises.models import Exercise
from patients import actions as patient_actions
from patients.models import (
    STAYS,
    Activity,
    ChangeRating,
    EvaluationDraft,
    Finding,
    FindingType,
    PainScore,
    Patient,
    PatientMerge,
    PlanLink,
    Status,
    belongings,
    owners,
    told_at,
)
from tests import factories
from tests.factories import NOON, TODAY
from tests.record_world import REASON, dump, make_rich, merge, moved_by, other_type, rows_of, take_back

pytestmark = pytest.mark.slow  # tries everything there is

MOVES = {
    "exercises.Alert",
    "exercises.CautionOverride",
    "exercises.DayReport",
    "exercises.LogEntry",
    "exercises.Programme",
    "exercises.ProgrammeDraft",
    "exercises.ProgrammePause",
    "exercises.ProgrammeRevision",
    "patients.Activity",
    "patients.CautionCheck",
    "patients.ChangeRating",
    "patients.Evaluation",
    "patients.EvaluationDraft",
    "patients.Finding",
    "patients.Message",
    "patients.PainScore",
    "patients.QuestionnaireResponse",
    "patients.RaisedFlag",
    "patients.Referral",
    "patients.Screening",
    "patients.SignReport",
    "patients.SupportAdvice",
    "patients.WearEntry",
}


@pytest.fixture
def two_rich(
    priya: User, margaret: Patient, double: Patient, fasciitis: FindingType, toe_curls: Exercise
) -> tuple[Finding, Finding]:
    """Both records hold rows of every kind, none of which clash."""
    return (
        make_rich(priya, margaret, fasciitis, toe_curls),
        make_rich(priya, double, other_type(), toe_curls, day=TODAY - timedelta(days=3), place=2),
    )


def foreign_keys() -> Iterator[tuple[str, str]]:
    """What points at a patient, found by another way than the code's."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if field.remote_field and field.related_model is Patient:
                yield model._meta.label, field.name


# --- which rows ------------------------------------------------------------------------------------------------
def test_every_model_with_a_patient_is_known_to_move_or_to_stay() -> None:
    """A new model with a patient makes this fail until somebody decides what a merge does with it."""
    found = {label for label, _name in foreign_keys() if not label.endswith("Event")}
    assert {model._meta.label for model in owners()} == found
    assert {model._meta.label for model in belongings()} == MOVES
    assert set(STAYS) == found - MOVES
    assert len(found) == 39
    events = {label for label, _name in foreign_keys()} - found
    assert all(hasattr(apps.get_model(label), "pgh_tracked_model") for label in events)


def test_what_moves_has_the_columns_that_moving_and_counting_name() -> None:
    assert {name for label, name in foreign_keys() if label in MOVES} == {"patient"}
    for model in belongings():
        assert {"patient", "clinic"} <= {field.name for field in model._meta.fields}
        assert callable(model.objects.all().visible_to)
        assert told_at(model).endswith("_at")
    assert len(belongings()) == len(MOVES)


def test_what_moves_has_a_name_that_can_be_translated() -> None:
    """The comparison of two records shows the plural, a refusal the singular."""
    for model in belongings():
        names = (model._meta.verbose_name, model._meta.verbose_name_plural)
        assert all(isinstance(name, Promise) for name in names), model


def test_every_unique_constraint_with_a_patient_is_one_that_can_be_asked() -> None:
    asked = set()
    for model in belongings():
        assert not model._meta.unique_together
        assert not any(
            field.unique for field in model._meta.fields if not field.primary_key and field.remote_field
        )
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and "patient" in str(constraint):
                assert "patient" in constraint.fields
                assert not constraint.expressions
                asked.add(constraint.name)
    assert asked == {
        "activity_place_taken",
        "alert_one_open",
        "change_rated_once_a_day",
        "draft_one_open_per_author",
        "finding_one_of_group_back",
        "finding_one_of_group_left",
        "finding_one_of_group_right",
        "pain_once_a_day",
        "programme_draft_one_new",
    }


# --- there and back ---------------------------------------------------------------------------------------------
def test_the_rich_patient_has_a_row_of_every_kind(two_rich: Any, margaret: Patient, double: Patient) -> None:
    assert set(rows_of(margaret)) == set(rows_of(double)) == MOVES


def test_merging_moves_every_row(two_rich: Any, priya: User, margaret: Patient, double: Patient) -> None:
    mine, theirs = rows_of(margaret), rows_of(double)
    merged = merge(priya, margaret, double)
    assert merged.stayed == {}
    assert rows_of(double) == {}
    assert rows_of(margaret) == {label: mine[label] + theirs[label] for label in MOVES}
    assert {label: len(pks) for label, pks in merged.merge.moved.items()} == theirs
    double.refresh_from_db()
    assert (double.merged_into, double.archived_at, double.archived_by) == (margaret, NOON, priya)
    stored = PatientMerge.objects.get()
    assert (stored.kept, stored.duplicate, stored.reason) == (margaret, double, REASON)
    assert (stored.merged_by, stored.merged_at, stored.undone_at) == (priya, NOON, None)


@pytest.mark.hazard("HZ-32")
def test_merge_and_undo_restore_both_records_row_for_row(
    two_rich: Any, priya: User, olivia: User, margaret: Patient, double: Patient
) -> None:
    # Links are closed by a merge and stay closed: closed beforehand, nothing of it is left to compare.
    patient_actions.revoke_links(actor=Actor.staff(priya), patient=double, now=NOON, reason="test")
    before = dump()
    merged = merge(priya, margaret, double).merge
    assert dump() != before
    taken_back = take_back(olivia, merged)
    assert dump() == before
    assert (taken_back.undone_by, taken_back.undone_at) == (olivia, NOON)


def test_it_can_be_done_again_after_it_was_taken_back(
    two_rich: Any, priya: User, margaret: Patient, double: Patient
) -> None:
    first = merge(priya, margaret, double).merge
    take_back(priya, first)
    second = merge(priya, double, margaret).merge  # the other way round
    assert rows_of(margaret) == {}
    take_back(priya, second)
    assert set(rows_of(margaret)) == set(rows_of(double)) == MOVES


def test_what_was_written_since_stays_where_it_was_written(
    two_rich: Any, priya: User, margaret: Patient, double: Patient
) -> None:
    before = rows_of(double)
    merged = merge(priya, margaret, double).merge
    later = factories.make_finding(priya, margaret, other_type("bunion"))
    take_back(priya, merged)
    later.refresh_from_db()
    assert later.patient == margaret
    assert rows_of(double) == before


def test_what_was_changed_since_goes_back_as_it_is_now(
    two_rich: tuple[Finding, Finding], priya: User, margaret: Patient, double: Patient
) -> None:
    _mine, theirs = two_rich
    merged = merge(priya, margaret, double).merge
    patient_actions.close_finding(
        actor=Actor.staff(priya), finding=Finding.objects.get(pk=theirs.pk), status=Status.RESOLVED, now=NOON
    )
    take_back(priya, merged)
    theirs.refresh_from_db()
    assert (theirs.patient, theirs.status) == (double, Status.RESOLVED)


def test_the_history_of_a_row_goes_with_it(
    two_rich: tuple[Finding, Finding], priya: User, margaret: Patient, double: Patient
) -> None:
    theirs = two_rich[1]
    states = theirs.history.count()
    merge(priya, margaret, double)
    kept = Finding.objects.get(pk=theirs.pk).history.order_by("pgh_id")
    assert [state.patient_id for state in kept] == [double.pk] * states + [margaret.pk]
    assert {state.version for state in kept} == {1}


def test_both_trails_tell_of_it_in_ids_and_counts(
    two_rich: Any, priya: User, margaret: Patient, double: Patient
) -> None:
    theirs = rows_of(double)
    merged = merge(priya, margaret, double).merge
    take_back(priya, merged)
    for verb, reason in (("patient.merged", REASON), ("patient.merge_undone", "")):
        entries = AuditEntry.objects.filter(verb=verb)
        assert {entry.patient_id for entry in entries} == {margaret.pk, double.pk}
        for entry in entries:
            assert (entry.actor_user, entry.reason, entry.object_id) == (priya, reason, str(merged.pk))
            assert entry.changes["moved"] == theirs
            assert (entry.changes["kept"], entry.changes["duplicate"]) == (str(margaret.pk), str(double.pk))
    assert AuditEntry.objects.filter(verb__startswith="patient.merge").count() == 4


def test_the_duplicates_links_die_and_the_others_live(
    two_rich: Any, priya: User, margaret: Patient, double: Patient
) -> None:
    merged = merge(priya, margaret, double).merge
    assert not PlanLink.objects.filter(patient=double, revoked_at=None).exists()
    assert PlanLink.objects.usable_at(NOON).filter(patient=margaret).exists()
    take_back(priya, merged)
    assert not PlanLink.objects.usable_at(NOON).filter(patient=double).exists()


# --- what cannot stand twice ------------------------------------------------------------------------------------
def test_a_score_of_the_same_day_stays_behind(priya: User, margaret: Patient, double: Patient) -> None:
    for patient in (margaret, double):
        both = {"clinic_id": patient.clinic_id, "patient": patient}
        ChangeRating.objects.create(**both, on=TODAY, rating=1)
        PainScore.objects.create(**both, on=TODAY, measure="pain_foot_24h", score=3)
        Activity.objects.create(**both, words="Stairs", position=1)
    other_day = ChangeRating.objects.create(
        clinic_id=double.clinic_id, patient=double, on=TODAY - timedelta(days=1), rating=2
    )
    before = dump()
    merged = merge(priya, margaret, double)
    assert {label: len(pks) for label, pks in merged.stayed.items()} == {
        "patients.Activity": 1,
        "patients.ChangeRating": 1,
        "patients.PainScore": 1,
    }
    assert moved_by(merged) == {"patients.ChangeRating": [other_day.pk]}
    assert rows_of(double) == dict.fromkeys(merged.stayed, 1)
    take_back(priya, merged.merge)
    assert dump() == before


def test_two_open_drafts_of_one_author_stay_apart(priya: User, margaret: Patient, double: Patient) -> None:
    for patient in (margaret, double):
        EvaluationDraft.objects.create(clinic_id=patient.clinic_id, patient=patient, author=priya)
    merged = merge(priya, margaret, double)
    assert set(merged.stayed) == {"patients.EvaluationDraft"}
    assert moved_by(merged) == {}

"""The constraints of changed programmes; tests/exercises/test_constraints.py runs them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clinic.models import User
from exercises.models import Exercise, ProgrammeDraft, ProgrammeItem, ProgrammeRevision, Routine
from patients.models import Patient
from tests.exercises.constraints_world import World, build, copy, update
from tests.factories import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def revision(world: World, **fields: Any) -> ProgrammeRevision:
    mine: dict[str, Any] = {"clinic_id": world.programme.clinic_id, "patient_id": world.programme.patient_id}
    made = {"programme": world.programme, "number": 1, "shot": {}, "made_by": world.favourite.user}
    return ProgrammeRevision.objects.create(**mine | made | fields)


def draft(world: World, **fields: Any) -> ProgrammeDraft:
    mine: dict[str, Any] = {"clinic_id": world.programme.clinic_id, "patient_id": world.programme.patient_id}
    made = {"programme": world.programme, "seen_version": 1, "data": {}, "author": world.favourite.user}
    return ProgrammeDraft.objects.create(**mine | made | fields)


BREAKS: dict[str, Callable[[World], Any]] = {
    "item_closed_with_its_day": lambda w: update(w.item, until_version=2),
    "item_closed_after_it_came": lambda w: update(w.item, until_version=1, last_day=TODAY),
    "revision_number_once": lambda w: copy(revision(w)),
    "revision_counts_from_one": lambda w: revision(w, number=0),
    "programme_draft_one_new": lambda w: copy(draft(w, programme=None, seen_version=None)),
    "programme_draft_one_change": lambda w: copy(draft(w)),
    "programme_draft_knows_version": lambda w: draft(w, seen_version=None),
    "programmeitem_succeeds_same_programme": lambda w: update(
        w.item, succeeds=w.stranger_programme.items.get()
    ),
    "programmerevision_patient_same_clinic": lambda w: revision(w, clinic_id=w.elsewhere.pk),
    "programmerevision_programme_same_clinic": lambda w: revision(w, programme=w.stranger_programme),
    "programmerevision_programme_same_patient": lambda w: revision(w, programme=w.stranger_programme),
    "programmedraft_patient_same_clinic": lambda w: draft(
        w, clinic_id=w.elsewhere.pk, programme=None, seen_version=None
    ),
    "programmedraft_programme_same_clinic": lambda w: draft(w, programme=w.stranger_programme),
    "programmedraft_programme_same_patient": lambda w: draft(w, programme=w.stranger_programme),
}
# Who breaks the first breaks the second too, and the second would speak first.
SHADOWED_BY = {
    "programmerevision_patient_same_clinic": "exercises_programmerevision.programmerevision_programme_same_clinic",
    "programmerevision_programme_same_patient": "exercises_programmerevision.programmerevision_programme_same_clinic",
    "programmedraft_programme_same_patient": "exercises_programmedraft.programmedraft_programme_same_clinic",
}
PARTIAL = {"item_order_unique", "programme_draft_one_new"}
PARENTS = {"programmeitem_id_programme"}
KEYS = {name for name in BREAKS if "_same_" in name}


@pytest.fixture
def world(
    priya: User, hugo: User, margaret: Patient, heinrich: Patient, basics: Routine, toe_curls: Exercise
) -> World:
    return build(priya, hugo, margaret, heinrich, basics, toe_curls)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_version_that_was_kept_stays(world: World, change: str) -> None:
    kept = ProgrammeRevision.objects.filter(pk=revision(world).pk)
    with pytest.raises(IntegrityError, match="stay as they were signed"), transaction.atomic():
        kept.update(reason="Another") if change == "update" else kept._raw_delete(kept.db)
    assert kept.get().reason == ""


@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_is_no_longer_asked_for_stays_as_it_was_asked(world: World, change: str) -> None:
    update(world.item, until_version=2, last_day=TODAY)  # while it is in force it may be closed
    closed = ProgrammeItem.objects.filter(pk=world.item.pk)
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        closed.update(reps_min=1) if change == "update" else closed._raw_delete(closed.db)
    assert closed.get().reps_min == 10

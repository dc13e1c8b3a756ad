"""The constraints of what exercises and routines say, broken by hand; tests/exercises/test_constraints.py runs them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clinic.models import User
from exercises.models import PAIRS, STATED_PAIRS, CautionOverride, Exercise, Photo, Routine
from patients.models import Patient
from tests import factories
from tests.exercises.constraints_world import World, build, copy, update, version
from tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Break = Callable[[World], Any]


def content(prefix: str, write: Callable[..., Any]) -> dict[str, Break]:
    """What a draft and a published version keep to alike; ``write`` stores a row with these fields."""
    wrong: dict[str, Callable[[World], dict[str, Any]]] = {
        "dose_source_known": lambda w: {"dose_source": "Z"},
        "position_known": lambda w: {"position": "flying"},
        "kind_known": lambda w: {"kind": "magic"},
        "body_part_known": lambda w: {"body_part": "ear"},
        "evidence_known": lambda w: {"evidence_tag": "hearsay"},
        "difficulty_known": lambda w: {"difficulty": 4},
        "video_is_https": lambda w: {"video_url": "http://films.example/toes"},
        "one_picture": lambda w: {"photo": w.photo},
        "frequency_stated_once": lambda w: {"days_per_week_min": 3, "every_n_days": 2},
        "sets_stated_once": lambda w: {"sets_open": True, "sets_min": 3},
        "seconds_above_zero": lambda w: {"tempo_up_s": 0},
    }
    # Zero, a range the wrong way round, or an upper end alone.
    for place, pair in enumerate([*PAIRS, *STATED_PAIRS]):
        wrong_ends: list[dict[str, Any]] = [
            {f"{pair}_min": 0, f"{pair}_max": None},
            {f"{pair}_min": 5, f"{pair}_max": 4},
            {f"{pair}_min": None, f"{pair}_max": 4},
        ]
        ends = wrong_ends[place % 3]
        wrong[f"{pair}_range"] = lambda w, ends=ends: ends  # type: ignore[misc]
    return {f"{prefix}_{name}": lambda w, find=find: write(w, **find(w)) for name, find in wrong.items()}  # type: ignore[misc]


def draft(world: World, **fields: Any) -> None:
    update(world.exercise, **fields)


def second_version(world: World, **fields: Any) -> None:
    if "photo" in fields:  # a copied row names its foreign keys by column
        fields["photo_id"] = fields.pop("photo").pk
    version(world, **fields)


BREAKS: dict[str, Break] = {
    **content("exercise", draft),
    **content("version", second_version),
    "exercise_review_has_asker": lambda w: update(w.exercise, review_asked_at=NOON),
    "routine_personal_has_clinic": lambda w: update(w.routine, owner=w.routine.signed_off_by),
    "routine_stage_once": lambda w: copy(w.stage, name="Again"),
    "routine_stage_weeks": lambda w: update(w.stage, from_week=3),
    "routine_item_frequency": lambda w: update(w.line, times_per_day=2),
    "routine_item_seconds_above_zero": lambda w: update(w.line, rest_s=0),
    "routine_item_sets_stated_once": lambda w: update(w.line, sets_open=True, sets_min=2),
    "programme_stage_of_routine": lambda w: update(w.programme, stage_name="Weeks 1 to 2"),
    "item_seconds_above_zero": lambda w: update(w.item, tempo_down_s=0),
    "item_sets_stated_once": lambda w: update(w.item, sets_open=True, sets_min=3),
    "photo_size_within_bounds": lambda w: copy(w.photo, height=1601),
    "favourite_once": lambda w: copy(w.favourite),
    "proposal_waits_once": lambda w: copy(w.proposal, copy_id=w.exercise.pk),
    "proposal_state_known": lambda w: update(
        w.proposal, state="lost", decided_by=w.proposal.proposed_by, decided_at=NOON
    ),
    "proposal_decided_by_somebody": lambda w: update(w.proposal, state="withdrawn"),
    "proposal_declined_with_answer": lambda w: update(
        w.proposal, state="declined", decided_by=w.proposal.proposed_by, decided_at=NOON
    ),
    "override_has_reason": lambda w: copy(w.override, exercises=[]),
    "cautionoverride_patient_same_clinic": lambda w: copy(
        w.override, patient_id=w.stranger.pk, programme_id=w.stranger_programme.pk
    ),
    "cautionoverride_programme_same_clinic": lambda w: copy(w.override, programme_id=w.stranger_programme.pk),
    "cautionoverride_programme_same_patient": lambda w: copy(
        w.override, patient_id=factories.make_patient(w.override.given_by, "Zoe").pk
    ),
}
for pair in PAIRS:
    BREAKS[f"routine_item_{pair}_range"] = lambda w, pair=pair: update(w.line, **{f"{pair}_max": 4})  # type: ignore[misc]


@pytest.fixture
def world(
    priya: User, hugo: User, margaret: Patient, heinrich: Patient, basics: Routine, toe_curls: Exercise
) -> World:
    return build(priya, hugo, margaret, heinrich, basics, toe_curls)


@pytest.mark.hazard("HZ-31")
def test_nobody_is_given_another_clinics_exercise(world: World) -> None:
    theirs = factories.make_exercise("theirs-4d5e6f")
    update(theirs, clinic=world.elsewhere)
    assert theirs.current is not None
    attempts: list[tuple[Any, dict[str, Any]]] = [
        (world.item, {"version": theirs.current}),
        (world.line, {"exercise": theirs}),
    ]
    for row, fields in attempts:
        with pytest.raises(IntegrityError, match="holds an exercise of another clinic"), transaction.atomic():
            update(row, **fields)
    update(world.stranger_programme.items.get(), version=theirs.current)  # their own patient may have it


@pytest.mark.hazard("HZ-14")
@pytest.mark.parametrize("kind", ["override", "photo"])
def test_reasons_and_photos_stay_as_they_were_stored(world: World, kind: str) -> None:
    row: CautionOverride | Photo = getattr(world, kind)
    changed: dict[str, Any] = {"reason": "Another."} if kind == "override" else {"width": 5}
    for attempt in (lambda: update(row, **changed), lambda: type(row).objects.all()._raw_delete("default")):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    assert type(row).objects.get() == row

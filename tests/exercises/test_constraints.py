"""What the database itself refuses, constraint by constraint: whoever writes, by whatever way."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from pytest_django import DjangoDbBlocker

from clinic.roles import Role
from exercises.models import (
    DOSE_COLUMNS,
    Done,
    ExerciseVersion,
    ProgrammeItem,
    ReminderState,
    RoutineItem,
    Stage,
)
from tests import factories
from tests.exercises.constraints_world import World, build, copy, update, version
from tests.exercises.test_constraints_alerts import BREAKS as ALERTS
from tests.exercises.test_constraints_alerts import PARTIAL as ALERTS_PARTIAL
from tests.exercises.test_constraints_alerts import SHADOWED_BY as ALERTS_SHADOWED
from tests.exercises.test_constraints_catalogue import BREAKS as CATALOGUE
from tests.exercises.test_constraints_editing import BREAKS as EDITING
from tests.exercises.test_constraints_editing import PARENTS as EDITING_PARENTS
from tests.exercises.test_constraints_editing import PARTIAL as EDITING_PARTIAL
from tests.exercises.test_constraints_editing import SHADOWED_BY as EDITING_SHADOWED
from tests.exercises.test_constraints_exports import BREAKS as EXPORTS
from tests.exercises.test_constraints_exports import PARENTS as EXPORTS_PARENTS
from tests.exercises.test_constraints_exports import PARTIAL as EXPORTS_PARTIAL
from tests.exercises.test_constraints_plan import BREAKS as PLAN
from tests.exercises.test_constraints_plan import PARTIAL as PLAN_PARTIAL
from tests.exercises.test_constraints_plan import SHADOWED_BY as PLAN_SHADOWED
from tests.shared_world import rows_of_the_module

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Rows that nobody changes in memory: each test writes past them, in its own savepoint."""
    with rows_of_the_module(django_db_blocker):
        with django_db_blocker.unblock():
            clinic, other = factories.make_clinic(), factories.make_clinic("Hilltop Foot Care")
            priya = factories.make_staff(clinic, Role.PRACTITIONER, "Priya Nair")
            carlos = factories.make_staff(clinic, Role.CURATOR, "Carlos Vega")
            hugo = factories.make_staff(other, Role.PRACTITIONER, "Hugo Stein", email="hugo@hilltop.example")
            margaret, heinrich = (
                factories.make_patient(priya),
                factories.make_patient(hugo, "Heinrich", "Adler"),
            )
            curls, raises = factories.make_exercise(), factories.make_exercise("heel-raises-near-wall")
            built = build(
                priya, hugo, margaret, heinrich, factories.make_routine(carlos, [curls, raises]), curls
            )
        yield built


VIOLATIONS: dict[str, Callable[[World], None]] = {
    "exercise_slug_unique": lambda w: copy(w.exercise, current_id=None, stage=Stage.DRAFT),
    "exercise_stage_known": lambda w: update(w.exercise, stage="lost"),
    "exercise_published_has_version": lambda w: update(w.exercise, current=None),
    "version_number_unique": lambda w: version(w, number=1),
    "version_is_complete": lambda w: version(w, stop_rules=[]),
    "routine_slug_unique": lambda w: copy(w.routine),
    "routine_stage_known": lambda w: update(w.routine, stage="lost"),
    "routine_published_is_signed": lambda w: update(w.routine, signed_off_by=None),
    "routine_exercise_once": lambda w: copy(RoutineItem.objects.earliest("pk"), order=9),
    "programme_state_known": lambda w: update(w.programme, state="paused"),
    "programme_ends_after_start": lambda w: update(
        w.programme, ends_on=w.programme.starts_on - timedelta(days=1)
    ),
    "programme_review_after_start": lambda w: update(w.programme, review_on=date(2020, 1, 1)),
    "programme_reminder_by_day": lambda w: update(w.programme, reminder_time=time(20, 31)),
    "programme_ended_has_time": lambda w: update(w.programme, state="ended"),
    "item_order_unique": lambda w: copy(w.item),
    "item_side_known": lambda w: update(w.item, side="upside_down"),
    "item_times_per_day": lambda w: update(w.item, times_per_day=13),
    "item_frequency_stated_once": lambda w: update(w.item, days_per_week=None),
    "log_once_per_item_and_day": lambda w: copy(w.entry, done=Done.PARTLY),
    "log_done_known": lambda w: update(w.entry, done="maybe"),
    "reminder_once_a_slot": lambda w: copy(w.reminder),
    "reminder_state_known": lambda w: update(w.reminder, state="lost"),
    "reminder_posted_has_email": lambda w: update(w.reminder, state=ReminderState.POSTED),
    "reminder_expires_after_due": lambda w: update(w.reminder, expires_at=w.reminder.due_at),
    "programme_patient_same_clinic": lambda w: update(w.programme, patient=w.stranger),
    "programmeitem_programme_same_clinic": lambda w: update(
        w.stranger_programme.items.get(), clinic_id=w.programme.clinic_id
    ),
    "logentry_patient_same_clinic": lambda w: update(w.entry, patient=w.stranger),
    "logentry_programme_same_clinic": lambda w: update(w.entry, programme=w.stranger_programme),
    "logentry_item_same_clinic": lambda w: update(w.entry, item=w.stranger_programme.items.get()),
    "reminder_programme_same_clinic": lambda w: update(w.reminder, clinic=w.elsewhere),
}
# An upper end alone.
for constraint in ("item_sets_range", "item_reps_range", "item_hold_s_range", "item_duration_s_range"):
    low = constraint.removeprefix("item_").replace("_range", "_min")
    high = low.replace("_min", "_max")
    VIOLATIONS[constraint] = lambda w, low=low, high=high: update(w.item, **{low: None, high: 4})  # type: ignore[misc]

VIOLATIONS |= CATALOGUE | PLAN | ALERTS | EDITING | EXPORTS

# Who breaks the first breaks the second too, and the second would speak first.
SHADOWED_BY = (
    {
        "programme_state_known": "exercises_programme.programme_ended_has_time",
        "programme_patient_same_clinic": "exercises_cautionoverride.cautionoverride_programme_same_patient",
    }
    | PLAN_SHADOWED
    | ALERTS_SHADOWED
    | EDITING_SHADOWED
)
# Unique under a condition: an index and no constraint for PostgreSQL.
PARTIAL = {"proposal_waits_once"} | PLAN_PARTIAL | ALERTS_PARTIAL | EDITING_PARTIAL | EXPORTS_PARTIAL
# (id, clinic) is there for the composite keys to refer to; the primary key speaks before it can.
PARENTS = (
    {"programme_id_clinic", "programme_id_patient", "item_id_clinic"} | EDITING_PARENTS | EXPORTS_PARENTS
)


def check_at_once() -> None:
    """The composite keys wait for the commit, which no test reaches."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.hazard("HZ-02", "HZ-07", "HZ-15", "HZ-31", "HZ-37")
@pytest.mark.parametrize("name", sorted(VIOLATIONS))
def test_the_database_refuses(world: World, name: str) -> None:
    check_at_once()
    if name in SHADOWED_BY:
        with connection.cursor() as cursor:
            table, shadow = SHADOWED_BY[name].split(".")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {shadow} CASCADE")
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        VIOLATIONS[name](world)
    assert f'"{name}"' in str(refused.value)


def test_every_constraint_we_named_is_violated_above() -> None:
    query = """
        SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
        WHERE relname LIKE 'exercises\\_%%' AND (contype IN ('c', 'u') OR conname LIKE '%%\\_same\\_%%')
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {name for (name,) in cursor.fetchall()}
    # Django's own: unsigned columns, one-to-one and many-to-many keys.
    ours = {name for name in found if not name.startswith("exercises_")}
    assert ours == set(VIOLATIONS) - PARTIAL | PARENTS
    assert len(ours) == 154


@pytest.mark.hazard("HZ-03", "HZ-12")
@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_published_version_is_frozen(world: World, change: str) -> None:
    frozen = ExerciseVersion.objects.filter(exercise=world.exercise)
    with pytest.raises((IntegrityError, ProgrammingError), match=r"."), transaction.atomic():
        frozen.update(name="Rewritten") if change == "update" else frozen._raw_delete(frozen.db)
    assert frozen.get().name == "Toe curls and spreads"


@pytest.mark.hazard("HZ-03", "HZ-15")
def test_a_dose_may_leave_everything_open(world: World) -> None:
    """Null means "not stated", everywhere."""
    nothing = dict.fromkeys(DOSE_COLUMNS, None) | {"cue": "", "load_note": "", "sets_open": False}
    update(world.exercise, **nothing)
    update(world.item, **nothing)
    version(world, **nothing)
    assert ProgrammeItem.objects.get(pk=world.item.pk).dose_phrases == ["each foot", "once a day, every day"]

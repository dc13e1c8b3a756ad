"""The constraints of what is said of a day and of what patients choose; tests/exercises/test_constraints.py runs them."""

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.models import User
from exercises.models import (
    CalendarFeed,
    DayReport,
    Exercise,
    PlanSeen,
    ProgrammePause,
    ReminderChoice,
    Routine,
    VersionTranslation,
)
from patients.models import Patient, hashed
from tests.exercises.constraints_world import World, build, copy, update
from tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def report(world: World, **fields: Any) -> DayReport:
    mine: dict[str, Any] = {"clinic_id": world.programme.clinic_id, "patient_id": world.programme.patient_id}
    return DayReport.objects.create(**mine | {"on": TODAY, "way": "page", "made_at": NOON} | fields)


def pause(world: World, **fields: Any) -> ProgrammePause:
    mine: dict[str, Any] = {"clinic_id": world.programme.clinic_id, "patient_id": world.programme.patient_id}
    made = {"programme": world.programme, "first_day": TODAY, "made_by": world.favourite.user}
    return ProgrammePause.objects.create(**mine | made | fields)


def choice(world: World, **fields: Any) -> ReminderChoice:
    mine: dict[str, Any] = {"clinic_id": world.programme.clinic_id, "patient_id": world.programme.patient_id}
    return ReminderChoice.objects.create(**mine | fields)


def feed(world: World, known_as: str = "one", **fields: Any) -> CalendarFeed:
    mine: dict[str, Any] = {"clinic_id": world.programme.clinic_id, "patient_id": world.programme.patient_id}
    return CalendarFeed.objects.create(**mine | {"secret_hash": hashed(known_as)} | fields)


def translation(world: World, **fields: Any) -> VersionTranslation:
    texts = {
        "name": "Zehen einrollen",
        "steps": ["Zehen einrollen."],
        "stop_rules": ["Bei Schmerz aufhören."],
    }
    return VersionTranslation.objects.create(
        **{"version": world.exercise.current, "language": "de", "written_by": world.favourite.user}
        | texts
        | fields
    )


def again(row: Any) -> None:
    """Key and clinic are unique together; alone, the primary key would stand in the way first."""
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey CASCADE")
    type(row).objects.bulk_create([row])


BREAKS: dict[str, Callable[[World], Any]] = {
    "log_reason_of_a_miss": lambda w: update(w.entry, reason="pain"),
    "log_effort_of_what_was_done": lambda w: update(w.entry, done="not_done", effort="hard"),
    "report_id_clinic": lambda w: again(report(w)),
    "report_way_known": lambda w: report(w, way="pigeon"),
    "report_of_paper_has_typist": lambda w: report(w, way="paper"),
    "pause_ends_after_start": lambda w: pause(w, last_day=TODAY.replace(year=2020)),
    "pause_one_open": lambda w: copy(pause(w), first_day=TODAY.replace(year=2027)),
    "pause_once_a_day": lambda w: copy(pause(w, last_day=TODAY)),
    "reminder_choice_days": lambda w: choice(w, weekdays=[8]),
    "reminder_choice_hours": lambda w: choice(w, quiet_until=time(5, 59)),
    "reminder_choice_anchor_known": lambda w: choice(w, anchor="moonrise"),
    "feed_hash_unique": lambda w: (feed(w, revoked_at=NOON), feed(w)),
    "feed_one_a_patient": lambda w: (feed(w), feed(w, "two")),
    "feed_holds_hash_only": lambda w: feed(w, secret_hash="the secret itself"),
    "translation_one_a_language": lambda w: copy(translation(w)),
    "translation_into_another": lambda w: translation(w, language="en-gb"),
    "translation_reviewed_by_somebody": lambda w: translation(w, reviewed_at=NOON),
    "translation_is_complete": lambda w: translation(w, stop_rules=[]),
    "dayreport_patient_same_clinic": lambda w: report(w, patient_id=w.stranger.pk),
    "logentry_report_same_clinic": lambda w: update(
        w.entry, report=report(w, clinic_id=w.elsewhere.pk, patient_id=w.stranger.pk)
    ),
    "programmepause_patient_same_clinic": lambda w: pause(w, clinic_id=w.elsewhere.pk),
    "programmepause_programme_same_clinic": lambda w: pause(w, programme=w.stranger_programme),
    "programmepause_programme_same_patient": lambda w: pause(w, programme=w.stranger_programme),
    "planseen_patient_same_clinic": lambda w: PlanSeen.objects.filter(
        patient_id=w.programme.patient_id
    ).update(clinic=w.elsewhere),
    "reminderchoice_patient_same_clinic": lambda w: choice(w, clinic_id=w.elsewhere.pk),
    "calendarfeed_patient_same_clinic": lambda w: feed(w, clinic_id=w.elsewhere.pk),
}
# Who breaks the first breaks the second too, and the second would speak first.
SHADOWED_BY = {
    "programmepause_patient_same_clinic": "exercises_programmepause.programmepause_programme_same_clinic",
    "programmepause_programme_same_patient": "exercises_programmepause.programmepause_programme_same_clinic",
}
PARTIAL = {"pause_one_open", "feed_one_a_patient"}
KEYS = {name for name in BREAKS if "_same_" in name}


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_report_of_a_day_stays_as_it_came(
    priya: User,
    hugo: User,
    margaret: Patient,
    heinrich: Patient,
    basics: Routine,
    toe_curls: Exercise,
    change: str,
) -> None:
    kept = report(build(priya, hugo, margaret, heinrich, basics, toe_curls))
    rows = DayReport.objects.filter(pk=kept.pk)
    with pytest.raises(IntegrityError, match="stay as they were signed"), transaction.atomic():
        rows.update(note="Rewritten") if change == "update" else rows._raw_delete(rows.db)
    assert rows.get().note == ""

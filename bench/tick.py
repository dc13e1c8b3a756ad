"""What a tick costs, finding and claiming, with 10 thousand to 10 million reminders in the tables; and planning ahead."""

import gc
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from bench import reminder_world, rows
from clinic.mail import claims
from clinic.models import Clinic, SchedulerBeat, User
from exercises import planning, reminders
from exercises.models import (
    BodyPart,
    Exercise,
    ExerciseVersion,
    Kind,
    Programme,
    ProgrammeItem,
    Reminder,
)

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
TIMES = 30
TABLES = ("clinic_outgoingemail", "exercises_reminder")

Say = Callable[[str], None]

# Years of reminders that were sent, each with its mail. By statements of the server: nothing travels.
HISTORY = """
WITH mail AS (
    INSERT INTO clinic_outgoingemail (id, clinic_id, letter, object_id, bulk, generation, state, reason, not_before,
               expires_at, attempts, deferrals, doubt, crashes, last_error, sent_at)
    SELECT 1000000000 + n, %(clinic)s, 'exercise_reminder', 'b' || n, true, 0, 'sent', '', now() - make_interval(mins => n / 10),
           now() - make_interval(mins => n / 10) + interval '6 hours', 1, 0, 0, 0, '', now()
      FROM generate_series(%(first)s, %(last)s) AS n)
INSERT INTO exercises_reminder (clinic_id, programme_id, local_date, slot, local_time, time_zone, due_at, expires_at,
           state, reason, email_id)
SELECT %(clinic)s, (%(programmes)s::uuid[])[1 + n %% %(width)s], date '1900-01-01' + (n / %(width)s / 30), 1 + n / %(width)s %% 30,
       '18:00', 'UTC', now() - make_interval(mins => n / 10), now() - make_interval(mins => n / 10) + interval '6 hours',
       'posted', '', 1000000000 + n
  FROM generate_series(%(first)s, %(last)s) AS n
"""


def world(number: int) -> tuple[list[Clinic], list[Programme]]:
    staff = User.objects.create_user(f"tick{time.time()}@footwork.example", None, name="Bench Practitioner")
    where = reminder_world.clinics()
    return where, reminder_world.programmes(where, staff, number)


def costs(say: Say, sizes: tuple[int, ...]) -> dict[int, float]:
    """Milliseconds in which the due reminders are found and one mail is claimed; the median, by the size of the tables."""
    where, programmes = world(1000)
    now = reminder_world.due_now(programmes[:200], 0)
    reminders.post_due(now)
    reminder_world_due(programmes[200:400], now)
    found: dict[int, float] = {}
    filled = 0
    for size in sizes:
        began = time.perf_counter()
        with rows.in_haste(), rows.unwatched(), rows.indexed_afterwards(*TABLES):
            fill(where[0], programmes[500:], filled + 1, size)
        filled = size
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"VACUUM ANALYZE {table}")
        grown = time.perf_counter() - began
        find, claim = _median(lambda: _find(now)), _median(_claim)
        found[size] = find + claim
        say(f"{size:,} reminders: found in {find:.2f} ms, claimed in {claim:.2f} ms (grown in {grown:.0f} s)")
    return found


def reminder_world_due(some: list[Programme], now: datetime) -> None:
    Reminder.objects.bulk_create(
        Reminder(
            clinic_id=programme.clinic_id,
            programme=programme,
            local_date=now.date(),
            local_time=now.time().replace(microsecond=0),
            time_zone="UTC",
            due_at=now,
            expires_at=now + timedelta(hours=6),
        )
        for programme in some
    )


def fill(clinic: Clinic, programmes: list[Programme], first: int, last: int) -> None:
    asked: dict[str, Any] = {
        "clinic": clinic.pk,
        "programmes": [programme.pk for programme in programmes],
        "width": len(programmes),
        "first": first,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute(HISTORY, asked)


def _median(work: Callable[[], object]) -> float:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


@transaction.atomic
def _find(now: datetime) -> None:
    due = Reminder.objects.due_at(now).select_for_update(
        skip_locked=True, no_key=True, of=("self", "programme__patient")
    )
    assert len(due.select_related("programme__patient")[:100]) == 100
    transaction.set_rollback(True)


@transaction.atomic
def _claim() -> None:
    assert claims.claim(10, bulk=True)
    transaction.set_rollback(True)


def planned_ahead(say: Say, number: int) -> tuple[float, float, float]:
    """Rows a second that are planned for so many programmes; MB of this process before and after."""
    _where, programmes = world(1)
    first = programmes[0]
    item(first)
    began = time.perf_counter()
    with rows.in_haste(), rows.unwatched(), rows.indexed_afterwards(*KINDS):
        copies("patients_patient", first.patient_id, {}, number)
        copies("exercises_programme", first.pk, {"patient_id": "patients_patient"}, number)
        copies(
            "exercises_programmeitem", first.items.get().pk, {"programme_id": "exercises_programme"}, number
        )
    rows.settle()
    say(f"{number:,} programmes made in {time.perf_counter() - began:.0f} s")
    SchedulerBeat.objects.all().delete()
    before = memory_from_here()
    began = time.perf_counter()
    planned = planning.plan_all(datetime.now(UTC), reminders.HORIZON)
    took = time.perf_counter() - began
    say(
        f"{number:,} programmes: {planned:,} rows in {took:.0f} s, {planned / took:,.0f}/s; {before:.0f} -> {most_memory():.0f} MB"
    )
    return planned / took, before, most_memory()


KINDS = {"patients_patient": 1, "exercises_programme": 2, "exercises_programmeitem": 3}


def copies(table: str, key: UUID, others: dict[str, str], number: int) -> None:
    """Rows like that one, with keys made from their numbers."""
    made = {"id": table, **others}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' AND attidentity = ''",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
        values = [_key(KINDS[made[name]]) if name in made else f"one.{name}" for name in columns]
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"  # noqa: S608 - names of columns
            f" FROM {table} AS one, generate_series(1, %s) AS n WHERE one.id = %s",
            [number - 1, key],
        )


def _key(kind: int) -> str:
    return f"('{kind:08x}-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"


def item(programme: Programme) -> None:
    now = datetime.now(UTC)
    exercise = Exercise.objects.create(
        slug=f"bench-{now:%H%M%S%f}",
        name="Bench exercise",
        movement="move slowly",
        purpose="This exercise works the calf.",
        kind=Kind.values[0],
        body_part=BodyPart.values[0],
        difficulty=1,
        evidence_tag="practice",
        steps=["Move slowly."],
        stop_rules=["Stop when it hurts."],
        picture="toe-curls-and-spreads",
        alt_text="Toes curled.",
        position="sitting",
        sides=["both_in_turn"],
        dose_source="D",
        sets_min=3,
        reps_min=10,
    )
    version = ExerciseVersion.objects.create(
        exercise=exercise,
        number=1,
        published_by=programme.assigned_by,
        published_at=now,
        **exercise.content(),
    )
    ProgrammeItem.objects.create(
        clinic_id=programme.clinic_id,
        programme=programme,
        version=version,
        order=1,
        side="both_in_turn",
        times_per_day=1,
        days_per_week=7,
        **version.dose_fields(),
    )


def memory_from_here() -> float:
    """MB in use now; what was used at most is counted anew from here."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return most_memory()


def most_memory() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024

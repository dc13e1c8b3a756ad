"""The reminders of the next days of every programme, by a few statements: what ``reminders.plan`` says of one, said of all.

The rules stay in Python. Instants are worked out once for each zone, time, evening and day; which days of a rhythm are due,
once for each rhythm. SQL only joins them, and never converts a zone itself: see ``exercises.schedule.instant``.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from exercises.models import Programme
from exercises.schedule import LATEST, Frequency, days_from, is_due, local_day, sending_window

AT_ONCE = 20_000  # programmes in one statement, which bounds its memory and what it locks
MOST_PER_WEEK, LONGEST_RHYTHM = 7, 14

RUNNING = """
      FROM exercises_programme AS programme
      JOIN patients_patient AS patient ON patient.id = programme.patient_id AND patient.reminders_allowed
      LEFT JOIN exercises_reminderchoice AS choice ON choice.patient_id = patient.id
     WHERE programme.state = 'active' AND programme.reminder_time IS NOT NULL AND programme.ends_on >= %(yesterday)s"""

KINDS = f"""
SELECT DISTINCT patient.time_zone, programme.reminder_time, coalesce(choice.quiet_from, %(latest)s) {RUNNING}
"""

PLAN = f"""
WITH moment AS (
    SELECT * FROM unnest(%(zones)s::text[], %(times)s::time[], %(evenings)s::time[], %(days)s::date[],
                         %(dues)s::timestamptz[], %(ends)s::timestamptz[])
             AS moment (zone, at, evening, day, due_at, expires_at)),
running AS (
    SELECT programme.id, programme.clinic_id, programme.starts_on, programme.ends_on, programme.assigned_at,
           programme.reminder_time, patient.time_zone, choice.patient_id AS chose, choice.weekdays,
           choice.quiet_until, choice.quiet_from, choice.paused_until {RUNNING}
       AND programme.id > %(after)s AND programme.id <= %(until)s),
wanted AS (
    SELECT running.*, moment.day, moment.due_at, moment.expires_at
      FROM running JOIN moment
        ON moment.zone = running.time_zone AND moment.at = running.reminder_time
       AND moment.evening = coalesce(running.quiet_from, %(latest)s)
     WHERE moment.day BETWEEN running.starts_on AND running.ends_on
       AND moment.due_at >= running.assigned_at
       AND (running.chose IS NULL OR (
               (running.paused_until IS NULL OR moment.day > running.paused_until)
               AND extract(isodow FROM moment.day) = ANY (running.weekdays)
               AND running.reminder_time BETWEEN running.quiet_until AND running.quiet_from))
       AND NOT EXISTS (
           SELECT FROM exercises_programmepause AS pause
            WHERE pause.programme_id = running.id AND pause.first_day <= moment.day
              AND (pause.last_day IS NULL OR moment.day <= pause.last_day))
       AND EXISTS (
           SELECT FROM exercises_programmeitem AS item
            WHERE item.programme_id = running.id
              AND (item.first_day IS NULL OR item.first_day <= moment.day)
              AND (item.last_day IS NULL OR moment.day <= item.last_day)
              AND CASE WHEN item.every_n_days IS NULL
                       THEN item.days_per_week * 7 + (moment.day - running.starts_on) %% 7 = ANY (%(weekly)s)
                       ELSE item.every_n_days * {LONGEST_RHYTHM} + (moment.day - running.starts_on)
                              %% item.every_n_days = ANY (%(nth)s) END)),
made AS (
    INSERT INTO exercises_reminder (clinic_id, programme_id, local_date, slot, local_time, time_zone, due_at,
                                    expires_at, state, reason)
    SELECT clinic_id, id, day, 0, reminder_time, time_zone, due_at, expires_at, 'planned', '' FROM wanted
    ON CONFLICT DO NOTHING)
SELECT count(*) FROM wanted
"""  # noqa: S608 - constants


def plan_all(now: datetime, horizon: timedelta) -> int:
    """Write the rows that are missing; returns how many days were considered due. Each statement commits by itself."""
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)  # the patient's today may be our yesterday
    asked: dict[str, Any] = {"yesterday": yesterday, "latest": LATEST, **_rhythms()}
    with connection.cursor() as cursor:
        cursor.execute(KINDS, asked)
        asked |= _moments(cursor.fetchall(), now, horizon)
        considered = 0
        for after, until in _batches():
            cursor.execute(PLAN, asked | {"after": after, "until": until})
            considered += int(cursor.fetchone()[0])
    return considered


def _moments(kinds: list[tuple[str, time, time]], now: datetime, horizon: timedelta) -> dict[str, list[Any]]:
    """When each kind of reminder is due on each of the days ahead, and too late; what is too late already is left out."""
    found: list[tuple[str, time, time, date, datetime, datetime]] = []
    for zone, at, evening in kinds:
        for day in days_from(local_day(now, zone), local_day(now + horizon, zone)):
            due, expires = sending_window(day, at, zone, evening)
            if expires > now:
                found.append((zone, at, evening, day, due, expires))
    names = ("zones", "times", "evenings", "days", "dues", "ends")
    return {name: [row[place] for row in found] for place, name in enumerate(names)}


def _rhythms() -> dict[str, list[int]]:
    """Of each rhythm the positions that are due, counted from a programme's start, as one number with the rhythm's own."""
    start = date(2000, 1, 1)
    return {
        "weekly": [
            per_week * 7 + position
            for per_week in range(1, MOST_PER_WEEK + 1)
            for position in range(7)
            if is_due(Frequency(days_per_week=per_week), start, start + timedelta(days=position))
        ],
        "nth": [
            every * LONGEST_RHYTHM + position
            for every in range(1, LONGEST_RHYTHM + 1)
            for position in range(every)
            if is_due(Frequency(every_n_days=every), start, start + timedelta(days=position))
        ],
    }


def _batches() -> Iterator[tuple[UUID, UUID]]:
    """The keys of all programmes in stretches: the one before, and the last."""
    after, last = UUID(int=0), UUID(int=2**128 - 1)
    while True:
        keys = Programme.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
        until = next(iter(keys[AT_ONCE - 1 : AT_ONCE]), None)
        yield after, until or last
        if until is None:
            return
        after = until

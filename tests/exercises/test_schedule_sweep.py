"""Every zone on every day of three years, and what is planned around every change of a clock there.

Pure: planning takes rules, days and an instant, and no database.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from exercises import reminders
from exercises.models import Programme, ProgrammeItem, ProgrammePause, ReminderChoice
from exercises.schedule import CATCH_UP, LAST_SENDING, sending_window
from patients.models import Patient

pytestmark = [pytest.mark.slow, pytest.mark.hazard("HZ-08")]

FIRST, DAYS = date(2025, 1, 1), 3 * 365
MINUTES = range(6 * 60, 20 * 60 + 31, 5)
DAY = timedelta(days=1)


def zones() -> list[str]:
    """All of them; of those whose clocks agree at noon of each day of the three years, one."""
    start = datetime.combine(FIRST, time(12), tzinfo=UTC)
    moments = [start + timedelta(days=number) for number in range(DAYS)]
    found: dict[tuple[int, ...], str] = {}
    names = sorted(available_timezones() - {"localtime", "Factory"})
    for name in names:
        here = ZoneInfo(name)
        offsets = (here.utcoffset(moment.replace(tzinfo=here)) for moment in moments)
        found.setdefault(tuple(int(offset.total_seconds()) for offset in offsets if offset), name)
    assert len(names) > 400
    return sorted(found.values())


ZONES = zones()


def some_time(dice: random.Random) -> time:
    hour, minute = divmod(dice.choice(MINUTES), 60)
    return time(hour, minute)


def test_each_day_of_three_years_in_every_zone() -> None:
    """One local time a day: due exactly then, later than the day before's, and over before the quiet hours."""
    dice = random.Random(1)  # noqa: S311 - repeatable, not secret
    for zone in ZONES:
        here, at, before = ZoneInfo(zone), some_time(dice), datetime(2024, 12, 1, tzinfo=UTC)
        for offset in range(DAYS):
            day = FIRST + timedelta(days=offset)
            due, expires = sending_window(day, at, zone)
            assert due.astimezone(here).replace(tzinfo=None) == datetime.combine(day, at), (zone, day, at)
            assert before < due < expires <= due + CATCH_UP, (zone, day, at)
            before = due
            if expires < due + CATCH_UP:  # cut off in the evening
                assert expires.astimezone(here).replace(tzinfo=None) == datetime.combine(day, LAST_SENDING)


def changes(zone: str) -> Iterator[date]:
    """Days of the three years on which the offset at noon is another than the day before."""
    here, before = ZoneInfo(zone), None
    for offset in range(DAYS):
        day = FIRST + timedelta(days=offset)
        now = datetime.combine(day, time(12), tzinfo=here).utcoffset()
        if before is not None and now != before:
            yield day
        before = now


def test_nothing_is_missed_or_planned_twice_around_any_change_of_a_clock() -> None:
    """A scheduler that looks at random, at least once in the two days that it plans ahead."""
    dice = random.Random(2)  # noqa: S311 - repeatable, not secret
    inspected = 0
    for zone in 4 * ZONES:
        for change in [*changes(zone), FIRST + timedelta(days=dice.randrange(10, DAYS - 10))]:
            inspected += look(zone, change, dice)
    assert inspected > 2500


def look(zone: str, change: date, dice: random.Random) -> int:
    """From three days before to three days after; returns how many days were due."""
    first, last = change - 3 * DAY, change + 3 * DAY
    item = ProgrammeItem(days_per_week=dice.randint(1, 7))
    if dice.random() < 0.3:
        item = ProgrammeItem(every_n_days=dice.randint(1, 3))
    pauses = [ProgrammePause(first_day=change, last_day=change)] if dice.random() < 0.2 else []
    choice = None
    if dice.random() < 0.3:
        days = dice.sample(range(1, 8), dice.randint(1, 7))
        choice = ReminderChoice(weekdays=days, quiet_until=time(8), quiet_from=time(19))
    now = datetime.combine(first, time(0), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    programme = Programme(
        patient=Patient(time_zone=zone, reminders_allowed=True),
        starts_on=first,
        ends_on=last,
        assigned_at=now,
        reminder_time=some_time(dice),
    )
    planned: dict[date, datetime] = {}
    while now < datetime.combine(last + DAY, time(0), tzinfo=UTC) + DAY:
        for row in reminders._rows(programme, now, [item], pauses, choice):
            assert planned.setdefault(row.local_date, row.due_at) == row.due_at, "one day, two instants"
        now += timedelta(minutes=dice.randint(1, 24 * 60))
    at = programme.reminder_time
    assert at
    wanted = [
        day
        for day in (first + offset * DAY for offset in range(7))
        if item.is_due_on(day, first)
        and not any(pause.covers(day) for pause in pauses)
        and not (choice and (day.isoweekday() not in choice.weekdays or not time(8) <= at <= time(19)))
    ]
    assert sorted(planned) == wanted, (zone, change, at)
    assert len(set(planned.values())) == len(planned)
    return len(wanted)

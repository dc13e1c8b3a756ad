"""Which days are due, and which instant a local time is: over every frequency, and every zone with its oddities."""

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.schedule import (
    CATCH_UP,
    EARLIEST,
    LAST_SENDING,
    LATEST,
    Frequency,
    days_from,
    instant,
    is_due,
    local_day,
    sending_window,
    spread,
)

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@given(days, st.integers(1, 7), st.integers(0, 60))
def test_every_full_week_has_its_number_of_due_days(start: date, n: int, week: int) -> None:
    frequency = Frequency(days_per_week=n)
    first = start + timedelta(weeks=week)
    due = [offset for offset in range(7) if is_due(frequency, start, first + timedelta(days=offset))]
    assert len(due) == n
    assert due[0] == 0  # day one, and with it the first day of each week from the start
    gaps = [later - earlier for earlier, later in zip(due, [*due[1:], 7], strict=True)]
    assert max(gaps) - min(gaps) <= 1  # spread as evenly as seven allows


@given(days, st.integers(1, 14), st.integers(0, 400))
def test_every_n_days_means_every_n_days(start: date, n: int, offset: int) -> None:
    assert is_due(Frequency(every_n_days=n), start, start + timedelta(days=offset)) is (offset % n == 0)


@given(
    days,
    st.builds(Frequency, days_per_week=st.integers(1, 7))
    | st.builds(Frequency, every_n_days=st.integers(1, 14)),
    st.integers(1, 400),
)
def test_day_one_is_due_and_nothing_before_it(start: date, frequency: Frequency, before: int) -> None:
    assert is_due(frequency, start, start)
    assert not is_due(frequency, start, start - timedelta(days=before))


def test_a_frequency_of_nothing_is_never_due() -> None:
    assert not any(is_due(Frequency(), date(2026, 1, 1), date(2026, 1, day)) for day in range(1, 31))


def test_three_days_a_week_are_the_first_third_and_fifth() -> None:
    start = date(2026, 11, 23)
    week = days_from(start, start + timedelta(days=6))
    found = [day for day in week if is_due(Frequency(days_per_week=3), start, day)]
    assert [(day - start).days + 1 for day in found] == [1, 3, 5]


def test_days_from_one_to_another_hold_both() -> None:
    start = date(2026, 11, 23)
    assert list(days_from(start, start)) == [start]
    assert list(days_from(start, start + timedelta(days=2)))[-1] == date(2026, 11, 25)
    assert list(days_from(start + timedelta(days=2), start)) == []


@pytest.mark.hazard("HZ-08")
@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        # The clock goes forward: 02:30 does not exist and moves on by the gap, to 03:30.
        (date(2026, 3, 29), time(2, 30), "Europe/Berlin", "2026-03-29T01:30"),
        # The clock goes back: 02:30 comes twice, the first one counts.
        (date(2026, 10, 25), time(2, 30), "Europe/Berlin", "2026-10-25T00:30"),
        # A gap of half an hour: 02:15 becomes 02:45.
        (date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe", "2026-10-03T15:45"),
        # A day that never was: the same time on the next.
        (date(2011, 12, 30), time(18, 0), "Pacific/Apia", "2011-12-31T04:00"),
        # The gap crosses midnight; the planned day stays the key.
        (date(2026, 3, 28), time(23, 0), "America/Godthab", "2026-03-29T01:00"),
        (date(2026, 7, 1), time(18, 0), "Europe/London", "2026-07-01T17:00"),
    ],
)
def test_local_times_around_clock_changes(day: date, at: time, zone: str, expected: str) -> None:
    assert instant(day, at, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_the_two_half_hours_around_the_missing_one_are_lord_howes() -> None:
    local = instant(date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe").astimezone(
        ZoneInfo("Australia/Lord_Howe")
    )
    assert local.time() == time(2, 45)


def clock_changes(zone: str) -> set[date]:
    """The days of 2026 on which the offset at noon differs from the day before, and their neighbours."""
    found, before = set(), None
    for offset in range(365):
        day = date(2026, 1, 1) + timedelta(days=offset)
        now = datetime.combine(day, time(12), tzinfo=ZoneInfo(zone)).utcoffset()
        if before is not None and now != before:
            found |= {day - timedelta(days=1), day, day + timedelta(days=1)}
        before = now
    return found


@pytest.mark.slow
@pytest.mark.hazard("HZ-08")
def test_every_time_that_can_be_chosen_is_real_unique_and_sent_before_the_quiet_hours() -> None:
    times = [time(hour, minute) for hour in range(6, 21) for minute in (0, 30)]
    assert (times[0], times[-1]) == (EARLIEST, LATEST)
    inspected = 0
    for zone in ZONES:
        here = ZoneInfo(zone)
        for day in sorted(clock_changes(zone) | {date(2026, 1, 15), date(2026, 7, 15)}):
            limit = datetime.combine(day, LAST_SENDING)
            for at in times:
                due, expires = sending_window(day, at, zone)
                local = due.astimezone(here)
                assert local.replace(tzinfo=None) == datetime.combine(day, at), (zone, day, at)
                assert local.fold == 0
                assert due < expires <= due + CATCH_UP
                assert expires.astimezone(here).replace(tzinfo=None) <= limit, (zone, day, at)
                inspected += 1
    assert inspected > 50_000


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.sampled_from(ZONES))  # noqa: DTZ001 (made aware below)
def test_the_local_day_is_within_a_day_of_utcs(at: datetime, zone: str) -> None:
    now = at.replace(tzinfo=UTC)
    assert abs((local_day(now, zone) - now.date()).days) <= 1


@pytest.mark.hazard("HZ-08")
def test_the_local_day_where_the_date_line_is_near() -> None:
    now = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
    assert local_day(now, "Pacific/Kiritimati") == date(2026, 11, 25)
    assert local_day(now, "Pacific/Pago_Pago") == date(2026, 11, 24)
    assert local_day(now.replace(hour=10), "Pacific/Pago_Pago") == date(2026, 11, 23)


@given(st.uuids(), st.integers(1, 6 * 60), st.integers(0, 600))
def test_a_reminder_leaves_some_minutes_later_and_always_in_time(
    programme: UUID, minutes: int, longest: int
) -> None:
    """Deterministic for a programme, never before its time, and no later than the middle of the time there is."""
    due = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    expires, most = due + timedelta(minutes=minutes), timedelta(seconds=longest)
    leaves = spread(due, expires, programme, most)
    assert due <= leaves <= due + most
    assert leaves <= due + (expires - due) / 2
    assert leaves == spread(due, expires, programme, most)
    assert spread(due, expires, programme, timedelta(0)) == due


@pytest.mark.parametrize("minutes", [25, 360])
def test_no_minute_holds_more_than_15_percent_of_a_full_hour(minutes: int) -> None:
    dice, due = random.Random(7), datetime(2026, 11, 23, 20, 30, tzinfo=UTC)  # noqa: S311
    keys = [UUID(int=dice.getrandbits(128), version=4) for _ in range(2000)]
    expires = due + timedelta(minutes=minutes)
    left = [spread(due, expires, key, timedelta(minutes=10)) for key in keys]
    a_minute = Counter((one - due) // timedelta(minutes=1) for one in left)
    assert max(a_minute.values()) <= 0.15 * len(keys)
    assert set(a_minute) == set(range(10))

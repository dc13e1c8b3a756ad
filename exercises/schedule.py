"""Which days are due, and at which instant a local time falls. Pure: days and zones in, days and instants out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

EARLIEST, LATEST = time(6, 0), time(20, 30)  # selectable reminder times: always real and unique in every zone
LAST_SENDING = time(20, 55)  # leaves a whole lease before quiet hours begin at 21:00
CATCH_UP = timedelta(hours=6)
GRACE = timedelta(
    minutes=25
)  # from the latest reminder time to LAST_SENDING: one lease of the outbox, and a little
STEPS = 600  # shades of "some minutes later"


@dataclass(frozen=True, slots=True)
class Frequency:
    """Exactly one of the two is set."""

    days_per_week: int | None = None
    every_n_days: int | None = None


def is_due(frequency: Frequency, starts_on: date, day: date) -> bool:
    """Days are counted from the start, so day one is always due; n days a week are spread evenly over it."""
    index = (day - starts_on).days
    if index < 0:
        return False
    if frequency.every_n_days is not None:
        return index % frequency.every_n_days == 0
    n = frequency.days_per_week or 0
    position = index % 7
    # Due where the running share of n sevenths enters a new whole number: n = 3 gives days 1, 3 and 5.
    return -(-(position + 1) * n // 7) > -(-position * n // 7)


def days_from(first: date, last: date) -> Iterator[date]:
    """Both included; none where the last is before the first."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def instant(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of a local wall time. Ambiguous: the first one. Not existing: shifted forward by the gap."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).replace(fold=0).astimezone(UTC)


def local_day(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def is_night(now: datetime, zone: str) -> bool:
    """Whether it is an hour at which nobody there is reminded."""
    return not EARLIEST <= now.astimezone(ZoneInfo(zone)).time() < LAST_SENDING


def sending_window(day: date, at: time, zone: str, not_after: time = LATEST) -> tuple[datetime, datetime]:
    """When a reminder is due and when it is too late: six hours later, and never into the quiet hours.

    ``not_after``: the patient's own evening, where it begins before everybody's. A reminder of that very minute has
    the same grace as the latest of all.
    """
    due = instant(day, at, zone)
    evening = instant(day, not_after, zone) + (GRACE if at == not_after else timedelta(0))
    if not_after >= LATEST:
        evening = instant(day, LAST_SENDING, zone)
    return due, min(due + CATCH_UP, evening)


def spread(due: datetime, expires: datetime, programme: UUID, longest: timedelta) -> datetime:
    """When the e-mail of a reminder leaves: some minutes later, the same for a programme every day, so that a full hour
    is no burst. Never past the middle of the time in which it may be sent.
    """
    share = (programme.int % STEPS) / STEPS
    return due + share * min(longest, (expires - due) / 2)

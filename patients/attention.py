"""By when somebody has to have decided about a warning sign, counted from when it was raised. Pure.

Four hours for what is an emergency or of the same day: the shortest limit among the sources of the signs (an MRI or a
scan within four hours). Then the clinic's own working days, Monday to Friday; public holidays are not known. What is
routine has no limit. Defaults of ours, to be confirmed at sign-off.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from patients.red_flags import Level

AT_ONCE = timedelta(hours=4)
SATURDAY = 5


def decide_by(level: Level, raised_at: datetime, *, zone: str, urgent_days: int) -> datetime | None:
    """The first instant that is too late; None: there is no limit."""
    if level is Level.ROUTINE:
        return None
    if level in {Level.EMERGENCY, Level.SAME_DAY}:
        return raised_at + AT_ONCE
    local = ZoneInfo(zone)
    days = 1 if level is Level.NEXT_WORKING_DAY else urgent_days
    last = _working_day_after(raised_at.astimezone(local).date(), days)
    return datetime.combine(last + timedelta(days=1), time(0), tzinfo=local)


def _working_day_after(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day

"""The days of a plan as a calendar file (RFC 5545). Pure: events in, bytes out.

Neutral on purpose: calendars are shared, printed and read out. No name, no body part, no exercise.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vDuration

USUALLY = timedelta(minutes=30)  # how long an event lasts when nobody can say
PRODUCT = "-//Footwork//Plan//EN"


@dataclass(frozen=True, slots=True)
class Due:
    """One day on which something is due. ``at`` None: no hour was agreed. ``minutes`` 0: not known."""

    day: date
    at: time | None
    minutes: int
    summary: str


@dataclass(frozen=True, slots=True)
class Edition:
    """Which state of the plan this is: it counts up with every change, and the same state is written the same."""

    number: int
    at: datetime


def written(days: Iterable[Due], *, zone: str, name: str, uid: str, edition: Edition) -> bytes:
    """``uid``: the end of every event's id, which stays the same for a day whatever becomes of the plan."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", vDuration(timedelta(hours=12)), parameters={"VALUE": "DURATION"})
    ordered = sorted(days, key=lambda due: due.day)
    for due in ordered:
        calendar.add_component(_event(due, zone, uid, edition))
    if timed := [due.day for due in ordered if due.at is not None]:
        # The rules of the whole span: programs differ in how far they look around an event.
        year = timedelta(days=366)
        calendar.add_missing_timezones(timed[0] - year, timed[-1] + year)
    return bytes(calendar.to_ical())


def _event(due: Due, zone: str, uid: str, edition: Edition) -> Event:
    event = Event()
    event.add("uid", f"{due.day:%Y%m%d}-{uid}")
    event.add("dtstamp", edition.at)
    event.add("sequence", edition.number)
    event.add("summary", due.summary)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")  # doing exercises makes nobody busy
    if due.at is None:
        event.add("dtstart", due.day)
        return event
    lasts = timedelta(minutes=due.minutes) if due.minutes else USUALLY
    event.add("dtstart", datetime.combine(due.day, due.at, tzinfo=ZoneInfo(zone)))
    event.add("duration", lasts)
    return event

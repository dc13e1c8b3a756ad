"""Days as a patient tells them, and how the screen before the visit is read back."""

import re
from datetime import timedelta
from typing import Any

from clinic.actors import Actor
from exercises import actions
from exercises.models import LogEntry, Programme
from patients.models import Patient
from tests.exercises.record_world import ago
from tests.factories import NOON
from tests.pages import text


def words(fragment: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", fragment).split())


def section(response: Any, name: str) -> str:
    """The words of one section."""
    page = text(response)
    start = page.index(f'aria-labelledby="{name}-heading"')
    return words(page[page.index(">", start) + 1 : page.index("</section>", start)])


def say(
    patient: Patient, programme: Programme, days_ago: int, *, note: str = "", late: int = 0, **said: Any
) -> None:
    """The same of all its exercises, on that very day; ``late``: entered so many days after it."""
    at = NOON - timedelta(days=days_ago - late)
    items = [item.pk for item in programme.items.all()]
    of_each: dict[str, Any] = {name: dict.fromkeys(items, value) for name, value in said.items()}
    entry = actions.DayLog(performed_on=ago(days_ago), note=note, **of_each)
    actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=at)
    LogEntry.objects.filter(patient=patient, performed_on=ago(days_ago)).update(recorded_at=at)

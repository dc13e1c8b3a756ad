"""Governments change when clocks change: what was planned by the old rules is planned again by those of now."""

import logging
from collections import Counter
from datetime import datetime

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from exercises.models import Reminder, ReminderChoice, ReminderState
from exercises.schedule import LATEST, sending_window

log = logging.getLogger("exercises.zone_rules")


def follow_zone_rules(*, actor: Actor, now: datetime) -> int:
    """Now and then: planned reminders whose local time has become another instant move there. Returns how many.

    Local day, local time and zone stay, they are what the patient was promised. Rows that are due already are left to
    the tick. One entry of the audit for each programme, with the shift in minutes.
    """
    ahead = Reminder.objects.filter(state=ReminderState.PLANNED, due_at__gt=now)
    patients = ahead.values("programme__patient")
    evenings = dict(ReminderChoice.objects.filter(pk__in=patients).values_list("pk", "quiet_from"))
    moved: Counter[str] = Counter()
    for reminder in ahead.select_related("programme").iterator(chunk_size=2000):
        not_after = evenings.get(reminder.programme.patient_id, LATEST)
        due, expires = sending_window(reminder.local_date, reminder.local_time, reminder.time_zone, not_after)
        if due != reminder.due_at and _move(actor, reminder, due, expires):
            moved[reminder.time_zone] += 1
    for zone, number in moved.items():
        log.warning("clock rules changed", extra={"zone": zone, "reminders": number})
    return moved.total()


@transaction.atomic
def _move(actor: Actor, reminder: Reminder, due: datetime, expires: datetime) -> bool:
    """Unless somebody planned, posted or cancelled it meanwhile."""
    same = Reminder.objects.filter(pk=reminder.pk, state=ReminderState.PLANNED, due_at=reminder.due_at)
    if not same.update(due_at=due, expires_at=expires):
        return False
    minutes = round((due - reminder.due_at).total_seconds() / 60)
    audit.record(
        actor,
        "reminders.zone_rules_changed",
        reminder.programme,
        changes={"day": reminder.local_date.isoformat(), "zone": reminder.time_zone, "minutes": minutes},
    )
    return True

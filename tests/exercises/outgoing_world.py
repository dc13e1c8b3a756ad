"""Rows of the outbox as mail servers and time left them, and the reminder of a patient that came due."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import OutgoingEmail, User
from exercises import actions, reminders
from exercises.actions import SentAgain
from exercises.models import Programme, Reminder
from tests import factories
from tests.moments import NOON

EVENING = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # when Margaret is reminded
REFUSED = "The mail server takes no mail for this address."


def plan_letter(programme: Programme, **fields: Any) -> OutgoingEmail:
    """The letter "your plan is ready", failed unless something else is said."""
    return put(OutgoingEmail.objects.get(letter="plan_ready", object_id=str(programme.pk)), **fields)


def put(email: OutgoingEmail, state: str = "failed", **fields: Any) -> OutgoingEmail:
    """The row as it would be by then."""
    if state == "failed":
        fields = {"reason": REFUSED, "last_code": 550, "attempts": 1} | fields
    if state == "sent":
        fields = {"sent_at": NOON, "attempts": 1} | fields
    OutgoingEmail.objects.filter(pk=email.pk).update(state=state, **fields)
    return OutgoingEmail.objects.get(pk=email.pk)


def due_reminder(programme: Programme, **fields: Any) -> tuple[Reminder, OutgoingEmail]:
    """Today's, posted at 18:00 and failed unless something else is said."""
    assert reminders.post_due(EVENING + timedelta(minutes=1)) == 1
    reminder = Reminder.objects.get(programme=programme, local_date=EVENING.date())
    assert reminder.email
    return reminder, put(reminder.email, **fields)


def press(staff: User, email: OutgoingEmail, now: datetime = NOON) -> SentAgain:
    return actions.send_again(actor=Actor.staff(staff), email=email, now=now)


def refused(staff: User, email: OutgoingEmail, code: str, now: datetime = NOON) -> str:
    """The words of the refusal; nothing was written."""
    before = factories.count_rows()
    rows = list(OutgoingEmail.objects.order_by("pk").values())
    with pytest.raises(Refused) as caught:
        press(staff, email, now)
    assert caught.value.code == code
    assert factories.count_rows() == before
    assert list(OutgoingEmail.objects.order_by("pk").values()) == rows
    return caught.value.message

"""Messages of a clinic, and the words it keeps for them."""

from datetime import date, datetime, timedelta

from clinic.actors import Actor
from clinic.models import User
from patients import actions
from patients.models import Message, MessageTemplate, Patient
from tests.moments import NOON

WORDS = "Go gently today, and tell us how it was."


def make_message(
    staff: User,
    patient: Patient,
    text: str = WORDS,
    *,
    now: datetime = NOON - timedelta(hours=1),
    about_day: date | None = None,
) -> Message:
    """Sent an hour ago: by now it can be read, and not be taken back."""
    entry = actions.MessageEntry(text=text, about_day=about_day)
    return actions.send_message(actor=Actor.staff(staff), patient=patient, entry=entry, now=now)


def make_template(
    staff: User,
    name: str = "See you at the visit",
    text: str = "We look at it at your next visit.",
    **fields: bool,
) -> MessageTemplate:
    entry = actions.TemplateEntry(name=name, text=text, **fields)
    return actions.write_template(actor=Actor.staff(staff), entry=entry)

"""Messages of the clinic to a patient: written by a person, read behind the link."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic import audit, mail
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.within import made_with
from patients.actions.records import open_for_writing
from patients.models import LONGEST_MESSAGE, Message, MessageTemplate, Patient

MESSAGE_WAITING = "message_waiting"  # a key of settings.LETTERS
UNDO_FOR = timedelta(minutes=5)
LETTER_WAITS = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEntry:
    """``about_day``: whose note it answers. ``key`` is made by the page, so that a form sent twice is one message."""

    text: str
    about_day: date | None = None
    key: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateEntry:
    """``shared``: for everybody of the clinic who writes messages, not only for oneself."""

    name: str
    text: str
    shared: bool = False


@transaction.atomic
def send_message(*, actor: Actor, patient: Patient, entry: MessageEntry, now: datetime) -> Message:
    """It can be read, and the e-mail about it goes out, when the minutes for taking it back are over.

    Sent whatever else waits, warning signs too: then of all times the clinic has something to say. Whether the e-mail is
    still wanted is asked when it is written (exercises/emails.py).
    """
    patient = open_for_writing(patient.pk)
    if actor.user_id is None:
        raise Refused(_("A person has to write a message."), code="nobody")
    text = _checked(entry.text)
    if made := made_with(Message.objects.all(), entry.key):
        _refuse_another(made, patient, text, entry.about_day)
        return made
    message = Message.objects.create(
        pk=entry.key,
        clinic_id=patient.clinic_id,
        patient=patient,
        text=text,
        about_day=_past(entry.about_day, patient.local_day(now)),
        written_by_id=actor.user_id,
        sent_at=now,
        readable_from=now + UNDO_FOR,
    )
    if may_mail(patient):
        mail.post(
            MESSAGE_WAITING,
            message.pk,
            clinic_id=message.clinic_id,
            not_before=message.readable_from,
            expires_at=message.readable_from + LETTER_WAITS,
        )
    answers = {"about_day": message.about_day.isoformat()} if message.about_day else {}
    audit.record(actor, "message.sent", message, changes=answers)
    return message


@transaction.atomic
def take_back_message(*, actor: Actor, message: Message, now: datetime) -> Message:
    """While nobody can have read it. The text stays in the record, marked; the letter finds nothing to tell of."""
    open_for_writing(message.patient_id)
    waiting = Message.objects.filter(pk=message.pk, taken_back_at=None)
    if not waiting.filter(readable_from__gt=now).update(taken_back_at=now):
        if waiting.exists():
            raise Refused(_("The patient may have read it by now: it stays."), code="read")
        raise Refused(_("This message was taken back already."), code="taken_back")
    message.taken_back_at = now
    audit.record(actor, "message.taken_back", message)
    return message


@transaction.atomic
def note_messages_read(*, actor: Actor, patient: Patient, shown: Collection[UUID], now: datetime) -> int:
    """The patient says "I have read it", of the messages that their page held. Said again, it changes nothing."""
    patient = open_for_writing(patient.pk)
    read = Message.objects.about(patient).readable_at(now).unread().filter(pk__in=shown).update(seen_at=now)
    if read:
        audit.record(actor, "message.read", patient, patient_id=patient.pk, changes={"messages": read})
    return read


@transaction.atomic
def write_template(
    *, actor: Actor, entry: TemplateEntry, template: MessageTemplate | None = None
) -> MessageTemplate:
    """A new one, or other words for one that is there. Messages that were sent keep theirs."""
    if actor.user_id is None or actor.clinic_id is None:
        raise Refused(_("A person has to write a template."), code="nobody")
    template = template or MessageTemplate(clinic_id=actor.clinic_id)
    name = entry.name.strip()
    if not name:
        raise Refused(_("Enter a name."), code="empty", field="name")
    template.name, template.text = name, _checked(entry.text)
    template.owner_id = None if entry.shared else actor.user_id
    _save(template)
    audit.record(actor, "message_template.written", template, changes={"shared": entry.shared})
    return template


@transaction.atomic
def retire_template(*, actor: Actor, template: MessageTemplate, now: datetime) -> MessageTemplate:
    """It is not offered any more."""
    if not MessageTemplate.objects.filter(pk=template.pk, retired_at=None).update(retired_at=now):
        raise Refused(_("This template was put away in the meantime."), code="retired")
    template.retired_at = now
    audit.record(actor, "message_template.retired", template)
    return template


@transaction.atomic
def restore_template(*, actor: Actor, template: MessageTemplate) -> MessageTemplate:
    template.retired_at = None
    _save(template)
    audit.record(actor, "message_template.restored", template)
    return template


def may_mail(patient: Patient) -> bool:
    return bool(patient.email) and patient.email_doubted_at is None


def _refuse_another(made: Message, patient: Patient, text: str, about_day: date | None) -> None:
    """Of a form that was sent before, only what was sent then is on its way: not what was corrected in it since."""
    if made.patient_id != patient.pk:
        raise Refused(_("Open the page again."), code="key")
    if made.taken_back_at:
        message = _("This message was taken back: nothing was sent now. Press “Send” to send it after all.")
        raise Refused(message, code="key")
    if (made.text, made.about_day) != (text, about_day):
        message = _(
            "Another message was sent from this form already: nothing was sent now. "
            "Press “Send” to send this one too."
        )
        raise Refused(message, code="key")


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refused(_("Write the message."), code="empty", field="text")
    if len(text) > LONGEST_MESSAGE:
        message = _("Make it shorter: %(most)s characters are the most.")
        raise Refused(message % {"most": LONGEST_MESSAGE}, code="long", field="text")
    return text


def _past(day: date | None, today: date) -> date | None:
    if day and day > today:
        raise Refused(_("This day is still to come."), code="future", field="about_day")
    return day


def _save(template: MessageTemplate) -> None:
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        message = _("There is a template of this name already.")
        raise Refused(message, code="name_taken", field="name") from error

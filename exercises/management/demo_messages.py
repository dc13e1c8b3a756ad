"""What the demo's clinic wrote to a patient, and the words it keeps for messages."""

from datetime import datetime, timedelta

from clinic import mail
from clinic.actors import Actor
from clinic.models import OutgoingEmail
from exercises.models import DayReport
from patients import actions
from patients.models import Message, Patient

TEMPLATES = {
    "Thank you": "Thank you for your note. I have read it.",
    "At the next visit": "We will look at it together at your next visit.",
    "Please call": "Please call us when it suits you. You find our number on this page.",
    # The reviewed sentence about pain, word for word.
    "How much pain": (
        "During an exercise, pain up to 3 out of 10 is usually acceptable. At 4 or 5, go gently. Above 5, stop that "
        "exercise for today and tell us. Tell us too if it is still worse the next morning."
    ),
}


def keep_templates(practitioner: Actor) -> None:
    for name, text in TEMPLATES.items():
        entry = actions.TemplateEntry(name=name, text=text, shared=True)
        actions.write_template(actor=practitioner, entry=entry)


def write(practitioner: Actor, patient: Patient, now: datetime) -> None:
    """An answer that was read some days ago, and one that waits, with its letter."""
    for name, sent in (
        ("Thank you", now - timedelta(days=4)),
        ("How much pain", now - timedelta(minutes=20)),
    ):
        notes = DayReport.objects.filter(patient=patient, on__lt=patient.local_day(sent)).with_notes()
        day = notes.values_list("on", flat=True).last()
        entry = actions.MessageEntry(text=TEMPLATES[name], about_day=day)
        message = actions.send_message(actor=practitioner, patient=patient, entry=entry, now=sent)
        if sent < now - timedelta(days=1):
            _read(patient, message, sent + timedelta(hours=3))


def _read(patient: Patient, message: Message, at: datetime) -> None:
    actions.note_messages_read(actor=Actor.patient(patient), patient=patient, shown=[message.pk], now=at)
    letters = OutgoingEmail.objects.filter(letter=actions.messages.MESSAGE_WAITING, object_id=str(message.pk))
    mail.cancel(letters.values_list("pk", flat=True), reason="Part of the demo's past.")

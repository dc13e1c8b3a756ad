"""What comes back of a patient's e-mail, as far as the patient's record and reminders have a say in it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from clinic import queue
from clinic.actors import Actor
from clinic.mail.suppression import address_hash
from clinic.models import BounceKind, OutgoingEmail
from exercises import actions
from exercises.copies import PLAN_CHANGED_COPY, PLAN_READY_COPY, REMINDER_COPY
from exercises.models import PLAN_CHANGED, PLAN_READY, Programme, Reminder
from exercises.reminders import LETTER as REMINDER
from patients import actions as patient_actions
from patients.actions.carers import CARER_ASKED
from patients.actions.devices import DEVICE_ADDED
from patients.actions.emailed import EMAILED_CODE
from patients.actions.messages import MESSAGE_WAITING
from patients.models import Carer, ConsentChannel, Device, EmailedCode, Message, Patient

Owners = Callable[[str], UUID | None]
CHANNELS = {
    BounceKind.COMPLAINT: ConsentChannel.COMPLAINT,
    BounceKind.UNSUBSCRIBED: ConsentChannel.ONE_CLICK,
}


def heard(email: OutgoingEmail, kind: BounceKind, now: datetime) -> None:
    """Called by ``clinic.mail.bounces`` in the transaction that notes a report.

    Whoever reports an e-mail as unwanted, or asks the mail program to stop them, gets none of its kind any more: a patient no
    reminders, a carer no copies. Not so where the patient has another address by now: who complains may be somebody else.
    """
    if email.letter in COPIES:
        _carer_of(email, kind, now)
        return
    patient = _patient_of(email)
    if patient is None:
        return
    if kind in CHANNELS and email.address_hash in {"", address_hash(patient.email)}:
        actions.stop_reminders(actor=Actor.system("returned_mail"), patient=patient, channel=CHANNELS[kind])
    queue.enqueue("exercises.tasks.evaluate_alerts", str(patient.pk))


def _carer_of(email: OutgoingEmail, kind: BounceKind, now: datetime) -> None:
    carer = Carer.objects.filter(pk=email.object_id.rpartition("-")[2]).first()
    if carer and kind in CHANNELS and email.address_hash in {"", address_hash(carer.email)}:
        patient_actions.stop_copies(actor=Actor.system("returned_mail"), carer=carer, now=now)


def _patient_of(email: OutgoingEmail) -> Patient | None:
    find = OWNERS.get(email.letter)
    try:
        owner = find(email.object_id) if find else None
    except (ValueError, ValidationError):  # no key of such an object
        return None
    return Patient.objects.filter(pk=owner).first() if owner else None


def _of(rows: Any, field: str) -> Owners:
    def find(key: str) -> UUID | None:
        found: UUID | None = rows.filter(pk=key).values_list(field, flat=True).first()
        return found

    return find


COPIES = {CARER_ASKED, PLAN_READY_COPY, PLAN_CHANGED_COPY, REMINDER_COPY}
OWNERS: dict[str, Owners] = {
    PLAN_READY: _of(Programme.objects, "patient"),
    PLAN_CHANGED: _of(Programme.objects, "patient"),
    REMINDER: _of(Reminder.objects, "programme__patient"),
    MESSAGE_WAITING: _of(Message.objects, "patient"),
    EMAILED_CODE: _of(EmailedCode.objects, "patient"),
    DEVICE_ADDED: _of(Device.objects, "patient"),
}

"""Copies of e-mails for a patient's carer: rows of the outbox of their own, posted beside the e-mail itself.

Each is asked about again when it is composed (exercises/emails.py): no carer any more, or no reminder, no copy.
"""

from datetime import datetime
from uuid import UUID

from clinic import mail
from clinic.models import OutgoingEmail
from exercises.models import Programme, Reminder
from patients.models import Carer

# Keys of settings.LETTERS.
PLAN_READY_COPY, PLAN_CHANGED_COPY, REMINDER_COPY = "carer_plan_ready", "carer_plan_changed", "carer_reminder"


def of_plan_ready(programme: Programme, not_before: datetime, expires_at: datetime) -> None:
    # hex: with the dashes of the id there would be no room for the carer's number
    _post(PLAN_READY_COPY, programme.pk.hex, programme.patient_id, not_before, expires_at)


def of_plan_changed(programme: Programme, not_before: datetime, expires_at: datetime) -> None:
    _post(PLAN_CHANGED_COPY, programme.pk.hex, programme.patient_id, not_before, expires_at)


def put_off_plan_changed(programme_id: str, not_before: datetime) -> None:
    key = f"{UUID(programme_id).hex}-"
    copies = OutgoingEmail.objects.filter(letter=PLAN_CHANGED_COPY, object_id__startswith=key)
    mail.put_off(copies.values_list("pk", flat=True), not_before=not_before)


def of_reminder(reminder: Reminder) -> None:
    patient = reminder.programme.patient_id
    _post(REMINDER_COPY, str(reminder.pk), patient, reminder.due_at, reminder.expires_at)


def _post(letter: str, about: str, patient_id: UUID, not_before: datetime, expires_at: datetime) -> None:
    carer = Carer.objects.agreed().filter(patient=patient_id).first()
    if carer is None:
        return
    key = f"{about}-{carer.pk}"
    earlier = OutgoingEmail.objects.filter(letter=letter, object_id=key).order_by("generation").last()
    if earlier:
        mail.post_again(earlier, not_before=not_before, expires_at=expires_at)
    else:
        mail.post(letter, key, clinic_id=carer.clinic_id, not_before=not_before, expires_at=expires_at)

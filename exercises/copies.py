"""Copies of e-mails for a patient's carer: rows of the outbox of their own, posted beside the e-mail itself.

Each is asked about again when it is composed (exercises/emails.py): no carer any more, or no reminder, no copy.
"""

from collections.abc import Sequence
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


def of_reminders(reminders: Sequence[Reminder]) -> None:
    patients = {row.programme.patient_id for row in reminders}
    carers = {carer.patient_id: carer for carer in Carer.objects.agreed().filter(patient__in=patients)}
    for row in reminders:
        if (carer := carers.get(row.programme.patient_id)) and row.email:
            _post_to(carer, REMINDER_COPY, str(row.pk), row.email.not_before, row.expires_at)


def _post(letter: str, about: str, patient_id: UUID, not_before: datetime, expires_at: datetime) -> None:
    if carer := Carer.objects.agreed().filter(patient=patient_id).first():
        _post_to(carer, letter, about, not_before, expires_at)


def _post_to(carer: Carer, letter: str, about: str, not_before: datetime, expires_at: datetime) -> None:
    key = f"{about}-{carer.pk}"
    earlier = OutgoingEmail.objects.filter(letter=letter, object_id=key).order_by("generation").last()
    if earlier:
        mail.post_again(earlier, not_before=not_before, expires_at=expires_at)
    else:
        mail.post(letter, key, clinic_id=carer.clinic_id, not_before=not_before, expires_at=expires_at)

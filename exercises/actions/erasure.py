"""Erasing a patient, as far as a record of treatment lets itself be erased."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit, replay
from clinic.actors import Actor
from clinic.errors import Refused
from exercises import erasing
from exercises.actions.preferences import stop_reminders
from exercises.actions.restriction import restrict_patient
from patients.actions.holding import hold
from patients.actions.restriction import duplicates_of
from patients.models import ConsentChannel, Erasure, Patient, Restriction


@transaction.atomic
def erase_patient(*, actor: Actor, patient: Patient, reason: str, now: datetime) -> Erasure:
    """Delete at once what reaches the patient and what opens the plan: address, links, devices, codes, carers, reminders and
    their history, with those of merged duplicates. The rest is restricted, and stays so.

    Always possible, in archived records too. Refuses without a reason of ten characters, and a second time.
    """
    held = hold(patient.pk)
    if held.merged_into_id:
        raise Refused(_("This record was merged into another one. Erase that one."), code="merged")
    if Erasure.objects.filter(patient=held).exists():
        raise Refused(_("This was erased already."), code="erased")
    if not Restriction.objects.keep_closed(held.pk):
        restrict_patient(actor=actor, patient=held, reason=reason, now=now)
    family = [held, *duplicates_of(held)]
    for record in family:
        stop_reminders(actor=actor, patient=record, channel=ConsentChannel.CLINIC)
    removed = erasing.remove([record.pk for record in family])
    for record in Patient.objects.filter(pk__in=[record.pk for record in family]):
        if record.email:
            removed["address"] = removed.get("address", 0) + 1
        record.email, record.email_doubted_at, record.next_visit_at = "", None, None
        record.save(update_fields=["email", "email_doubted_at", "next_visit_at"])
    erasure = Erasure.objects.create(
        clinic_id=held.clinic_id,
        patient=held,
        reason=reason.strip(),
        removed=removed,
        erased_by_id=actor.user_id,
        erased_at=now,
    )
    audit.record(actor, "erasure.done", erasure, reason=erasure.reason, changes=removed)
    replay.note("erasure.done", held.pk)
    return erasure

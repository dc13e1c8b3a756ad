from datetime import datetime, time
from typing import Unpack

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from exercises import reminders
from exercises.actions.access import trust_address
from exercises.models import Programme
from exercises.schedule import EARLIEST, LATEST
from patients import actions as patient_actions
from patients.actions.closing import end_waiting_codes
from patients.actions.patients import PatientFields
from patients.actions.records import open_for_writing
from patients.models import ConsentChannel, OpenedBy, Patient


@transaction.atomic
def stop_reminders(*, actor: Actor, patient: Patient, channel: ConsentChannel) -> bool:
    """No more reminder e-mails from now on, those already posted included. False: they were stopped before."""
    changed = patient_actions.set_reminders_allowed(
        actor=actor, patient=patient, allowed=False, channel=channel
    )
    if changed:
        reminders.cancel_patient(patient, gettext_noop("The patient stopped reminders."))
    return changed


@transaction.atomic
def allow_reminders(*, actor: Actor, patient: Patient, channel: ConsentChannel, now: datetime) -> bool:
    """The patient agrees to reminders (again). False: nothing changed."""
    changed = patient_actions.set_reminders_allowed(
        actor=actor, patient=patient, allowed=True, channel=channel
    )
    if changed:
        reminders.replan_patient(patient, now)
    return changed


@transaction.atomic
def set_reminder_time(*, actor: Actor, programme: Programme, at: time, now: datetime) -> bool:
    """Move the reminders of a running programme, local to the patient. False: they stood there already."""
    if not EARLIEST <= at <= LATEST:
        raise Refused(_("Choose a time from 06:00 to 20:30."), code="quiet_hours", field="at")
    open_for_writing(programme.patient_id)
    moved = (
        Programme.objects.active().filter(pk=programme.pk).exclude(reminder_time=at).update(reminder_time=at)
    )
    if not moved:
        return False
    programme.reminder_time = at
    reminders.replan(programme, now)
    audit.record(actor, "reminders.moved", programme, changes={"at": at.isoformat("minutes")})
    return True


@transaction.atomic
def change_contact(
    *, actor: Actor, patient: Patient, now: datetime, **fields: Unpack[PatientFields]
) -> list[str]:
    """Change the patient's details. Another time zone moves the reminders; another address ends what the old one has
    opened, and whatever doubt there was of it."""
    changed = patient_actions.update_contact(actor=actor, patient=patient, now=now, **fields)
    if "time_zone" in changed:
        reminders.replan_patient(patient, now)
    if "email" in changed:
        reason = gettext_noop("The e-mail address changed.")
        patient_actions.revoke_links(actor=actor, patient=patient, now=now, reason=reason)
        patient_actions.revoke_devices(
            actor=actor, patient=patient, now=now, reason=reason, opened_with=OpenedBy.EMAIL
        )
        end_waiting_codes(patient, now)
        trust_address(actor=actor, patient=patient, now=now)
    return changed


@transaction.atomic
def set_time_zone(*, actor: Actor, patient: Patient, time_zone: str, now: datetime) -> bool:
    """The patient lives by another clock now: reminders follow. False: it was that one before."""
    current = open_for_writing(patient.pk)
    if current.time_zone == time_zone:
        return False
    patient.time_zone = time_zone
    patient.save(update_fields=["time_zone"])
    audit.record(actor, "patient.updated", patient, patient_id=patient.pk, changes={"fields": ["time_zone"]})
    reminders.replan_patient(patient, now)
    return True

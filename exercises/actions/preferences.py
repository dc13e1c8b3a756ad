from datetime import datetime, time
from typing import Unpack

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from exercises import reminders
from exercises.models import Programme
from exercises.schedule import EARLIEST, LATEST
from patients import actions as patient_actions
from patients.actions.patients import PatientFields
from patients.actions.records import open_for_writing
from patients.models import ConsentChannel, Patient


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
        _replan(patient, now)
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
    """Change the patient's details. Another time zone moves the reminders; another address ends the open links."""
    changed = patient_actions.update_contact(actor=actor, patient=patient, now=now, **fields)
    if "time_zone" in changed:
        _replan(patient, now)
    if "email" in changed:
        reason = gettext_noop("The e-mail address changed.")
        patient_actions.revoke_links(actor=actor, patient=patient, now=now, reason=reason)
    return changed


def _replan(patient: Patient, now: datetime) -> None:
    programmes = Programme.objects.active().filter(patient=patient).select_related("patient").with_items()
    for programme in programmes:
        reminders.replan(programme, now)

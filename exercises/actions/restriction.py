"""Restricting a record and lifting that, as far as reminders and e-mail have a say in it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from clinic import mail
from clinic.actors import Actor
from clinic.models import OutgoingEmail
from exercises import reminders
from exercises.outgoing.about import emails_for
from patients import actions as patient_actions
from patients.models import Patient, Restriction

RESTRICTED = gettext_noop("The record is restricted.")


@transaction.atomic
def restrict_patient(*, actor: Actor, patient: Patient, reason: str, now: datetime) -> Restriction:
    """Close the record to all staff. What waits to be sent to the patient or a carer is taken back, and nothing is sent
    until the restriction is lifted. What opens the patient's own plan stays as it is."""
    made = patient_actions.restrict_patient(actor=actor, patient=patient, reason=reason, now=now)
    reminders.cancel_patient(patient, RESTRICTED)
    waiting = OutgoingEmail.objects.under_way().filter(emails_for(patient.pk))
    mail.cancel(waiting.values_list("pk", flat=True), reason=RESTRICTED)
    return made


@transaction.atomic
def lift_restriction(*, actor: Actor, restriction: Restriction, reason: str, now: datetime) -> Patient:
    """Open the record again. Reminders that lie ahead are planned anew; what was taken back is not sent."""
    patient = patient_actions.lift_restriction(actor=actor, restriction=restriction, reason=reason, now=now)
    if patient.is_open:
        reminders.replan_patient(patient, now)
    return patient

"""Restricted records, doors into them, and what was erased."""

from datetime import datetime

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from patients import actions as patient_actions
from patients.models import Erasure, Opening, Patient, Restriction

REASON = "The patient asked for it in a letter."
URGENT = "Called with a swollen calf, needs an answer now."


def make_restriction(staff: User, patient: Patient, *, now: datetime | None = None) -> Restriction:
    return actions.restrict_patient(
        actor=Actor.staff(staff), patient=patient, reason=REASON, now=now or clock.now()
    )


def make_opening(practitioner: User, patient: Patient, *, now: datetime | None = None) -> Opening:
    return patient_actions.break_glass(
        actor=Actor.staff(practitioner), patient_id=patient.pk, reason=URGENT, now=now or clock.now()
    )


def make_erasure(staff: User, patient: Patient, *, now: datetime | None = None) -> Erasure:
    return actions.erase_patient(
        actor=Actor.staff(staff), patient=patient, reason=REASON, now=now or clock.now()
    )

"""What lines of the log ask to be done again after a restore (clinic/replay.py). Ids that the backup does not know, and
what stands so already, are passed over."""

from datetime import datetime
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from clinic.actors import Actor
from clinic.errors import Refused
from exercises import actions
from patients import actions as patient_actions
from patients.actions.restriction import AFTER_RESTORE
from patients.models import Carer, ConsentChannel, Erasure, Patient, Restriction

Row = TypeVar("Row", bound=Model)


def stop_reminders(actor: Actor, key: str, _now: datetime) -> bool:
    """Also of a patient whose record was archived since: nobody is reminded who has left."""
    patient = _found(Patient.objects.all(), key)
    if patient is None:
        return False
    return actions.stop_reminders(actor=actor, patient=patient, channel=ConsentChannel.CLINIC)


def stop_copies(actor: Actor, key: str, now: datetime) -> bool:
    carer = _found(Carer.objects.all(), key)
    return carer is not None and patient_actions.stop_copies(actor=actor, carer=carer, now=now)


def restrict(actor: Actor, key: str, now: datetime) -> bool:
    """A backup from before the restriction would open the record to everybody."""
    patient = _found(Patient.objects.filter(merged_into=None), key)
    if patient is None or Restriction.objects.keep_closed(patient.pk):
        return False
    actions.restrict_patient(actor=actor, patient=patient, reason=AFTER_RESTORE, now=now)
    return True


def erase(actor: Actor, key: str, now: datetime) -> bool:
    patient = _found(Patient.objects.filter(merged_into=None), key)
    if patient is None or Erasure.objects.filter(patient=patient).exists():
        return False
    actions.erase_patient(actor=actor, patient=patient, reason=AFTER_RESTORE, now=now)
    return True


def delete(actor: Actor, key: str, now: datetime) -> bool:
    """The backup has the record again. Where its clinic keeps records longer by now, it stays."""
    patient = _found(Patient.objects.filter(merged_into=None).select_related("clinic"), key)
    if patient is None:
        return False
    try:
        actions.delete_records(actor=actor, clinic=patient.clinic, record_ids=[patient.pk], now=now)
    except Refused:
        return False
    return True


def _found(rows: QuerySet[Row], key: str) -> Row | None:
    try:
        return rows.filter(pk=key).first()
    except (ValueError, ValidationError):  # no id
        return None

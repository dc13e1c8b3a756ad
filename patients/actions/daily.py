"""Which pain the plan asks about each day."""

from collections.abc import Collection

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from patients.actions.records import open_for_writing
from patients.models import Measure, Patient


@transaction.atomic
def choose_daily_measures(*, actor: Actor, patient: Patient, measures: Collection[Measure]) -> bool:
    """Ask these from now on, none of them too. False: it stood so already. What was told before stays."""
    current = open_for_writing(patient.pk)
    chosen = [measure.value for measure in Measure if measure in measures]
    if list(current.daily_measures) == chosen:
        return False
    patient.daily_measures = chosen
    patient.save(update_fields=["daily_measures"])
    audit.record(actor, "daily_measures.chosen", patient, patient_id=patient.pk, changes={"measures": chosen})
    return True

"""Which pain the plan asks about each day, and what it says beside the questions."""

from collections.abc import Collection

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from patients.actions.records import open_for_writing
from patients.models import Measure, Patient


@transaction.atomic
def choose_daily_measures(
    *, actor: Actor, patient: Patient, measures: Collection[Measure], guide: bool = False, advice: str = ""
) -> bool:
    """Ask these from now on, none of them too. False: it stood so already. What was told before stays.

    ``guide``: show the pain guide beside the questions. ``advice``: what the practitioner wants read when a score is high.
    """
    current = open_for_writing(patient.pk)
    chosen = [measure.value for measure in Measure if measure in measures]
    wanted = {"daily_measures": chosen, "pain_guide": guide, "pain_advice": advice}
    changed = [name for name, value in wanted.items() if getattr(current, name) != value]
    if not changed:
        return False
    for name in changed:
        setattr(patient, name, wanted[name])
    patient.save(update_fields=changed)
    audit.record(
        actor,
        "daily_measures.chosen",
        patient,
        patient_id=patient.pk,
        changes={"measures": chosen, "guide": guide, "advice": bool(advice)},
    )
    return True

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.records import open_for_writing
from patients.models import Measure, PainScore, Patient


@transaction.atomic
def record_pain(*, actor: Actor, patient: Patient, on: date, scores: Mapping[Measure, int | None]) -> int:
    """Store the answers of one day, replacing earlier ones of that day; returns how many were stored.

    None is "not answered" and writes nothing: missing is missing, zero is an answer.
    """
    open_for_writing(patient.pk)
    answered = {measure: score for measure, score in scores.items() if score is not None}
    for score in answered.values():
        if not 0 <= score <= 10:
            raise Refused(_("Choose a number from 0 to 10."), code="out_of_range")
    PainScore.objects.bulk_create(
        [
            PainScore(clinic_id=patient.clinic_id, patient=patient, measure=measure, on=on, score=score)
            for measure, score in answered.items()
        ],
        update_conflicts=True,
        unique_fields=["patient", "on", "measure", "source"],
        update_fields=["score"],
    )
    if answered:
        audit.record(
            actor,
            "pain.recorded",
            patient,
            patient_id=patient.pk,
            changes={"on": on.isoformat()} | {measure.value: score for measure, score in answered.items()},
        )
    return len(answered)

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from patients.models import Patient


@transaction.atomic
def note_reading(*, actor: Actor, patient: Patient, page: str) -> None:
    """Somebody of the staff looked at the record. ``page`` is the name of the page, such as ``chart``."""
    audit.record(actor, "record.read", patient, patient_id=patient.pk, changes={"page": page})

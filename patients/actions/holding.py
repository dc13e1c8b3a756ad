"""The lock that writers of one patient share. Taken before any other row of the patient, so that nobody waits in a ring."""

from collections.abc import Iterable
from uuid import UUID

from clinic.models import Clinic
from patients.models import Patient


def hold(patient_id: UUID) -> Patient:
    """The row as it is now, locked until the transaction ends; whoever asks for it meanwhile waits, and knows of us.

    For what is possible in every record: stopping, closing, and letters that mint a key. Whoever writes anything else
    asks ``open_for_writing``.
    """
    return Patient.objects.select_for_update(no_key=True).get(pk=patient_id)


def hold_each(patient_ids: Iterable[UUID], *, wait: bool) -> dict[UUID, Patient]:
    """The same for many at once, with their clinics. Without ``wait`` those that somebody else holds are missing."""
    rows = Patient.objects.select_for_update(no_key=True, skip_locked=not wait)
    held = rows.order_by("pk").in_bulk(set(patient_ids))
    clinics = Clinic.objects.in_bulk({patient.clinic_id for patient in held.values()})
    for patient in held.values():
        patient.clinic = clinics[patient.clinic_id]
    return held

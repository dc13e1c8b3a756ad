"""The lock that writers of one patient share. Taken before any other row of the patient, so that nobody waits in a ring."""

from uuid import UUID

from patients.models import Patient


def hold(patient_id: UUID) -> Patient:
    """The row as it is now, locked until the transaction ends; whoever asks for it meanwhile waits, and knows of us.

    For what is possible in every record: stopping, closing, and letters that mint a key. Whoever writes anything else
    asks ``open_for_writing``.
    """
    return Patient.objects.select_for_update(no_key=True).get(pk=patient_id)

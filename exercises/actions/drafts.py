"""What was typed into a programme and not saved: kept with every change, so that nothing is lost with a connection."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from exercises.models import Programme, ProgrammeDraft
from patients.actions.records import open_for_writing
from patients.models import Patient

Fields = Mapping[str, list[str]]  # as a browser posts them


@transaction.atomic
def keep_programme_draft(
    *,
    actor: Actor,
    patient: Patient,
    programme: Programme | None,
    data: Fields,
    seen_version: int | None,
    now: datetime,
) -> None:
    """In place of what was kept before. One entry of the audit for each draft, not one for each change of a field."""
    patient = open_for_writing(patient.pk)
    mine = ProgrammeDraft.objects.mine(actor.user_id, patient, programme)
    said = {"data": dict(data), "seen_version": seen_version, "updated_at": now}
    if actor.user_id is None or mine.update(**said):
        return
    draft = ProgrammeDraft.objects.create(
        clinic_id=patient.clinic_id, patient=patient, programme=programme, author_id=actor.user_id, **said
    )
    audit.record(actor, "programme_draft.kept", draft, changes={"version": seen_version})


@transaction.atomic
def drop_programme_draft(*, actor: Actor, patient: Patient, programme: Programme | None) -> None:
    """Somebody starts afresh."""
    patient = open_for_writing(patient.pk)
    if drop(actor, patient, programme):
        audit.record(actor, "programme_draft.dropped", programme or patient, patient_id=patient.pk)


def drop(actor: Actor, patient: Patient, programme: Programme | None) -> int:
    return ProgrammeDraft.objects.mine(actor.user_id, patient, programme).delete()[0]

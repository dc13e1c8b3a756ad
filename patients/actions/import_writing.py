"""A confirmed list becomes patients: a batch in each transaction, so that a crash or a stop costs at most one batch."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry
from clinic.roles import KEEPS_RECORDS
from patients.actions.import_duplicates import Known, refuse_reference, taken_references
from patients.actions.imports import BATCH, call_worker, held_in, recount, too_late
from patients.models import (
    ConsentChange,
    ConsentChannel,
    ConsentRecord,
    ImportRow,
    ImportState,
    Patient,
    PatientImport,
    RowChoice,
    RowState,
)

UNDO_FOR = timedelta(days=1)
ADDED, READ = "patient.imported", "record.read"


@transaction.atomic
def confirm_import(*, actor: Actor, patient_import: PatientImport, seen: str, now: datetime) -> PatientImport:
    """From now on rows become patients. Also goes on with a list that was stopped or interrupted.

    ``seen`` is the list's ``version`` that was looked at. Whoever presses twice is told that it runs already, and whoever
    looked at rows that were checked anew or chosen otherwise meanwhile looks again.
    """
    held = held_in(patient_import, ImportState.CHECKED, ImportState.STOPPED, ImportState.FAILED)
    if seen != held.version:
        raise too_late()
    if held.state == ImportState.FAILED and not held.confirmed_at:
        raise Refused(_("The check was interrupted. Start it again first."), code="unchecked")
    if held.undone_at:
        raise Refused(_("What this list added was archived. Upload the file again."), code="undone")
    if not held.to_add:
        raise Refused(_("There is nobody to add in this list."), code="nobody")
    held.state, held.queued_at, held.fault, held.finished_at = ImportState.RUNNING, now, "", None
    held.confirmed_at, held.confirmed_by_id = held.confirmed_at or now, actor.user_id
    held.save()
    audit.record(actor, "import.confirmed", held, changes={"to_add": held.to_add, "left_out": held.left_out})
    call_worker(held)
    return held


@transaction.atomic
def stop_import(*, actor: Actor, patient_import: PatientImport, now: datetime) -> PatientImport:
    """Between two batches: waits for the one that is being written. What was added stays."""
    held = held_in(patient_import, ImportState.RUNNING)
    held.state, held.finished_at = ImportState.STOPPED, now
    held.save()
    audit.record(actor, "import.stopped", held, changes={"done": held.done, "left": held.to_add})
    return held


@transaction.atomic
def write_import_batch(*, actor: Actor, patient_import: PatientImport, now: datetime) -> PatientImport:
    """Write the next rows, in a number of statements that does not grow with them.

    ``patient_import`` is held by the caller's transaction and running; ``actor`` is who confirmed it. Somebody whom a
    colleague added since the check is left out, to be looked at.
    """
    if not actor.has_role(KEEPS_RECORDS) or actor.clinic_id != patient_import.clinic_id:
        raise Refused(_("Who confirmed this list may no longer add patients."), code="no_role")
    rows = list(patient_import.rows.to_write()[:BATCH])
    fresh = _still_unknown(patient_import, rows)
    patients = [_patient(actor, row) for row in fresh]
    Patient.objects.bulk_create(patients)
    agreed = [patient for patient in patients if patient.reminders_allowed]
    ConsentRecord.objects.bulk_create(_consent(actor, patient) for patient in agreed)
    audit.record_each(actor, ADDED, patients, changes={"import": str(patient_import.pk)})
    written = [row.pk for row in fresh]
    ImportRow.objects.filter(pk__in=written).update(state=RowState.WRITTEN, patient=F("pk"))
    recount(patient_import)
    if not patient_import.to_add:
        patient_import.state, patient_import.finished_at = ImportState.DONE, now
        audit.record(actor, "import.done", patient_import, changes={"done": patient_import.done})
    patient_import.save()
    return patient_import


@transaction.atomic
def undo_import(*, actor: Actor, patient_import: PatientImport, now: datetime) -> int:
    """Archive what this list added, but for those with whom somebody has worked since; returns how many.

    Their clinic numbers are free again, so that the mended list can be uploaded.
    """
    held = held_in(patient_import, ImportState.DONE, ImportState.STOPPED, ImportState.FAILED)
    if actor.user_id is None or not can_be_undone(held, now):
        raise Refused(
            _("This can be taken back for one day only. Archive the records one by one."), code="late"
        )
    added = Patient.objects.filter(pk__in=held.rows.filter(state=RowState.WRITTEN).values("pk"))
    keys = list(added.select_for_update().order_by("pk").values_list("pk", flat=True))
    worked_with = AuditEntry.objects.filter(patient_id=OuterRef("pk")).exclude(verb__in=[ADDED, READ])
    mine = Patient.objects.filter(~Exists(worked_with), pk__in=keys, archived_at=None)
    untouched = list(mine)
    Patient.objects.filter(pk__in=[patient.pk for patient in untouched]).update(
        archived_at=now, archived_by_id=actor.user_id
    )
    _free_references(untouched)
    audit.record_each(actor, "patient.archived", untouched, changes={"import": str(held.pk)})
    held.undone_at = now
    held.save()
    audit.record(
        actor,
        "import.undone",
        held,
        reason=gettext_noop("The list was taken back."),
        changes={"archived": len(untouched), "kept": len(keys) - len(untouched)},
    )
    return len(untouched)


def can_be_undone(patient_import: PatientImport, now: datetime) -> bool:
    ended = patient_import.finished_at
    return bool(patient_import.done and ended and not patient_import.undone_at and now - ended < UNDO_FOR)


def _free_references(patients: Sequence[Patient]) -> None:
    numbered = [patient for patient in patients if patient.reference]
    for patient in numbered:
        patient.reference = ""
        patient.fill_search()
    Patient.objects.bulk_update(numbered, ["reference", "search"], batch_size=BATCH)


def _still_unknown(patient_import: PatientImport, rows: Sequence[ImportRow]) -> list[ImportRow]:
    asked = [row for row in rows if row.choice != RowChoice.ANOTHER_PERSON]
    known = Known(patient_import.clinic_id, asked)
    met = []
    for row in asked:
        row.alike_id, row.faults = known.of(row)
        if row.faults:
            row.state = RowState.DUPLICATE
            met.append(row)
    taken = taken_references(patient_import.clinic_id, rows)
    for row in rows:
        if patient_id := taken.get(str(row.said.get("reference", "")).lower()):
            refuse_reference(row, patient_id)
            met.append(row)
    if met:
        ImportRow.objects.bulk_update({row.pk: row for row in met}.values(), ["state", "faults", "alike"])
    left = {row.pk for row in met}
    return [row for row in rows if row.pk not in left]


def _patient(actor: Actor, row: ImportRow) -> Patient:
    said: dict[str, Any] = row.said | {"date_of_birth": date.fromisoformat(row.said["date_of_birth"])}
    patient = Patient(pk=row.pk, clinic_id=row.clinic_id, practitioner_id=actor.user_id, **said)
    patient.fill_search()
    return patient


def _consent(actor: Actor, patient: Patient) -> ConsentRecord:
    return ConsentRecord(
        clinic_id=patient.clinic_id,
        patient=patient,
        change=ConsentChange.GIVEN,
        channel=ConsentChannel.CLINIC,
        recorded_by_id=actor.user_id,
    )

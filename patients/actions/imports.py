"""A list of patients from the file to the moment in which somebody confirms it: nothing of it is a patient yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.queue import enqueue
from patients.actions.import_duplicates import find_duplicates
from patients.import_columns import folded
from patients.import_files import Table
from patients.models import (
    UNFINISHED,
    ImportRow,
    ImportState,
    PatientImport,
    RowChoice,
    RowState,
)

FEW_ROWS = 200  # are worked through within the request
BATCH = 500
JUDGED = ("said", "called", "address", "state", "faults", "alike")
UNFINISHED_FOR = timedelta(days=14)
KEPT_FOR = timedelta(days=7)  # after its end, so that what was left out can be mended


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the form said of one row: a patient's fields as plain values, or the faults."""

    row: ImportRow
    said: dict[str, Any] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def start_import(*, actor: Actor, table: Table, file_name: str) -> PatientImport:
    """Keep the rows of a file. They are health-adjacent personal data: ``forget_imports`` says for how long."""
    if actor.clinic_id is None or actor.user_id is None:
        raise Refused(_("Only staff of a clinic can add patients."), code="no_clinic")
    made = PatientImport.objects.create(
        clinic_id=actor.clinic_id,
        made_by_id=actor.user_id,
        file_name=file_name[:120],
        encoding=table.encoding,
        headings=table.headings,
        total=len(table.lines),
    )
    rows = [
        ImportRow(clinic_id=made.clinic_id, patient_import=made, number=line.number, cells=line.cells)
        for line in table.lines
    ]
    ImportRow.objects.bulk_create(rows, batch_size=2_000)
    audit.record(actor, "import.uploaded", made, changes={"rows": made.total, "encoding": table.encoding})
    return made


@transaction.atomic
def name_columns(
    *, actor: Actor, patient_import: PatientImport, columns: Sequence[str], day_order: str, now: datetime
) -> PatientImport:
    """Say what the columns are, or say it anew: every row is checked from the beginning."""
    held = held_in(patient_import, *UNFINISHED, ImportState.FAILED)
    if held.confirmed_at:
        raise too_late()
    held.rows.update(
        state=RowState.NEW,
        choice=RowChoice.LEAVE_OUT,
        said={},
        called="",
        address="",
        faults=[],
        alike=None,
    )
    held.columns, held.day_order = list(columns), day_order
    held.state, held.queued_at, held.fault = ImportState.CHECKING, now, ""
    held.ready = held.duplicate = held.chosen = held.faulty = 0
    held.save()
    audit.record(
        actor, "import.columns", held, changes={"columns": [c for c in columns if c], "order": day_order}
    )
    call_worker(held)
    return held


@transaction.atomic
def keep_verdicts(
    *, actor: Actor, patient_import: PatientImport, verdicts: Sequence[Verdict]
) -> PatientImport:
    """What the check found in a batch of rows, then which of them seem to be known; the last batch ends the check.

    ``patient_import`` is held by the caller's transaction.
    """
    rows = [_judged(verdict) for verdict in verdicts]
    find_duplicates(patient_import, [row for row in rows if row.state == RowState.READY])
    ImportRow.objects.bulk_create(  # as an update: bulk_update would take longer than the check itself
        rows, update_conflicts=True, unique_fields=["id"], update_fields=list(JUDGED)
    )
    recount(patient_import)
    if patient_import.looked_at >= patient_import.total:
        patient_import.state = ImportState.CHECKED
        audit.record(actor, "import.checked", patient_import, changes=_numbers(patient_import))
    patient_import.save()
    return patient_import


@transaction.atomic
def choose_row(*, actor: Actor, patient_import: PatientImport, number: int, choice: RowChoice) -> ImportRow:
    """Of somebody who seems to be known: leave out, or add as another person."""
    held = held_in(patient_import, ImportState.CHECKED)
    row = held.rows.filter(number=number, state=RowState.DUPLICATE).first()
    if row is None:
        raise Refused(_("This row is no duplicate."), code="no_duplicate")
    if row.choice != choice:
        row.choice = choice
        row.save(update_fields=["choice"])
        recount(held)
        held.save()
        audit.record(actor, "import.chosen", held, changes={"row": number, "choice": choice.value})
    return row


@transaction.atomic
def discard_import(*, actor: Actor, patient_import: PatientImport, now: datetime) -> PatientImport:
    """Throw the list away before anything was added; its rows are deleted at once."""
    held = held_in(patient_import, *UNFINISHED, ImportState.FAILED)
    if held.confirmed_at:
        raise too_late()
    held.state, held.finished_at = ImportState.DISCARDED, now
    held.save()
    _forget_rows([held])
    audit.record(actor, "import.discarded", held)
    return held


@transaction.atomic
def take_rows(*, actor: Actor, patient_import: PatientImport) -> None:
    """Somebody takes rows of the list along as a file."""
    audit.record(actor, "import.exported", patient_import)


@transaction.atomic
def forget_imports(*, actor: Actor, now: datetime) -> int:
    """Delete the rows of lists that nobody finished in a fortnight, and of those that ended a week ago."""
    stale = Q(confirmed_at=None, created_at__lt=now - UNFINISHED_FOR) & ~Q(state=ImportState.DISCARDED)
    ended = Q(confirmed_at__isnull=False, finished_at__lt=now - KEPT_FOR, rows__isnull=False)
    keys = list(PatientImport.objects.filter(stale | ended).values_list("pk", flat=True).distinct()[:50])
    found = list(PatientImport.objects.select_for_update(skip_locked=True).filter(pk__in=keys))
    for patient_import in found:
        if not patient_import.confirmed_at:
            patient_import.state, patient_import.finished_at = ImportState.DISCARDED, now
            patient_import.save()
        audit.record(actor, "import.forgotten", patient_import)
    _forget_rows(found)
    return len(found)


@transaction.atomic
def note_import_fault(*, actor: Actor, patient_import: PatientImport, fault: str, now: datetime) -> None:
    """A batch could not be worked through; it was taken back whole. Somebody looks, and may go on."""
    held = PatientImport.objects.select_for_update().get(pk=patient_import.pk)
    if held.is_at_work:
        held.state, held.fault, held.finished_at = ImportState.FAILED, fault[:80], now
        held.save()
        audit.record(actor, "import.failed", held, changes={"fault": held.fault})


def held_in(patient_import: PatientImport, *states: ImportState) -> PatientImport:
    """The row as it is now, locked until the transaction ends, if it is in one of these states."""
    held = PatientImport.objects.select_for_update().get(pk=patient_import.pk)
    if held.state not in states:
        raise too_late()
    return held


def recount(patient_import: PatientImport) -> None:
    """The numbers as the rows say them; whoever calls this saves."""
    chosen = Q(state=RowState.DUPLICATE, choice=RowChoice.ANOTHER_PERSON)
    numbers = patient_import.rows.aggregate(
        ready=Count("pk", filter=Q(state=RowState.READY)),
        duplicate=Count("pk", filter=Q(state=RowState.DUPLICATE)),
        chosen=Count("pk", filter=chosen),
        faulty=Count("pk", filter=Q(state=RowState.FAULTY)),
        done=Count("pk", filter=Q(state=RowState.WRITTEN)),
    )
    for name, number in numbers.items():
        setattr(patient_import, name, number)


def call_worker(patient_import: PatientImport) -> None:
    """Few rows are worked through by whoever asks; the tick finds the others too, should the message be lost."""
    if patient_import.total > FEW_ROWS:
        enqueue("patients.tasks.work_on_imports")


def _judged(verdict: Verdict) -> ImportRow:
    row, said = verdict.row, verdict.said
    row.said, row.faults, row.alike = said, verdict.faults, None
    row.state = RowState.FAULTY if verdict.faults else RowState.READY
    row.called = row.address = ""
    if not verdict.faults:
        row.called = folded(said["given_name"], said["family_name"], said["date_of_birth"])
        row.address = folded(said["email"])
    return row


def _numbers(patient_import: PatientImport) -> dict[str, int]:
    return {name: getattr(patient_import, name) for name in ("total", "ready", "duplicate", "faulty")}


def _forget_rows(imports: Sequence[PatientImport]) -> None:
    ImportRow.objects.filter(patient_import__in=imports).delete()


def too_late() -> Refused:
    return Refused(
        _("This list has moved on meanwhile. What you see now is how it stands."), code="import_state"
    )

"""Works through lists of patients: has the form judge their rows, then, once confirmed, has them written.

A batch is a transaction that holds the list's row: two workers go one after the other, a crash takes its batch back
whole, and nothing needs a lease.
"""

import logging
import time
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.queue import enqueue
from patients import actions
from patients.actions.imports import BATCH
from patients.actions.patients import refuse_impossible
from patients.forms.imports import RowForm
from patients.import_columns import answers
from patients.models import ImportRow, ImportState, PatientImport, RowState

log = logging.getLogger("patients.imports")

SECONDS = 10  # at a stretch: mail waits for the same worker


def work(seconds: float = SECONDS) -> int:
    """Batches of all lists, the oldest first, until nothing is left or the time is over. Returns how many."""
    until, batches = time.monotonic() + seconds, 0
    while step():
        batches += 1
        if time.monotonic() > until:
            enqueue("patients.tasks.work_on_imports")
            break
    return batches


def finish_if_small(patient_import: PatientImport) -> None:
    """Few rows take no longer than a page: nobody waits for a worker."""
    if patient_import.total <= actions.FEW_ROWS:
        while step(patient_import.pk):
            pass


@transaction.atomic
def step(only: UUID | None = None) -> bool:
    """One batch of one list. False when there is none that nobody else works on."""
    waiting = PatientImport.objects.at_work().select_related("clinic", "confirmed_by")
    if only:
        waiting = waiting.filter(pk=only)
    held = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if held is None:
        return False
    now = clock.now()
    try:
        with transaction.atomic():
            _batch(held, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the next tick would meet it again
        name = error.code if isinstance(error, Refused) else type(error).__name__
        log.warning("import interrupted", extra={"import": str(held.pk), "error": name})
        actions.note_import_fault(actor=Actor.system("import"), patient_import=held, fault=name, now=now)
    return True


def judge(patient_import: PatientImport, row: ImportRow, now: datetime) -> actions.Verdict:
    """By the rules of the form and of the action that add one patient."""
    clinic = patient_import.clinic
    otherwise = {"time_zone": clinic.time_zone, "language": clinic.language}
    form = RowForm(answers(row.cells, patient_import.columns, otherwise), order=patient_import.day_order)
    faults = form.codes()
    said: dict[str, Any] = {name: form.cleaned_data.get(name) for name in form.Meta.fields}
    if not faults:
        try:
            refuse_impossible(
                said["date_of_birth"],
                said["email"],
                reminders_allowed=said["reminders_allowed"],
                now=now,
            )
        except Refused as refused:
            faults = [{"field": refused.field or "", "code": refused.code}]
    if faults:
        return actions.Verdict(row, faults=faults)
    return actions.Verdict(row, said=said | {"date_of_birth": said["date_of_birth"].isoformat()})


def _batch(held: PatientImport, now: datetime) -> None:
    if held.state == ImportState.RUNNING:
        actor = Actor.staff(held.confirmed_by)  # type: ignore[arg-type] # a constraint has it named
        actions.write_import_batch(actor=actor, patient_import=held, now=now)
        return
    rows = held.rows.filter(state=RowState.NEW).order_by("number")[:BATCH]
    verdicts = [judge(held, row, now) for row in rows]
    actions.keep_verdicts(actor=Actor.system("import"), patient_import=held, verdicts=verdicts)

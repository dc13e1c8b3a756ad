"""Makes the copy of a clinic: first the clinic's own tables, then its patients, some at a time.

A batch is a transaction that holds the export's row: two workers go one after the other, a crash takes its batch back
whole, and nothing needs a lease. Patients come as the owner who asked sees them now.
"""

import logging
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from clinic import clock
from clinic.actors import Actor
from clinic.queue import enqueue
from clinic.roles import OWNS
from exercises import actions, fhir
from exercises.models import ClinicExport
from exercises.rights import clinic_rows, files, rows
from patients.models import Patient

log = logging.getLogger("exercises.exports")

SECONDS = 10  # at a stretch: mail waits for the same worker
BATCH = 100  # patients


def work(seconds: float = SECONDS) -> int:
    """Batches of all exports, the oldest first, until nothing is left or the time is over. Returns how many."""
    until, batches = time.monotonic() + seconds, 0
    while step():
        batches += 1
        if time.monotonic() > until:
            enqueue("exercises.tasks.work_on_exports")
            break
    return batches


@transaction.atomic
def step() -> bool:
    """One batch of one export. False when there is none that nobody else works on."""
    waiting = ClinicExport.objects.at_work().select_related("clinic", "asked_by")
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
        fault = type(error).__name__
        log.warning("export interrupted", extra={"export": str(held.pk), "error": fault})
        _fail(held, fault, now)
    return True


def _batch(held: ClinicExport, now: datetime) -> None:
    asker = Actor.staff(held.asked_by)
    if asker.clinic_id != held.clinic_id or not asker.has_role(OWNS):
        _fail(held, "no owner any more", now)
        return
    system = Actor.system("export")
    if not held.counts:
        actions.keep_export_batch(actor=system, export=held, lines=_of_clinic(held, now), patients=[])
        return
    mine = Patient.objects.visible_to(asker)
    if held.after:
        mine = mine.filter(pk__gt=held.after)
    patients = list(mine.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not patients:
        actions.finish_export(actor=system, export=held, now=now)
        return
    lines = _of_patients(held, patients, now)
    actions.keep_export_batch(actor=system, export=held, lines=lines, patients=patients)


def _fail(held: ClinicExport, fault: str, now: datetime) -> None:
    actions.note_export_fault(actor=Actor.system("export"), export=held, fault=fault, now=now)


def _of_clinic(held: ClinicExport, now: datetime) -> actions.Lines:
    made = _Made()
    for label, found in clinic_rows.chunks(held.clinic_id):
        made.add(table(label), found)
    world = fhir.World(settings.SITE_URL, {}, clinic_rows.named_in(held.clinic), now)
    made.add_resources(fhir.resources(world, fhir.NAMED))
    return made.lines()


def _of_patients(held: ClinicExport, patients: list[Any], now: datetime) -> actions.Lines:
    found = rows.rows_of(patients, of_many=True)
    named = rows.named_by(found, held.clinic)
    made = _Made()
    for label, some in found.items():
        made.add(table(label), some)
    made.add_resources(fhir.resources(fhir.World(settings.SITE_URL, found, named, now), fhir.MAPPED))
    return made.lines()


def table(label: str) -> str:
    return f"tables/{files.file_name(label)}.ndjson"


class _Made:
    """Lines by the name of their file. Files without a line are named too: nothing was left out."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.counts: dict[str, int] = {}

    def add(self, name: str, found: Iterable[Any]) -> None:
        some = list(found)
        self.texts.setdefault(name, []).append(files.lines(some))
        self.counts[name] = self.counts.get(name, 0) + len(some)

    def add_resources(self, found: Iterable[tuple[str, dict[str, Any]]]) -> None:
        for _label, resource in found:
            self.add(f"fhir/{resource['resourceType']}.ndjson", [resource])

    def lines(self) -> actions.Lines:
        return {name: (self.counts[name], "".join(texts)) for name, texts in self.texts.items()}

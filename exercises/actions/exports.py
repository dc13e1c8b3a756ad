"""A copy of a whole clinic: asked for by an owner, made by a worker, fetched, and deleted after a few days."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.queue import enqueue
from clinic.roles import OWNS
from exercises.models import EXPORT_KEPT_FOR, ClinicExport, ExportPart, ExportState
from patients.models import Patient

Lines = Mapping[str, tuple[int, str]]  # name of a file: how many lines, and the lines


@transaction.atomic
def ask_export(*, actor: Actor, now: datetime) -> ClinicExport:
    """Begin one. Refuses anybody but an owner, and a second one while the first is being made."""
    if actor.user_id is None or not actor.has_role(OWNS):
        raise Refused(_("Only an owner exports a clinic."), code="no_owner")
    total = Patient.objects.visible_to(actor).count()
    try:
        with transaction.atomic():
            made = ClinicExport.objects.create(
                clinic_id=actor.own_clinic_id, asked_by_id=actor.user_id, asked_at=now, total=total
            )
    except IntegrityError as error:
        raise Refused(_("An export is being made already."), code="running") from error
    audit.record(actor, "export.asked", made, changes={"patients": total})
    enqueue("exercises.tasks.work_on_exports")
    return made


@transaction.atomic
def keep_export_batch(
    *, actor: Actor, export: ClinicExport, lines: Lines, patients: Sequence[UUID]
) -> ClinicExport:
    """What was read of some patients, or, without patients, of the clinic itself. ``export`` is held by the caller's
    transaction. No entry for each patient: what was asked for was everything."""
    number = ExportPart.objects.filter(export=export).count()
    for place, (name, (count, text)) in enumerate(lines.items(), start=1):
        ExportPart.objects.create(
            clinic_id=export.clinic_id,
            export=export,
            name=name,
            number=number + place,
            data=zlib.compress(text.encode()),
        )
        export.counts[name] = export.counts.get(name, 0) + count
    if patients:
        export.after, export.done = patients[-1], export.done + len(patients)
    export.save(update_fields=["counts", "after", "done"])
    audit.record(actor, "export.continued", export, changes={"patients": export.done})
    return export


@transaction.atomic
def finish_export(*, actor: Actor, export: ClinicExport, now: datetime) -> ClinicExport:
    """The caller's transaction holds it."""
    export.state, export.finished_at, export.expires_at = ExportState.DONE, now, now + EXPORT_KEPT_FOR
    export.save(update_fields=["state", "finished_at", "expires_at"])
    audit.record(
        actor, "export.done", export, changes={"patients": export.done, "rows": sum(export.counts.values())}
    )
    return export


@transaction.atomic
def note_export_fault(*, actor: Actor, export: ClinicExport, fault: str, now: datetime) -> ClinicExport:
    """It goes no further by itself; what was made of it is deleted."""
    export.state, export.finished_at, export.fault = ExportState.FAILED, now, fault[:80]
    export.save(update_fields=["state", "finished_at", "fault"])
    _forget_parts(export)
    audit.record(actor, "export.failed", export, changes={"fault": export.fault})
    return export


@transaction.atomic
def stop_export(*, actor: Actor, export: ClinicExport, now: datetime) -> ClinicExport:
    held = _held(export, ExportState.RUNNING)
    held.state, held.finished_at = ExportState.STOPPED, now
    held.save(update_fields=["state", "finished_at"])
    _forget_parts(held)
    audit.record(actor, "export.stopped", held, changes={"patients": held.done})
    return held


@transaction.atomic
def fetch_export(*, actor: Actor, export: ClinicExport, now: datetime) -> ClinicExport:
    """Somebody takes the file. Refuses one that is not ready, or over."""
    held = _held(export, ExportState.DONE)
    if not held.has_file(now):
        raise _gone()
    audit.record(actor, "export.fetched", held, changes={"patients": held.done})
    return held


@transaction.atomic
def delete_export(*, actor: Actor, export: ClinicExport) -> ClinicExport:
    """Its file, before its time; the row says that there was one."""
    held = _held(export, ExportState.DONE)
    held.state = ExportState.DELETED
    held.save(update_fields=["state"])
    _forget_parts(held)
    audit.record(actor, "export.deleted", held)
    return held


@transaction.atomic
def forget_exports(*, actor: Actor, now: datetime) -> int:
    """Delete the files whose days are over; returns how many."""
    over = list(ClinicExport.objects.over_at(now).select_for_update(skip_locked=True))
    for export in over:
        export.state = ExportState.DELETED
        export.save(update_fields=["state"])
        _forget_parts(export)
        audit.record(actor, "export.forgotten", export)
    return len(over)


def _forget_parts(export: ClinicExport) -> None:
    ExportPart.objects.filter(export=export).delete()


def _held(export: ClinicExport, state: ExportState) -> ClinicExport:
    held = ClinicExport.objects.select_for_update().get(pk=export.pk)
    if held.state != state:
        raise _gone()
    return held


def _gone() -> Refused:
    return Refused(_("There is no such file any more: look at the page again."), code="gone")

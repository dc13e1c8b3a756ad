"""Deleting records whose time is over: decided by a person, a few at once, and set down."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit, replay
from clinic.actors import Actor, Kind
from clinic.errors import Refused
from clinic.models import Clinic
from clinic.roles import OWNS
from exercises import deleting
from exercises.models import Programme, ProgrammeState
from patients.actions.holding import hold_each
from patients.actions.restriction import duplicates_of
from patients.models import Erasure, Patient, RecordDeletion, Restriction
from patients.retention import Over, over_of

MOST_RECORDS = 20  # of one transaction


@transaction.atomic
def delete_records(
    *, actor: Actor, clinic: Clinic, record_ids: Collection[UUID], now: datetime
) -> list[RecordDeletion]:
    """Every row of these records goes, with the duplicates that were merged into them; what remains is the audit, for a year
    more, and one row that says which key went when.

    Refuses anybody but an owner and the system, more than twenty, and all of them when one is not over: something was
    written in it meanwhile, a programme runs, or it was restricted without being erased.
    """
    if actor.kind is not Kind.SYSTEM and not (actor.has_role(OWNS) and actor.clinic_id == clinic.pk):
        raise Refused(_("Only an owner of the clinic can delete records."), code="role")
    if len(set(record_ids)) > MOST_RECORDS:
        raise Refused(_("These are too many at once."), code="many")
    held = hold_each(record_ids, wait=True)
    over = over_of(clinic, held, now)
    if not record_ids or set(over) != set(record_ids) or _still_needed(over):
        raise Refused(
            _("One of these records has to be kept, or something was written in it. Nothing was deleted."),
            code="kept",
        )
    done = []
    for one in over.values():
        done.append(_delete(actor, one, now))  # noqa: PERF401 - an action, row by row
    return done


def _still_needed(over: Collection[UUID]) -> bool:
    running = Programme.objects.filter(patient__in=over, state=ProgrammeState.ACTIVE)
    erased = Erasure.objects.filter(patient__in=over).values("patient")
    closed = Restriction.objects.standing().filter(patient__in=over).exclude(patient__in=erased)
    return running.exists() or closed.exists()


def _delete(actor: Actor, over: Over, now: datetime) -> RecordDeletion:
    """The row that lets them go comes first; the kept record's before those of its duplicates."""
    family = [over.patient, *duplicates_of(over.patient)]
    made = [_set_down(actor, record, over, now) for record in family]
    removed = deleting.remove([record.pk for record in family])
    changes = {
        "last_entry": over.last_entry.isoformat(),
        "over_since": over.since.isoformat(),
        "records": len(family),
        "rows": sum(removed.values()),
    }
    for one in made:
        audit.record(actor, "deletion.done", one, patient_id=one.record_id, changes=changes)
    replay.note("deletion.done", over.patient.pk)
    return made[0]


def _set_down(actor: Actor, record: Patient, over: Over, now: datetime) -> RecordDeletion:
    return RecordDeletion.objects.create(
        clinic_id=record.clinic_id,
        record_id=record.pk,
        last_entry=over.last_entry,
        over_since=over.since,
        deleted_by_id=actor.user_id,
        deleted_at=now,
    )

"""The only writer of audit entries: who did what to which object, in the transaction of the change itself."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Model

from clinic import logs
from clinic.actors import Actor
from clinic.models import AuditEntry


def record(
    actor: Actor,
    verb: str,
    target: Model,
    *,
    patient_id: UUID | None = None,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """``changes`` holds field names with codes, numbers and dates: never a name, a note or other free text.

    The patient's id is a plain number: the entry outlives the record it speaks of.
    """
    entry = _entry(actor, verb, target, patient_id=patient_id, reason=reason, changes=changes)
    entry.save(force_insert=True)
    return entry


def record_each(
    actor: Actor, verb: str, patients: Iterable[Model], *, changes: Mapping[str, Any] | None = None
) -> int:
    """The same about many patients, each an entry of its own, by few statements; returns how many."""
    entries = [_entry(actor, verb, patient, patient_id=patient.pk, changes=changes) for patient in patients]
    AuditEntry.objects.bulk_create(entries, batch_size=1000)
    return len(entries)


def _entry(
    actor: Actor,
    verb: str,
    target: Model,
    *,
    patient_id: UUID | None,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
) -> AuditEntry:
    return AuditEntry(
        clinic_id=getattr(target, "clinic_id", None) or actor.clinic_id,
        actor_kind=actor.kind,
        actor_label=actor.label,
        actor_user_id=actor.user_id,
        actor_role=actor.role or "",
        verb=verb,
        object_type=target._meta.label_lower,
        object_id=str(target.pk),
        patient_id=patient_id or getattr(target, "patient_id", None) or actor.patient_id,
        request_id=logs.request_id.get(),
        reason=reason,
        changes=dict(changes or {}),
    )

"""The only writer of audit entries: who did what to which object, in the transaction of the change itself."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model
from django.utils.crypto import salted_hmac

from clinic import logs
from clinic.actors import Actor, Kind
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


def record_once(
    actor: Actor,
    verb: str,
    target: Model,
    *,
    within: timedelta,
    patient_id: UUID | None = None,
    changes: Mapping[str, Any] | None = None,
) -> bool:
    """The same, unless this person has such an entry about this patient, or about no patient one with these changes, from so
    short a time ago; by one statement. Two at once may both be written."""
    entry = _entry(actor, verb, target, patient_id=patient_id, changes=changes)
    fields = [f for f in AuditEntry._meta.concrete_fields if f.name not in {"id", "at", "epoch", "xid"}]
    values: list[Any] = [f.get_db_prep_save(getattr(entry, f.attname), connection) for f in fields]
    there = "verb = %s AND actor_user_id = %s AND clinic_id IS NOT DISTINCT FROM %s AND at > now() - %s"
    there += " AND patient_id = %s" if entry.patient_id else " AND changes = %s"
    same = entry.patient_id or values[[f.name for f in fields].index("changes")]
    asked: list[Any] = [verb, actor.user_id, entry.clinic_id, within, same]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO clinic_auditentry ({', '.join(str(f.column) for f in fields)})"  # noqa: S608 - names of columns
            f" SELECT {', '.join(['%s'] * len(values))}"
            f" WHERE NOT EXISTS (SELECT 1 FROM clinic_auditentry WHERE {there})",
            [*values, *asked],
        )
        return bool(cursor.rowcount)


def term_hash(term: str) -> str:
    """What was searched for, so that it can be asked whether it was this, and never read what it was."""
    said = " ".join(term.casefold().split())
    return salted_hmac("clinic.audit.term", said, algorithm="sha256").hexdigest()


def record_each(
    actor: Actor, verb: str, targets: Iterable[Model], *, changes: Mapping[str, Any] | None = None
) -> int:
    """The same about many patients, or rows of patients, each an entry of its own, by few statements; returns how many."""
    rows = list(targets)
    if not rows:
        return 0
    # What is the same in all of them is written once, whatever their number.
    first = _entry(
        actor, verb, rows[0], patient_id=getattr(rows[0], "patient_id", rows[0].pk), changes=changes
    )
    own = ("clinic_id", "object_id", "patient_id")
    shared = [
        f
        for f in AuditEntry._meta.concrete_fields
        if f.column not in own and f.name not in {"id", "at", "epoch", "xid"}
    ]
    names = ", ".join([*own, *(str(f.column) for f in shared)])
    asked: list[Any] = [f.get_db_prep_save(getattr(first, f.attname), connection) for f in shared]
    asked += [
        [getattr(row, "clinic_id", None) or actor.clinic_id for row in rows],
        [str(row.pk) for row in rows],
        [getattr(row, "patient_id", row.pk) or actor.patient_id for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO clinic_auditentry ({names}) SELECT one.*{', %s' * len(shared)}"  # noqa: S608 - names of columns
            " FROM unnest(%s::uuid[], %s::text[], %s::uuid[]) AS one",
            asked,
        )
    return len(rows)


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
        ip_prefix="" if actor.kind is Kind.PATIENT else logs.network.get(),
        reason=reason,
        changes=dict(changes or {}),
    )

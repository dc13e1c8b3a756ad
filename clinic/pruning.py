"""Entries of the audit whose time is over go: whole sealed ranges, each leaving its seal and a tombstone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from clinic import audit
from clinic.actors import Actor
from clinic.models import AuditEntry, AuditSeal, AuditTombstone, Clinic
from clinic.proof import PRUNED, READING

BATCH = 500  # seals looked at in one transaction
YEAR = timedelta(days=366)
Kept = Callable[[set[UUID], datetime], set[UUID]]


@dataclass(frozen=True, slots=True)
class Pruned:
    seals: int = 0
    entries: int = 0
    looked_at: int = 0  # seals that are old enough


def prune_audit(*, actor: Actor, now: datetime, dry_run: bool = False) -> Pruned:
    """From the oldest on, in batches. A range stays as long as one entry in it has to: of a patient, until the record's time
    and one year more are over (settings.RECORDS_KEPT); of a clinic, as many years as it keeps records, and one more. Where a
    clinic has not decided how long that is, its entries stay. What tells of pruning stays for good."""
    total, after = Pruned(), 0
    while batch := _old(now, after):
        done = _prune(batch, actor, now, dry_run)
        total = Pruned(
            total.seals + done.seals, total.entries + done.entries, total.looked_at + done.looked_at
        )
        after = batch[-1].number
    return total


def _old(now: datetime, after: int) -> list[AuditSeal]:
    old = AuditSeal.objects.filter(number__gt=after, sealed_at__lt=now - YEAR, audittombstone=None)
    return list(old.order_by("number")[:BATCH])


@transaction.atomic
def _prune(batch: Sequence[AuditSeal], actor: Actor, now: datetime, dry_run: bool) -> Pruned:
    with connection.cursor() as cursor:  # whoever verifies meanwhile would find half of it
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [READING])
    kept: Kept = import_string(settings.RECORDS_KEPT)
    limits = {
        clinic.pk: now - (clinic.retention_years + 1) * YEAR
        for clinic in Clinic.objects.all()
        if clinic.retention_years is not None
    }
    going = [seal for seal in batch if _may_go(_entries(seal), limits, kept, now)]
    entries = sum(seal.entries for seal in going)
    if going and not dry_run:
        AuditTombstone.objects.bulk_create(AuditTombstone(seal=seal, pruned_at=now) for seal in going)
        for seal in going:
            _entries(seal).delete()
        changes = {"seals": _runs([seal.number for seal in going]), "entries": entries}
        for clinic in Clinic.objects.order_by("pk"):  # each clinic reads an audit of its own
            audit.record(replace(actor, clinic_id=clinic.pk), PRUNED, clinic, changes=changes)
    return Pruned(len(going), entries, len(batch))


def _entries(seal: AuditSeal) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(epoch=seal.epoch, xid__gte=seal.from_xid, xid__lt=seal.to_xid)


def _may_go(entries: QuerySet[AuditEntry], limits: dict[UUID, datetime], kept: Kept, now: datetime) -> bool:
    earliest = min(limits.values(), default=now - YEAR)  # of what belongs to no clinic
    patients: set[UUID] = set()
    for clinic, patient, verb, at in entries.values_list("clinic_id", "patient_id", "verb", "at"):
        limit = limits.get(clinic) if clinic else earliest
        if limit is None or at >= limit or verb == PRUNED:
            return False
        if patient:
            patients.add(patient)
    return not kept(patients, now)


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """1, 2, 3, 7 are [1, 3] and [7, 7]."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return runs

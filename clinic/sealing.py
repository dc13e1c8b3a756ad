"""Sealing what was written into the audit, each minute: a range, its hash, and the hash of the seal before.

A range ends where the oldest transaction that still runs begins: everything before has ended, so nothing can come into it
later, however many write at the same time. Nobody waits for the sealer, and the sealer waits for nobody.
"""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from clinic import chain
from clinic.models import AuditEntry, AuditEpoch, AuditSeal

log = logging.getLogger("clinic.seal")  # always at INFO: a head is worth something once it is elsewhere

ALONE = 4_801_337_210_554_871_001  # the advisory lock of whoever seals or begins an epoch
ROWS_AT_ONCE = 2000
OLDEST_RUNNING = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
THIS_EPOCH = "SELECT clinic_audit_epoch(), clinic_place()"


@transaction.atomic
def seal_audit(now: datetime) -> int | None:
    """Seal what can be sealed; returns how many entries, None when another process is at it."""
    if not _ask("SELECT pg_try_advisory_xact_lock(%s)", ALONE)[0]:
        return None
    epoch, place = _ask(THIS_EPOCH)
    if not AuditEpoch.objects.filter(number=epoch).exists():
        AuditEpoch.objects.create(
            number=epoch, place=place
        )  # the first, or of a place where nobody sealed yet
    last = AuditSeal.objects.newest()
    (end,) = _ask(OLDEST_RUNNING)
    sealed = 0
    for of, first, before in _ranges(last, epoch, end):
        made = _seal(last, of, first, before, now)
        if made:
            last, sealed = made, sealed + made.entries
    return sealed


@transaction.atomic
def begin_epoch() -> int:
    """A database was restored: from now on entries belong to a new epoch, whose number is returned. Waits until nobody is
    writing an entry; so no entry comes into the epoch before, which is then sealed to its end."""
    _ask("SELECT pg_advisory_xact_lock(%s)", ALONE)
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE clinic_auditentry IN SHARE ROW EXCLUSIVE MODE")
    last = AuditEpoch.objects.aggregate(last=Max("number"))["last"] or 1
    _epoch, place = _ask(THIS_EPOCH)
    AuditEpoch.objects.create(number=last + 1, place=place)
    return last + 1


def _ranges(last: AuditSeal | None, epoch: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Epoch, first transaction and the one that is left out. An epoch that is over is sealed to its end."""
    begun, first = (last.epoch, last.to_xid) if last else (1, 0)
    for earlier in range(begun, epoch):
        newest = AuditEntry.objects.filter(epoch=earlier, xid__gte=first).order_by("-xid").values("xid")[:1]
        for row in newest:
            yield earlier, first, row["xid"] + 1
        first = 0
    if end > first:
        yield epoch, first, end


def _seal(last: AuditSeal | None, epoch: int, first: int, before: int, now: datetime) -> AuditSeal | None:
    """None where nothing was written: the next seal begins at the same place."""
    rows = AuditEntry.objects.filter(epoch=epoch, xid__gte=first, xid__lt=before).order_by("xid", "id")
    lines = chain.Lines()
    for values in rows.values_list(*chain.FIELDS).iterator(ROWS_AT_ONCE):
        lines.take(values)
    if not lines.entries:
        return None
    header = chain.Seal(
        number=last.number + 1 if last else 1,
        epoch=epoch,
        from_xid=first,
        to_xid=before,
        entries=lines.entries,
        entries_hash=lines.hash,
        previous=last.hash if last else chain.GENESIS,
        sealed_at=now,
    )
    made = AuditSeal.objects.create(
        number=header.number,
        epoch=header.epoch,
        from_xid=header.from_xid,
        to_xid=header.to_xid,
        entries=header.entries,
        entries_hash=header.entries_hash,
        previous=header.previous,
        hash=header.hash,
        sealed_at=header.sealed_at,
    )
    transaction.on_commit(lambda: log.info("audit %s", made.head, extra={"entries": made.entries}))
    return made


def _ask(query: str, *values: int) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        found: tuple = cursor.fetchone()
    return found

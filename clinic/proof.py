"""Is the audit still what was sealed? Everything is computed anew from the entries and compared with the chain of seals, and
the chain with heads that were kept elsewhere: only these show that somebody sealed everything anew."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from clinic import chain
from clinic.chain import GENESIS, Head
from clinic.models import AuditEntry, AuditSeal, AuditTombstone

ROWS_AT_ONCE = 2000
MOST_FAULTS = 50  # that are told; one change shows in as many places as there are
READING = 4_801_337_210_554_871_002  # the advisory lock that keeps pruning away meanwhile
SHORTEST = timedelta(days=365)  # nothing goes before
PRUNED = "audit.pruned"
EPOCH, XID = chain.FIELDS.index("epoch"), chain.FIELDS.index("xid")
VERB, CHANGES = chain.FIELDS.index("verb"), chain.FIELDS.index("changes")


@dataclass
class Proof:
    """What was found. ``faults`` is empty when all is as it was sealed."""

    seals: int = 0
    entries: int = 0  # that were sealed and are there
    pruned: int = 0  # seals whose entries were removed in time
    unsealed: int = 0  # entries that no seal holds yet
    heads: int = 0  # published ones that were compared
    newest: Head | None = None
    faults: list[str] = field(default_factory=list)
    more_faults: int = 0

    def fault(self, text: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(text)
        else:
            self.more_faults += 1


@transaction.atomic
def prove(published: Iterable[Head] = (), restored: Iterable[int] = ()) -> Proof:
    """``published``: heads from outside of the database. ``restored``: epochs that are known to have begun with the restore
    of a backup; what was published after it and before them was lost with good reason."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [READING])
    last = AuditSeal.objects.newest()
    proof = Proof(newest=last.head if last else None)
    _Walk(proof).through(last.number if last else 0)
    _compare(proof, list(published), set(restored))
    return proof


class _Walk:
    """Once through all entries by transaction, and through the seals beside them."""

    def __init__(self, proof: Proof) -> None:
        self.proof, self.rows = proof, _rows()
        self.row: tuple[Any, ...] | None = next(self.rows, None)
        self.stones: dict[int, datetime] = dict(AuditTombstone.objects.values_list("seal_id", "pruned_at"))
        self.told: set[int] = set()  # seals whose pruning an entry tells

    def through(self, upto: int) -> None:
        before: AuditSeal | None = None
        for seal in AuditSeal.objects.filter(number__lte=upto).order_by("number").iterator(ROWS_AT_ONCE):
            self._link(before, seal)
            self._stray(seal)
            self._content(seal)
            before = seal
        while self.row is not None:
            stale = before is not None and (self.row[EPOCH], self.row[XID]) < (before.epoch, before.to_xid)
            if stale:
                self.proof.fault(f"Entry {self.row[0]} lies behind the seals and is in none.")
            else:
                self.proof.unsealed += 1
            self._next()
        for number in sorted(self.stones.keys() - self.told):
            self.proof.fault(f"Seal {number}: its entries were removed, and no entry tells of it.")

    def _link(self, before: AuditSeal | None, seal: AuditSeal) -> None:
        """The seal itself, and how it follows the one before."""
        said, proof = f"Seal {seal.number}", self.proof
        proof.seals += 1
        if seal.header.hash != seal.hash:
            proof.fault(f"{said} does not have the hash that it says.")
        if seal.number != (before.number + 1 if before else 1):
            proof.fault(f"{said} is not the next: seals are missing before it.")
        if seal.previous != (before.hash if before else GENESIS):
            proof.fault(f"{said} does not follow the one before it.")
        if before is None or seal.epoch > before.epoch:
            begins = seal.from_xid == 0
        else:
            begins = (seal.epoch, seal.from_xid) == (before.epoch, before.to_xid)
        if not begins:
            proof.fault(f"{said} does not begin where the one before it ends.")

    def _stray(self, seal: AuditSeal) -> None:
        """What lies before this range and was in none."""
        while self.row is not None and (self.row[EPOCH], self.row[XID]) < (seal.epoch, seal.from_xid):
            self.proof.fault(f"Entry {self.row[0]} lies before seal {seal.number} and is in none.")
            self._next()

    def _content(self, seal: AuditSeal) -> None:
        lines = chain.Lines()
        while self.row is not None and (self.row[EPOCH], self.row[XID]) < (seal.epoch, seal.to_xid):
            lines.take(self.row)
            self._next()
        self.proof.entries += lines.entries
        pruned_at = self.stones.get(seal.number)
        if pruned_at is not None:
            self.proof.pruned += 1
            if lines.entries:
                self.proof.fault(f"Seal {seal.number} was pruned, and {lines.entries} entries are there.")
            if pruned_at - seal.sealed_at < SHORTEST:
                self.proof.fault(f"Seal {seal.number} was pruned within a year.")
        elif lines.entries != seal.entries:
            self.proof.fault(
                f"Seal {seal.number}, of {seal.sealed_at:%Y-%m-%d %H:%M}: {seal.entries} entries were sealed,"
                f" {lines.entries} are there."
            )
        elif lines.hash != seal.entries_hash:
            self.proof.fault(f"Seal {seal.number}, of {seal.sealed_at:%Y-%m-%d %H:%M}: an entry was changed.")

    def _next(self) -> None:
        assert self.row is not None
        if self.row[VERB] == PRUNED:
            for first, last in self.row[CHANGES]["seals"]:
                self.told |= set(range(first, last + 1))
        self.row = next(self.rows, None)


def _rows() -> Iterator[tuple[Any, ...]]:
    ordered = AuditEntry.objects.order_by("epoch", "xid", "id")
    return ordered.values_list(*chain.FIELDS).iterator(ROWS_AT_ONCE)


def _compare(proof: Proof, heads: list[Head], restored: set[int]) -> None:
    """With what was published. A backup that was restored takes the seals since then with it; that is only believed of
    epochs that a person names."""
    kept: dict[int, Head] = {}
    numbers = sorted({head.number for head in heads})
    for begin in range(0, len(numbers), ROWS_AT_ONCE):
        found = AuditSeal.objects.filter(number__in=numbers[begin : begin + ROWS_AT_ONCE])
        kept |= {seal.number: seal.head for seal in found}
    ends = {
        seal.epoch: seal.number for seal in AuditSeal.objects.order_by("epoch", "-number").distinct("epoch")
    }
    for head in dict.fromkeys(heads):
        proof.heads += 1
        if kept.get(head.number) == head:
            continue
        lost = head.number > ends.get(head.epoch, 0) and any(epoch > head.epoch for epoch in restored)
        if not lost:
            here = f"here it is {kept[head.number]}" if head.number in kept else "it is not here"
            proof.fault(f"Published was {head}; {here}.")

"""How the audit is sealed: each entry as one line of JSON, SHA-256 over the lines of a range, each seal over the one before.

Pure and plain, so that anybody can do it again without Footwork: docs/audit.md says how.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

# Of an entry, in this order.
FIELDS = (
    *("id", "at", "epoch", "xid", "clinic_id", "actor_kind", "actor_label", "actor_user_id", "actor_role"),
    *("verb", "object_type", "object_id", "patient_id", "request_id", "ip_prefix", "reason", "changes"),
)
GENESIS = "0" * 64  # what the first seal names as the one before
HEAD = re.compile(r"\bseal (\d{1,18}) of epoch (\d{1,9}): ([0-9a-f]{64})(?![0-9a-f])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Head:
    """What is published of a seal: enough to show later that it is still the same."""

    number: int
    epoch: int
    hash: str

    def __str__(self) -> str:
        return f"seal {self.number} of epoch {self.epoch}: {self.hash}"


@dataclass(frozen=True, slots=True)
class Seal:
    """Of the entries whose transaction is ``from_xid`` or later and before ``to_xid``."""

    number: int
    epoch: int
    from_xid: int
    to_xid: int
    entries: int
    entries_hash: str
    previous: str
    sealed_at: datetime

    @property
    def hash(self) -> str:
        return hashlib.sha256(
            _json(
                [
                    *(self.number, self.epoch, self.from_xid, self.to_xid, self.entries),
                    *(self.entries_hash, self.previous, _plain(self.sealed_at)),
                ]
            )
        ).hexdigest()


class Lines:
    """The entries of one range, taken in one after the other by transaction and id."""

    def __init__(self) -> None:
        self.entries = 0
        self._digest = hashlib.sha256()

    def take(self, values: Sequence[Any]) -> None:
        """``values``: of one entry, in the order of FIELDS."""
        self.entries += 1
        self._digest.update(line_of(values))

    @property
    def hash(self) -> str:
        return self._digest.hexdigest()


def line_of(values: Sequence[Any]) -> bytes:
    if len(values) != len(FIELDS):
        raise ValueError(f"an entry has {len(FIELDS)} values, not {len(values)}")
    return _json([_plain(value) for value in values]) + b"\n"


def heads_in(lines: Iterable[str]) -> Iterator[Head]:
    """Published heads, out of a log, an e-mail or whatever else they were kept in."""
    for line in lines:
        for number, epoch, found in HEAD.findall(line):
            yield Head(int(number), int(epoch), found)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value


def _json(values: list[Any]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")

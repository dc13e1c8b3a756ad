"""What one check of the mail domain found, in plain words."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    OK = "ok"
    ATTENTION = "attention"
    MISSING = "missing"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Finding:
    """``said``: what is there; ``do``: what to do about it; ``record``: exactly what to put into the DNS.

    ``note``: nothing that the DNS could answer, so that it does not count for the result.
    """

    check: str
    verdict: Verdict
    said: str
    do: str = ""
    record: str = ""
    note: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"verdict": self.verdict.value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Finding":
        return cls(**{**stored, "verdict": Verdict(stored["verdict"])})


def exit_code(findings: Iterable[Finding]) -> int:
    """0: all is well; 1: something is missing or needs attention; 2: nothing is known to be wrong, but not all is known."""
    verdicts = {finding.verdict for finding in findings if not finding.note}
    if verdicts & {Verdict.ATTENTION, Verdict.MISSING}:
        return 1
    return 2 if Verdict.CANNOT_TELL in verdicts else 0


def record(name: str, kind: str, value: str) -> str:
    """A line for the DNS, as most providers' pages ask for it."""
    quoted = f'"{value}"' if kind == "TXT" else value
    return f"{name}. {kind} {quoted}"

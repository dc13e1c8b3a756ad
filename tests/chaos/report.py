"""What a run of the whole suite leaves behind: the table of docs/reliability.md and two figures of bench/results.json.

Neither holds a date or the name of a machine, and durations are rounded up, so that a second run changes little.
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.reconcile import MOST_COPIES, Finding

ROOT = Path(__file__).parents[2]
PAGE, FIGURES = ROOT / "docs" / "reliability.md", ROOT / "bench" / "results.json"
BEGIN, END = "<!-- written by `make chaos`: begin -->", "<!-- written by `make chaos`: end -->"
HEAD = "| # | Fault | Mails | Sent | Ended otherwise | Lost | Most copies | Second copies (allowed) | Well again |"
CASES = {
    "C1": "worker killed in mid-batch, once and six times; one frozen and woken",
    "C2": "two beats, the loop and three workers at once",
    "C3": "Valkey emptied, again and again",
    "C4": "Valkey down from the start; pages and a write meanwhile",
    "C5": "PostgreSQL crashes in mid-batch",
    "C6": "PostgreSQL down: 503, live green, ready red",
    "C7": "mail server refuses connections",
    "C8": "mail server slow: greeting later than we wait, then slow replies",
    "C9": "450 for half of all recipients, then 452 for every message",
    "C10": "550 for a fifth of the recipients",
    "C11": "connection lost at DATA, in the body and after acceptance, at random",
    "C12": "two workers and a beat with clocks two hours fast and slow",
    "C13": "the database's clock jumps a day",
    "C14": "no room left for photos",
    "C15": "2,000 reminders of 50 clinics due at once, while staff read pages",
    "C16": "deploy under load: SIGTERM to worker and loop",
    "C17": "yesterday's backup restored, and everything started on it",
    "C18": "two rows that cannot be composed",
    "Gap": "worker killed between the server's acceptance and our commit",
}


@dataclass
class Line:
    """One case, of one or several runs."""

    mails: int = 0
    sent: int = 0
    otherwise: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    most_copies: int = 0
    second_copies: int = 0
    allowed: int = 0
    recovery: float = 0

    def add(self, found: Finding, allowed: int, recovery: float) -> None:
        self.mails += found.emails
        self.sent += found.states["sent"]
        for state, number in found.states.items():
            if state != "sent":
                self.otherwise[state] = self.otherwise.get(state, 0) + number
        self.lost += len(found.lost)
        self.most_copies = max(self.most_copies, found.most_copies)
        self.second_copies += found.second_copies
        self.allowed += allowed
        self.recovery = max(self.recovery, recovery)

    def row(self, case: str) -> str:
        otherwise = ", ".join(f"{number} {state}" for state, number in sorted(self.otherwise.items()))
        recovery = f"< {5 * math.floor(self.recovery / 5) + 5} s" if self.recovery else "–"
        cells = [case, CASES[case], self.mails, self.sent, otherwise or "–", self.lost, self.most_copies]
        cells += [f"{self.second_copies} ({self.allowed})", recovery]
        return "| " + " | ".join(str(cell) for cell in cells) + " |"


@dataclass
class Report:
    lines: dict[str, Line] = field(default_factory=dict)

    def add(self, case: str, found: Finding, allowed: int, recovery: float) -> str:
        line = self.lines.setdefault(case, Line())
        line.add(found, allowed, recovery)
        return (
            f"{case:4} {found.states['sent']:4} sent, {len(found.lost)} lost, at most {found.most_copies} copies, "
            f"{found.second_copies} second copies of {allowed} allowed, well again after {recovery:.1f} s"
        )

    @property
    def is_complete(self) -> bool:
        return self.lines.keys() == CASES.keys()

    def write(self) -> None:
        """Only a complete run speaks for the product."""
        text = PAGE.read_text()
        before, rest = text.split(BEGIN)
        _old, after = rest.split(END)
        rows = [self.lines[case].row(case) for case in CASES]
        table = "\n".join([HEAD, "|---|---|--:|--:|---|--:|--:|--:|--:|", *rows])
        PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")
        figures = json.loads(FIGURES.read_text()) | self.figures()
        FIGURES.write_text(json.dumps(figures, indent=1) + "\n")

    def figures(self) -> dict[str, dict[str, object]]:
        beside = f"{len(CASES)} faults of docs/reliability.md"
        lost = sum(line.lost for line in self.lines.values())
        copies = max(line.most_copies for line in self.lines.values())
        return {
            "chaos.lost": _figure(lost, "mails lost in silence", 0, beside),
            "chaos.max_copies": _figure(copies, "copies of one mail", MOST_COPIES, beside),
        }


def _figure(value: int, unit: str, budget: int, beside: str) -> dict[str, object]:
    return {"value": value, "unit": unit, "budget": budget, "compared_with": beside}

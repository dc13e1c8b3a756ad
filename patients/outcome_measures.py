"""What is asked, and how large a change must be before it is marked: reviewed data in data/outcome_measures.json. Pure.

A change is shown as arithmetic, "6 → 4 since 1 March". Whether it is good is nobody's judgement here; that it reaches
the published important change is a comparison of two numbers.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "outcome_measures.json"
MY_ACTIVITIES, MY_ACTIVITIES_MEAN, CHANGE_RATING = "my_activities", "my_activities_mean", "change_rating"
Number = int | Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """From a baseline of ``lowest`` to ``highest``, ``points`` are an important change."""

    lowest: int
    highest: int
    points: Decimal


@dataclass(frozen=True, slots=True)
class OutcomeMeasure:
    key: str
    text: str
    lowest: int
    highest: int
    ends: Mapping[int, str]
    steps: tuple[Step, ...]
    basis: str
    sources: tuple[str, ...]
    reviewer: str

    def important_from(self, baseline: Number) -> Decimal | None:
        """None: no figure is known from there."""
        start = Decimal(baseline)
        found = (step.points for step in self.steps if step.lowest <= start <= step.highest)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Reading:
    """One value on one day."""

    on: date
    value: Number


@dataclass(frozen=True, slots=True)
class Change:
    """``important``: the number of points that it reaches; None where it reaches none, or none is known."""

    since: date
    earlier: Number
    latest: Number
    important: Decimal | None


@cache
def outcome_measures() -> Mapping[str, OutcomeMeasure]:
    content: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"), parse_float=Decimal)
    return {row["key"]: _measure(row) for row in content["measures"]}


def measure(key: str) -> OutcomeMeasure:
    return outcome_measures()[key]


def change_between(earlier: Reading, latest: Reading, needed: Number | None) -> Change:
    """``needed``: points of an important change from there, in either direction."""
    moved = abs(Decimal(latest.value) - Decimal(earlier.value))
    reached = Decimal(needed) if needed is not None and moved >= needed else None
    return Change(earlier.on, earlier.value, latest.value, reached)


def since_first(known: OutcomeMeasure, readings: Sequence[Reading]) -> Change | None:
    """``readings`` oldest first. One value alone has changed since nothing."""
    if len(readings) < 2:
        return None
    return change_between(readings[0], readings[-1], known.important_from(readings[0].value))


def since_previous(known: OutcomeMeasure, readings: Sequence[Reading]) -> Change | None:
    """None where the previous one is the first: that is said already."""
    if len(readings) < 3:
        return None
    return change_between(readings[-2], readings[-1], known.important_from(readings[-2].value))


def important_rating(rating: int) -> Decimal | None:
    """The points that it reaches; a rating is a change already: the patient's own, since the programme started."""
    needed = measure(CHANGE_RATING).important_from(0)
    return needed if needed is not None and abs(rating) >= needed else None


def mean_on(scores: Sequence[int | None]) -> Decimal | None:
    """Of one day. With one missing there is none: a mean of other activities is another measure."""
    given = [score for score in scores if score is not None]
    if len(given) < 2 or len(given) < len(scores):
        return None
    return (Decimal(sum(given)) / len(given)).quantize(Decimal("0.1"))


def _measure(row: Mapping[str, Any]) -> OutcomeMeasure:
    return OutcomeMeasure(
        key=row["key"],
        text=row["text"],
        lowest=row["lowest"],
        highest=row["highest"],
        ends={int(value): meaning for value, meaning in row["ends"].items()},
        steps=tuple(
            Step(step["from"], step["to"], Decimal(step["points"])) for step in row["important_change"]
        ),
        basis=row["basis"],
        sources=tuple(row["sources"]),
        reviewer=row["reviewer"],
    )

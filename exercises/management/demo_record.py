"""What stands in the records of the demo beside findings and programmes: visits, support, screenings, referrals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

from patients.models import Decision, Measure, ReferralKind, SupportKind, SupportSide
from patients.red_flags import Level, Region

WOBBLE = (0, 1, 0, -1, 0, 0, 1, 0, -1)  # nobody's pain falls in a straight line
WORST = 10


@dataclass(frozen=True, slots=True)
class Day:
    """One mark for each line of the plan: d done, p partly, n not done, - nothing said. None: no score given.

    ``why`` and ``how``: reason of each miss, effort of each that was done; ``late``: days after which it was entered.
    """

    marks: str
    foot: int | None = None
    back: int | None = None
    why: str = ""
    how: str = ""
    note: str = ""
    late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit: what was measured on each foot (names of the form's fields), and what the patient said."""

    days_ago: int
    left: Mapping[str, Any] = field(default_factory=dict)
    right: Mapping[str, Any] = field(default_factory=dict)
    leg: tuple[float, str, str] | None = None  # mm, method, shorter leg
    gait: str = ""
    pain: Mapping[Measure, int] = field(default_factory=dict)
    activities: Mapping[str, int] = field(default_factory=dict)  # in the patient's words
    change: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    kind: SupportKind
    side: SupportSide
    reason: str  # key of the finding
    days_ago: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    hours: Sequence[int | None] = ()  # worn on the days since; None: not answered
    review_in_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    days_ago: int
    region: Region
    yes: tuple[str, ...] = ()
    decision: Decision | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cautions:
    """What speaks for caution, asked before the first programme; reasons by flag, and the note to the patient."""

    yes: tuple[str, ...] = ()
    note: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)  # by exercise


@dataclass(frozen=True, slots=True, kw_only=True)
class Referred:
    kind: ReferralKind
    urgency: Level
    reason: str
    days_ago: int
    recipient: str = ""
    finding: str = ""
    outcome: str = ""
    outcome_days_ago: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """``resolved`` and ``worsened``: keys of findings that ended, or whose severity was amended to severe."""

    visits: tuple[Visit, ...] = ()
    supports: tuple[Support, ...] = ()
    screenings: tuple[Screened, ...] = ()
    referrals: tuple[Referred, ...] = ()
    resolved: tuple[str, ...] = ()
    worsened: tuple[str, ...] = ()
    archived: str = ""  # the reason


def fpi(*items: int) -> dict[str, int]:
    """Six items of the FPI-6 in the order of the form."""
    names = ("talar_head", "outer_curves", "heel_tilt", "inner_bulge", "arch_shape", "forefoot_turn")
    return {f"fpi_{name}": item for name, item in zip(names, items, strict=True)}


def diary(
    days: int,
    marks: Sequence[str | None],
    *,
    foot: tuple[int, int] | None = None,
    back: tuple[int, int] | None = None,
) -> list[Day | None]:
    """Day by day: the marks go round and round, pain drifts from its first to its last score. None: nothing said."""
    return [
        None if said is None else Day(said, _drift(foot, on, days), _drift(back, on + 3, days))
        for on, said in enumerate(islice(cycle(marks), days))
    ]


def _drift(ends: tuple[int, int] | None, on: int, days: int) -> int | None:
    if ends is None:
        return None
    first, last = ends
    line = first + (last - first) * min(on, days) / max(days, 1)
    return min(WORST, max(0, round(line) + WOBBLE[on % len(WOBBLE)]))

"""A dose as the steps of a guided exercise; ``static/js/timeline.js`` does the same in the browser, held to it by the
shared vectors of ``tests/data/timelines.json``.

What the clock may count, and what it may not:

* Only what the dose states is timed. What it leaves open waits for one tap (``seconds`` is None): repetitions without
  hold or tempo, an exercise without any number, the rest between timed sets. Nobody is hurried by a number of ours.
* Of a range the clock counts the lower end: that fulfils the dose, and asks of nobody more than the plan's least. The
  words on the screen stay the whole range, and a set that is counted by the patient names the whole range too.
* Ours are the cues between the parts (``READY``, ``CHANGE``, ``RELEASE``). They are no part of the dose.
* Each set goes through every side in full, left first; both sides get the same steps.
* As many sets as possible: one set and its rest, and from there again from step ``again``, until the patient ends it.
* One session is one time: how often a day is the plan's to say.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from exercises.doses import CHANGE_OF_SIDE, Dose, Range, Side

READY = 10  # to put the phone down and take the position
CHANGE = int(CHANGE_OF_SIDE)
RELEASE = 3  # back to where the movement begins


class Kind(StrEnum):
    READY = "ready"
    SWITCH = "switch"
    HOLD = "hold"
    RELEASE = "release"
    UP = "up"
    DOWN = "down"
    REP = "rep"  # counted by the patient
    WORK = "work"  # goes on for a time
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Step:
    """``seconds`` None: waits for a tap. ``set`` and ``rep`` count from 1; None where there is nothing to count."""

    kind: Kind
    seconds: int | None
    side: Side | None = None
    set: int | None = None
    rep: int | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    steps: tuple[Step, ...]
    again: int | None = None  # after the last step go on from here, one set further; None: it is over

    def worked(self) -> dict[Side | None, int]:
        """Seconds of work for each side, in one round."""
        worked: Counter[Side | None] = Counter()
        for step in self.steps:
            if step.kind in WORKING and step.seconds is not None:
                worked[step.side] += step.seconds
        return dict(worked)


WORKING = frozenset({Kind.HOLD, Kind.UP, Kind.DOWN, Kind.WORK})


def timeline(dose: Dose) -> Timeline:
    sets = dose.sets.low if dose.sets else 1
    counted = sets > 1 or dose.sets_open
    sides = _sides(dose.side)
    steps = [] if _waits(dose) else [Step(Kind.READY, READY, sides[0])]
    first = len(steps)
    for number in range(1, sets + 1):
        if number > 1:
            steps += _between(dose, number, sides)
        said = number if counted else None
        for side in sides:
            if side is not sides[0]:
                steps.append(Step(Kind.SWITCH, CHANGE, side, said))
            steps += _set(dose, side, said)
    if not dose.sets_open:
        return Timeline(tuple(steps))
    return Timeline((*steps, *_between(dose, 2, sides)), again=first)


def _sides(side: Side | None) -> tuple[Side | None, ...]:
    if side is Side.BOTH_IN_TURN:
        return (Side.LEFT, Side.RIGHT)
    return (None if side is Side.NOT_SIDED else side,)


def _waits(dose: Dose) -> bool:
    """The patient counts: nothing in a set is timed."""
    return not (dose.duration or dose.hold or dose.tempo_up or dose.tempo_down)


def _between(dose: Dose, number: int, sides: tuple[Side | None, ...]) -> Iterator[Step]:
    """Before set ``number``. A set that waits leaves time enough by itself."""
    if dose.rest is not None:
        yield Step(Kind.REST, dose.rest, set=number)
    elif not _waits(dose):
        yield Step(Kind.REST, None, set=number)
    if len(sides) > 1:
        yield Step(Kind.SWITCH, CHANGE, sides[0], number)
    elif dose.rest is None and not _waits(dose):
        yield Step(Kind.READY, CHANGE, sides[0], number)


def _set(dose: Dose, side: Side | None, number: int | None) -> Iterator[Step]:
    """One set of one side. Without stated repetitions a movement is done once."""
    if dose.duration:
        yield Step(Kind.WORK, dose.duration.low, side, number)
        return
    if _waits(dose):
        yield Step(Kind.REP, None, side, number)
        return
    parts = [(Kind.UP, dose.tempo_up), (Kind.HOLD, _low(dose.hold)), (Kind.DOWN, dose.tempo_down)]
    if not (dose.tempo_up and dose.tempo_down):
        parts.append((Kind.RELEASE, RELEASE))
    repetitions = _low(dose.repetitions)
    for rep in range(1, (repetitions or 1) + 1):
        for kind, seconds in parts:
            if seconds:
                yield Step(kind, seconds, side, number, rep if repetitions else None)


def _low(span: Range | None) -> int | None:
    return span.low if span else None


def dose_data(dose: Dose) -> dict[str, Any]:
    """What the browser needs of a dose; what is not stated is left out."""
    stated: Mapping[str, Any] = {
        "sets": _low(dose.sets),
        "open": dose.sets_open,
        "reps": _low(dose.repetitions),
        "hold": _low(dose.hold),
        "duration": _low(dose.duration),
        "up": dose.tempo_up,
        "down": dose.tempo_down,
        "rest": dose.rest,
        "side": "" if dose.side in {None, Side.NOT_SIDED} else str(dose.side),
    }
    return {name: value for name, value in stated.items() if value}

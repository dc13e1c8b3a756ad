"""The dose: what to do how often, and how it is said. Null means "not stated" and is never rendered or assumed.

Units: seconds and whole counts. With ``BOTH_IN_TURN`` repetitions and holds count per side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

# Two items were performed better than eight, and adherence fell from four upwards (Eckard; Henry 1999).
AMBER_ABOVE, RED_ABOVE = 4, 6
SECONDS_A_REPETITION = 3.0  # without a stated tempo: our own rough figure, for "about N minutes" only
CHANGE_OF_SIDE = 5.0


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    BOTH_IN_TURN = "both_in_turn"
    TOGETHER = "together"
    NOT_SIDED = "not_sided"


class Limb(StrEnum):
    """What a side is a side of: a heel raise is done with a foot, a leg lift with a leg, a bird dog on a side."""

    FOOT = "foot"
    LEG = "leg"
    TRUNK = "trunk"


SIDE_WORDS = {
    Limb.FOOT: {
        Side.LEFT: gettext_noop("left foot"),
        Side.RIGHT: gettext_noop("right foot"),
        Side.BOTH_IN_TURN: gettext_noop("each foot"),
        Side.TOGETHER: gettext_noop("both feet together"),
    },
    Limb.LEG: {
        Side.LEFT: gettext_noop("left leg"),
        Side.RIGHT: gettext_noop("right leg"),
        Side.BOTH_IN_TURN: gettext_noop("each leg"),
        Side.TOGETHER: gettext_noop("both legs together"),
    },
    Limb.TRUNK: {
        Side.LEFT: gettext_noop("left side"),
        Side.RIGHT: gettext_noop("right side"),
        Side.BOTH_IN_TURN: gettext_noop("each side"),
        Side.TOGETHER: gettext_noop("both sides together"),
    },
}


@dataclass(frozen=True, slots=True)
class Range:
    """A number or a span of numbers, such as 10-15. ``high`` equals ``low`` when there is one number."""

    low: int
    high: int

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}–{self.high}"

    @classmethod
    def of(cls, low: int | None, high: int | None) -> "Range | None":
        return None if low is None else cls(low, low if high is None else high)


@dataclass(frozen=True, slots=True)
class Dose:
    sets: Range | None = None
    sets_open: bool = False  # as many sets as possible
    repetitions: Range | None = None
    hold: Range | None = None  # seconds
    duration: Range | None = None  # seconds
    tempo_up: int | None = None  # seconds
    tempo_down: int | None = None  # seconds
    rest: int | None = None  # seconds between sets
    load: str = ""
    side: Side | None = None
    limb: Limb = Limb.FOOT
    times_per_day: int | None = None
    days_per_week: int | None = None
    every_n_days: int | None = None
    cue: str = ""


def phrases(dose: Dose) -> list[str]:
    """The dose in whole phrases, one for each thing stated: page, print and API use the same words."""
    return [phrase for phrase in aspects(dose).values() if phrase]


def aspects(dose: Dose) -> dict[str, str]:
    """All that can be said of a dose, in its order; empty where nothing is stated."""
    return {
        "amount": _amount(dose),
        "hold": _hold(dose),
        "tempo": _tempo(dose),
        "duration": _duration(dose),
        "rest": _rest(dose),
        "load": _load(dose),
        "frequency": _frequency(dose),
        "cue": dose.cue,
    }


def side_words(side: Side | None, limb: Limb = Limb.FOOT) -> str:
    if side is None or side is Side.NOT_SIDED:
        return ""
    return _(SIDE_WORDS[limb][side])


def _amount(dose: Dose) -> str:
    """Sets, repetitions and side in one sentence, for word order differs between languages."""
    where, sets, reps = side_words(dose.side, dose.limb), dose.sets, dose.repetitions
    if dose.sets_open and reps:
        phrase = ngettext(
            "as many sets of %(reps)s as you can", "as many sets of %(reps)s as you can", reps.high
        )
    elif dose.sets_open:
        phrase = _("as many sets as you can")
    elif sets and reps:
        phrase = ngettext("%(sets)s set of %(reps)s", "%(sets)s sets of %(reps)s", sets.high)
    elif reps:
        phrase = ngettext("%(reps)s time", "%(reps)s times", reps.high)
    elif sets:
        phrase = ngettext("%(sets)s set", "%(sets)s sets", sets.high)
    else:
        return where
    said = phrase % {"sets": sets, "reps": reps}
    return _("%(amount)s, %(where)s") % {"amount": said, "where": where} if where else said


def _hold(dose: Dose) -> str:
    if dose.hold is None:
        return ""
    return ngettext("hold %(n)s second", "hold %(n)s seconds", dose.hold.high) % {"n": dose.hold}


def _duration(dose: Dose) -> str:
    if dose.duration is None:
        return ""
    if dose.duration.low % 60 or dose.duration.high % 60:
        return ngettext("for %(n)s second", "for %(n)s seconds", dose.duration.high) % {"n": dose.duration}
    minutes = Range(dose.duration.low // 60, dose.duration.high // 60)
    return ngettext("for %(n)s minute", "for %(n)s minutes", minutes.high) % {"n": minutes}


def _tempo(dose: Dose) -> str:
    up, down = dose.tempo_up, dose.tempo_down
    rising = ngettext("%(n)s second up", "%(n)s seconds up", up) % {"n": up} if up else ""
    lowering = ngettext("%(n)s second down", "%(n)s seconds down", down) % {"n": down} if down else ""
    if rising and lowering:
        return _("%(rising)s, %(lowering)s") % {"rising": rising, "lowering": lowering}
    return rising or lowering


def _rest(dose: Dose) -> str:
    if dose.rest is None:
        return ""
    if dose.rest % 60:
        phrase = ngettext("rest %(n)s second between sets", "rest %(n)s seconds between sets", dose.rest)
        return phrase % {"n": dose.rest}
    return ngettext("rest %(n)s minute between sets", "rest %(n)s minutes between sets", dose.rest // 60) % {
        "n": dose.rest // 60
    }


def _load(dose: Dose) -> str:
    return _("with %(load)s") % {"load": dose.load} if dose.load else ""


def _frequency(dose: Dose) -> str:
    if dose.times_per_day is None:
        return ""
    times, days = _times_a_day(dose.times_per_day), _days(dose)
    return _("%(times)s, %(days)s") % {"times": times, "days": days} if days else times


def _times_a_day(number: int) -> str:
    return {1: _("once a day"), 2: _("twice a day")}.get(number) or _several_a_day(Range(number, number))


def _several_a_day(times: Range) -> str:
    return ngettext("%(n)s time a day", "%(n)s times a day", times.high) % {"n": times}


def _days(dose: Dose) -> str:
    if dose.every_n_days is not None and dose.every_n_days > 1:
        if dose.every_n_days == 2:
            return _("every second day")
        return ngettext("every %(n)s day", "every %(n)s days", dose.every_n_days) % {"n": dose.every_n_days}
    if dose.days_per_week is not None and dose.days_per_week < 7:
        return ngettext("%(n)s day a week", "%(n)s days a week", dose.days_per_week) % {
            "n": dose.days_per_week
        }
    return _("every day")


def stated_frequency(
    times: Range | None, days: Range | None, every: int | None, weeks: Range | None
) -> list[str]:
    """How often and for how long, as a source states it; what it leaves out is left out."""
    return [phrase for phrase in (_times(times), _week(days, every), _weeks(weeks)) if phrase]


def _times(times: Range | None) -> str:
    if times is None:
        return ""
    if times.low == times.high:
        return _times_a_day(times.low)
    return _several_a_day(times)


def _week(days: Range | None, every: int | None) -> str:
    if every is not None or (days and days.low == 7):
        return _days(Dose(every_n_days=every))
    return ngettext("%(n)s day a week", "%(n)s days a week", days.high) % {"n": days} if days else ""


def _weeks(weeks: Range | None) -> str:
    if weeks is None:
        return ""
    return ngettext("for %(n)s week", "for %(n)s weeks", weeks.high) % {"n": weeks}


def seconds_a_day(dose: Dose) -> float:
    """A rough length on a due day, from the upper ends: for the dose budget and "about N minutes left"."""
    if dose.duration:
        once: float = dose.duration.high
    else:
        reps = dose.repetitions.high if dose.repetitions else 1
        tempo = (dose.tempo_up or 0) + (dose.tempo_down or 0)
        once = reps * ((tempo or SECONDS_A_REPETITION) + (dose.hold.high if dose.hold else 0))
    sets = dose.sets.high if dose.sets else 1
    once = once * sets + (sets - 1) * (dose.rest or 0)
    if dose.side is Side.BOTH_IN_TURN:
        once = 2 * once + CHANGE_OF_SIDE
    return once * (dose.times_per_day or 1)


def minutes(doses: list[Dose]) -> int:
    """Whole minutes a day for these items together, at least 1 when there is any."""
    total = sum(seconds_a_day(dose) for dose in doses)
    return math.ceil(total / 60) if doses else 0


@dataclass(frozen=True, slots=True)
class Budget:
    """What is asked of the patient on a day when everything is due; shown before it is sent."""

    items: int
    minutes: int
    beside: int = 0  # how many of the items other programmes ask for
    programmes: int = 0  # how many others those are

    @classmethod
    def of(cls, doses: Sequence[Dose], others: Sequence[Sequence[Dose]] = ()) -> "Budget":
        """``others``: the items of each programme that runs already, and goes on."""
        asked = [dose for other in others for dose in other]
        together = [*doses, *asked]
        return cls(len(together), minutes(together), len(asked), len(others))

    @property
    def tone(self) -> str:
        """The colour of the warning: empty, ``warn`` above four exercises, ``bad`` above six."""
        if self.items > RED_ABOVE:
            return "bad"
        return "warn" if self.items > AMBER_ABOVE else ""

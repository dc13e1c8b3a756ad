"""What makes an alert: each rule with its numbers, where they come from, and what each number may be. Pure.

A rule counts what patients entered and compares it with a number that the clinic has set. It says that somebody should
look, never what to do. Letters of the sources: V a published source, D a decision of ours, X no evidence at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Rule(StrEnum):
    PAIN_SEVERE = "pain_severe"
    PAIN_RISE = "pain_rise"
    PAIN_IN_EXERCISE = "pain_in_exercise"
    SKIPPED_FOR_PAIN = "skipped_for_pain"
    NEW_NOTE = "new_note"
    ADDRESS_FAILING = "address_failing"
    NO_LOG = "no_log"
    LOW_ADHERENCE = "low_adherence"
    NO_CHANGE = "no_change"
    REVIEW_DUE = "review_due"
    PLAN_ENDING = "plan_ending"
    REMINDERS_STOPPED = "reminders_stopped"


class Level(IntEnum):
    """In which order the list shows them, after the warning signs; fixed for each rule. The smaller comes first."""

    FIRST = 1
    NEXT = 2
    THEN = 3


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a rule that a clinic may change, within ``lowest`` and ``highest``."""

    name: str
    label: str | Promise
    default: int
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class About:
    """One rule in words. ``asks`` names its numbers in braces."""

    rule: Rule
    level: Level
    label: str | Promise
    asks: str | Promise
    source: str | Promise
    numbers: tuple[Number, ...] = ()

    def defaults(self) -> dict[str, int]:
        return {number.name: number.default for number in self.numbers}


RULES: tuple[About, ...] = (
    About(
        Rule.PAIN_SEVERE,
        Level.FIRST,
        _("Severe pain"),
        _("Any pain of {at_least} or more out of 10."),
        _(
            "V: in 2,854 people with chronic pain, 8 and more was severe (doi 10.3389/fpsyg.2016.01466); for those who"
            " worry little about pain, 7 and more. No agreed limits exist."
        ),
        (Number("at_least", _("Pain from"), 8, 4, 10),),
    ),
    About(
        Rule.PAIN_RISE,
        Level.NEXT,
        _("Pain has risen"),
        _(
            "Two logs in a row that are {points} or more above the first score of the plan, or above the mean of the three"
            " logs before them; {points_high} or more where that was 8 to 10."
        ),
        _(
            "V: the smallest change that counts in back pain is 2 points, 3 to 4 from a start of 8 to 10"
            " (doi 10.1055/a-1304-3677). The studies measured getting better; to use it for getting worse is a decision of"
            " ours (D)."
        ),
        (
            Number("points", _("Points above"), 2, 1, 5),
            Number("points_high", _("Points above a start of 8 to 10"), 3, 1, 5),
        ),
    ),
    About(
        Rule.PAIN_IN_EXERCISE,
        Level.NEXT,
        _("Worse the morning after"),
        _(
            "First-step pain {points} or more above the day before, on {mornings} mornings in a row that followed a day"
            " with exercises."
        ),
        _(
            "V2: up to 3 during exercise is called safe, 4 to 5 acceptable, and the next 24 hours matter more (the pain"
            " monitoring model). Two mornings in a row is a decision of ours (D). Pain during an exercise is not asked, so"
            " no rule reads it."
        ),
        (
            Number("points", _("Points above"), 1, 1, 5),
            Number("mornings", _("Mornings in a row"), 2, 1, 5),
        ),
    ),
    About(
        Rule.SKIPPED_FOR_PAIN,
        Level.NEXT,
        _("Left out because it hurt"),
        _("One exercise marked “not done” because it hurt, {times} times within {days} days."),
        _("D: a decision of ours, without a study."),
        (
            Number("times", _("Times"), 3, 1, 10),
            Number("days", _("Days"), 28, 7, 60),
        ),
    ),
    About(
        Rule.NEW_NOTE,
        Level.NEXT,
        _("New note"),
        _("The patient wrote a note with a day’s log."),
        _("D: what a note says, nobody can know before reading it."),
    ),
    About(
        Rule.ADDRESS_FAILING,
        Level.NEXT,
        _("E-mail does not arrive"),
        _("A mail server refused an e-mail, or whoever reads there said that it is not for them."),
        _("D: a plan that nobody can open is a plan that nobody does."),
    ),
    About(
        Rule.NO_LOG,
        Level.THEN,
        _("Nothing heard"),
        _(
            "Nothing logged on {days} days in a row on which a plan ran, or on {intervals} times the planned interval where"
            " that is longer. Days paused do not count, nor does today."
        ),
        _("X: there is no evidence for any number."),
        (
            Number("days", _("Days"), 7, 3, 30),
            Number("intervals", _("Times the planned interval"), 2, 1, 5),
        ),
    ),
    About(
        Rule.LOW_ADHERENCE,
        Level.THEN,
        _("Less done than planned"),
        _(
            "Less than {percent} % of what was due in {days} days was marked done or partly done. A time of which nothing"
            " at all was logged is not counted here."
        ),
        _(
            "The limit is a decision of ours (D). 30 to 70 % of people do not keep to home exercises (V, scale EARS), up to"
            " 50 % with digital help (V)."
        ),
        (
            Number("percent", _("Per cent"), 50, 10, 90),
            Number("days", _("Days"), 14, 7, 28),
        ),
    ),
    About(
        Rule.NO_CHANGE,
        Level.THEN,
        _("No change yet"),
        _("After {weeks} weeks no pain score differs by {points} or more from the first one of the plan."),
        _(
            "V: programmes in studies ran in blocks of 4 to 8 weeks. To look again at week 6 is a decision of ours (D)."
        ),
        (
            Number("weeks", _("Weeks"), 6, 4, 12),
            Number("points", _("Points of change"), 2, 1, 5),
        ),
    ),
    About(
        Rule.REVIEW_DUE,
        Level.THEN,
        _("Review is due"),
        _("The day on which a practitioner wanted to look at a plan or a support again has come."),
        _("The practitioner’s own date."),
    ),
    About(
        Rule.PLAN_ENDING,
        Level.THEN,
        _("Plan is ending"),
        _("A plan ends within {days} days and no other one goes on after it."),
        _("D: a decision of ours, without a study."),
        (Number("days", _("Days before the last one"), 7, 1, 28),),
    ),
    About(
        Rule.REMINDERS_STOPPED,
        Level.THEN,
        _("Reminders stopped"),
        _("The patient stopped the reminders while a plan runs."),
        _("D: stopping is the patient’s right; it may be a question as well."),
    ),
)
ABOUT: Mapping[Rule, About] = {about.rule: about for about in RULES}
# Of the list's rows these are none: they stay warning signs, always shown first.
WARNING_SIGNS = (
    _("Warning signs"),
    _(
        "Any warning sign that a patient ticked or a screening found, until a practitioner has decided about it."
    ),
    _("D: cannot be switched off."),
)


def _defaults() -> dict[Rule, dict[str, int]]:
    return {about.rule: about.defaults() for about in RULES}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What one clinic looks at, and with which numbers."""

    numbers: Mapping[Rule, Mapping[str, int]] = field(default_factory=_defaults)
    off: frozenset[Rule] = frozenset()

    @classmethod
    def of(cls, changed: Mapping[Rule, tuple[bool, Mapping[str, int]]]) -> "Thresholds":
        """``changed``: whether a rule is on and its numbers, where they differ from the defaults."""
        numbers = _defaults()
        for rule, (_on, own) in changed.items():
            numbers[rule] |= {name: value for name, value in own.items() if name in numbers[rule]}
        return cls(numbers, frozenset(rule for rule, (on, _own) in changed.items() if not on))

    def has(self, rule: Rule) -> bool:
        return rule not in self.off

    def in_words(self, rule: Rule) -> str:
        """What the rule asks, with this clinic's numbers."""
        return str(ABOUT[rule].asks).format(**self.numbers[rule])

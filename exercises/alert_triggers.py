"""From what a patient logged to the occasions on which a rule speaks. Pure: rows in, triggers out.

Missing is missing: a day without a score is no day with zero, and a day on which nothing was due or the plan was paused
is no day missed. What was due and done is counted by ``adherence``, as on every other page.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from exercises import adherence
from exercises.adherence import Answers, Course, Said
from exercises.alert_rules import Rule, Thresholds
from exercises.schedule import Frequency

SPAN = 30  # days that are looked at again: as long as a report may take from a telephone without a network
HISTORY = 120  # days that the facts go back
HIGH = 8  # a start from which more points are asked of a rise
BEFORE = 3  # logs whose mean a rise is compared with
WEEK = 7
FRESH = 14  # days since the last score, for a comparison with the first; days that a plan is over
LATE_WEEKS = 4  # for so long after its week "no change" may be noticed
MORNING = "pain_first_step"

Numbers = Mapping[str, int]
Evidence = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Score:
    on: date
    value: int


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened once: a note, a refused e-mail, the end of reminders. ``key`` names its row."""

    key: str
    on: date
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A programme that nobody has ended."""

    key: str
    starts_on: date
    ends_on: date
    review_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The last weeks of one patient, by the patient's own days.

    ``scores``: of each measure one a day, oldest first; ``first``: the first one of the plan that runs, which may be
    older than these. ``hurt``: exercises not done because of pain. ``heard``: days of which anything was said.
    """

    today: date
    courses: Sequence[Course] = ()
    answers: Answers = field(default_factory=dict)
    hurt: Iterable[tuple[UUID, date]] = ()
    heard: frozenset[date] = frozenset()
    scores: Mapping[str, Sequence[Score]] = field(default_factory=dict)
    first: Mapping[str, Score] = field(default_factory=dict)
    plans: Sequence[Plan] = ()
    supports: Sequence[Told] = ()  # on: the day of their review
    notes: Sequence[Told] = ()
    stopped: Told | None = None
    mail: Sequence[Told] = ()


@dataclass(frozen=True, slots=True)
class Trigger:
    """One occasion. The same ``cause`` is told once; of what goes on (``again_after`` above zero) only after so many
    days once more."""

    rule: Rule
    day: date
    cause: str
    evidence: Evidence
    again_after: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A trigger that was told before."""

    rule: Rule
    cause: str
    day: date


def triggers(facts: Facts, thresholds: Thresholds) -> list[Trigger]:
    """Every occasion of the last weeks, whether told before or not."""
    return [
        trigger
        for rule, find in FINDERS.items()
        if thresholds.has(rule)
        for trigger in find(facts, thresholds.numbers[rule])
    ]


def fresh(found: Iterable[Trigger], known: Iterable[Known]) -> list[Trigger]:
    """Those not told before."""
    told = list(known)
    causes = {(one.rule, one.cause) for one in told}
    last: dict[Rule, date] = {}
    for one in told:
        last[one.rule] = max(one.day, last.get(one.rule, one.day))
    return [
        trigger
        for trigger in found
        if (trigger.rule, trigger.cause) not in causes
        and not (
            trigger.again_after
            and trigger.rule in last
            and (trigger.day - last[trigger.rule]).days < trigger.again_after
        )
    ]


# --- pain -------------------------------------------------------------------------------------------------------
def pain_severe(facts: Facts, numbers: Numbers) -> Iterator[Trigger]:
    for measure, scores in facts.scores.items():
        for score in scores:
            if score.value >= numbers["at_least"] and _recent(facts, score.on):
                evidence: Evidence = {"measure": measure, "score": score.value, "on": score.on.isoformat()}
                yield Trigger(Rule.PAIN_SEVERE, score.on, f"{measure}:{score.on}", evidence)


def pain_rise(facts: Facts, numbers: Numbers) -> Iterator[Trigger]:
    """Two logs in a row, each far enough above the first score of the plan, or above the mean of the three before."""
    for measure, scores in facts.scores.items():
        first = facts.first.get(measure)
        for place in range(1, len(scores)):
            one, two = scores[place - 1], scores[place]
            if not _recent(facts, two.on):
                continue
            earlier = [score.value for score in scores[max(0, place - 1 - BEFORE) : place - 1]]
            evidence = _risen(one, two, first, earlier, numbers)
            if evidence:
                evidence = {"measure": measure, "score": two.value, "on": two.on.isoformat(), **evidence}
                yield Trigger(Rule.PAIN_RISE, two.on, f"{measure}:{two.on}", evidence)


def _risen(
    one: Score, two: Score, first: Score | None, earlier: Sequence[int], numbers: Numbers
) -> Evidence | None:
    """``earlier``: the values before ``one``. The mean is compared as a sum, so that nothing is rounded."""
    least = min(one.value, two.value)
    if first and first.on < one.on and least - first.value >= _points(first.value, numbers):
        return {"first": first.value}
    if len(earlier) == BEFORE and least * BEFORE - sum(earlier) >= BEFORE * _points(
        sum(earlier) / BEFORE, numbers
    ):
        return {"before": sum(earlier), "logs": BEFORE}
    return None


def _points(start: float, numbers: Numbers) -> int:
    return numbers["points_high"] if start >= HIGH else numbers["points"]


def pain_in_exercise(facts: Facts, numbers: Numbers) -> Iterator[Trigger]:
    """Mornings after a day with exercises, compared with the morning of that day. Where either was not said, the pair
    says nothing, neither for nor against."""
    values = {score.on: score.value for score in facts.scores.get(MORNING, ())}
    moved = sorted({on for (_item, on), said in facts.answers.items() if said is not Said.NOT_DONE})
    worse = 0
    for on in moved:
        after = on + timedelta(days=1)
        if on not in values or after not in values:
            continue
        worse = worse + 1 if values[after] - values[on] >= numbers["points"] else 0
        if worse >= numbers["mornings"] and _recent(facts, after):
            evidence: Evidence = {"mornings": worse, "from": values[on], "to": values[after]}
            yield Trigger(Rule.PAIN_IN_EXERCISE, after, f"morning:{after}", evidence)


def skipped_for_pain(facts: Facts, numbers: Numbers) -> Iterator[Trigger]:
    """By place of the plan, so that another dose of the same exercise does not start the counting anew."""
    lines = {item: one.line for course in facts.courses for item, one in course.items.items()}
    by_line: dict[UUID, dict[date, UUID]] = {}
    for item, on in sorted(facts.hurt, key=lambda pair: (pair[1], str(pair[0]))):
        by_line.setdefault(lines.get(item) or item, {})[on] = item
    for line, days in by_line.items():
        for on, item in days.items():
            oldest = on - timedelta(days=numbers["days"] - 1)
            times = sum(oldest <= day <= on for day in days)
            if times >= numbers["times"] and _recent(facts, on):
                evidence: Evidence = {"item": str(item), "times": times, "days": numbers["days"]}
                yield Trigger(Rule.SKIPPED_FOR_PAIN, on, f"{line}:{on}", evidence)


def no_change(facts: Facts, numbers: Numbers) -> Iterator[Trigger]:
    """Once for each course. Where no measure has both a first and a later score, nothing is known and nothing said; a
    start below the points asked for leaves no room to get better by them."""
    start = _start(facts)
    weeks = (facts.today - start).days // WEEK if start else 0
    if not 0 <= weeks - numbers["weeks"] < LATE_WEEKS:
        return
    compared: list[tuple[str, int, int]] = []
    for measure, first in sorted(facts.first.items()):
        later = [score for score in facts.scores.get(measure, ()) if score.on > first.on]
        if not later or (facts.today - later[-1].on).days >= FRESH or first.value < numbers["points"]:
            continue
        if any(abs(score.value - first.value) >= numbers["points"] for score in later):
            return
        compared.append((measure, first.value, later[-1].value))
    if compared:
        measure, was, score = compared[0]
        evidence: Evidence = {"measure": measure, "first": was, "score": score, "weeks": weeks}
        yield Trigger(Rule.NO_CHANGE, facts.today, f"course:{start}", evidence)


# --- what was done -----------------------------------------------------------------------------------------------
def low_adherence(facts: Facts, numbers: Numbers) -> Iterator[Trigger]:
    """The days before today, as many as the clinic looks at. A plan that has not run so long is not judged yet, nor is
    a time of which more than half was paused."""
    first, last = facts.today - timedelta(days=numbers["days"]), facts.today - timedelta(days=1)
    ran = sum(_runs(facts, last - timedelta(days=back)) for back in range(numbers["days"]))
    begun = any(course.starts_on <= first <= course.ends_on for course in facts.courses)
    if not _runs(facts, facts.today) or not begun or ran * 2 < numbers["days"]:
        return
    totals = adherence.totals(adherence.days(facts.courses, facts.answers, first, last))
    did, logged = totals.done + totals.partly, totals.due - totals.not_logged
    if logged and did * 100 < numbers["percent"] * totals.due:
        evidence: Evidence = {
            "done": did,
            "due": totals.due,
            "not_logged": totals.not_logged,
            "days": numbers["days"],
        }
        cause = f"until:{last}"
        yield Trigger(Rule.LOW_ADHERENCE, facts.today, cause, evidence, again_after=numbers["days"])


def no_log(facts: Facts, numbers: Numbers) -> Iterator[Trigger]:
    """Days before today on which a plan ran and of which nothing was said, back to the last of which something was.
    Days of the calendar: days of rest between those that are due count, as they do in the interval."""
    if not _runs(facts, facts.today):
        return
    limit = max(numbers["days"], numbers["intervals"] * _interval(facts))
    silent: list[date] = []
    day = facts.today - timedelta(days=1)
    oldest = max(min(course.starts_on for course in facts.courses), facts.today - timedelta(days=HISTORY - 1))
    while day >= oldest and day not in facts.heard:
        if _runs(facts, day):
            silent.append(day)
        day -= timedelta(days=1)
    if len(silent) < limit or not any(
        counted.due for counted in adherence.days(facts.courses, facts.answers, silent[-1], silent[0])
    ):
        return
    evidence: Evidence = {"days": len(silent)}
    if day in facts.heard:
        evidence = {**evidence, "last": day.isoformat()}
    cause = f"silent:{silent[0]}"
    yield Trigger(Rule.NO_LOG, facts.today, cause, evidence, again_after=limit)


def _interval(facts: Facts) -> int:
    """The longest time between two due days of what is done most often."""
    running = [course for course in facts.courses if _asks(course, facts.today)]
    asked = [one for course in running for one in course.items.values() if one.covers(facts.today)]
    return min((_gap(one.frequency) for one in asked), default=1)


def _gap(how: Frequency) -> int:
    return how.every_n_days or -(-WEEK // (how.days_per_week or WEEK))


# --- everything else ---------------------------------------------------------------------------------------------
def new_note(facts: Facts, _numbers: Numbers) -> Iterator[Trigger]:
    for note in facts.notes:
        yield Trigger(Rule.NEW_NOTE, note.on, f"report:{note.key}", {"on": note.on.isoformat()})


def address_failing(facts: Facts, _numbers: Numbers) -> Iterator[Trigger]:
    for one in facts.mail:
        evidence: Evidence = {"kind": one.kind, "on": one.on.isoformat()}
        yield Trigger(Rule.ADDRESS_FAILING, one.on, f"{one.kind}:{one.key}", evidence)


def reminders_stopped(facts: Facts, _numbers: Numbers) -> Iterator[Trigger]:
    stopped = facts.stopped
    if stopped and _recent(facts, stopped.on) and any(plan.ends_on >= facts.today for plan in facts.plans):
        evidence: Evidence = {"on": stopped.on.isoformat()}
        yield Trigger(Rule.REMINDERS_STOPPED, stopped.on, f"consent:{stopped.key}", evidence)


def plan_ending(facts: Facts, numbers: Numbers) -> Iterator[Trigger]:
    """Not while another plan goes on: then nothing ends for the patient."""
    if not facts.plans:
        return
    last = max(facts.plans, key=lambda plan: (plan.ends_on, plan.key))
    left = (last.ends_on - facts.today).days
    if -FRESH <= left <= numbers["days"]:
        evidence: Evidence = {"plan": last.key, "on": last.ends_on.isoformat()}
        yield Trigger(Rule.PLAN_ENDING, facts.today, f"{last.key}:{last.ends_on}", evidence)


def review_due(facts: Facts, _numbers: Numbers) -> Iterator[Trigger]:
    """A review on a plan's last day is no second matter: that the plan is ending says it."""
    for plan in facts.plans:
        if plan.review_on < plan.ends_on and -SPAN < (plan.review_on - facts.today).days <= 0:
            evidence: Evidence = {"plan": plan.key, "on": plan.review_on.isoformat()}
            yield Trigger(Rule.REVIEW_DUE, plan.review_on, f"{plan.key}:{plan.review_on}", evidence)
    for support in facts.supports:
        if -SPAN < (support.on - facts.today).days <= 0:
            evidence = {"support": support.kind, "on": support.on.isoformat()}
            yield Trigger(Rule.REVIEW_DUE, support.on, f"{support.key}:{support.on}", evidence)


def _recent(facts: Facts, on: date) -> bool:
    return 0 <= (facts.today - on).days < SPAN


def _start(facts: Facts) -> date | None:
    running = [plan.starts_on for plan in facts.plans if plan.starts_on <= facts.today <= plan.ends_on]
    return min(running, default=None)


def _runs(facts: Facts, on: date) -> bool:
    return any(_asks(course, on) for course in facts.courses)


def _asks(course: Course, on: date) -> bool:
    """Whether this is a day of the course: neither paused nor ended."""
    over = course.ended_on is not None and on >= course.ended_on
    return course.starts_on <= on <= course.ends_on and not over and not course.is_paused_on(on)


FINDERS: Mapping[Rule, Callable[[Facts, Numbers], Iterator[Trigger]]] = {
    Rule.PAIN_SEVERE: pain_severe,
    Rule.PAIN_RISE: pain_rise,
    Rule.PAIN_IN_EXERCISE: pain_in_exercise,
    Rule.SKIPPED_FOR_PAIN: skipped_for_pain,
    Rule.NEW_NOTE: new_note,
    Rule.ADDRESS_FAILING: address_failing,
    Rule.NO_LOG: no_log,
    Rule.LOW_ADHERENCE: low_adherence,
    Rule.NO_CHANGE: no_change,
    Rule.REVIEW_DUE: review_due,
    Rule.PLAN_ENDING: plan_ending,
    Rule.REMINDERS_STOPPED: reminders_stopped,
}

"""The rules of the alerts as calculations: what fires, what does not, and exactly where the limit is."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.adherence import Asked, Course, Said
from exercises.alert_rules import ABOUT, RULES, Rule, Thresholds
from exercises.alert_triggers import (
    FINDERS,
    SPAN,
    Facts,
    Known,
    Plan,
    Score,
    Told,
    Trigger,
    fresh,
    triggers,
)
from exercises.schedule import Frequency

TODAY = date(2026, 11, 23)
ITEM = UUID(int=7)
FOOT = "pain_foot_24h"
DAILY, RARELY = Frequency(days_per_week=7), Frequency(every_n_days=10)
PAIN_RULES = (Rule.PAIN_SEVERE, Rule.PAIN_RISE)
scores = st.lists(st.none() | st.integers(0, 10), max_size=20)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def scored(values: Sequence[int | None], first: int | None = None) -> Facts:
    """One value a day up to today; None: nothing said. ``first``: a score before them all."""
    days = [
        Score(ago(len(values) - 1 - place), value) for place, value in enumerate(values) if value is not None
    ]
    start = {} if first is None else {FOOT: Score(ago(len(values) + 5), first)}
    return Facts(today=TODAY, scores={FOOT: days}, first=start)


def course(days: int = 28, how: Frequency = DAILY, **fields: Any) -> Course:
    """Began so many days ago, goes on for as long."""
    plan: dict[str, Any] = {"starts_on": ago(days), "ends_on": ago(-days), "items": {ITEM: Asked(how)}}
    return Course(**plan | fields)


def did(days: Sequence[int], said: Said = Said.DONE) -> dict[tuple[UUID, date], Said]:
    return {(ITEM, ago(day)): said for day in days}


def practised(done: Sequence[int], missed: Sequence[int] = (), **fields: Any) -> Facts:
    answers = did(done) | did(missed, Said.NOT_DONE)
    known: dict[str, Any] = {"courses": [course()], "heard": frozenset(on for _item, on in answers)}
    return Facts(today=TODAY, answers=answers, **known | fields)


def fired(facts: Facts, rule: Rule, **numbers: int) -> list[Trigger]:
    thresholds = Thresholds.of({rule: (True, numbers)})
    return [trigger for trigger in triggers(facts, thresholds) if trigger.rule is rule]


def as_known(found: Sequence[Trigger]) -> list[Known]:
    return [Known(trigger.rule, trigger.cause, trigger.day) for trigger in found]


# --- pain -------------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-13")
@pytest.mark.parametrize(("value", "count"), [(0, 0), (7, 0), (8, 1), (10, 1)])
def test_severe_pain_from_eight(value: int, count: int) -> None:
    assert len(fired(scored([value]), Rule.PAIN_SEVERE)) == count


def test_severe_pain_by_the_clinics_own_number_and_for_as_long_as_a_report_may_take() -> None:
    assert fired(scored([7]), Rule.PAIN_SEVERE, at_least=7)
    assert not fired(scored([9, *[None] * SPAN]), Rule.PAIN_SEVERE)
    assert fired(scored([9, *[None] * (SPAN - 1)]), Rule.PAIN_SEVERE)


@pytest.mark.hazard("HZ-13")
@pytest.mark.parametrize(
    ("first", "values", "count"),
    [
        (3, [5, 5], 1),
        (3, [5, 4], 0),
        (3, [4, 5], 0),
        (3, [5, None, 5], 1),  # two logs in a row, not two days
        (3, [5], 0),
        (None, [5, 5], 0),
        (7, [9, 9], 1),
        (8, [10, 10], 0),  # three above eight is eleven
        (9, [10, 10], 0),
        (0, [2, 2], 1),
        (None, [3, 3, 3, 5, 5], 1),
        (None, [3, 3, 4, 5, 5], 0),  # 5 is less than two above 3.33
        (None, [3, 3, 2, 5, 5], 1),
        (None, [3, 3, 5, 5], 0),  # only two logs before
        (None, [8, 8, 8, 10, 10], 0),
    ],
)
def test_a_rise_over_the_first_score_or_the_mean_of_three(
    first: int | None, values: list[int | None], count: int
) -> None:
    assert len(fired(scored(values, first), Rule.PAIN_RISE)) == count


def test_three_points_from_a_start_of_eight() -> None:
    """Only a clinic that asks for fewer can reach it."""
    assert fired(scored([10, 10], 8), Rule.PAIN_RISE, points_high=2)
    assert not fired(scored([9, 9], 7), Rule.PAIN_RISE, points=3)


def mornings(values: Sequence[int | None], said: Said = Said.DONE) -> Facts:
    days = [
        Score(ago(len(values) - 1 - place), value) for place, value in enumerate(values) if value is not None
    ]
    answers = did(range(len(values)), said)
    return Facts(today=TODAY, scores={"pain_first_step": days}, answers=answers)


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ([3, 4], 0),
        ([3, 4, 5], 1),
        ([3, 4, 4], 0),
        ([3, 4, 4, 5], 0),
        ([3, 4, 5, 6], 2),
        ([3, None, 5], 0),
        ([3, 4, None, 4, 5], 1),
        ([3, None, 4, 5], 0),
    ],
)
def test_worse_on_two_mornings_after_exercises(values: list[int | None], count: int) -> None:
    assert len(fired(mornings(values), Rule.PAIN_IN_EXERCISE)) == count
    assert not fired(mornings(values, Said.NOT_DONE), Rule.PAIN_IN_EXERCISE)


@pytest.mark.parametrize(("days", "count"), [([1, 3], 0), ([1, 3, 5], 1), ([1, 3, 5, 7], 2), ([1, 3, 29], 0)])
def test_one_exercise_left_out_three_times(days: list[int], count: int) -> None:
    hurt = [(ITEM, ago(day)) for day in days]
    assert len(fired(Facts(today=TODAY, hurt=hurt), Rule.SKIPPED_FOR_PAIN)) == count
    apart = [(UUID(int=place), ago(day)) for place, day in enumerate(days)]
    assert not fired(Facts(today=TODAY, hurt=apart), Rule.SKIPPED_FOR_PAIN)


@pytest.mark.hazard("HZ-13")
@pytest.mark.parametrize(("of_one_place", "count"), [(True, 1), (False, 0)])
def test_another_dose_does_not_start_the_counting_anew(of_one_place: bool, count: int) -> None:
    """Two times before the dose was changed, once after it."""
    items = {
        UUID(int=place): Asked(DAILY, line=ITEM if of_one_place else UUID(int=place)) for place in (7, 8, 9)
    }
    hurt = [(ITEM, ago(5)), (UUID(int=8), ago(4)), (UUID(int=8), ago(5)), (UUID(int=9), ago(1))]
    facts = Facts(today=TODAY, courses=[course(items=items)], hurt=hurt)
    found = fired(facts, Rule.SKIPPED_FOR_PAIN)
    assert len(found) == count
    if found:
        assert found[0].cause == f"{ITEM}:{ago(1)}"
        assert found[0].evidence == {"item": str(UUID(int=9)), "times": 3, "days": 28}


# --- what was done ----------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-13")
@pytest.mark.parametrize(("done", "count"), [(range(1, 8), 0), (range(1, 7), 1), (range(1, 2), 1), ([], 0)])
def test_less_than_half_of_fourteen_days(done: Sequence[int], count: int) -> None:
    """Nothing logged at all is another matter: nobody knows."""
    assert len(fired(practised(list(done)), Rule.LOW_ADHERENCE)) == count


def test_low_adherence_counts_partly_and_tells_what_nobody_knows() -> None:
    facts = practised([1, 2, 3], [4, 5])
    assert fired(facts, Rule.LOW_ADHERENCE)[0].evidence == {"done": 3, "due": 14, "not_logged": 9, "days": 14}
    half = Facts(today=TODAY, courses=[course()], answers=did(range(1, 8), Said.PARTLY))
    assert not fired(half, Rule.LOW_ADHERENCE)


def test_a_plan_younger_than_the_time_is_not_judged() -> None:
    assert not fired(practised([1], courses=[course(13)]), Rule.LOW_ADHERENCE)
    assert fired(practised([1], courses=[course(14)]), Rule.LOW_ADHERENCE)


@pytest.mark.hazard("HZ-13")
@pytest.mark.parametrize(("last", "count"), [(7, 0), (8, 1)])
def test_seven_days_of_silence(last: int, count: int) -> None:
    found = fired(practised([last]), Rule.NO_LOG)
    assert len(found) == count
    if found:
        assert found[0].evidence == {"days": 7, "last": ago(8).isoformat()}


@pytest.mark.parametrize(("began", "count"), [(7, 1), (6, 0)])
def test_silence_from_the_first_day(began: int, count: int) -> None:
    assert len(fired(practised([], courses=[course(began)]), Rule.NO_LOG)) == count


@pytest.mark.parametrize(("silent", "count"), [(19, 0), (20, 1)])
def test_silence_is_twice_the_planned_interval_where_that_is_longer(silent: int, count: int) -> None:
    facts = practised([silent + 1], courses=[course(60, RARELY)])
    assert len(fired(facts, Rule.NO_LOG)) == count


@pytest.mark.parametrize("how", [DAILY, Frequency(days_per_week=1), Frequency(days_per_week=3)])
def test_days_of_rest_between_are_days_of_silence(how: Frequency) -> None:
    """Seven days of the calendar, or two intervals: with one day in each week two weeks."""
    limit = 14 if how.days_per_week == 1 else 7
    assert not fired(practised([limit], courses=[course(28, how)]), Rule.NO_LOG)
    found = fired(practised([limit + 1], courses=[course(28, how)]), Rule.NO_LOG)
    assert found[0].evidence["days"] == limit


def test_silence_is_told_again_only_after_as_long_a_time() -> None:
    first = fired(practised([8]), Rule.NO_LOG)
    later = [
        Trigger(Rule.NO_LOG, TODAY + timedelta(days=day), f"silent:{day}", {}, again_after=7)
        for day in (1, 6, 7)
    ]
    assert fresh(later, as_known(first)) == later[2:]


@pytest.mark.parametrize(
    ("first", "values", "weeks", "count"),
    [
        (5, [5, 6, 4], 6, 1),
        (5, [5, 6, 4], 5, 0),
        (5, [5, 3, 5], 6, 0),
        (5, [], 6, 0),
        (1, [1, 1], 6, 0),  # no room for two points
        (5, [5, 6, 4], 10, 0),  # long past its week
    ],
)
def test_no_change_by_the_sixth_week(first: int, values: list[int], weeks: int, count: int) -> None:
    start = ago(weeks * 7)
    facts = scored(values, first)
    plan = Plan("p", start, ago(-30), ago(-30))
    known = {FOOT: Score(start, first)}
    found = fired(Facts(today=TODAY, scores=facts.scores, first=known, plans=[plan]), Rule.NO_CHANGE)
    assert len(found) == count


# --- everything else --------------------------------------------------------------------------------------------
def plan(ends: int, review: int | None = None, key: str = "p") -> Plan:
    """Ends in so many days."""
    return Plan(key, ago(20), ago(-ends), ago(-(ends if review is None else review)))


@pytest.mark.parametrize(("ends", "count"), [(8, 0), (7, 1), (0, 1), (-14, 1), (-15, 0)])
def test_a_plan_that_ends(ends: int, count: int) -> None:
    assert len(fired(Facts(today=TODAY, plans=[plan(ends)]), Rule.PLAN_ENDING)) == count
    followed = [plan(ends), plan(40, key="q")]
    assert not fired(Facts(today=TODAY, plans=followed), Rule.PLAN_ENDING)


@pytest.mark.parametrize(("review", "count"), [(1, 0), (0, 1), (-29, 1), (-30, 0), (20, 0)])
def test_a_review_that_is_due_and_is_not_the_end(review: int, count: int) -> None:
    assert len(fired(Facts(today=TODAY, plans=[plan(20, review)]), Rule.REVIEW_DUE)) == count
    support = [Told("support:1", ago(-review), "heel_cup")]
    assert len(fired(Facts(today=TODAY, supports=support), Rule.REVIEW_DUE)) == (count if review < 20 else 0)


def test_a_review_on_the_last_day_is_told_as_the_end() -> None:
    facts = Facts(today=TODAY, plans=[plan(0)])
    assert [trigger.rule for trigger in triggers(facts, Thresholds())] == [Rule.PLAN_ENDING]


def test_what_happened_once_is_told_once() -> None:
    facts = Facts(
        today=TODAY,
        plans=[plan(20)],
        notes=[Told("1", TODAY), Told("2", TODAY)],
        stopped=Told("3", ago(1)),
        mail=[Told("4", TODAY, "refused")],
    )
    found = triggers(facts, Thresholds())
    assert [trigger.rule for trigger in found] == [
        Rule.NEW_NOTE,
        Rule.NEW_NOTE,
        Rule.ADDRESS_FAILING,
        Rule.REMINDERS_STOPPED,
    ]
    assert fresh(found, as_known(found)) == []
    assert not fired(Facts(today=TODAY, stopped=Told("3", ago(1))), Rule.REMINDERS_STOPPED)  # no plan runs


def test_a_rule_that_is_off_finds_nothing() -> None:
    off = Thresholds.of({Rule.PAIN_SEVERE: (False, {})})
    assert triggers(scored([9]), off) == []
    assert not off.has(Rule.PAIN_SEVERE)


def test_every_rule_has_its_words_numbers_and_finder() -> None:
    assert set(FINDERS) == set(Rule) == {about.rule for about in RULES}
    assert "red_flag" not in set(Rule)
    for about in RULES:
        assert all(number.lowest <= number.default <= number.highest for number in about.numbers)
        assert "{" not in Thresholds().in_words(about.rule)
        assert str(about.source)
    assert ABOUT[Rule.PAIN_SEVERE].defaults() == {"at_least": 8}
    assert ABOUT[Rule.LOW_ADHERENCE].defaults() == {"percent": 50, "days": 14}
    assert ABOUT[Rule.NO_LOG].defaults() == {"days": 7, "intervals": 2}


# --- properties -------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-13")
@given(values=scores, first=st.none() | st.integers(0, 10))
def test_a_day_without_a_score_is_no_day_with_zero(values: list[int | None], first: int | None) -> None:
    """Days that say nothing move no score and make none: what fires is what fires of the scores alone."""
    said = [value for value in values if value is not None]
    for rule in PAIN_RULES:
        evidence = [
            {name: value for name, value in trigger.evidence.items() if name != "on"}
            for facts in (scored(values, first), scored(said, first))
            for trigger in [*fired(facts, rule), None]
            if trigger
        ]
        half = len(evidence) // 2
        assert evidence[:half] == evidence[half:]
    assert triggers(scored([None] * len(values), first), Thresholds()) == []


@pytest.mark.hazard("HZ-13")
@given(
    values=st.lists(st.integers(0, 10), min_size=2, max_size=12),
    first=st.none() | st.integers(0, 10),
    more=st.tuples(st.integers(0, 10), st.integers(0, 10)),
)
def test_more_pain_never_takes_an_alert_away(
    values: list[int], first: int | None, more: tuple[int, int]
) -> None:
    """Raised by any amount, the two newest scores raise whatever they raised before."""
    worse = [*values[:-2], *(min(10, value + add) for value, add in zip(values[-2:], more, strict=True))]
    for rule in PAIN_RULES:
        before = {trigger.cause for trigger in fired(scored(values, first), rule)}
        assert before <= {trigger.cause for trigger in fired(scored(worse, first), rule)}


@given(first=st.integers(8, 10), values=st.lists(st.integers(0, 10), min_size=2, max_size=4))
def test_from_a_start_of_eight_two_points_are_not_enough(first: int, values: list[int]) -> None:
    for trigger in fired(scored(values, first), Rule.PAIN_RISE):
        assert "first" not in trigger.evidence


done_days = st.sets(st.integers(0, 27))
pauses = st.tuples(st.integers(0, 27), st.integers(0, 27)).map(lambda pair: (max(pair), min(pair)))


@pytest.mark.hazard("HZ-13")
@given(done=done_days, span=pauses, how=st.sampled_from([DAILY, Frequency(days_per_week=3), RARELY]))
def test_paused_days_are_never_silent_days(done: set[int], span: tuple[int, int], how: Frequency) -> None:
    """With a pause a patient is never called silent for longer, nor for paused days; with one up to today for none."""
    paused = course(how=how, pauses=[(ago(span[0]), ago(span[1]))])
    facts = practised(sorted(done), courses=[paused])
    for trigger in fired(facts, Rule.NO_LOG):
        asked = [day for day in range(1, 29) if not span[1] <= day <= span[0]]
        silent = int(trigger.evidence["days"])
        assert silent <= len(asked)
        heard = [day for day in done if day >= 1]
        assert silent <= len([day for day in asked if day < min(heard, default=29)])
    to_come = course(how=how, pauses=[(ago(span[0]), None)])
    assert not fired(practised(sorted(done), courses=[to_come]), Rule.NO_LOG)
    assert not fired(practised(sorted(done), courses=[to_come]), Rule.LOW_ADHERENCE)


@given(done=done_days)
def test_whoever_does_all_that_is_due_is_never_called_slack(done: set[int]) -> None:
    every_other = Frequency(every_n_days=2)
    kept = [day for day in range(29) if (28 - day) % 2 == 0]
    facts = practised(sorted({*kept, *done}), courses=[course(how=every_other)])
    assert not fired(facts, Rule.LOW_ADHERENCE)
    assert not fired(facts, Rule.NO_LOG)


@pytest.mark.hazard("HZ-36")
@given(values=scores, first=st.none() | st.integers(0, 10), done=done_days)
def test_the_same_data_looked_at_twice_says_nothing_new(
    values: list[int | None], first: int | None, done: set[int]
) -> None:
    facts = scored(values, first)
    both = practised(sorted(done), scores=facts.scores, first=facts.first, plans=[plan(3)])
    found = fresh(triggers(both, Thresholds()), [])
    assert fresh(triggers(both, Thresholds()), as_known(found)) == []
    assert len({(trigger.rule, trigger.cause) for trigger in found}) == len(found)

"""Many changes on many days: what was asked on a day stays, and the counts of days past never move."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.actions import ItemPlan
from exercises.actions.succession import _begins, compared, in_force
from exercises.adherence import Answers, Asked, Course, Said, asked, days
from exercises.models import Exercise, ExerciseVersion, Programme, ProgrammeItem

START = date(2026, 11, 2)
LAST = START + timedelta(days=27)
EXERCISES = [Exercise(pk=UUID(int=n), slug=f"exercise-{n}") for n in range(1, 5)]
VERSIONS = [ExerciseVersion(pk=n, exercise=one, name=one.slug) for n, one in enumerate(EXERCISES, start=1)]


class Kept:
    """The items of one programme without a database: what ``replace`` stores, by the same rules."""

    def __init__(self) -> None:
        self.programme = Programme(pk=uuid4(), starts_on=START, ends_on=LAST, version=1)
        self.items: list[ProgrammeItem] = []
        self.logged: set[tuple[UUID, date]] = set()

    def change(self, plans: list[ItemPlan], today: date) -> None:
        stored = [item for item in self.items if item.last_day is None or item.last_day >= today]
        current = {item.version.exercise_id: item.pk for item in in_force(stored)}
        named = [replace(one, succeeds=current.get(one.version.exercise_id)) for one in plans]
        yesterday, followed = today - timedelta(days=1), {item.succeeds_id for item in self.items}
        gone = [item for item in self.items if item.last_day == yesterday and item.pk not in followed]
        diff = compared(named, stored, gone)
        if diff.is_empty:
            return
        if self.items:
            self.programme.version += 1
        logged = {pk for pk, on in self.logged if on == today}
        for item in diff.closed:
            item.until_version = self.programme.version
            item.last_day = _begins(item, logged, today) - timedelta(days=1)
        for order, item in diff.kept:
            item.order = order
        for order, plan, before in diff.made:
            first = _begins(before, logged, today) if self.items and self.programme.version > 1 else None
            self.items.append(made(self.programme, order, plan, first, before))

    def due(self, day: date) -> list[ProgrammeItem]:
        return [item for item in self.items if item.is_due_on(day, START)]

    def course(self) -> Course:
        return Course(START, LAST, asked(item.dated for item in self.items))

    def answers(self) -> Answers:
        return dict.fromkeys(self.logged, Said.DONE)


def made(
    programme: Programme, order: int, plan: ItemPlan, first: date | None, before: ProgrammeItem | None
) -> ProgrammeItem:
    return ProgrammeItem(
        pk=uuid4(),
        programme=programme,
        order=order,
        version=plan.version,
        side=plan.side,
        times_per_day=plan.times_per_day,
        days_per_week=plan.days_per_week,
        every_n_days=plan.every_n_days,
        reps_min=plan.dose.get("reps_min"),
        since_version=programme.version,
        first_day=first,
        succeeds=before,
    )


often = st.one_of(
    st.integers(1, 7).map(lambda n: (n, None)),
    st.integers(1, 5).map(lambda n: (None, n)),
)


@st.composite
def plans(draw: st.DrawFn) -> list[ItemPlan]:
    chosen = draw(st.lists(st.sampled_from(VERSIONS), min_size=1, max_size=3, unique=True))
    return [
        ItemPlan(
            version=version,
            side="left",
            times_per_day=1,
            dose={"reps_min": draw(st.integers(1, 2))},
            days_per_week=days,
            every_n_days=every,
        )
        for version in chosen
        for days, every in [draw(often)]
    ]


# Each day: what the patient logs before, whether the plan is changed (once or twice), what they log after.
steps = st.lists(
    st.tuples(st.integers(0, 3), st.lists(plans(), max_size=2), st.integers(0, 3)), min_size=1, max_size=8
)


def log(kept: Kept, today: date, most: int) -> None:
    kept.logged |= {(item.pk, today) for item in kept.due(today)[:most]}


@pytest.mark.slow
@pytest.mark.hazard("HZ-23")
@given(plans(), steps)
def test_days_past_keep_their_due_items_and_their_counts(first: list[ItemPlan], said: Any) -> None:
    kept = Kept()
    kept.change(first, START)
    for offset, (before, changes, after) in enumerate(said):
        today = START + timedelta(days=offset)
        log(kept, today, before)
        past = [START + timedelta(days=n) for n in range(offset)]
        asked = {day: {item.pk for item in kept.due(day)} for day in past}
        counted = days([kept.course()], kept.answers(), START, today - timedelta(days=1)) if past else []
        for plan in changes:
            kept.change(plan, today)
            assert {day: {item.pk for item in kept.due(day)} for day in past} == asked
            if past:
                assert days([kept.course()], kept.answers(), START, today - timedelta(days=1)) == counted
            tomorrow = [item.version_id for item in kept.items if item.is_asked_on(today + timedelta(days=1))]
            assert sorted(tomorrow) == sorted(
                one.version.pk for one in plan
            )  # the version in force, no other
            for item_pk, on in kept.logged:
                if on == today:
                    assert item_pk in {item.pk for item in kept.due(today)}  # what was logged stays due
        log(kept, today, after)


@pytest.mark.slow
@given(plans(), steps)
def test_no_exercise_is_due_twice_on_a_day(first: list[ItemPlan], said: Any) -> None:
    kept = Kept()
    kept.change(first, START)
    for offset, (before, changes, after) in enumerate(said):
        today = START + timedelta(days=offset)
        log(kept, today, before)
        for plan in changes:
            kept.change(plan, today)
        log(kept, today, after)
    for n in range(28):
        day = START + timedelta(days=n)
        asked = [item.version_id for item in kept.items if item.is_asked_on(day)]
        assert len(asked) == len(set(asked)), day
    for counted in days([kept.course()], kept.answers(), START, LAST):
        assert 0 <= counted.logged <= counted.due


def test_what_was_said_of_a_former_item_counts_for_its_line_and_never_twice() -> None:
    old, new, line = uuid4(), uuid4(), uuid4()
    daily = Asked(made_daily().frequency)
    items = {
        old: replace(daily, last=START, line=line),
        new: replace(daily, first=START + timedelta(days=1), line=line),
    }
    course, second = Course(START, LAST, items), START + timedelta(days=1)
    (day,) = days([course], {(old, second): Said.DONE}, second, second)
    assert (day.due, day.done) == (1, 1)
    (day,) = days([course], {(old, second): Said.DONE, (new, second): Said.PARTLY}, second, second)
    assert (day.due, day.done, day.partly) == (1, 0, 1)


def made_daily() -> ProgrammeItem:
    plan = ItemPlan(version=VERSIONS[0], side="left", times_per_day=1, days_per_week=7)
    return made(Programme(pk=uuid4(), version=1), 1, plan, None, None)

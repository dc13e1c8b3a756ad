"""Pure counting: hand-made cases, then properties over many."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.adherence import Asked, Course, Day, Said, days, totals
from exercises.schedule import Frequency

MONDAY = date(2026, 11, 23)
CURLS, RAISES = uuid4(), uuid4()
DAILY = Asked(Frequency(days_per_week=7))


def day(offset: int) -> date:
    return MONDAY + timedelta(days=offset)


@pytest.mark.hazard("HZ-09", "HZ-23")
def test_each_answer_is_counted_once_and_silence_is_not_an_answer():
    course = Course(MONDAY, day(6), {CURLS: DAILY, RAISES: DAILY})
    answers = {
        (CURLS, day(0)): Said.DONE,
        (RAISES, day(0)): Said.PARTLY,
        (CURLS, day(1)): Said.NOT_DONE,
    }
    assert days([course], answers, day(0), day(2)) == [
        Day(day(0), due=2, done=1, partly=1),
        Day(day(1), due=2, not_done=1),
        Day(day(2), due=2),
    ]
    assert [one.not_logged for one in days([course], answers, day(0), day(2))] == [0, 1, 2]


def test_days_between_due_days_are_not_due():
    course = Course(MONDAY, day(6), {CURLS: Asked(Frequency(every_n_days=2))})
    assert [one.due for one in days([course], {}, day(0), day(4))] == [1, 0, 1, 0, 1]


def test_nothing_is_due_before_the_first_and_after_the_last_day():
    course = Course(MONDAY, day(1), {CURLS: DAILY})
    assert [one.due for one in days([course], {}, day(-1), day(2))] == [0, 1, 1, 0]


@pytest.mark.hazard("HZ-23")
def test_an_answer_for_a_day_on_which_nothing_was_due_is_not_counted():
    course = Course(MONDAY, day(6), {CURLS: Asked(Frequency(every_n_days=7))})
    assert days([course], {(CURLS, day(1)): Said.DONE}, day(1), day(1)) == [Day(day(1))]


def test_on_the_day_it_was_ended_only_what_was_logged_counts():
    course = Course(MONDAY, day(6), {CURLS: DAILY, RAISES: DAILY}, ended_on=day(1))
    counted = days([course], {(CURLS, day(1)): Said.DONE}, day(0), day(2))
    assert counted == [Day(day(0), due=2), Day(day(1), due=1, done=1), Day(day(2))]


def test_a_programme_and_the_one_that_follows_it_do_not_count_a_day_twice():
    before = Course(day(-7), day(20), {CURLS: DAILY}, ended_on=MONDAY)
    after = Course(MONDAY, day(27), {RAISES: DAILY})
    assert days([before, after], {}, MONDAY, MONDAY) == [Day(MONDAY, due=1)]


def test_totals_add_up():
    course = Course(MONDAY, day(2), {CURLS: DAILY})
    found = totals(days([course], {(CURLS, day(0)): Said.DONE, (CURLS, day(1)): Said.PARTLY}, day(0), day(6)))
    assert (found.due, found.done, found.partly, found.not_done, found.not_logged) == (3, 1, 1, 0, 1)


frequencies = st.one_of(
    st.integers(1, 7).map(lambda n: Asked(Frequency(days_per_week=n))),
    st.integers(1, 14).map(lambda n: Asked(Frequency(every_n_days=n))),
)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    first = day(draw(st.integers(-60, 30)))
    last = first + timedelta(days=draw(st.integers(0, 90)))
    items = {UUID(int=draw(st.integers(1, 10**9))): draw(frequencies) for _ in range(draw(st.integers(1, 4)))}
    ended = draw(st.none() | st.integers(0, 90).map(lambda n: first + timedelta(days=n)))
    return Course(first, last, items, ended)


@st.composite
def worlds(draw: st.DrawFn):
    """Some programmes, and answers on any day, also where none was due."""
    known = draw(st.lists(courses(), max_size=3))
    items = [item for course in known for item in course.items] or [uuid4()]
    answers = draw(
        st.dictionaries(
            st.tuples(st.sampled_from(items), st.integers(-70, 130).map(day)),
            st.sampled_from(list(Said)),
            max_size=40,
        )
    )
    return known, answers


@pytest.mark.slow
@pytest.mark.hazard("HZ-23")
@given(worlds(), st.integers(-80, 100), st.integers(0, 120))
def test_counts_add_up_to_what_was_due_and_no_day_lies_outside(world, start, length):
    known, answers = world
    counted = days(known, answers, day(start), day(start + length))
    assert [one.on for one in counted] == [day(start + offset) for offset in range(length + 1)]
    for one in counted:
        parts = (one.done, one.partly, one.not_done, one.not_logged)
        assert min(parts) >= 0
        assert sum(parts) == one.due
        running = [
            course
            for course in known
            if course.starts_on <= one.on <= min(course.ends_on, course.ended_on or course.ends_on)
        ]
        assert one.due <= sum(len(course.items) for course in running)


@pytest.mark.slow
@given(worlds())
def test_an_answer_more_never_lowers_what_was_done(world):
    known, answers = world
    before = totals(days(known, answers, day(-70), day(130)))
    done = dict.fromkeys(answers, Said.DONE)
    after = totals(days(known, done, day(-70), day(130)))
    assert after.done >= before.done
    assert after.due == before.due

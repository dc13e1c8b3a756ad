"""The pure parts of the screen before the visit: which days are shown, and that weeks and tallies add up."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises import adherence, told
from exercises.models import Effort, MissReason
from exercises.schedule import Frequency
from exercises.told import Log, Plan, Told
from exercises.visit import LONGEST, Span, window_of

TODAY = date(2026, 11, 23)
AGO = st.integers(-3, 400).map(lambda days: TODAY - timedelta(days=days))
ITEM = UUID(int=1)


@pytest.mark.parametrize(
    ("visits", "first", "visit", "cut"),
    [
        ([], 27, None, False),
        ([0], 27, None, False),  # today's own visit is the one that is prepared
        ([30, 5, 0], 5, 5, False),
        ([83], 83, 83, False),
        ([84], 83, 84, True),
    ],
)
def test_since_the_last_visit(visits: list[int], first: int, visit: int | None, cut: bool) -> None:
    found = window_of(Span.SINCE_VISIT, [TODAY - timedelta(days=n) for n in visits], TODAY)
    assert (TODAY - found.first).days == first
    assert found.visit == (None if visit is None else TODAY - timedelta(days=visit))
    assert found.cut is cut


@given(st.sampled_from(Span), st.lists(AGO).map(sorted))
def test_a_window_ends_today_and_is_never_longer_than_twelve_weeks(span: Span, visits: list[date]) -> None:
    found = window_of(span, visits, TODAY)
    assert found.last == TODAY
    assert 1 < found.days <= LONGEST
    assert found.visit is None or (found.visit in visits and found.visit < TODAY)
    if span is not Span.SINCE_VISIT:
        assert (found.days, found.cut) == (int(span) * 7, False)
    elif found.visit:
        assert found.first == max(found.visit, TODAY - timedelta(days=LONGEST - 1))


LOGS = st.dictionaries(
    st.integers(0, 27),
    st.tuples(
        st.sampled_from(list(adherence.Said)),
        st.sampled_from(["", *MissReason.values]),
        st.sampled_from(["", *Effort.values]),
        st.integers(0, 9),
    ),
)


@given(LOGS, st.integers(1, 7), st.integers(0, 27), st.integers(0, 27))
def test_what_was_told_of_any_days_adds_up(
    said: dict[int, tuple[adherence.Said, str, str, int]], weekly: int, one: int, other: int
) -> None:
    start = TODAY - timedelta(days=27)
    logs = [
        Log(ITEM, start + timedelta(days=on), done, reason, effort, start + timedelta(days=on + late))
        for on, (done, reason, effort, late) in said.items()
    ]
    course = adherence.Course(start, TODAY, {ITEM: adherence.Asked(Frequency(days_per_week=weekly))})
    known = Told(plans=[Plan("Basics", course)], logs=logs, notes=[], last_log=None, given={})
    first, last = start + timedelta(days=min(one, other)), start + timedelta(days=max(one, other))
    days, own = known.days(first, last), known.between(first, last)
    assert [day.on for day in days] == [first + timedelta(days=n) for n in range((last - first).days + 1)]
    totals = adherence.totals(days)
    assert totals.due == totals.done + totals.partly + totals.not_done + totals.not_logged
    assert sum(tally.count for tally in told.reasons(own)) == sum(bool(log.reason) for log in own)
    counts = [tally.count for tally in told.reasons(own)]
    assert counts == sorted(counts, reverse=True)
    assert all(counts)
    efforts = told.efforts(own)
    assert [tally.words for tally in efforts] in ([], [str(effort.label) for effort in Effort])
    assert sum(tally.count for tally in efforts) == sum(bool(log.effort) for log in own)
    assert all(log.is_late is (said[(log.on - start).days][3] > 0) for log in own)

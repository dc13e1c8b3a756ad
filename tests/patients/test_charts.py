"""Small trend lines: hand-made cases, then properties over many."""

import re
from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from patients.charts import BOTTOM, LEFT, RIGHT, TOP, Point, chart, sparkline

FIRST, LAST = date(2026, 9, 1), date(2026, 9, 11)  # ten steps of 14 units
NUMBER = r"\d+\.\d"


def day(offset: int) -> date:
    return FIRST + timedelta(days=offset)


def drawn(*values: tuple[int, int | None]):
    return sparkline([(day(offset), value) for offset, value in values], first=FIRST, last=LAST)


def test_days_that_follow_each_other_are_one_line():
    line = drawn((0, 10), (1, 5), (2, 0))
    assert line.line == "M26.0 8.0L40.0 24.0L54.0 40.0"
    assert line.dots == ""
    assert (line.last_x, line.last_y) == ("54.0", "40.0")


@pytest.mark.hazard("HZ-23")
def test_a_missing_day_breaks_the_line_and_is_no_zero():
    line = drawn((0, 4), (1, 4), (2, None), (3, 4), (4, 4))
    assert line.line == "M26.0 27.2L40.0 27.2M68.0 27.2L82.0 27.2"
    assert line.line == drawn((0, 4), (1, 4), (3, 4), (4, 4)).line  # absent or None: the same
    assert (line.count, line.lowest) == (4, 4)


@pytest.mark.hazard("HZ-23")
def test_zero_is_drawn():
    line = drawn((0, 3), (1, 0))
    assert line.line == f"M26.0 {40 - 3 * 3.2:.1f}L40.0 {BOTTOM}.0"
    assert (line.count, line.lowest) == (2, 0)


def test_a_day_alone_is_a_dot():
    line = drawn((0, 7), (4, 0), (5, 0), (9, 2))
    assert line.line == "M82.0 40.0L96.0 40.0"
    assert line.dots == "M26.0 17.6h0M152.0 33.6h0"


@pytest.mark.hazard("HZ-23")
def test_the_scale_is_fixed_and_says_its_ends():
    high, low = drawn((0, 10), (1, 9)), drawn((0, 1), (1, 0))
    assert (high.low, high.high) == (low.low, low.high) == ("0", "10")
    assert high.line == "M26.0 8.0L40.0 11.2"
    assert low.line == "M26.0 36.8L40.0 40.0"


def test_two_answers_of_one_day_are_two_points_and_the_later_one_is_the_last():
    line = drawn((0, 3), (1, 6), (1, 2))
    assert line.count == 3
    assert line.last == Point(day(1), 2)


def test_what_lies_outside_the_window_is_left_out():
    assert drawn((-1, 5), (11, 5)) is None
    assert drawn((-1, 5), (0, 4), (10, 6), (11, 5)).points == (Point(day(0), 4), Point(day(10), 6))


def test_nothing_known_is_no_line():
    assert drawn() is None
    assert drawn((0, None), (1, None)) is None


@pytest.mark.parametrize("value", [-1, 11])
def test_a_value_beyond_the_scale_is_refused(value):
    with pytest.raises(ValueError, match="beyond the scale of 0 to 10"):
        drawn((0, value))


def test_another_scale():
    line = sparkline([(FIRST, -5), (LAST, 5)], first=FIRST, last=LAST, low=-5, high=5)
    assert line is not None
    assert line.dots == f"M{LEFT}.0 {BOTTOM}.0h0M{RIGHT}.0 {TOP}.0h0"
    assert (line.low, line.high) == ("-5", "5")


def test_a_window_of_one_day():
    line = sparkline([(FIRST, 5)], first=FIRST, last=FIRST)
    assert line is not None
    assert (line.last_x, line.last_y) == ("26.0", "24.0")


SERIES = st.dictionaries(st.integers(0, 10), st.one_of(st.none(), st.integers(0, 10)))


@given(SERIES, st.sampled_from(["en", "de", "ar"]))
def test_every_known_day_is_drawn_once_inside_the_frame_with_points_as_decimals(series, language):
    known = {offset: value for offset, value in series.items() if value is not None}
    with translation.override(language):
        line = drawn(*series.items())
    if not known:
        assert line is None
        return
    assert re.fullmatch(rf"([ML]{NUMBER} {NUMBER})*", line.line)
    assert re.fullmatch(rf"(M{NUMBER} {NUMBER}h0)*", line.dots)
    spots = re.findall(rf"[ML]({NUMBER}) ({NUMBER})", line.line + line.dots)
    assert len(spots) == len(known) == line.count
    assert all(LEFT <= float(x) <= RIGHT and TOP <= float(y) <= BOTTOM for x, y in spots)
    assert (line.lowest, line.highest) == (min(known.values()), max(known.values()))
    assert (line.first.on, line.last.on) == (day(min(known)), day(max(known)))
    assert (line.last_x, line.last_y) in spots


@given(SERIES)
def test_the_pen_is_lifted_once_for_each_run_of_days(series):
    known = sorted(offset for offset, value in series.items() if value is not None)
    starts = [offset for offset in known if offset - 1 not in known]
    line = drawn(*series.items())
    assert (line.line + line.dots).count("M") == len(starts) if line else starts == []


@given(SERIES)
def test_the_order_in_which_answers_come_does_not_matter(series):
    assert drawn(*series.items()) == drawn(*reversed(series.items()))


class TestChart:
    """Several scores on one line of time."""

    @pytest.mark.hazard("HZ-23")
    def test_a_missing_day_breaks_a_line_and_zero_is_drawn(self):
        drawing = chart({"Foot pain": {day(0): 10, day(1): 0, day(3): 5}}, first=FIRST, last=LAST)
        (foot,) = drawing.series
        assert foot.line == "M24.0 12.0L56.6 160.0"
        assert foot.marks.count("M") == 3
        assert (foot.first, foot.last) == (Point(day(0), 10), Point(day(3), 5))

    def test_each_has_its_own_mark_by_its_place_and_nothing_is_drawn_for_none(self):
        scores = {"First step": {}, "Foot": {day(2): 1}, "Back": {day(2): 1}}
        drawing = chart(scores, first=FIRST, last=LAST)
        assert [(series.name, series.place) for series in drawing.series] == [("Foot", 1), ("Back", 2)]
        assert drawing.series[0].mark != drawing.series[1].mark

    @pytest.mark.parametrize(
        "scores", [{}, {"Foot": {}}, {"Foot": {date(2026, 8, 31): 4}}, {"Foot": {date(2026, 9, 12): 4}}]
    )
    def test_without_a_score_in_the_window_there_is_no_chart(self, scores):
        assert chart(scores, first=FIRST, last=LAST) is None

    @pytest.mark.parametrize("scores", [{"Foot": {day(0): 11}}, {str(n): {day(0): 1} for n in range(4)}])
    def test_what_cannot_be_drawn_honestly_is_refused(self, scores):
        with pytest.raises(ValueError, match=r"0 to 10|three lines"):
            chart(scores, first=FIRST, last=LAST)

    def test_weeks_begin_on_mondays(self):
        drawing = chart({"Foot": {day(0): 1}}, first=FIRST, last=FIRST + timedelta(days=27))
        assert drawing.weeks.count("M") == 4

    @given(st.dictionaries(st.integers(0, 83), st.integers(0, 10), min_size=1), st.sampled_from(["ar", "de"]))
    def test_every_point_lies_in_the_plot_in_every_language(self, scores, language):
        last = FIRST + timedelta(days=83)
        with translation.override(language):
            drawing = chart(
                {"Foot": {day(at): score for at, score in scores.items()}}, first=FIRST, last=last
            )
        (foot,) = drawing.series
        starts = re.findall(rf"M({NUMBER}) ({NUMBER})m", foot.marks)
        assert len(starts) == len(scores)
        assert all(24 <= float(x) <= 350 and 12 <= float(y) <= 160 for x, y in starts)

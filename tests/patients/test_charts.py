"""The geometry of charts: hand-made cases, then properties over many."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from patients.charts import BAR, Point, bar, chart

FIRST, LAST = date(2026, 9, 1), date(2026, 9, 11)  # ten steps of 14 units
NUMBER = r"\d+\.\d"


def day(offset: int) -> date:
    return FIRST + timedelta(days=offset)


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

    def test_what_happened_is_an_upright_line_with_a_head_once_a_day(self):
        drawing = chart(
            {"Foot": {day(0): 1}},
            first=FIRST,
            last=LAST,
            visits=[day(0), day(0), day(10), day(-1), day(11)],
            changes=[day(5)],
        )
        assert drawing.visits.count("V160") == 2
        assert drawing.visits.startswith("M24.0 12V160M24.0 12m")
        assert "M350.0 12V160" in drawing.visits
        assert drawing.changes.startswith("M187.0 12V160M187.0 12m")

    def test_a_pause_is_a_band_cut_to_what_is_shown_and_one_day_has_a_width(self):
        spans = [
            (day(-5), day(1)),
            (day(5), day(5)),
            (day(9), day(40)),
            (day(-9), day(-8)),
            (day(11), day(12)),
        ]
        drawing = chart({"Foot": {day(0): 1}}, first=FIRST, last=LAST, pauses=spans)
        assert drawing.pauses == ("M24.0 12h32.6v148H24.0zM187.0 12h2.0v148H187.0zM317.4 12h32.6v148H317.4z")

    @given(
        st.lists(st.integers(-20, 100)),
        st.lists(st.tuples(st.integers(-20, 100), st.integers(0, 60))),
        st.sampled_from(["ar", "de"]),
    )
    def test_every_mark_and_band_lies_in_the_plot(self, marks, bands, language):
        last = FIRST + timedelta(days=83)
        with translation.override(language):
            drawing = chart(
                {"Foot": {FIRST: 0}},
                first=FIRST,
                last=last,
                visits=[day(at) for at in marks],
                pauses=[(day(at), day(at + length)) for at, length in bands],
            )
        lines = re.findall(rf"M({NUMBER}) 12V160", drawing.visits)
        assert len(lines) == len({at for at in marks if 0 <= at <= 83})
        drawn = re.findall(rf"M({NUMBER}) 12h({NUMBER})v148H({NUMBER})z", drawing.pauses)
        assert len(drawn) == sum(at <= 83 and at + length >= 0 for at, length in bands)
        assert all(24 <= float(x) <= 350 for x in lines)
        assert all(24 <= float(left) <= 350 and left == back for left, _width, back in drawn)
        assert all(float(left) + float(width) <= 352.1 for left, width, _back in drawn)


class TestBar:
    def test_parts_follow_each_other_and_the_rest_is_not_drawn(self):
        parts = bar(of=8, done=4, partly=0, missed=2).parts
        assert [(part.name, part.x, part.width) for part in parts] == [
            ("done", "0.00", "50.00"),
            ("missed", "50.00", "25.00"),
        ]

    @pytest.mark.parametrize("counts", [{"done": 3}, {"done": 1, "partly": 2}, {"done": -1}])
    def test_more_than_the_whole_is_refused(self, counts):
        with pytest.raises(ValueError, match="more than the whole"):
            bar(of=2, **counts)

    @given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
    def test_they_are_as_wide_as_what_is_known(self, done, partly, missed, unknown):
        whole = done + partly + missed + unknown
        parts = bar(of=whole, done=done, partly=partly, missed=missed).parts
        assert [part.name for part in parts] == [
            name for name, n in (("done", done), ("partly", partly), ("missed", missed)) if n
        ]
        ends = [(float(part.x), float(part.x) + float(part.width)) for part in parts]
        assert all(abs(before[1] - after[0]) <= 0.02 for before, after in pairwise(ends))
        known = BAR * (done + partly + missed) / whole if whole else 0
        assert abs((ends[-1][1] if ends else 0) - known) <= 0.02

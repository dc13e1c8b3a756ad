"""The geometry of charts. Pure: days and numbers in, the text of SVG paths out.

A day without a value breaks the line; zero is a value and is drawn. The scale is fixed, so that two lines can be
compared and none looks steeper than it is. Coordinates are strings with a point, whatever the language.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Point:
    on: date
    value: int


WIDE, TALL = 360, 190  # as wide as a small telephone: a wider box would shrink the words
PLOT_LEFT, PLOT_RIGHT, PLOT_TOP, PLOT_BOTTOM = 24, 350, 12, 160
MARKS = (  # drawn around the point: a circle, a square, a triangle
    "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
    "m-4 -4h8v8h-8z",
    "m0 -5l5 9h-10z",
)

VISIT, CHANGE = "m-4 -5h8l-4 6z", "m0 -6l4 4l-4 4l-4 -4z"  # at the head of an upright line: a flag, a diamond


def _runs(points: tuple[Point, ...]) -> list[list[Point]]:
    """Parts without a missing day between two points."""
    runs: list[list[Point]] = []
    for point in points:
        if runs and (point.on - runs[-1][-1].on).days <= 1:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart with several. ``place`` gives it its own dash and mark, so that no colour is needed."""

    name: str
    place: int
    line: str
    marks: str
    mark: str  # of the legend
    points: tuple[Point, ...]

    @property
    def first(self) -> Point:
        return self.points[0]

    @property
    def last(self) -> Point:
        return self.points[-1]


@dataclass(frozen=True, slots=True)
class Chart:
    """``weeks``: upright lines, one where each week begins, as one path; ``visits`` and ``changes`` likewise, each with a
    mark of its own at its head; ``pauses``: bands."""

    series: list[Series]
    weeks: str
    first: date
    last: date
    visits: str = ""
    changes: str = ""
    pauses: str = ""


def chart(
    values: Mapping[str, Mapping[date, int]],
    *,
    first: date,
    last: date,
    visits: Iterable[date] = (),
    changes: Iterable[date] = (),
    pauses: Iterable[tuple[date, date]] = (),
) -> Chart | None:
    """Several scores from 0 to 10 on one line of time; None when none of them has a value in the window.

    At most three series, each named by its key. A day without a value breaks a line; zero is drawn. Time runs from left
    to right in every language. ``pauses``: the first and the last day of each.
    """
    if len(values) > len(MARKS):
        raise ValueError("a chart holds three lines at most")
    frame = _Frame(first, last)
    series = [
        drawn
        for place, (name, scores) in enumerate(values.items())
        if (drawn := _series(name, place, scores, frame))
    ]
    if not series:
        return None
    return Chart(
        series=series,
        weeks=_weeks(frame),
        first=first,
        last=last,
        visits=_uprights((frame.x(on) for on in visits if first <= on <= last), VISIT),
        changes=_uprights((frame.x(on) for on in changes if first <= on <= last), CHANGE),
        pauses=_bands(
            (frame.x(max(a, first)), frame.x(min(b, last))) for a, b in pauses if a <= last and first <= b
        ),
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a day and a score stand in the plot."""

    first: date
    last: date

    def x(self, on: date) -> float:
        span = max((self.last - self.first).days, 1)
        return PLOT_LEFT + (on - self.first).days * (PLOT_RIGHT - PLOT_LEFT) / span

    def at(self, point: Point) -> str:
        return f"{self.x(point.on):.1f} {PLOT_BOTTOM - point.value * (PLOT_BOTTOM - PLOT_TOP) / 10:.1f}"


def _series(name: str, place: int, scores: Mapping[date, int], frame: _Frame) -> Series | None:
    points = tuple(
        Point(on, score) for on, score in sorted(scores.items()) if frame.first <= on <= frame.last
    )
    if any(not 0 <= point.value <= 10 for point in points):
        raise ValueError("a score is from 0 to 10")
    if not points:
        return None
    return Series(
        name=name,
        place=place,
        line="".join(
            f"{'L' if index else 'M'}{frame.at(point)}"
            for run in _runs(points)
            if len(run) > 1
            for index, point in enumerate(run)
        ),
        marks="".join(f"M{frame.at(point)}{MARKS[place]}" for point in points),
        mark=MARKS[place],
        points=points,
    )


def _uprights(places: Iterable[float], head: str) -> str:
    """One line for each place, however much happened there."""
    return "".join(
        f"M{x} {PLOT_TOP}V{PLOT_BOTTOM}M{x} {PLOT_TOP}{head}"
        for x in dict.fromkeys(f"{place:.1f}" for place in places)
    )


def _bands(ends: Iterable[tuple[float, float]]) -> str:
    """A pause of one day has a width too."""
    height = PLOT_BOTTOM - PLOT_TOP
    return "".join(
        f"M{left:.1f} {PLOT_TOP}h{max(right - left, 2):.1f}v{height}H{left:.1f}z" for left, right in ends
    )


def _weeks(frame: _Frame) -> str:
    days = (frame.last - frame.first).days + 1
    mondays = (frame.first + timedelta(days=offset) for offset in range(days))
    return "".join(
        f"M{frame.x(day):.1f} {PLOT_TOP}V{PLOT_BOTTOM}" for day in mondays if day.isoweekday() == 1
    )


BAR = 100  # how wide a bar is drawn


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar: where it begins and how wide it is, as text."""

    name: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Bar:
    """``parts`` that are none are left out; what nobody knows of is the rest of the bar, and is not drawn as anything."""

    parts: list[Part]


def bar(*, of: int, **counts: int) -> Bar:
    """A bar of ``of`` equal pieces, each kind from where the one before ended. More than all of them raises ValueError."""
    if sum(counts.values()) > of or any(count < 0 for count in counts.values()):
        raise ValueError("the parts are more than the whole")
    parts, done = [], 0
    for name, count in counts.items():
        if count:
            parts.append(Part(name, f"{BAR * done / of:.2f}", f"{BAR * count / of:.2f}"))
        done += count
    return Bar(parts)

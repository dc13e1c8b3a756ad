"""The geometry of small trend lines. Pure: days and numbers in, the text of SVG paths out.

A day without a value breaks the line; zero is a value and is drawn. The scale is fixed, so that two lines can be
compared and none looks steeper than it is. Coordinates are strings with a point, whatever the language.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 172, 48  # the viewBox; labels of the scale's ends stand left of the plot
LEFT, RIGHT, TOP, BOTTOM = 26, 166, 8, 40


@dataclass(frozen=True, slots=True)
class Point:
    on: date
    value: int


@dataclass(frozen=True, slots=True)
class Sparkline:
    """``line``: days that follow each other; ``dots``: days that stand alone; ``last_x`` and ``last_y``: the newest."""

    line: str
    dots: str
    last_x: str
    last_y: str
    low: str  # the ends of the scale, in words
    high: str
    points: tuple[Point, ...]  # oldest first

    @property
    def first(self) -> Point:
        return self.points[0]

    @property
    def last(self) -> Point:
        return self.points[-1]

    @property
    def lowest(self) -> int:
        return min(point.value for point in self.points)

    @property
    def highest(self) -> int:
        return max(point.value for point in self.points)

    @property
    def count(self) -> int:
        return len(self.points)


def sparkline(
    values: Iterable[tuple[date, int | None]], *, first: date, last: date, low: int = 0, high: int = 10
) -> Sparkline | None:
    """None when no day of the window has a value. Two values of one day are two points, in the order they come.

    A value beyond the scale raises ValueError: drawn at the edge it would be a lie.
    """
    points = tuple(
        sorted(
            (Point(on, value) for on, value in values if value is not None and first <= on <= last),
            key=lambda point: point.on,
        )
    )
    if not points:
        return None
    for point in points:
        if not low <= point.value <= high:
            raise ValueError(f"{point.value} is beyond the scale of {low} to {high}")
    span = max((last - first).days, 1)

    def x(point: Point) -> str:
        return f"{LEFT + (point.on - first).days * (RIGHT - LEFT) / span:.1f}"

    def y(point: Point) -> str:
        return f"{BOTTOM - (point.value - low) * (BOTTOM - TOP) / (high - low):.1f}"

    runs = _runs(points)
    return Sparkline(
        line="".join(
            f"{'L' if place else 'M'}{x(point)} {y(point)}"
            for run in runs
            if len(run) > 1
            for place, point in enumerate(run)
        ),
        dots="".join(f"M{x(run[0])} {y(run[0])}h0" for run in runs if len(run) == 1),
        last_x=x(points[-1]),
        last_y=y(points[-1]),
        low=str(low),
        high=str(high),
        points=points,
    )


def _runs(points: tuple[Point, ...]) -> list[list[Point]]:
    """Parts without a missing day between two points."""
    runs: list[list[Point]] = []
    for point in points:
        if runs and (point.on - runs[-1][-1].on).days <= 1:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


WIDE, TALL = 360, 190  # as wide as a small telephone: a wider box would shrink the words
PLOT_LEFT, PLOT_RIGHT, PLOT_TOP, PLOT_BOTTOM = 24, 350, 12, 160
MARKS = (  # drawn around the point: a circle, a square, a triangle
    "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
    "m-4 -4h8v8h-8z",
    "m0 -5l5 9h-10z",
)


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
    """``weeks``: upright lines, one where each week begins, as one path."""

    series: list[Series]
    weeks: str
    first: date
    last: date


def chart(values: Mapping[str, Mapping[date, int]], *, first: date, last: date) -> Chart | None:
    """Several scores from 0 to 10 on one line of time; None when none of them has a value in the window.

    At most three series, each named by its key. A day without a value breaks a line; zero is drawn. Time runs from left
    to right in every language.
    """
    if len(values) > len(MARKS):
        raise ValueError("a chart holds three lines at most")
    span = max((last - first).days, 1)
    step_x, step_y = (PLOT_RIGHT - PLOT_LEFT) / span, (PLOT_BOTTOM - PLOT_TOP) / 10

    def at(point: Point) -> str:
        x, y = PLOT_LEFT + (point.on - first).days * step_x, PLOT_BOTTOM - point.value * step_y
        return f"{x:.1f} {y:.1f}"

    found: list[tuple[str, int, tuple[Point, ...]]] = []
    for place, (name, scores) in enumerate(values.items()):
        points = tuple(Point(on, score) for on, score in sorted(scores.items()) if first <= on <= last)
        if any(not 0 <= point.value <= 10 for point in points):
            raise ValueError("a score is from 0 to 10")
        if points:
            found.append((name, place, points))
    if not found:
        return None
    series = [
        Series(
            name=name,
            place=place,
            line="".join(
                f"{'L' if index else 'M'}{at(point)}"
                for run in _runs(points)
                if len(run) > 1
                for index, point in enumerate(run)
            ),
            marks="".join(f"M{at(point)}{MARKS[place]}" for point in points),
            mark=MARKS[place],
            points=points,
        )
        for name, place, points in found
    ]
    return Chart(series, _weeks(first, last, step_x), first, last)


def _weeks(first: date, last: date, step_x: float) -> str:
    mondays = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return "".join(
        f"M{PLOT_LEFT + (day - first).days * step_x:.1f} {PLOT_TOP}V{PLOT_BOTTOM}"
        for day in mondays
        if day.isoweekday() == 1
    )

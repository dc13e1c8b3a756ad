"""The geometry of small trend lines. Pure: days and numbers in, the text of SVG paths out.

A day without a value breaks the line; zero is a value and is drawn. The scale is fixed, so that two lines can be
compared and none looks steeper than it is. Coordinates are strings with a point, whatever the language.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

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

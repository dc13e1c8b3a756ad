"""What explains a figure: arrows, numbers, a lens."""

import math

from exercises.figures.geometry import Point, add, number, numbers, rotate
from exercises.figures.paint import ARROW, GROUND, INK, fill, stroke

ARROW_HEAD = 11.0


def arrow(points: tuple[float, ...]) -> str:
    """A bow from the first point to the last; the head looks along its end. Six numbers: from, control, to."""
    start, control, end = points[:2], points[2:4], points[4:]
    heading = math.degrees(math.atan2(end[1] - control[1], end[0] - control[0]))
    wings = [add((end[0], end[1]), rotate((-ARROW_HEAD, side * ARROW_HEAD), heading)) for side in (-1, 1)]
    path = f"M{numbers(*start)}Q{numbers(*control, *end)}M{numbers(*wings[0])}L{numbers(*end)}L{numbers(*wings[1])}"
    return stroke(path, 5.5, ARROW)


def badge(label: int, x: float, y: float) -> str:
    return (
        f'<g transform="translate({numbers(x, y)})"><circle r="16" fill="{INK}" stroke="#fff" stroke-width="2"/><text text-anchor="middle" y="7"'
        f' fill="#fff" font-family="system-ui,sans-serif" font-weight="700" font-size="20">{label}</text></g>'
    )


def lens(name: str, centre: Point, radius: float, target: Point, target_radius: float, body: str) -> str:
    """An enlarged part in a circle, tied to where it is on the figure."""
    x, y = centre
    towards = math.degrees(math.atan2(target[1] - y, target[0] - x))
    start, end = add(centre, rotate((radius, 0), towards)), add(target, rotate((-target_radius, 0), towards))
    tie = stroke(f"M{numbers(*start)}L{numbers(*end)}", 2, GROUND)
    circle = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
    return (
        tie
        + f'<circle cx="{number(target[0])}" cy="{number(target[1])}" r="{number(target_radius)}" fill="none"'
        f' stroke="{GROUND}" stroke-width="2"/>'
        f'<clipPath id="{name}"><circle {circle}/></clipPath><circle {circle} {fill("lens")}/>'
        f'<g clip-path="url(#{name})">{body}</g><circle {circle} fill="none" stroke="{GROUND}" stroke-width="3"/>'
    )

"""Points, outlines and two-link limbs. x grows to the right, y downwards; angles are degrees, clockwise."""

import math

Point = tuple[float, float]


def number(value: float) -> str:
    """One decimal is finer than any screen shows, and hides how platforms differ in the last bit."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def numbers(*values: float) -> str:
    return " ".join(number(value) for value in values)


def rotate(point: Point, degrees: float) -> Point:
    x, y = point
    angle = math.radians(degrees)
    return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)


def add(first: Point, second: Point) -> Point:
    return first[0] + second[0], first[1] + second[1]


def capsule(start: Point, start_radius: float, end: Point, end_radius: float) -> str:
    """Outline of a tapered limb: the convex hull of two circles."""
    along = math.atan2(end[1] - start[1], end[0] - start[0])
    spread = math.acos((start_radius - end_radius) / math.dist(start, end))

    def touch(centre: Point, radius: float, angle: float) -> str:
        return numbers(centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle))

    def arc(radius: float, other: float) -> str:
        return f"A{numbers(radius, radius)} 0 {int(radius > other)} 0 "

    a, b = touch(start, start_radius, along + spread), touch(end, end_radius, along + spread)
    c, d = touch(end, end_radius, along - spread), touch(start, start_radius, along - spread)
    return f"M{a}L{b}{arc(end_radius, start_radius)}{c}L{d}{arc(start_radius, end_radius)}{a}Z"


def two_links(target: Point, upper: float, lower: float, *, bend: int) -> tuple[float, float]:
    """Turns of two links that reach from (0, 0) to the target; both hang straight down at 0 degrees.

    The second turn is relative to the first link. `bend` (1 or -1) picks the side to which the middle joint points.
    A target out of reach is approached as far as the limb goes.
    """
    reach = min(math.hypot(*target), upper + lower - 0.5)
    straight = math.degrees(math.atan2(-target[0], target[1]))
    opening = math.degrees(math.acos((upper**2 + reach**2 - lower**2) / (2 * upper * reach)))
    fold = 180 - math.degrees(math.acos((upper**2 + lower**2 - reach**2) / (2 * upper * lower)))
    return straight + bend * opening, -bend * fold

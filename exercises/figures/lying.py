"""A body that lies on one side, its front towards the reader, head on the left; the leg that moves is on top.

The middle of the hips is (0, 0) and the floor FLOOR. A thigh that points at the reader looks shorter than it is, and
longer as it turns away: the stretch of its joint.
"""

import math
from collections.abc import Mapping

from exercises.figures.geometry import Point, capsule
from exercises.figures.joints import Joint, Pose, Turn, limb
from exercises.figures.paint import fill, stroke

INK_WIDTH = 10.0
FLOOR = 84.0
THIGH, SHIN = 262.0, 235.0
HIPS = {"top": (-6.0, -30.0), "low": (-6.0, 30.0)}

SHIRT = (
    "M-316 -74C-250 -84 -190 -50 -120 -50C-90 -50 -60 -60 -30 -66C-24 -30 -24 30 -30 66C-120 74 -250 80 -316 74"
    "C-346 50 -346 -50 -316 -74Z"
)
SHORTS = "M-36 -66C0 -74 40 -70 56 -40C66 -10 66 30 50 62C30 72 0 70 -36 66Z"
HEAD = "M-322 -26C-346 -30 -352 -28 -358 -34C-376 -62 -420 -70 -454 -58C-500 -40 -500 40 -454 56C-420 68 -376 60 -358 32C-352 26 -346 26 -322 26Z"
HAIR = "M-426 -66C-474 -84 -516 -50 -518 0C-516 50 -474 80 -426 64C-446 40 -460 30 -462 4C-462 -20 -446 -40 -426 -66Z"
FACE = "M-432 -30v1M-432 26v1"
MOUTH = "M-384 -14q10 14 0 28M-414 -2q12 2 12 -6M-446 -36v14M-446 20v14"


def solve(contacts: Mapping[str, tuple[float, ...]]) -> Pose:
    """Fields: for top and low knee-… and ankle-… (x, y), foot-… (turned from straight on), and arm (its elbow)."""
    pose = {}
    for leg, hip in HIPS.items():
        knee, ankle = _point(contacts[f"knee-{leg}"]), _point(contacts[f"ankle-{leg}"])
        pose[f"thigh-{leg}"] = _between(hip, knee, THIGH)
        pose[f"shin-{leg}"] = shin = _between(knee, ankle, SHIN)
        pose[f"foot-{leg}"] = Turn(shin.degrees + contacts[f"foot-{leg}"][0], *ankle)
    return pose


def _between(start: Point, end: Point, length: float) -> Turn:
    degrees = math.degrees(math.atan2(start[0] - end[0], end[1] - start[1]))
    return Turn(degrees, *start, round(math.dist(start, end) / length, 3))


def angles(pose: Pose) -> dict[str, float]:
    """How far each thigh is lifted, and that no part is longer than it is (in percent)."""
    found = {}
    for leg in HIPS:
        found[f"abduction {leg}"] = -90 - pose[f"thigh-{leg}"].degrees
        found[f"length thigh {leg}"] = 100 * pose[f"thigh-{leg}"].stretch
        found[f"length shin {leg}"] = 100 * pose[f"shin-{leg}"].stretch
    return found


def draw(pose: Pose, _wears: tuple[str, ...], held: str) -> str:
    body = Joint("", outlines=((HEAD, "skin"), (SHIRT, "shirt")), details=_head())
    return (
        limb(_low_arm(), pose, 0)
        + limb(_leg("low"), pose, 0)
        + limb(Joint("", outlines=((SHORTS, "shorts"),)), pose, INK_WIDTH)
        + limb(_leg("top"), pose, INK_WIDTH)
        + limb(body, pose, INK_WIDTH)
        + held
        + limb(_top_arm(), pose, INK_WIDTH)
    )


def _head() -> str:
    return f'<path d="{HAIR}" {fill("hair")}/>' + stroke(FACE, 14) + stroke(MOUTH, 6)


def _leg(which: str) -> Joint:
    far = "-far" if which == "low" else ""
    skin = f"skin{far}"
    thigh = (
        (capsule((0, 0), 56, (0, THIGH), 36), skin),
        (capsule((0, -4), 62, (0, 140), 54), f"shorts{far}"),
    )
    shin = ((capsule((0, 0), 36, (0, 90), 37), skin), (capsule((0, 90), 37, (0, SHIN), 23), skin))
    foot = ((capsule((0, 4), 24, (0, 74), 32), skin),)
    toes = "" if far else stroke("M-18 84V104M-5 86V106M8 85V105M20 82V98", 4)
    parts = (
        Joint(f"shin-{which}", outlines=shin),
        Joint(f"foot-{which}", outlines=foot, details=toes),
        Joint(f"thigh-{which}", outlines=thigh),
    )
    return Joint("", children=parts)


def _low_arm() -> Joint:
    """Under the head: it is the pillow."""
    shapes = (
        (capsule((-300, 50), 30, (-470, 62), 22), "skin-far"),
        (capsule((-470, 62), 20, (-560, 64), 16), "skin-far"),
    )
    return Joint("", outlines=shapes)


def _top_arm() -> Joint:
    """The hand on the floor in front of the chest."""
    fore = (
        (capsule((-190, 10), 27, (-262, 62), 17), "skin"),
        (capsule((-262, 62), 19, (-316, 70), 13), "skin"),
    )
    upper = (
        (capsule((-296, -46), 38, (-190, 10), 27), "skin"),
        (capsule((-298, -47), 46, (-240, -16), 41), "shirt"),
    )
    fingers = stroke("M-300 58L-322 62M-302 70L-326 72M-276 54L-268 40", 4)
    return Joint("", outlines=(*fore, *upper), details=fingers)


def _point(values: tuple[float, ...]) -> Point:
    return values[0], values[1]

"""From contacts to joint angles: where hip, feet and hands are decides how knees and elbows bend.

So a foot stays on the floor and a hand on the wall however the figure moves between two poses.
"""

import math
from collections.abc import Mapping, Sequence

from exercises.figures.body import BELLY, CHEST, FOREARM, SHOULDERS, SIDES, THIGH, UPPER_ARM
from exercises.figures.feet import BALL, HEEL_FROM_ABOVE, SHIN_LENGTH
from exercises.figures.geometry import Point, add, number, rotate, two_links
from exercises.figures.joints import STRAIGHT, Pose, Turn

Contacts = Mapping[str, tuple[float, ...]]

# The least and the most of each joint in degrees, flexion positive, 0 = standing straight on a flat foot. Plausible
# limits for a drawing, to catch a mistyped pose; they are not clinical norms.
RANGES = {
    "hip": (-30, 125),
    "knee": (-2, 155),
    "ankle": (-42, 55),  # upwards, downwards
    "elbow": (0, 150),
    "wrist": (-85, 85),
    "shoulder": (-60, 185),
    "fingers": (-10, 120),
    "back": (-30, 45),  # of each of two bends; positive is rounded
    "neck": (-50, 50),
    "toes": (-65, 45),
    "toe-tip": (-10, 90),
    "others": (-65, 45),
    "others-tip": (-10, 90),
    "arch": (-5, 15),
    "spread": (-25, 35),
    "turned": (-40, 40),  # a foot seen from above
    "abduction": (-40, 60),
    "length": (40, 103),  # percent of its true length: a part that points at the reader looks shorter
}


class Unnatural(ValueError):
    """A pose that no body can take."""


def refuse_unnatural(angles: Mapping[str, float]) -> None:
    """Names of angles are a joint of RANGES and, after a space, which one."""
    faults = []
    for name, angle in angles.items():
        least, most = RANGES[name.split(" ")[0]]
        if not least <= angle <= most:
            faults.append(f"{name} {number(angle)}° is not within {least}..{most}")
    if faults:
        raise Unnatural("; ".join(faults))


def body(contacts: Contacts) -> Pose:
    """A whole figure, or only its legs when there is no `lean`.

    hip (x, y) · lean (0 upright, 90 face down, -90 face up) · spine (belly, chest; positive is rounded) · head
    ball-SIDE (x, y, heel up; toes stay flat) or foot-SIDE (ankle x, y, tilt, toes) or leg-SIDE (hip, knee, ankle, toes)
    hand-SIDE (wrist x, y, where the fingers point: 0 down, 180 up; how far they are closed) or arm-SIDE (shoulder,
    elbow, wrist, closed) · prop-NAME (x, y, turned) · strip-NAME (from the near hand to the ball of the near foot,
    moved along the foot by x, y)
    """
    hip = _point(contacts["hip"])
    pose = {"hip": Turn(0, *hip)}
    lean = contacts.get("lean", (0,))[0]
    if "lean" in contacts:
        belly, chest = contacts.get("spine", (0, 0))
        pose |= {"torso": Turn(lean), "belly": Turn(belly), "chest": Turn(chest)}
        pose["head"] = Turn(contacts["head"][0])
    for side in SIDES:
        pose |= _leg(side, contacts, hip, lean)
        if "lean" in contacts:
            pose |= _arm(side, contacts, pose)
    return pose | _props(contacts, pose)


def _leg(side: str, contacts: Contacts, hip: Point, lean: float) -> dict[str, Turn]:
    if f"leg-{side}" in contacts:
        flexed, knee, ankle, toes = contacts[f"leg-{side}"]
        turns = lean - flexed, knee, ankle, toes
        return {f"{joint}-{side}": Turn(turn) for joint, turn in zip(LEG, turns, strict=True)}
    if f"foot-{side}" in contacts:
        x, y, tilt, bend = contacts[f"foot-{side}"]
        return leg_pose(side, hip, (x, y), tilt, bend)
    x, y, heel_up = contacts[f"ball-{side}"]
    at = add((x, y), rotate((-BALL[0], -BALL[1]), heel_up))
    return leg_pose(side, hip, at, heel_up, -heel_up)


def leg_pose(side: str, hip: Point, ankle: Point, tilt: float, toes: float) -> dict[str, Turn]:
    """`tilt`: the sole against the floor, positive when the heel is up."""
    reach = ankle[0] - hip[0], ankle[1] - hip[1]
    thigh, knee = two_links(reach, THIGH, SHIN_LENGTH, bend=-1)
    turns = thigh, knee, _turn(tilt - thigh - knee), toes
    return {f"{joint}-{side}": Turn(turn) for joint, turn in zip(LEG, turns, strict=True)}


def _arm(side: str, contacts: Contacts, pose: Pose) -> dict[str, Turn]:
    if f"arm-{side}" in contacts:
        shoulder, elbow, wrist, closed = contacts[f"arm-{side}"]
        turns = -shoulder, -elbow, wrist, closed
    else:
        start, chest = place(pose, [*TRUNK, (f"arm-{side}", SHOULDERS[side])])
        x, y, palm, closed = contacts[f"hand-{side}"]
        upper, fold = two_links((x - start[0], y - start[1]), UPPER_ARM, FOREARM, bend=1)
        turns = _turn(upper - chest), fold, _turn(palm - upper - fold), closed
    return {f"{joint}-{side}": Turn(turn) for joint, turn in zip(ARM, turns, strict=True)}


def _props(contacts: Contacts, pose: Pose) -> dict[str, Turn]:
    moved = {}
    for name, values in contacts.items():
        kind, _, prop = name.partition("-")
        if kind == "prop":
            moved[prop] = Turn(values[2], values[0], values[1])
        elif kind == "strip":
            hand, _ = place(pose, [*TRUNK, *NEAR_ARM, ("", (0, 30))])
            foot, _ = place(pose, [*NEAR_LEG, ("", add(BALL, _point(values)))])
            moved[prop] = between(foot, hand)
    return moved


def between(start: Point, end: Point) -> Turn:
    """For a strip of a hundred units that hangs down from the start."""
    degrees = math.degrees(math.atan2(start[0] - end[0], end[1] - start[1]))
    return Turn(degrees, *start, math.dist(start, end) / 100)


def place(pose: Pose, chain: Sequence[tuple[str, Point]]) -> tuple[Point, float]:
    """Where the last joint of a chain is and how far everything before it has turned."""
    point, turned = (0.0, 0.0), 0.0
    for name, offset in chain:
        point = add(point, rotate(offset, turned))
        turn = pose.get(name, STRAIGHT)
        point = add(point, rotate((turn.x, turn.y), turned))
        last, turned = turned, turned + turn.degrees
    return point, last


LEG = ("thigh", "knee", "foot", "toes")
ARM = ("arm", "forearm", "hand", "fingers")
TRUNK: list[tuple[str, Point]] = [("hip", (0, 0)), ("torso", (0, 0)), ("belly", BELLY), ("chest", CHEST)]
NEAR_ARM: list[tuple[str, Point]] = [
    ("arm-near", SHOULDERS["near"]),
    ("forearm-near", (0, UPPER_ARM)),
    ("hand-near", (0, FOREARM)),
]
NEAR_LEG: list[tuple[str, Point]] = [
    ("hip", (0, 0)),
    ("thigh-near", (0, 0)),
    ("knee-near", (0, THIGH)),
    ("foot-near", (0, SHIN_LENGTH)),
]


def turned(contacts: Contacts) -> Pose:
    """A close-up has few joints: their angles are written down as they are; a foot or prop may be shifted too."""
    return {name: Turn(*values) for name, values in contacts.items()}


def above(contacts: Contacts) -> Pose:
    """Toes and foot as in `turned`; band: where it is fastened (x, y) and where it holds the foot (x, y)."""
    pose = {name: Turn(*values) for name, values in contacts.items() if name != "band"}
    if "band" in contacts:
        x, y, on_x, on_y = contacts["band"]
        turn = pose["foot"]
        pivot = HEEL_FROM_ABOVE
        hold = add(pivot, rotate((on_x - pivot[0], on_y - pivot[1]), turn.degrees))
        pose["band"] = between((x, y), hold)
    return pose


def leg_angles(pose: Pose) -> dict[str, float]:
    lean = pose["torso"].degrees if "torso" in pose else 0  # a sitting leg is drawn without its upright body
    angles = {}
    for side in SIDES:
        angles[f"hip {side}"] = _turn(lean - pose[f"thigh-{side}"].degrees)
        angles[f"knee {side}"] = pose[f"knee-{side}"].degrees
        angles[f"ankle {side}"] = pose[f"foot-{side}"].degrees
        angles[f"toes {side}"] = pose[f"toes-{side}"].degrees
    return angles


def body_angles(pose: Pose) -> dict[str, float]:
    angles = leg_angles(pose)
    for side in SIDES:
        angles[f"shoulder {side}"] = -pose[f"arm-{side}"].degrees
        angles[f"elbow {side}"] = -pose[f"forearm-{side}"].degrees
        angles[f"wrist {side}"] = pose[f"hand-{side}"].degrees
        angles[f"fingers {side}"] = pose[f"fingers-{side}"].degrees
    bends = {"back belly": "belly", "back chest": "chest", "neck": "head"}
    return angles | {name: pose[joint].degrees for name, joint in bends.items()}


def side_angles(pose: Pose) -> dict[str, float]:
    joints = {"foot": "ankle", "toes": "toes", "toe-tip": "toe-tip", "arch": "arch", "others": "others"}
    joints |= {"others-tip": "others-tip"}
    return {angle: pose[joint].degrees for joint, angle in joints.items() if joint in pose}


def spread_angles(pose: Pose) -> dict[str, float]:
    angles = {f"spread {name}": turn.degrees for name, turn in pose.items() if name.startswith("toe-")}
    return angles | ({"turned": pose["foot"].degrees} if "foot" in pose else {})


def _turn(degrees: float) -> float:
    """The same turn, not more than half a turn round."""
    return (degrees + 180) % 360 - 180


def _point(values: tuple[float, ...]) -> Point:
    return values[0], values[1]

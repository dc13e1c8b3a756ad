"""From contacts to joint angles: where hip, feet and hands are decides how knees and elbows bend.

So a foot stays on the floor and a hand on the wall however the figure moves between two poses.
"""

from collections.abc import Mapping

from exercises.figures.body import FOREARM, SHOULDERS, SIDES, THIGH, UPPER_ARM
from exercises.figures.feet import BALL, SHIN_LENGTH
from exercises.figures.geometry import Point, add, number, rotate, two_links
from exercises.figures.joints import Pose, Turn

Contacts = Mapping[str, tuple[float, ...]]

# The least and the most of each joint in degrees, flexion positive, 0 = standing straight on a flat foot. Plausible
# limits for a drawing, to catch a mistyped pose; they are not clinical norms.
RANGES = {
    "hip": (-30, 120),
    "knee": (-2, 145),
    "ankle": (-25, 50),  # upwards, downwards
    "elbow": (0, 145),
    "wrist": (-85, 85),
    "toes": (-65, 45),
    "toe-tip": (-10, 90),
    "spread": (-25, 35),
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


def leg_pose(side: str, hip: Point, ankle: Point, tilt: float, toes: float) -> dict[str, Turn]:
    """`tilt`: the sole against the floor, positive when the heel is up."""
    reach = ankle[0] - hip[0], ankle[1] - hip[1]
    thigh, knee = two_links(reach, THIGH, SHIN_LENGTH, bend=-1)
    return {
        f"thigh-{side}": Turn(thigh),
        f"knee-{side}": Turn(knee),
        f"foot-{side}": Turn(tilt - thigh - knee),
        f"toes-{side}": Turn(toes),
    }


def standing(contacts: Contacts) -> Pose:
    """Fields: hip, lean, head, palm (180 points the fingers up); and for each side ball-SIDE (x, y, how far the heel is up) and hand-SIDE."""
    hip, lean, palm = _point(contacts["hip"]), contacts["lean"][0], contacts["palm"][0]
    pose = {"hip": Turn(0, *hip), "torso": Turn(lean), "head": Turn(contacts["head"][0])}
    for side in SIDES:
        x, y, heel_up = contacts[f"ball-{side}"]
        ankle = add((x, y), rotate((-BALL[0], -BALL[1]), heel_up))
        pose |= leg_pose(side, hip, ankle, heel_up, -heel_up)
        shoulder = add(hip, rotate(SHOULDERS[side], lean))
        hand = contacts[f"hand-{side}"]
        upper, fold = two_links((hand[0] - shoulder[0], hand[1] - shoulder[1]), UPPER_ARM, FOREARM, bend=1)
        pose[f"arm-{side}"], pose[f"forearm-{side}"] = Turn(upper - lean), Turn(fold)
        pose[f"hand-{side}"] = Turn(palm - upper - fold)
    return pose


def sitting(contacts: Contacts) -> Pose:
    """Fields: ball (x, y, how far it has turned), hip; and for each side foot-SIDE (ankle x, y, tilt, toes)."""
    hip = _point(contacts["hip"])
    rolled = contacts["ball"]
    pose = {"ball": Turn(rolled[2], rolled[0], rolled[1]), "hip": Turn(0, *hip)}
    for side in SIDES:
        x, y, tilt, toes = contacts[f"foot-{side}"]
        pose |= leg_pose(side, hip, (x, y), tilt, toes)
    return pose


def turned(contacts: Contacts) -> Pose:
    """A close-up has few joints: their angles are written down as they are."""
    return {name: Turn(*values) for name, values in contacts.items()}


def leg_angles(pose: Pose) -> dict[str, float]:
    lean = pose["torso"].degrees if "torso" in pose else 0  # a sitting leg is drawn without its upright body
    angles = {}
    for side in SIDES:
        angles[f"hip {side}"] = lean - pose[f"thigh-{side}"].degrees
        angles[f"knee {side}"] = pose[f"knee-{side}"].degrees
        angles[f"ankle {side}"] = pose[f"foot-{side}"].degrees
        angles[f"toes {side}"] = pose[f"toes-{side}"].degrees
    return angles


def body_angles(pose: Pose) -> dict[str, float]:
    angles = leg_angles(pose)
    for side in SIDES:
        angles[f"elbow {side}"] = -pose[f"forearm-{side}"].degrees
        angles[f"wrist {side}"] = pose[f"hand-{side}"].degrees
    return angles


def side_angles(pose: Pose) -> dict[str, float]:
    return {"toes": pose["toes"].degrees, "toe-tip": pose["toe-tip"].degrees, "ankle": pose["foot"].degrees}


def spread_angles(pose: Pose) -> dict[str, float]:
    return {f"spread {name}": turn.degrees for name, turn in pose.items()}


def _point(values: tuple[float, ...]) -> Point:
    return values[0], values[1]

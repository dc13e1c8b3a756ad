"""A hand of a close-up that draws the toes back. Joint: hand, whose origin lies at the tip of the big toe."""

from exercises.figures.feet import ARCH, BALL, SHIN_LENGTH
from exercises.figures.geometry import capsule
from exercises.figures.joints import Joint, Pose, limb
from exercises.figures.paint import stroke

INK = 4.0
TOE = 46.0  # from the root of the big toe to its tip


def gripping_hand(pose: Pose) -> str:
    """It comes from the upper side of the foot: fingers hooked round the tips of the toes, thumb on the toes."""
    behind = tuple(_finger(offset, offset * 0.4) for offset in (15, 7.5))
    thumb = (
        (capsule((-2, -50), 13, (-22, -32), 10), "skin"),
        (capsule((-22, -32), 10, (-36, -17), 8), "skin"),
    )
    palm = (capsule((14, -38), 15, (6, -78), 26), "skin")
    forearm = (capsule((6, -82), 22, (26, -230), 30), "skin")
    lines = stroke("M0 -46L14 -30M-34 -24L-28 -14", 3)
    near = Joint("", outlines=(forearm, palm, *_finger(0, 0), *thumb), details=lines)
    fingers = "".join(limb(_on_foot(Joint("", outlines=finger)), pose, INK) for finger in behind)
    return fingers + limb(_on_foot(near), pose, INK)


def _finger(x: float, y: float) -> tuple[tuple[str, str], ...]:
    """From the knuckle over the tip of the toe on to its pad."""
    knuckle, middle, tip = (16 + x, -36 + y), (16 + x * 0.7, 2 + y), (-6 + x * 0.5, 19 + y)
    return (capsule(knuckle, 12, middle, 9.5), "skin"), (capsule(middle, 9.5, tip, 8), "skin")


def _on_foot(part: Joint) -> Joint:
    held = Joint("", TOE, 0, children=(Joint("hand", children=(part,)),))
    toes = Joint("toes", BALL[0] - ARCH[0], BALL[1] - ARCH[1], children=(held,))
    arch = Joint("arch", *ARCH, children=(toes,))
    shin = Joint("shin", 0, SHIN_LENGTH, children=(Joint("foot", 0, 0, children=(arch,)),))
    return Joint("knee", children=(shin,))

"""A hand of a close-up that takes hold of the toes. Joint: hand, whose origin lies at the root of the big toe."""

from exercises.figures.feet import ARCH, BALL, SHIN_LENGTH
from exercises.figures.geometry import capsule
from exercises.figures.joints import Joint, Pose, limb
from exercises.figures.paint import fill, stroke

INK = 4.0
NAIL = f'<path d="M-27 1q-9 -1 -10 6q4 4 9 2z" {fill("nail")}/>' + stroke("M-2 -5Q2 0 -1 6", 2)


def gripping_hand(pose: Pose) -> str:
    """Palm under the toes, fingers over them, the wrist to the right."""
    wrist = (capsule((92, -26), 26, (190, -74), 30), "skin")
    palm = (capsule((62, 6), 24, (96, -28), 28), "skin")
    fingers = tuple(
        Joint(f"f{index}", x, y, ((capsule((0, 0), 9.5, (-30, 6), 8), "skin"),), NAIL)
        for index, (x, y) in enumerate(((58, -28), (56, -12), (52, 4), (48, 20)))
    )
    back = limb(_on_foot(Joint("hand", outlines=(wrist, palm))), pose, INK)
    return back + "".join(limb(_on_foot(Joint("hand", children=(finger,))), pose, INK) for finger in fingers)


def _on_foot(hand: Joint) -> Joint:
    toes = Joint("toes", BALL[0] - ARCH[0], BALL[1] - ARCH[1], children=(hand,))
    arch = Joint("arch", *ARCH, children=(toes,))
    shin = Joint("shin", 0, SHIN_LENGTH, children=(Joint("foot", 0, 0, children=(arch,)),))
    return Joint("knee", children=(shin,))

"""The whole figure from the side, facing right, and a sitting leg.

Built large: the hip joint is (0, 0) until posed, standing height about 1,080 units. Scenes scale it down.
"""

from exercises.figures.feet import side_lower_leg
from exercises.figures.geometry import capsule, number
from exercises.figures.joints import Joint, Pose, limb
from exercises.figures.paint import INK, fill, stroke

INK_WIDTH = 10.0
THIGH = 262.0
UPPER_ARM, FOREARM = 190.0, 150.0
SHOULDERS = {"near": (-12.0, -272.0), "far": (10.0, -276.0)}  # seen from the hip, torso upright
SIDES = ("near", "far")

TORSO = (
    "M-66 34C-70 -20 -50 -66 -52 -118C-54 -170 -76 -196 -72 -246C-68 -292 -48 -316 -22 -326L24 -322"
    "C44 -306 64 -272 67 -228C70 -184 58 -152 60 -112C62 -72 67 -26 64 34C30 44 -30 44 -66 34Z"
)
FACE = (
    "M56 -40C58 -26 58 -14 62 -4C68 8 76 16 74 22C72 27 64 26 62 28C66 34 66 38 62 42C64 46 64 50 61 53"
    "C62 66 54 77 40 77C26 78 14 75 6 68C2 86 4 104 8 124L-52 124C-46 92 -52 62 -62 36C-78 0 -66 -80 0 -82"
    "C34 -82 52 -62 56 -40Z"
)
HAIR = (
    "M55 -42C62 -74 30 -98 -6 -96C-62 -94 -88 -50 -80 -4C-76 24 -70 42 -58 56C-44 50 -38 36 -36 20"
    "C-34 4 -30 -4 -20 -8C-10 -8 -8 -18 -4 -30C8 -46 32 -42 55 -42Z"
)


def _head() -> Joint:
    features = (
        f'<path d="{HAIR}" {fill("hair")}/>'
        + stroke("M-24 2a13 15 0 1 1 8 24", 8)
        + stroke("M62 43Q54 48 47 43M33 -25Q42 -30 51 -27", 6)
        + f'<circle cx="44" cy="-6" r="6.5" fill="{INK}"/>'
    )
    return Joint("head", 8, -326, children=(Joint("face", 20, -82, ((FACE, "skin"),), features),))


def _arm(side: str) -> Joint:
    far = "-far" if side == "far" else ""
    skin, shirt = f"skin{far}", f"shirt{far}"
    palm = (capsule((0, -4), 18, (-4, 36), 19), skin)
    fingers = (capsule((-6, 38), 17, (-14, 82), 9), skin)
    thumb = stroke("M13 10C20 26 14 40 2 44", 6)
    hand = Joint(f"hand-{side}", 0, FOREARM, (palm, fingers), thumb)
    fore = (capsule((0, 0), 26, (0, FOREARM), 17), skin)
    forearm = Joint(f"forearm-{side}", 0, UPPER_ARM, (fore,), children=(hand,))
    shapes = ((capsule((0, 0), 36, (0, UPPER_ARM), 26), skin), (capsule((0, -2), 44, (0, 104), 40), shirt))
    return Joint("torso", children=(Joint(f"arm-{side}", *SHOULDERS[side], shapes, children=(forearm,)),))


def leg(side: str) -> Joint:
    """Joints: thigh, knee, foot, toes, toe-tip, each with the side."""
    far = "-far" if side == "far" else ""
    skin, shorts = f"skin{far}", f"shorts{far}"
    lower = side_lower_leg(skin, f"-{side}", line=6)
    knee = Joint("", 0, THIGH, children=(lower,))
    shapes = ((capsule((0, 0), 58, (0, THIGH), 35), skin), (capsule((0, 0), 68, (0, 150), 56), shorts))
    return Joint(f"thigh-{side}", 0, 0, shapes, children=(knee,))


def figure(pose: Pose) -> str:
    """Back to front: far arm, far leg, near leg, torso with head, near arm."""
    torso = Joint("torso", outlines=((TORSO, "shirt"),), children=(_head(),))
    parts = (_arm("far"), leg("far"), leg("near"), torso, _arm("near"))
    return hung("hip", pose, "".join(limb(part, pose, INK_WIDTH) for part in parts))


def hung(name: str, pose: Pose, body: str) -> str:
    return f'<g class="j-{name}"{pose[name].attribute()}>{body}</g>'


def scaled(x: float, y: float, scale: float, body: str) -> str:
    return f'<g transform="translate({number(x)} {number(y)}) scale({scale})">{body}</g>'

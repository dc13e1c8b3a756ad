"""The foot from its inner side, with the lower leg, and from above.

From the side, the ankle is (0, 0), the ball of the foot BALL, the sole y = SOLE. From above, the heel is at the bottom.
"""

from exercises.figures.geometry import capsule, number
from exercises.figures.joints import Joint
from exercises.figures.paint import INK, fill, stroke

BALL = (88.0, 35.0)
SOLE = 50.0
SHIN_LENGTH = 235.0

FOOT = (
    "M24 -22C26 -6 40 4 60 10C76 15 92 18 98 28C104 40 98 50 84 50C66 50 56 37 36 37C20 37 12 50 -8 50"
    "C-32 50 -44 38 -42 20C-40 6 -28 -4 -27 -22A26 26 0 0 1 24 -22Z"
)
SHIN = (
    "M-27 -18C-30 -60 -54 -92 -52 -142C-51 -176 -34 -206 -30 -236L34 -236"
    "C40 -200 36 -168 32 -140C28 -100 22 -60 25 -18Z"
)
ANKLE_BONE = "M-8 2a10 9 0 0 1 15 0"
BIG_NAIL = "M11 -6.5q12 -1 14 7.5q-8 1 -14 -2z"


# The outer shape of a trainer; toes inside it do not bend.
SHOE = (
    "M32 -34C32 -16 44 -4 66 2C94 8 130 12 138 32C142 48 138 60 126 60L-44 60C-54 50 -54 10 -44 -8L-34 -34Z"
)
SHOE_LINES = "M-46 46H136M50 0L40 14M66 6L58 20"
# The foot of a close-up in two parts, so that its arch can rise: joint arch, in the middle of the foot.
REAR = (
    "M24 -22C25 -14 29 -7.5 35 -2L42 22C44 32 42 37 36 37C20 37 12 50 -8 50"
    "C-32 50 -44 38 -42 20C-40 6 -28 -4 -27 -22A26 26 0 0 1 24 -22Z"
)
ARCH = (34.0, 4.0)
INSTEP = "M14 31Q36 42 58 36L50 16H24Z"  # rounds the sole where the two parts meet
FORE = "M-20 8C-18 -2 -8 -6 1 -6C7 -1 16 3 26 6C42 11 58 14 64 24C70 36 64 46 50 46C32 46 22 33 2 33C-8 32 -22 20 -20 8Z"


def _shod(tone: str, suffix: str) -> Joint:
    lines = stroke(SHOE_LINES, 6) if tone == "shoe" else ""
    return Joint(f"foot{suffix}", 0, 0, ((SHOE, tone),), lines)


def _sock(tone: str, suffix: str) -> Joint:
    """As the bare foot, without a bone and toes; its cuff is on the shin."""
    toes = Joint(f"toes{suffix}", *BALL, ((capsule((0, 0), 15, (44, 4), 11), tone),))
    rib = "" if tone == "sock-far" else stroke("M-27 -34H24M84 22Q96 30 92 46M-40 20Q-26 24 -22 48", 5)
    return Joint(f"foot{suffix}", 0, 0, ((FOOT, tone),), rib, (toes,))


def _big_toe(tone: str, suffix: str, x: float, y: float) -> Joint:
    nail = f'<path d="{BIG_NAIL}" {fill("nail")} stroke="{INK}" stroke-width="2"/>' if tone == "skin" else ""
    tip = Joint(f"toe-tip{suffix}", 30, 2, ((capsule((0, 0), 10, (16, 3), 8.5), tone),), nail)
    return Joint(f"toes{suffix}", x, y, ((capsule((0, 0), 14, (30, 2), 10), tone),), children=(tip,))


def side_foot(tone: str, suffix: str = "", *, line: float = 3) -> Joint:
    """Joints: foot, toes (where the toes leave the foot), toe-tip."""
    toes = _big_toe(tone, suffix, *BALL)
    bone = "" if tone == "skin-far" else stroke(ANKLE_BONE, line)  # half hidden, it would look like a blot
    return Joint(f"foot{suffix}", 0, 0, ((FOOT, tone),), bone, (toes,))


def side_lower_leg(tone: str, suffix: str = "", *, line: float = 3, shoe: str = "") -> Joint:
    """The shin with the foot, hanging from the knee, bare or in a shoe or sock. Joints: knee and those of the foot."""
    if shoe.startswith("sock"):
        edge = "" if shoe == "sock-far" else stroke("M-37 -84H33", 6)
        cuff = Joint("", outlines=(("M-36 -84L-26 -14L24 -14L32 -84Z", shoe),), details=edge)
        foot = Joint("", children=(cuff, _sock(shoe, suffix)))
    else:
        foot = _shod(shoe, suffix) if shoe else side_foot(tone, suffix, line=line)
    shin = Joint("shin", 0, SHIN_LENGTH, ((SHIN, tone),), children=(foot,))
    return Joint(f"knee{suffix}", children=(shin,))


def close_up_foot(tone: str = "skin") -> Joint:
    """Joints: knee, foot, arch, toes, toe-tip."""
    toes = _big_toe(tone, "", BALL[0] - ARCH[0], BALL[1] - ARCH[1])
    fore = Joint("arch", *ARCH, ((FORE, tone),), children=(toes,))
    rear = ((REAR, tone), (INSTEP, tone))
    foot = Joint("foot", 0, 0, rear, stroke(ANKLE_BONE, 3), (fore,))
    return Joint("knee", children=(Joint("shin", 0, SHIN_LENGTH, ((SHIN, tone),), children=(foot,)),))


def other_toes() -> list[Joint]:
    """The four smaller toes behind the big one, the furthest first. Joints: others and others-tip."""
    return [
        _other_toe(BALL[0] - ARCH[0] - 11 * index, BALL[1] - ARCH[1] - 3 * index) for index in (3, 2, 1, 0)
    ]


def _other_toe(x: float, y: float) -> Joint:
    nail = f'<path d="M4 -6q10 -1 12 7q-7 0 -12 -3z" {fill("nail")} stroke="{INK}" stroke-width="2"/>'
    tip = Joint("others-tip", 24, 1, ((capsule((0, 0), 9, (10, 2), 8), "skin-far"),), nail)
    toe = Joint("others", x, y, ((capsule((0, 0), 12, (24, 1), 9), "skin-far"),), children=(tip,))
    foot = Joint("foot", children=(Joint("arch", *ARCH, children=(toe,)),))
    return Joint("knee", children=(Joint("shin", 0, SHIN_LENGTH, children=(foot,)),))


# Root (x, y, radius), length and radius of the tip, from the big toe to the little one.
TOES = (
    (38, 104, 23, 52, 20),
    (74, 92, 13.5, 50, 12.5),
    (97, 96, 12.5, 44, 11.5),
    (117, 104, 11.5, 36, 10.5),
    (133, 118, 10.5, 27, 10),
)
HEEL_FROM_ABOVE = (82.0, 300.0)  # about which the foot turns
UPPER_SIDE = (
    "M40 308C36 300 35 294 34 284C32 244 20 212 12 172C4 140 6 112 28 96C60 76 118 84 138 108"
    "C152 126 146 160 138 196C130 232 122 258 122 288C122 296 122 302 118 308Z"
)


def foot_from_above() -> Joint:
    """The right foot. Joints: foot, toe-1 (the big one) to toe-5."""
    toes = tuple(_toe_from_above(index, *toe) for index, toe in enumerate(TOES, start=1))
    tendons = stroke("M56 132L66 186M80 126L84 180M102 130L100 180M121 140L114 184", 3.5, opacity=0.3)
    ankle = stroke("M35 268a14 16 0 0 1 10 20M121 272a14 16 0 0 0 -9 18", 3.5, opacity=0.45)
    foot = Joint("", outlines=((UPPER_SIDE, "skin"),), details=tendons + ankle, children=toes)
    x, y = HEEL_FROM_ABOVE
    shin = Joint("", outlines=((capsule((82, 312), 45, (82, 480), 58), "skin"),))
    turning = Joint("", x, y, children=(Joint("foot", children=(Joint("", -x, -y, children=(foot,)),)),))
    return Joint("", children=(shin, turning))


def _toe_from_above(index: int, x: float, y: float, root: float, length: float, tip: float) -> Joint:
    half, back, front = tip * 0.58, -length + 2, -length - tip * 0.85
    corner = tip * 0.6
    nail = (
        f'<path d="M{number(-half)} {number(back)}C{number(-corner)} {number(front)} {number(corner)}'
        f" {number(front)} {number(half)} {number(back)}Q0 {number(back + 4)} {number(-half)} {number(back)}Z"
        f'" {fill("nail")} stroke="{INK}" stroke-width="2.2" stroke-linejoin="round"/>'
    )
    return Joint(f"toe-{index}", x, y, ((capsule((0, 8), root, (0, -length), tip), "skin"),), nail)

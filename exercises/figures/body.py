"""The whole figure from the side, facing right.

Built large: the hip joint is (0, 0) until posed, standing height about 1,080 units. Scenes scale it down. The trunk has
three parts, so that a back can be rounded: pelvis (joint torso), belly, chest.
"""

from exercises.figures.feet import side_lower_leg
from exercises.figures.geometry import capsule, number
from exercises.figures.joints import Joint, Pose, limb
from exercises.figures.paint import INK, fill, outlined, stroke

INK_WIDTH = 10.0
THIGH = 262.0
UPPER_ARM, FOREARM = 190.0, 158.0
BELLY, CHEST = (-2.0, -92.0), (0.0, -86.0)  # each seen from the part below
SHOULDERS = {"near": (-8.0, -94.0), "far": (8.0, -98.0)}  # seen from the chest
NECK = (8.0, -148.0)
SIDES = ("near", "far")

PELVIS = "M-68 20C-74 -14 -58 -54 -60 -96L58 -96C60 -60 62 -20 62 20C58 66 -60 66 -68 20Z"
FACE = (
    "M56 -40C58 -26 58 -14 62 -4C68 8 76 16 74 22C72 27 64 26 62 28C66 34 66 38 62 42C64 46 64 50 61 53"
    "C62 66 54 77 40 77C26 78 16 76 10 72C10 90 12 106 14 130L-50 130C-44 92 -50 62 -60 36C-78 0 -66 -80 0 -82"
    "C34 -82 52 -62 56 -40Z"
)
HAIR = (
    "M57 -44C66 -78 32 -104 -8 -102C-66 -100 -94 -54 -86 -6C-82 26 -76 50 -62 66C-48 58 -40 40 -38 20"
    "C-36 4 -30 -2 -22 -6C-10 -8 -8 -18 -4 -30C10 -46 34 -42 57 -44Z"
)
BAG = "M-62 -150C-150 -150 -160 -110 -158 -40C-156 40 -150 66 -60 62Z"


def _head() -> Joint:
    features = (
        f'<path d="{HAIR}" {fill("hair")}/>'
        + stroke("M-22 4a12 14 0 1 1 7 22", 7)
        + stroke("M60 43Q52 49 44 44M32 -26Q42 -31 51 -27", 6)
        + f'<circle cx="44" cy="-6" r="6.5" fill="{INK}"/>'
    )
    return Joint("head", *NECK, children=(Joint("face", 18, -88, ((FACE, "skin"),), features),))


def trunk(child: Joint, *, shown: bool = False) -> Joint:
    """Pelvis, belly and chest with something that hangs from the chest; without outlines for an arm of its own."""
    chest = ((capsule((0, 4), 60, (-2, -88), 64), "shirt"),) if shown else ()
    belly = ((capsule((0, 0), 58, (0, -84), 60), "shirt"),) if shown else ()
    pelvis = ((PELVIS, "shirt"),) if shown else ()
    return Joint(
        "torso",
        outlines=pelvis,
        children=(
            Joint("belly", *BELLY, belly, children=(Joint("chest", *CHEST, chest, children=(child,)),)),
        ),
    )


def _hand(side: str, skin: str) -> Joint:
    """The back of a hand: fingers fold at the joint fingers-SIDE, round what the hand holds."""
    lines = "" if side == "far" else stroke("M-9 8L-11 36M1 8L0 40M10 6L11 34", 4)
    fingers = Joint(f"fingers-{side}", 0, 42, ((capsule((0, 0), 20, (0, 34), 14), skin),), lines)
    thumb = Joint("thumb", 14, 6, ((capsule((0, 0), 10, (14, 36), 8), skin),))
    crease = "" if side == "far" else stroke("M8 22L20 46", 4)
    palm = (capsule((0, -6), 17, (0, 34), 21), skin)
    return Joint(f"hand-{side}", 0, FOREARM, (palm,), crease, (thumb, fingers))


def _arm(side: str) -> Joint:
    far = "-far" if side == "far" else ""
    skin, shirt = f"skin{far}", f"shirt{far}"
    fore = (capsule((0, 0), 27, (0, FOREARM), 17), skin)
    forearm = Joint(f"forearm-{side}", 0, UPPER_ARM, (fore,), children=(_hand(side, skin),))
    shapes = ((capsule((0, 0), 38, (0, UPPER_ARM), 27), skin), (capsule((0, -2), 46, (0, 100), 41), shirt))
    cuff = "" if far else stroke("M-40 104Q0 116 40 104", 5)
    return trunk(Joint(f"arm-{side}", *SHOULDERS[side], shapes, cuff, (forearm,)))


def leg(side: str, shoe: str = "") -> Joint:
    """Joints: thigh, knee, foot, toes, toe-tip, each with the side."""
    far = "-far" if side == "far" else ""
    skin, shorts = f"skin{far}", f"shorts{far}"
    lower = side_lower_leg(skin, f"-{side}", line=6, shoe=shoe and f"{shoe}{far}")
    knee = Joint("", 0, THIGH, children=(lower,))
    shapes = ((capsule((0, 0), 60, (0, THIGH), 36), skin), (capsule((0, 0), 69, (0, 150), 57), shorts))
    hem = "" if far else stroke("M-54 156Q0 172 54 156", 5)
    return Joint(f"thigh-{side}", 0, 0, shapes, hem, (knee,))


def lower_legs(pose: Pose, ink: float, shoe: str = "") -> str:
    """For a lens: what is below the knees."""
    far, near = (_below_knee(side, pose, ink if side == "near" else 0, shoe) for side in ("far", "near"))
    return hung("hip", pose, far + near)


def _below_knee(side: str, pose: Pose, ink: float, shoe: str) -> str:
    far = "-far" if side == "far" else ""
    lower = side_lower_leg(f"skin{far}", f"-{side}", line=6, shoe=shoe and f"{shoe}{far}")
    return limb(Joint(f"thigh-{side}", children=(Joint("", 0, THIGH, children=(lower,)),)), pose, ink)


def without_arms(pose: Pose) -> str:
    """For a lens on the trunk: an arm would cover what it is there to show."""
    legs = limb(leg("far"), pose, 0) + limb(leg("near"), pose, INK_WIDTH)
    return hung("hip", pose, legs + limb(trunk(_head(), shown=True), pose, INK_WIDTH))


def figure(pose: Pose, wears: tuple[str, ...] = (), held: str = "") -> str:
    """Back to front: far arm, far leg, near leg, torso with head, what is held, near arm."""
    shoe = "shoe" if "shoes" in wears else ""
    body = trunk(_head(), shown=True)
    legs = limb(leg("far", shoe), pose, 0) + limb(leg("near", shoe), pose, INK_WIDTH)
    torso = limb(body, pose, INK_WIDTH)
    if "backpack" in wears:
        torso = trunk(_backpack()).svg(pose, ink=False) + torso + trunk(_strap()).svg(pose, ink=False)
    behind = hung("hip", pose, limb(_arm("far"), pose, 0) + legs + torso)
    return behind + held + hung("hip", pose, limb(_arm("near"), pose, INK_WIDTH))


def _backpack() -> Joint:
    pocket = stroke("M-156 -20Q-110 -34 -70 -30", 7)
    return Joint("bag", details=f'<path d="{BAG}" {fill("bag")} {outlined(INK_WIDTH)}/>{pocket}')


def _strap() -> Joint:
    """Over the shoulder: the near arm covers most of it."""
    return Joint("strap", details=stroke("M-60 -128C10 -180 66 -120 50 -40C44 -4 0 20 -58 26", 14, "#b4552d"))


def hung(name: str, pose: Pose, body: str) -> str:
    return f'<g class="j-{name}"{pose[name].attribute()}>{body}</g>'


def scaled(x: float, y: float, scale: float, body: str, *, mirrored: bool = False) -> str:
    factor = f"{-scale:g} {scale:g}" if mirrored else f"{scale:g}"
    return f'<g transform="translate({number(x)} {number(y)}) scale({factor})">{body}</g>'

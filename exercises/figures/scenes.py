"""What one position looks like: which figure, seen from where, in which surroundings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exercises.figures import scenery
from exercises.figures.body import figure, hung, leg, scaled
from exercises.figures.feet import foot_from_above, side_lower_leg
from exercises.figures.joints import Pose, limb
from exercises.figures.solve import (
    Contacts,
    body_angles,
    leg_angles,
    side_angles,
    sitting,
    spread_angles,
    standing,
    turned,
)

CLOSE_UP_INK = 4.0


@dataclass(frozen=True, slots=True)
class Scene:
    solve: Callable[[Contacts], Pose]
    angles: Callable[[Pose], Mapping[str, float]]
    draw: Callable[[Pose, str], str]  # the name makes ids unique within the file
    steps: int  # of the animation; angles need two, contacts are solved anew at each step


def _foot_from_the_side(pose: Pose, _name: str) -> str:
    foot = limb(side_lower_leg("skin"), pose, CLOSE_UP_INK)
    return scenery.ground(18, 296, 239) + scaled(113, -133, 1.28, foot)


def _foot_from_above(pose: Pose, _name: str) -> str:
    return scaled(88, -2, 0.87, limb(foot_from_above(), pose, CLOSE_UP_INK + 1))


def _leg_on_ball(pose: Pose, _name: str) -> str:
    far = hung("hip", pose, limb(leg("far"), pose, 6))
    near = hung("hip", pose, limb(leg("near"), pose, 6))
    ball = hung("ball", pose, scenery.ball(28))
    room = scenery.chair(-40, 96, -246, 0) + far + ball + near
    return scenery.ground(18, 300, 248) + scaled(6, 246, 0.64, room)


def _standing_at_wall(pose: Pose, name: str) -> str:
    """The heels are what matters and are small, so a lens shows them again."""
    body = scaled(224, 262, 0.235, figure(pose))
    legs = "".join(hung("hip", pose, limb(leg(side), pose, 6)) for side in ("far", "near"))
    enlarged = scenery.ground(0, 160, 158) + scaled(96, 156, 0.58, legs)
    lens = scenery.lens(name, (84, 126), 74, (214, 252), 26, enlarged)
    return scenery.wall(275, 8, 264) + scenery.ground(18, 275, 264) + body + lens


SCENES = {
    "foot from the side": Scene(turned, side_angles, _foot_from_the_side, 2),
    "foot from above": Scene(turned, spread_angles, _foot_from_above, 2),
    "leg on a ball": Scene(sitting, leg_angles, _leg_on_ball, 5),
    "standing at a wall": Scene(standing, body_angles, _standing_at_wall, 5),
}

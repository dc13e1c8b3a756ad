"""What one position looks like: which part of a body, solved how; and the stage on which it is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exercises.figures import body, lying, scenery, solve
from exercises.figures.body import hung, leg, scaled
from exercises.figures.feet import close_up_foot, foot_from_above, other_toes
from exercises.figures.geometry import numbers
from exercises.figures.hands import gripping_hand
from exercises.figures.joints import Pose, limb
from exercises.figures.props import PROPS
from exercises.figures.solve import Contacts

CLOSE_UP_INK = 4.0


@dataclass(frozen=True, slots=True)
class Scene:
    solve: Callable[[Contacts], Pose]
    angles: Callable[[Pose], Mapping[str, float]]
    draw: Callable[
        [Pose, tuple[str, ...], str], str
    ]  # what is worn; what is held, drawn before the nearest part
    steps: int  # of the animation; angles need two, contacts are solved anew at each step
    close_up: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """`view` is x and y of the figure's origin in the panel, and its scale. Props lie behind, are held, or in front."""

    view: tuple[float, float, float]
    props: tuple[Mapping[str, Any], ...] = ()
    wears: tuple[str, ...] = ()
    lens: Mapping[str, Any] = field(default_factory=dict)
    mirrored: bool = (
        False  # the left foot of a pair that is drawn as a right one; x of the view is its right edge
    )

    def draw(self, scene: Scene, pose: Pose, name: str) -> str:
        scale = self.view[2]
        back, held, front = (self._props(layer, pose, 4 / scale) for layer in ("back", "held", "front"))
        picture = scaled(
            *self.view, back + scene.draw(pose, self.wears, held) + front, mirrored=self.mirrored
        )
        return picture + (self._lens(pose, name) if self.lens else "")

    def _props(self, layer: str, pose: Pose, line: float) -> str:
        drawn = ""
        for prop in self.props:
            if prop.get("layer", "back") == layer:
                svg = PROPS[prop["kind"]](prop, line)
                drawn += _moved(prop, pose, svg) if "name" in prop else svg
        return drawn

    def _lens(self, pose: Pose, name: str) -> str:
        at, on, (x, y, scale) = self.lens["at"], self.lens["on"], self.lens["view"]
        line = 4 / scale
        part = _whole if self.lens.get("of") == "figure" else body.lower_legs
        inner = self._props("back", pose, line) + part(pose, 3 / scale) + self._props("front", pose, line)
        return scenery.lens(name, tuple(at[:2]), at[2], tuple(on[:2]), on[2], scaled(x, y, scale, inner))


def _moved(prop: Mapping[str, Any], pose: Pose, svg: str) -> str:
    """A prop moves as the joint of its name does; `pivot` is where that joint is."""
    moving = hung(prop["name"], pose, svg)
    return f'<g transform="translate({numbers(*prop["pivot"])})">{moving}</g>' if "pivot" in prop else moving


def _figure(pose: Pose, wears: tuple[str, ...], held: str) -> str:
    return body.figure(pose, wears, held)


def _whole(pose: Pose, _ink: float) -> str:
    return body.without_arms(pose)


def _legs(pose: Pose, wears: tuple[str, ...], held: str) -> str:
    sock = "sock" if "sock" in wears else ""
    far = hung("hip", pose, limb(leg("far", sock), pose, 0))
    return far + held + hung("hip", pose, limb(leg("near", sock), pose, 6))


def _foot_from_the_side(pose: Pose, _wears: tuple[str, ...], held: str) -> str:
    toes = "".join(limb(toe, pose, 3) for toe in other_toes()) if "others" in pose else ""
    hand = gripping_hand(pose) if "hand" in pose else ""
    return toes + held + limb(close_up_foot(), pose, CLOSE_UP_INK) + hand


def _foot_from_above(pose: Pose, _wears: tuple[str, ...], held: str) -> str:
    foot = limb(foot_from_above(), pose, CLOSE_UP_INK + 1)
    return held + foot


SCENES = {
    "foot from the side": Scene(solve.turned, solve.side_angles, _foot_from_the_side, 2, close_up=True),
    "foot from above": Scene(solve.above, solve.spread_angles, _foot_from_above, 2, close_up=True),
    "legs": Scene(solve.body, solve.leg_angles, _legs, 5, close_up=True),
    "figure": Scene(solve.body, solve.body_angles, _figure, 5),
    "lying on one side": Scene(lying.solve, lying.angles, lying.draw, 5),
}

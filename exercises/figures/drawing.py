"""Reads the poses of one exercise. A new exercise is a new file, and no code unless it needs a new scene."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from exercises.figures.joints import Pose
from exercises.figures.scenes import SCENES, Scene, Stage
from exercises.figures.solve import Contacts, refuse_unnatural

SIDES = ("left", "right", "both", "none")
FOLDER = Path(__file__).parent / "poses"


@dataclass(frozen=True, slots=True)
class Position:
    """`rest`: where its own movement begins, when the other position is seen from another side; else empty."""

    words: str
    scene: Scene
    stage: Stage
    contacts: Contacts
    rest: Contacts
    arrows: tuple[tuple[float, ...], ...]

    def pose(self) -> Pose:
        return natural(self.scene, self.contacts)

    def draw(self, pose: Pose, name: str) -> str:
        return self.stage.draw(self.scene, pose, name)


@dataclass(frozen=True, slots=True)
class Drawing:
    slug: str
    title: str
    seconds: float  # one cycle of the animation
    panel: tuple[int, int]  # width and height of one position
    side: str  # which foot or leg does it in the picture: left, right, both, none
    first: Position
    second: Position
    with_kit: Mapping[str, str]  # the drawings shown instead where a plan names a thing

    @property
    def description(self) -> str:
        return f"First: {self.first.words} Second: {self.second.words}"

    @property
    def part(self) -> str:
        """Foot or leg, for the words about the drawn side: a foot is drawn large or stands in a lens."""
        of_feet = self.first.stage.lens and self.first.stage.lens.get("of") != "figure"
        return "foot" if of_feet or self.first.scene.close_up else "leg"

    @property
    def in_turn(self) -> bool:
        """Positions seen from different sides cannot move into each other: each moves from its own rest."""
        return bool(self.first.rest)


def natural(scene: Scene, contacts: Contacts) -> Pose:
    """The solved pose, refused when a joint would bend further than a body bends."""
    pose = scene.solve(contacts)
    refuse_unnatural(scene.angles(pose))
    return pose


@cache
def slugs() -> list[str]:
    """Read once: the folder is part of the code, and a page asks for each of its pictures."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def drawing_of(slug: str) -> Drawing:
    if slug not in slugs():  # also keeps a slug with a path in it inside the folder
        raise KeyError(slug)
    return parse(slug, (FOLDER / f"{slug}.toml").read_text(encoding="utf-8"))


def parse(slug: str, text: str) -> Drawing:
    data = tomllib.loads(text)
    width, height = data["panel"]
    if data["side"] not in SIDES:
        raise ValueError(f"{slug}: side must be one of {', '.join(SIDES)}")
    stage = data.get("stage", {})
    first, second = (_position(data[which], stage) for which in ("first", "second"))
    instead = data.get("with_kit", {})
    return Drawing(
        slug, data["title"], data["seconds"], (width, height), data["side"], first, second, instead
    )


def _position(data: Mapping[str, Any], stage: Mapping[str, Any]) -> Position:
    """A position may have a stage of its own; what it leaves out is as in the drawing's stage."""
    arrows = tuple(tuple(bow) for bow in data.get("arrows", ()))
    shown = {**stage, **data.get("stage", {})}
    return Position(
        data["words"],
        SCENES[data.get("scene", shown.get("scene", ""))],
        _stage(shown),
        _contacts(data["pose"]),
        _contacts(data.get("rest", {})),
        arrows,
    )


def _stage(shown: Mapping[str, Any]) -> Stage:
    x, y, scale = shown["view"]
    props, wears = tuple(shown.get("props", ())), tuple(shown.get("wears", ()))
    return Stage((x, y, scale), props, wears, shown.get("lens", {}), shown.get("mirrored", False))


def _contacts(data: Mapping[str, Any]) -> Contacts:
    return {name: tuple(value) if isinstance(value, list) else (value,) for name, value in data.items()}

"""Reads the poses of one exercise. A new exercise is a new file, and no code unless it needs a new scene."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from exercises.figures.joints import Pose
from exercises.figures.scenes import SCENES, Scene
from exercises.figures.solve import Contacts, refuse_unnatural

FOLDER = Path(__file__).parent / "poses"


@dataclass(frozen=True, slots=True)
class Position:
    """`rest`: where its own movement begins, when the other position is seen from another side; else empty."""

    words: str
    scene: Scene
    contacts: Contacts
    rest: Contacts
    arrows: tuple[tuple[float, ...], ...]

    def pose(self) -> Pose:
        return natural(self.scene, self.contacts)


@dataclass(frozen=True, slots=True)
class Drawing:
    slug: str
    title: str
    seconds: float  # one cycle of the animation
    panel: tuple[int, int]  # width and height of one position
    first: Position
    second: Position

    @property
    def description(self) -> str:
        return f"First: {self.first.words} Second: {self.second.words}"

    @property
    def in_turn(self) -> bool:
        """Positions seen from different sides cannot move into each other: each moves from its own rest."""
        return self.first.scene is not self.second.scene


def natural(scene: Scene, contacts: Contacts) -> Pose:
    """The solved pose, refused when a joint would bend further than a body bends."""
    pose = scene.solve(contacts)
    refuse_unnatural(scene.angles(pose))
    return pose


def slugs() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def drawing_of(slug: str) -> Drawing:
    if slug not in slugs():  # also keeps a slug with a path in it inside the folder
        raise KeyError(slug)
    return parse(slug, (FOLDER / f"{slug}.toml").read_text(encoding="utf-8"))


def parse(slug: str, text: str) -> Drawing:
    data = tomllib.loads(text)
    width, height = data["panel"]
    first, second = _position(data["first"]), _position(data["second"])
    return Drawing(slug, data["title"], data["seconds"], (width, height), first, second)


def _position(data: Mapping[str, Any]) -> Position:
    arrows = tuple(tuple(bow) for bow in data.get("arrows", ()))
    return Position(
        data["words"], SCENES[data["scene"]], _contacts(data["pose"]), _contacts(data.get("rest", {})), arrows
    )


def _contacts(data: Mapping[str, Any]) -> Contacts:
    return {name: tuple(value) if isinstance(value, list) else (value,) for name, value in data.items()}

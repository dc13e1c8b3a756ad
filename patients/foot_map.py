"""Where active findings lie: marks on the drawing of the two feet, and the same in words. Pure.

The drawing shows the feet from above, toes up, and the back from behind, so that left is on the left. Left and right
are anatomy: nothing in here knows the direction of the language. Coordinates are strings, because a localised number
("92,5") breaks a drawing.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

DATA = Path(__file__).parent / "data" / "foot_regions.json"
MIDLINE = 112  # between the feet: the right foot is the left one, mirrored here and nowhere else
BACK_MIDLINE = 270
STEP, IN_A_ROW = 22, 3  # marks of one region stand side by side, three in a row


class Place(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    BACK = "back"


class Region(StrEnum):
    BIG_TOE = "big_toe"
    BALL = "ball"
    ARCH = "arch"
    REARFOOT = "rearfoot"
    HEEL = "heel"
    CALF = "calf"
    WHOLE_FOOT = "whole_foot"
    LEG = "leg"
    LOW_BACK = "low_back"


@dataclass(frozen=True, slots=True)
class Shape:
    """An ellipse on the left foot, or on the back."""

    x: int
    y: int
    rx: int
    ry: int


SHAPES = {
    Region.BIG_TOE: Shape(83, 33, 13, 19),
    Region.BALL: Shape(58, 77, 31, 17),
    Region.ARCH: Shape(72, 116, 14, 25),
    Region.REARFOOT: Shape(59, 145, 21, 12),
    Region.HEEL: Shape(59, 171, 20, 14),
    Region.CALF: Shape(59, 201, 15, 11),
    Region.WHOLE_FOOT: Shape(56, 110, 44, 88),
    Region.LEG: Shape(59, 224, 20, 11),
    Region.LOW_BACK: Shape(BACK_MIDLINE, 134, 20, 16),
}


@dataclass(frozen=True, slots=True)
class Found:
    """An active finding as far as the drawing goes. ``side`` is one of patients.models.Side."""

    key: str
    words: str  # the type's name
    in_words: str  # with the side
    side: str
    on_back: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list beside the drawing. A finding of both feet stands under both, with one number."""

    number: int
    words: str
    place: Place
    region: Region

    @property
    def spoken(self) -> str:
        words = {"number": self.number, "finding": self.words, "region": region_in_words(self.region)}
        return _("%(number)s %(finding)s (%(region)s)") % words


@dataclass(frozen=True, slots=True)
class Mark:
    number: int
    place: Place
    region: Region
    x: str
    y: str
    text_y: str


@dataclass(frozen=True, slots=True)
class Zone:
    """The region behind one or more marks."""

    place: Place
    region: Region
    x: str
    y: str
    rx: str
    ry: str


@dataclass(frozen=True, slots=True)
class FootMap:
    entries: tuple[Entry, ...]
    marks: tuple[Mark, ...]
    zones: tuple[Zone, ...]

    def on(self, place: Place) -> list[Entry]:
        return [entry for entry in self.entries if entry.place is place]

    @property
    def left(self) -> list[Entry]:
        return self.on(Place.LEFT)

    @property
    def right(self) -> list[Entry]:
        return self.on(Place.RIGHT)

    @property
    def back(self) -> list[Entry]:
        return self.on(Place.BACK)

    @property
    def name(self) -> str:
        """The whole drawing in words: what a screen reader says instead of it."""
        drawing = _("Drawing of both feet seen from above, and of the back seen from behind.")
        if not self.entries:
            return f"{drawing} {_('No active findings.')}"
        said = [_place_in_words(place, self.on(place)) for place in Place]
        return " ".join([drawing, *said])


def foot_map(findings: Iterable[Found]) -> FootMap:
    """Numbered in the order in which they come."""
    entries = tuple(
        Entry(number, found.in_words if place is Place.BACK else found.words, place, _region(found))
        for number, found in enumerate(findings, start=1)
        for place in _places(found)
    )
    spots: dict[tuple[Place, Region], list[Entry]] = {}
    for entry in entries:
        spots.setdefault((entry.place, entry.region), []).append(entry)
    marks = [mark for (place, region), here in spots.items() for mark in _marks(place, region, here)]
    return FootMap(entries, tuple(marks), tuple(_zone(*spot) for spot in spots))


def region_of(key: str, *, on_back: bool) -> Region:
    default = _data()["default"]["back" if on_back else "foot"]
    region = Region(_data()["types"].get(key, default))
    return region if (region is Region.LOW_BACK) is on_back else Region(default)


def _region(found: Found) -> Region:
    return region_of(found.key, on_back=found.on_back)


def _places(found: Found) -> list[Place]:
    if found.on_back:
        return [Place.BACK]
    if found.side == "bilateral":
        return [Place.LEFT, Place.RIGHT]
    return [Place(found.side)]  # a foot without a side cannot be stored, and is not guessed here


def _centre(place: Place, region: Region) -> int:
    x = SHAPES[region].x
    return 2 * MIDLINE - x if place is Place.RIGHT else x


def _zone(place: Place, region: Region) -> Zone:
    shape = SHAPES[region]
    numbers = (_centre(place, region), shape.y, shape.rx, shape.ry)
    x, y, rx, ry = map(str, numbers)
    return Zone(place, region, x, y, rx, ry)


def _marks(place: Place, region: Region, here: list[Entry]) -> list[Mark]:
    """Ascending from left to right on both feet."""
    centre, middle = _centre(place, region), SHAPES[region].y
    rows = [here[start : start + IN_A_ROW] for start in range(0, len(here), IN_A_ROW)]
    marks = []
    for line, row in enumerate(rows):
        y = middle + STEP * line - STEP * (len(rows) - 1) // 2
        for column, entry in enumerate(row):
            x = centre + STEP * column - STEP * (len(row) - 1) // 2
            marks.append(Mark(entry.number, place, region, str(x), str(y), str(y + 5)))
    return marks


def _place_in_words(place: Place, entries: list[Entry]) -> str:
    words = {"findings": "; ".join(entry.spoken for entry in entries) or _("none")}
    sentences = {
        Place.LEFT: _("Left foot: %(findings)s."),
        Place.RIGHT: _("Right foot: %(findings)s."),
        Place.BACK: _("Back: %(findings)s."),
    }
    return sentences[place] % words


def region_in_words(region: Region) -> str:
    return {
        Region.BIG_TOE: _("big toe"),
        Region.BALL: _("ball of the foot"),
        Region.ARCH: _("arch"),
        Region.REARFOOT: _("rear foot"),
        Region.HEEL: _("heel"),
        Region.CALF: _("calf and Achilles tendon"),
        Region.WHOLE_FOOT: _("whole foot"),
        Region.LEG: _("leg"),
        Region.LOW_BACK: _("lower back"),
    }[region]


@cache
def _data() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return content

"""Warning signs that a patient can tick or read: reviewed wording in data/red_flags.json. Pure."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "red_flags.json"


class Level(StrEnum):
    """How soon to get help, most urgent first."""

    EMERGENCY = "emergency"
    SAME_DAY = "same_day"
    NEXT_WORKING_DAY = "next_working_day"
    URGENT = "urgent"
    ROUTINE = "routine"


class Region(StrEnum):
    """Which list of an assessment asks it."""

    FOOT = "foot"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class RedFlag:
    key: str
    level: Level
    regions: frozenset[Region]
    text: str
    source: str


@cache
def red_flags() -> tuple[RedFlag, ...]:
    return tuple(
        RedFlag(
            row["key"],
            Level(row["level"]),
            frozenset(map(Region, row["regions"])),
            row["text"],
            row["source"],
        )
        for row in _file()["red_flags"]
    )


def list_version() -> int:
    """Which state of the reviewed list is in force: stored with every screening."""
    return int(_file()["version"])


def asked_about(region: Region) -> list[RedFlag]:
    """The list of one region, most urgent first."""
    return [flag for _level, flags in by_level() for flag in flags if region in flag.regions]


@cache
def _file() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return content


def by_level() -> list[tuple[Level, list[RedFlag]]]:
    """Most urgent first, in the order of the file within a level."""
    return [(level, [flag for flag in red_flags() if flag.level is level]) for level in Level]

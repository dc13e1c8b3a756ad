"""Warning signs that a patient can tick or read: reviewed wording in data/red_flags.json. Pure."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "red_flags.json"


class Level(StrEnum):
    """How soon to get help, most urgent first."""

    EMERGENCY = "emergency"
    SAME_DAY = "same_day"
    NEXT_WORKING_DAY = "next_working_day"
    URGENT = "urgent"
    ROUTINE = "routine"


@dataclass(frozen=True, slots=True)
class RedFlag:
    key: str
    level: Level
    text: str
    source: str


@cache
def red_flags() -> tuple[RedFlag, ...]:
    rows = json.loads(DATA.read_text(encoding="utf-8"))["red_flags"]
    return tuple(RedFlag(row["key"], Level(row["level"]), row["text"], row["source"]) for row in rows)


def by_level() -> list[tuple[Level, list[RedFlag]]]:
    """Most urgent first, in the order of the file within a level."""
    return [(level, [flag for flag in red_flags() if flag.level is level]) for level in Level]

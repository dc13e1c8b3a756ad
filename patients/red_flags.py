"""Warning signs: what a patient can tick or read, what a practitioner asks, and what to do about a yes. Pure.

All wording is reviewed data (data/red_flags.json): fixed text, shown as it stands. Nothing here judges an answer.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext, ngettext

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
    english: str
    source: str
    staff_note: str = ""  # what a practitioner may want to know about this one sign

    @property
    def text(self) -> str:
        """In the language of whoever reads it."""
        return gettext(self.english)


@dataclass(frozen=True, slots=True)
class LevelWords:
    """A level in words, and what staff do about it; the advice leaves room for the clinic's own numbers."""

    label: str
    staff_advice: str
    source: str


@dataclass(frozen=True, slots=True)
class StaffPrompt:
    """To keep in mind while asking. Reading only: nobody ticks it, nothing follows from it."""

    key: str
    regions: frozenset[Region]
    prompt: str
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
            row.get("staff_note", ""),
        )
        for row in _file()["red_flags"]
    )


@cache
def words(level: Level) -> LevelWords:
    row = _file()["levels"][level.value]
    return LevelWords(row["label"], row["staff_advice"], row["source"])


def staff_advice(flag: RedFlag, *, emergency_number: str, urgent_number: str, urgent_days: int) -> str:
    """What staff read after a yes: whom to call or by when, then what is particular to the sign."""
    advice = words(flag.level).staff_advice.format(
        emergency_number=emergency_number,
        urgent_number=urgent_number,
        urgent_days=ngettext("%(count)d working day", "%(count)d working days", urgent_days)
        % {"count": urgent_days},
    )
    return f"{advice} {flag.staff_note}".strip()


def by_key(key: str) -> RedFlag | None:
    """A sign as the list has it now; None when it has left the list."""
    return next((flag for flag in red_flags() if flag.key == key), None)


def staff_prompts(region: Region) -> list[StaffPrompt]:
    found = (
        StaffPrompt(row["key"], frozenset(map(Region, row["regions"])), row["prompt"], row["source"])
        for row in _file()["staff_prompts"]
    )
    return [prompt for prompt in found if region in prompt.regions]


def framework() -> str:
    """The publication whose way of thinking about warning signs the lists follow."""
    return str(_file()["framework"])


def list_version() -> int:
    """Which state of the reviewed list is in force: stored with every screening."""
    return int(_file()["version"])


def asked_about(region: Region) -> list[RedFlag]:
    """The list of one region, most urgent first."""
    return [flag for _level, flags in by_level() for flag in flags if region in flag.regions]


def by_level() -> list[tuple[Level, list[RedFlag]]]:
    """Most urgent first, in the order of the file within a level."""
    return [(level, [flag for flag in red_flags() if flag.level is level]) for level in Level]


@cache
def _file() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return content

"""Cautions: what is asked before exercises are given, and which flags an answer sets. Pure.

All wording is reviewed data (data/cautions.json). An answer such as numb feet sets flags; which exercises a flag speaks
against is said by the catalogue (``exercises.cautions``).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "cautions.json"


class Tell(StrEnum):
    """Whether the patient reads a flag's sentence beside an exercise that meets it."""

    NEVER = ""  # words for staff
    FLAGGED = "flagged"
    ALWAYS = "always"  # whatever the patient answered: others come to the house as well


class Effect(StrEnum):
    """What a flag does to an exercise, weakest first."""

    INFORM = "inform"  # a sentence is shown
    CONFIRM = "confirm"  # goes ahead with a reason
    BLOCK = "block"  # not to be assigned while the patient's flag stands


@dataclass(frozen=True, slots=True)
class Flag:
    """``effect`` on exercises that name it, ``also`` on whole groups: barefoot, foot_work, lying."""

    key: str
    label: str
    effect: Effect
    say: str
    also: Mapping[str, Effect] = field(default_factory=dict)
    needs_note: bool = False  # the patient has to read how it is made safe
    tell: Tell = Tell.NEVER


@dataclass(frozen=True, slots=True)
class Answer:
    key: str
    label: str
    flags: frozenset[str]
    raises: str = ""  # the warning sign that a yes raises


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return found


def list_version() -> int:
    version: int = _data()["version"]
    return version


@cache
def flags() -> Mapping[str, Flag]:
    return {
        key: Flag(
            key=key,
            label=stated["label"],
            effect=Effect(stated["effect"]),
            say=stated["say"],
            also={group: Effect(effect) for group, effect in stated.get("also", {}).items()},
            needs_note=stated.get("needs_note", False),
            tell=Tell(stated.get("tell", "")),
        )
        for key, stated in _data()["flags"].items()
    }


@cache
def answers() -> Mapping[str, Answer]:
    """In the order in which they are asked."""
    return {
        key: Answer(key, stated["label"], frozenset(stated["flags"]), stated.get("raises", ""))
        for key, stated in _data()["answers"].items()
    }


def flags_of(present: Iterable[str]) -> frozenset[str]:
    """The flags that these answers set. An answer that left the list sets none: nothing is known of it any more."""
    known = answers()
    return frozenset(flag for key in present if key in known for flag in known[key].flags)

"""What exercises are done with (data/kit.toml): names, and the cautions that a thing brings with it. Pure."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext

DATA = Path(__file__).parent / "data" / "kit.toml"


@dataclass(frozen=True, slots=True)
class Kit:
    key: str
    name: str
    cautions: frozenset[str]
    also: tuple[str, ...] = ()  # other words that find it


@cache
def known() -> Mapping[str, Kit]:
    stated = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return {
        key: Kit(key, entry["name"], frozenset(entry.get("cautions", ())), tuple(entry.get("also", ())))
        for key, entry in stated.items()
    }


def name(key: str) -> str:
    """A key that a curator made up reads as its own words."""
    return gettext(known()[key].name) if key in known() else key.replace("_", " ")


def found_by(key: str) -> str:
    """Every word that somebody may type for it."""
    return " ".join([name(key), *(known()[key].also if key in known() else ())])


def cautions_of(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(flag for key in keys if key in known() for flag in known()[key].cautions)

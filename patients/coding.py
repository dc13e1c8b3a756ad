"""From a finding to its codes, and what makes an identifier well formed. Pure.

The codes themselves are reviewed data: data/finding_types.json, and what a clinic adds of its own.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

EXCLUDES1 = Path(__file__).parent / "data" / "excludes1.json"
# ICD-11 is kept for review and has no place in the export.
SYSTEM_URIS = {
    "icd10": "http://hl7.org/fhir/sid/icd-10",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "snomed": "http://snomed.info/sct",
}
BOTH = ("left", "right")
BODY_SITES = {"left": "22335008", "right": "7769000"}  # SNOMED CT: left foot, right foot

# The tables of the Verhoeff scheme, which is the check digit of SNOMED CT: the dihedral group of order ten, and a
# permutation applied once more for each place from the right.
_MULTIPLY = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_PERMUTE = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
SHORTEST_ID, LONGEST_ID = 6, 18  # digits


class StoredCode(Protocol):
    """A row of the vocabulary, or anything that looks like one."""

    @property
    def system(self) -> str: ...
    @property
    def side(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def verified(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Coding:
    """What leaves in an export."""

    system: str
    code: str

    @property
    def uri(self) -> str:
        return SYSTEM_URIS[self.system]


def is_snomed_id(text: str) -> bool:
    """Six to eighteen digits, no leading zero, and the last one checks the others."""
    if not (text.isascii() and text.isdigit() and SHORTEST_ID <= len(text) <= LONGEST_ID) or text[0] == "0":
        return False
    check = 0
    for place, digit in enumerate(reversed(text)):
        check = int(_MULTIPLY[check][int(_PERMUTE[place % 8][int(digit)])])
    return check == 0


def codings_for(codes: Iterable[StoredCode], side: str) -> list[Coding]:
    """The verified codes of a finding on this side, in the order of the systems.

    A code without a side always belongs to it. Both feet are two codes where the system has no code for both, as
    ICD-10-CM never has (rule C10). A code for "unspecified side" stands in only where nothing else does.
    """
    usable = [code for code in codes if code.verified and code.system in SYSTEM_URIS]
    found = []
    for system in SYSTEM_URIS:
        by_side: dict[str, list[str]] = {}
        for code in usable:
            if code.system == system:
                by_side.setdefault(code.side, []).append(code.code)
        chosen = by_side.get("", []) + (by_side.get(side) or _of_each_foot(by_side, side))
        found += [Coding(system, code) for code in sorted(chosen or by_side.get("unspecified", []))]
    return found


def _of_each_foot(by_side: dict[str, list[str]], side: str) -> list[str]:
    if side != "bilateral" or not all(foot in by_side for foot in BOTH):
        return []
    return [code for foot in BOTH for code in by_side[foot]]


def feet(side: str) -> frozenset[str]:
    """Which feet a side speaks of."""
    return frozenset(BOTH if side == "bilateral" else {side} & {*BOTH})


def body_sites_for(side: str) -> list[str]:
    """Identifiers of the feet that a finding of the foot speaks of: two for both feet."""
    return [BODY_SITES[foot] for foot in BOTH if foot in feet(side)]


def side_of(body_sites: Iterable[str]) -> str:
    """The way back from ``body_sites_for``."""
    found = [foot for foot in BOTH if BODY_SITES[foot] in set(body_sites)]
    return "bilateral" if len(found) == len(BOTH) else "".join(found)


@dataclass(frozen=True, slots=True)
class Excludes:
    """Codes that begin so are not used together for one foot."""

    one: tuple[str, ...]
    other: tuple[str, ...]


@cache
def excludes1() -> tuple[Excludes, ...]:
    rules = json.loads(EXCLUDES1.read_text(encoding="utf-8"))["rules"]
    return tuple(Excludes(tuple(rule["one"]), tuple(rule["other"])) for rule in rules)


def exclude_each_other(first: Iterable[StoredCode], second: Iterable[StoredCode]) -> bool:
    """Whether ICD-10-CM refuses to code two findings of one foot together (rule C5). Both stay on record."""
    one, other = (
        [c.code for c in codes if c.system == "icd10cm" and c.verified] for codes in (first, second)
    )
    return any(
        (_any_begins(one, rule.one) and _any_begins(other, rule.other))
        or (_any_begins(other, rule.one) and _any_begins(one, rule.other))
        for rule in excludes1()
    )


def _any_begins(codes: list[str], beginnings: tuple[str, ...]) -> bool:
    return any(code.startswith(beginnings) for code in codes)

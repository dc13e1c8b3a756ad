"""What a file would change, field by field, for somebody who reads it in a terminal. Pure."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from exercises.catalogue_files import Entry, StageFile
from exercises.models import PAIRS, STATED_PAIRS

RANGES = (*PAIRS, *STATED_PAIRS)
SHORT = 30  # longer texts stand one below the other


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names of what differs; both ends of a range are one field."""
    return [name for name, _was, _is in _changes(before, after)]


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """One line for a number or a short text; lists entry by entry, with - for what goes and + for what comes."""
    lines = []
    for name, was, becomes in _changes(before, after):
        if isinstance(becomes, list):
            lines += [f"{name}:", *_entries(was, becomes)]
        elif isinstance(becomes, str) and max(len(was), len(becomes)) > SHORT:
            lines += [
                f"{name}:",
                *(f"  {sign} {said}" for sign, said in (("-", was), ("+", becomes)) if said),
            ]
        else:
            lines.append(f"{name}: {_said(was)} → {_said(becomes)}")
    return lines


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    was, becomes = _joined(before), _joined(after)
    for name, value in becomes.items():
        if was[name] != value:
            yield name, was[name], value


def _joined(content: Mapping[str, Any]) -> dict[str, Any]:
    """With one (lower, upper) for both columns of a range."""
    found: dict[str, Any] = {}
    for name, value in content.items():
        pair = name.removesuffix("_min").removesuffix("_max")
        if pair != name and pair in RANGES:
            found[pair] = (content[f"{pair}_min"], content[f"{pair}_max"])
        else:
            found[name] = value
    return found


def _said(value: Any) -> str:
    if value in (None, "", (None, None)):
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "–".join(str(end) for end in value if end is not None)
    return f"“{value}”" if isinstance(value, str) else str(value)


def _entries(before: list[Any], after: list[Any]) -> Iterator[str]:
    was, becomes = _lines(before), _lines(after)
    for _tag, a1, a2, b1, b2 in SequenceMatcher(a=was, b=becomes, autojunk=False).get_opcodes():
        if was[a1:a2] != becomes[b1:b2]:
            yield from (f"  - {line}" for line in was[a1:a2])
            yield from (f"  + {line}" for line in becomes[b1:b2])


def _lines(entries: list[Any]) -> list[str]:
    """Texts as they are; stages of a routine with a line for each exercise."""
    lines: list[str] = []
    for entry in entries:
        if isinstance(entry, StageFile):
            lines += [_stage(entry.columns)] if entry.columns else []
            lines += map(_entry, entry.entries)
        else:
            lines.append(str(entry))
    return lines


def _stage(columns: Mapping[str, Any]) -> str:
    weeks = (columns["from_week"], columns["to_week"])
    said = f"{columns['name']}: weeks {_said(weeks)}"
    return f"{said}, go on when: {columns['criteria']}" if columns["criteria"] else said


def _entry(entry: Entry) -> str:
    stated = _joined(entry.columns)
    said = [f"{name} {_said(value)}" for name, value in stated.items() if value not in (None, "", False)]
    said = [words for words in said if not words.endswith(" not stated")]
    return f"{entry.exercise} ({', '.join(said)})" if said else entry.exercise

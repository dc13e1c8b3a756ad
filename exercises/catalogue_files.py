"""The catalogue as files: one TOML a curator can read for each exercise and routine, checked before it is loaded.

Faults are collected and say file, field and why, so that one run shows all of them.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from exercises import figures, kit
from exercises.actions.routines import LARGEST_ROUTINE
from exercises.models import Exercise, Routine, Side
from patients.cautions import flags as caution_flags

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EQUIPMENT = frozenset(kit.known())
CAUTIONS = frozenset(caution_flags())
DOSES = ("sets", "reps", "hold_s", "duration_s")
# Name in the file -> column, where they differ.
COLUMNS = {
    "picture.name": "picture",
    "picture.alt_text": "alt_text",
    "dose.source": "dose_source",
    "dose.sides": "sides",
    "dose.cue": "cue",
    "evidence.note": "evidence",
    "evidence.sources": "sources",
}


class BadFiles(Exception):
    """``faults`` are lines "file: field: why"."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class ExerciseFile:
    slug: str
    content: dict[str, Any]  # the columns of CONTENT_COLUMNS
    findings: list[str]


@dataclass(frozen=True, slots=True)
class RoutineFile:
    slug: str
    content: dict[str, Any]  # name and basis
    exercises: list[str]
    findings: list[str]


Check = Callable[[Any], str]


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else "must be a text that is not empty"


def _texts(value: Any) -> str:
    if not isinstance(value, list) or any(_text(entry) for entry in value):
        return "must be a list of texts"
    repeated = sorted({entry for entry in value if value.count(entry) > 1})
    return f"holds twice: {', '.join(repeated)}" if repeated else ""


def _some_texts(value: Any) -> str:
    return _texts(value) or ("" if value else "must not be empty")


def _from(known: frozenset[str]) -> Check:
    def check(value: Any) -> str:
        if fault := _texts(value):
            return fault
        unknown = [entry for entry in value if entry not in known]
        return f"unknown: {', '.join(unknown)}; known are {', '.join(sorted(known))}" if unknown else ""

    return check


def _range(value: Any) -> str:
    """A whole number above zero, or the two ends of a range."""
    ends = value if isinstance(value, list) else [value]
    if len(ends) not in {1, 2} or any(type(end) is not int or end < 1 for end in ends):
        return "must be a whole number above zero, or a range such as [10, 15]"
    return "the range begins with its larger end" if ends[0] > ends[-1] else ""


def _drawn(value: Any) -> str:
    return "" if value in figures.slugs() else f"there is no drawing {value!r} in exercises/figures/poses"


def _exercise_checks(finding_keys: frozenset[str]) -> tuple[dict[str, Check], dict[str, Check]]:
    """Fields that every file has, and fields that it may have: a dose that is not stated is left out."""
    required: dict[str, Check] = {
        "name": _text,
        "movement": _text,
        "position": _text,
        "equipment": _from(EQUIPMENT),
        "steps": _some_texts,
        "stop_rules": _some_texts,
        "cautions": _from(CAUTIONS),
        "findings": _from(finding_keys),
        "picture.name": _drawn,
        "picture.alt_text": _text,
        "dose.source": _text,
        "dose.sides": lambda value: _from(frozenset(Side.values))(value) or _some_texts(value),
        "evidence.note": _text,
        "evidence.sources": _some_texts,
    }
    return required, {f"dose.{name}": _range for name in DOSES} | {"dose.cue": _text}


def read_exercises(folder: Path, finding_keys: frozenset[str]) -> list[ExerciseFile]:
    required, optional = _exercise_checks(finding_keys)
    faults: list[str] = []
    found = []
    for path in sorted(folder.glob("*.toml")):
        fields, wrong = _read(path, required, optional)
        if not wrong:
            exercise = _exercise(path.stem, fields)
            wrong = list(_model_faults(Exercise(slug=exercise.slug, **exercise.content), path))
            found.append(exercise)
        faults += wrong
    if faults:
        raise BadFiles(faults)
    return found


def read_routines(folder: Path, finding_keys: frozenset[str], exercises: frozenset[str]) -> list[RoutineFile]:
    required: dict[str, Check] = {
        "name": _text,
        "basis": lambda value: _text(value) or _short(value),
        "exercises": lambda value: _from(exercises)(value) or _some_texts(value) or _few(value),
        "findings": _from(finding_keys),
    }
    faults: list[str] = []
    found = []
    for path in sorted(folder.glob("*.toml")):
        fields, wrong = _read(path, required, {})
        if not wrong:
            content = {"name": fields["name"], "basis": fields["basis"]}
            wrong = list(_model_faults(Routine(slug=path.stem, **content), path))
            found.append(RoutineFile(path.stem, content, fields["exercises"], fields["findings"]))
        faults += wrong
    if faults:
        raise BadFiles(faults)
    return found


def _short(value: str) -> str:
    """Models leave the length of long texts to forms, and a file passes none."""
    most = Routine._meta.get_field("basis").max_length or 0
    return "" if len(value) <= most else f"must have at most {most} characters, has {len(value)}"


def _few(value: list[str]) -> str:
    return "" if len(value) <= LARGEST_ROUTINE else f"holds more than {LARGEST_ROUTINE} exercises"


def _read(
    path: Path, required: dict[str, Check], optional: dict[str, Check]
) -> tuple[dict[str, Any], list[str]]:
    """The fields under their dotted names, and what is wrong with them."""
    try:
        fields = dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))
    except ValueError as error:  # of TOML, and of text that is not UTF-8
        return {}, [f"{path.name}: not readable as TOML: {error}"]
    checks = required | optional
    faults = [f"{name}: missing" for name in required if name not in fields]
    faults += [f"{name}: unknown field" for name in fields if name not in checks]
    judged = {name: checks[name](value) for name, value in fields.items() if name in checks}
    faults += [f"{name}: {why}" for name, why in judged.items() if why]
    if not SLUG.fullmatch(path.stem):
        faults.append("the file's name must be of small letters, digits and hyphens")
    return fields, [f"{path.name}: {fault}" for fault in faults]


def _flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _exercise(slug: str, fields: dict[str, Any]) -> ExerciseFile:
    content: dict[str, Any] = {"cue": ""}
    for name in DOSES:
        stated = fields.pop(f"dose.{name}", None)
        ends = stated if isinstance(stated, list) else [stated]
        # One number has no upper end; what is not stated has neither.
        content |= {f"{name}_min": ends[0], f"{name}_max": ends[1] if len(ends) == 2 else None}
    findings = fields.pop("findings")
    content |= {COLUMNS.get(name, name): value for name, value in fields.items()}
    return ExerciseFile(slug, content, findings)


def _model_faults(instance: Exercise | Routine, path: Path) -> Iterator[str]:
    """What the columns say: lengths, closed lists, control characters."""
    names = {column: name for name, column in COLUMNS.items()}
    try:
        instance.clean_fields()
    except ValidationError as error:
        for column, messages in error.message_dict.items():
            for message in messages:
                yield f"{path.name}: {names.get(column, column)}: {message}"

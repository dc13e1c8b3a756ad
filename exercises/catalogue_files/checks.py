"""What is asked of one field: each check answers why a value will not do, with nothing when it will."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from exercises.models import PAIRS

Check = Callable[[Any], str]
Checks = Mapping[str, Check]

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_CITE = 300
TIMES_PER_DAY, DAYS_PER_WEEK, EVERY_N_DAYS = 12, 7, 14  # the most that can be assigned


class Unreadable(Exception):
    """``str`` is the whole fault."""


def text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        return "must be a text that is not empty"
    return "begins or ends with an empty space" if value != value.strip() else ""


def text_up_to(most: int) -> Check:
    """Models leave the length of long texts to forms, and a file passes none."""

    def check(value: Any) -> str:
        if why := text(value):
            return why
        return "" if len(value) <= most else f"must have at most {most} characters, has {len(value)}"

    return check


def texts(value: Any) -> str:
    if not isinstance(value, list) or any(not isinstance(entry, str) for entry in value):
        return "must be a list of texts"
    for number, entry in enumerate(value, start=1):
        if why := text(entry):
            return f"entry {number} {why}"
    repeated = sorted({entry for entry in value if value.count(entry) > 1})
    return f"holds twice: {', '.join(repeated)}" if repeated else ""


def some(check: Check) -> Check:
    return lambda value: check(value) or ("" if value else "must not be empty")


def one_of(known: frozenset[str]) -> Check:
    return lambda value: text(value) or _unknown([value], known)


def each_of(known: frozenset[str]) -> Check:
    return lambda value: texts(value) or _unknown(value, known)


def _unknown(values: list[str], known: frozenset[str]) -> str:
    unknown = [value for value in values if value not in known]
    return f"unknown: {', '.join(unknown)}; known are {', '.join(sorted(known))}" if unknown else ""


def yes_or_no(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def number(most: int | None = None) -> Check:
    def check(value: Any) -> str:
        if type(value) is not int or value < 1:
            return "must be a whole number above zero"
        return f"must be at most {most}" if most and value > most else ""

    return check


def number_or_range(most: int | None = None) -> Check:
    """A whole number above zero, or the two ends of a range."""

    def check(value: Any) -> str:
        ends = value if isinstance(value, list) and len(value) == 2 else [value]
        if any(type(end) is not int or end < 1 for end in ends):
            return "must be a whole number above zero, or a range such as [10, 15]"
        if ends[0] > ends[-1]:
            return "the range begins with its larger end"
        if len(ends) == 2 and ends[0] == ends[1]:
            return f"is no range: write {ends[0]}"
        return f"must be at most {most}" if most and ends[-1] > most else ""

    return check


# What a dose says, on an exercise and on a line of a routine alike.
DOSE_CHECKS: Checks = {
    **dict.fromkeys(PAIRS, number_or_range()),
    "open_sets": yes_or_no,
    "tempo_up_s": number(),
    "tempo_down_s": number(),
    "rest_s": number(),
    "load": text,
    "cue": text,
}


def dose_columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is not stated is null, or an empty text: never a number."""
    columns: dict[str, Any] = {}
    for name in PAIRS:
        columns |= ends_of(name, fields.get(name))
    columns["sets_open"] = fields.get("open_sets", False)
    columns |= {name: fields.get(name) for name in ("tempo_up_s", "tempo_down_s", "rest_s")}
    return columns | {"load_note": fields.get("load", ""), "cue": fields.get("cue", "")}


def ends_of(name: str, stated: int | list[int] | None) -> dict[str, int | None]:
    """One number has no upper end; what is not stated has neither."""
    low, high = stated if isinstance(stated, list) else (stated, None)
    return {f"{name}_min": low, f"{name}_max": high}


def together(fields: Mapping[str, Any], first: str, second: str) -> Iterator[str]:
    if fields.get(first) and fields.get(second):
        yield f"{first}: excludes {second.rpartition('.')[2]}"


def judge(fields: Mapping[str, Any], required: Checks, optional: Checks) -> dict[str, str]:
    """Why, by field, for every field that will not do."""
    checks = {**required, **optional}
    wrong = {name: "missing" for name in required if name not in fields}
    wrong |= {name: "unknown field" for name in fields if name not in checks}
    judged = {name: checks[name](value) for name, value in fields.items() if name in checks}
    return wrong | {name: why for name, why in judged.items() if why}


def model_faults(instance: Model, names: Mapping[str, str], besides: set[str]) -> Iterator[str]:
    """What the columns say: lengths, control characters. ``besides``: fields that are known to be wrong."""
    checked = set(names.values()) - besides
    others = {field.name for field in instance._meta.fields if names.get(field.name) not in checked}
    try:
        instance.clean_fields(exclude=others)
    except ValidationError as error:
        for column, messages in error.message_dict.items():
            yield from (f"{names[column]}: {message}" for message in messages)


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unreadable(f"{path.name}: missing") from None
    except ValueError as error:  # of TOML, and of text that is not UTF-8
        raise Unreadable(f"{path.name}: not readable as TOML: {error}") from error


def flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of tables in tables under dotted names."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def slug_faults(path: Path) -> list[str]:
    if SLUG.fullmatch(path.stem):
        return []
    return ["the file's name must be of small letters, digits and hyphens"]

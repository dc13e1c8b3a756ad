"""What differs between two texts of an exercise, field by field, in words that a reader of either page knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from exercises import kit
from exercises.diff import Part, Piece, words
from exercises.doses import Range
from exercises.models import CONTENT_COLUMNS, DOSE_COLUMNS, PAIRS, STATED_PAIRS, ExerciseContent, Side
from patients.cautions import flags

RANGES = (*PAIRS, *STATED_PAIRS)
# Names of changes that say how much and how often, and what that rests on.
DOSE = frozenset({*DOSE_COLUMNS, *RANGES, "every_n_days", "dose_source", "dose_note"})
COLUMNS = [*(name for name in CONTENT_COLUMNS if name not in DOSE_COLUMNS), *DOSE_COLUMNS]  # words first


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Lists stand with one entry a line. ``marked`` holds both texts in one; the other two stand side by side."""

    name: str  # of the column; of a range without _min
    label: str
    old: str
    new: str
    pieces: list[Piece] = field(default_factory=list)

    @property
    def marked(self) -> SafeString:
        return _marked(self.pieces)

    @property
    def marked_old(self) -> SafeString:
        return _marked([piece for piece in self.pieces if piece.part is not Part.PUT_IN])

    @property
    def marked_new(self) -> SafeString:
        return _marked([piece for piece in self.pieces if piece.part is not Part.TAKEN_OUT])


def changes(old: ExerciseContent, new: ExerciseContent) -> list[FieldChange]:
    """Of an exercise's text and its versions, words before numbers; empty when they say the same."""
    found = []
    for (name, label, before), (_name, _label, after) in zip(_stated(old), _stated(new), strict=True):
        if before != after:
            found.append(FieldChange(name, label, before, after, words(before, after)))
    return found


def _marked(pieces: Sequence[Piece]) -> SafeString:
    """The reader of a screen hears that words were deleted or inserted; colour is not alone."""
    tags = {Part.KEPT: "{}", Part.TAKEN_OUT: "<del>{}</del>", Part.PUT_IN: "<ins>{}</ins>"}
    return format_html_join("", "{}", ((format_html(tags[piece.part], piece.text),) for piece in pieces))


def _stated(content: ExerciseContent) -> Iterator[tuple[str, str, str]]:
    fields = {column.name: column for column in ExerciseContent._meta.local_fields}
    for column in COLUMNS:
        base, _sep, end = column.rpartition("_")
        ranged = base in RANGES
        if ranged and end == "max":
            continue  # said with its lower end
        label = capfirst(str(fields[column].verbose_name))
        if ranged and end == "min":
            span = Range.of(getattr(content, column), getattr(content, f"{base}_max"))
            yield base, label, str(span or "")
        else:
            yield column, label, _in_words(content, column)


def _in_words(content: ExerciseContent, column: str) -> str:
    if column == "photo":  # by its key: nothing of the picture itself is read for this
        key = content.photo_id
        return _("photo %(key)s") % {"key": str(key)[:8]} if key else ""
    value: Any = getattr(content, column)
    if isinstance(value, list):
        return "\n".join(_entry(column, entry) for entry in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    shown = getattr(content, f"get_{column}_display", None)
    return str(shown() if shown and value not in {None, ""} else "" if value is None else value)


def _entry(column: str, entry: str) -> str:
    if column in {"equipment", "kit_options"}:
        return kit.name(entry)
    if column == "cautions":
        return flags()[entry].label if entry in flags() else entry.replace("_", " ")
    if column == "sides":
        return str(Side(entry).label) if entry in Side.values else entry
    return entry

"""Rows that are amended and never overwritten: each state stays in an event table that a trigger fills.

Who and when stand in the row itself, so that every kept state says who made it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pghistory
from django.db import models
from django.db.models.functions import Now
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.models import User
from clinic.text import validate_plain_text


class RecordStatus(models.TextChoices):
    """A statement stands, or it was a slip: then it is hidden from plans and counts and stays in the history."""

    RECORDED = "recorded", _("Recorded")
    ENTERED_IN_ERROR = "entered_in_error", _("Entered in error")


class Versioned(models.Model):
    """``version`` counts the states from 1; saving from an older one is refused (two people at one record)."""

    if TYPE_CHECKING:
        history: Any  # the manager of the kept states, made by keep_history()

    version = models.PositiveSmallIntegerField(default=1, editable=False)
    changed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )  # null: the patient, or a named job
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    change_reason = models.CharField(
        _("reason for the change"), max_length=300, blank=True, validators=[validate_plain_text]
    )

    class Meta:
        abstract = True


def keep_history(**options: Any) -> Any:
    """Class decorator: keep every state of a model's rows, readable as ``row.history``, in append-only rows."""
    return pghistory.track(
        append_only=True,
        obj_field=pghistory.ObjForeignKey(related_name="history"),
        context_field=None,  # type: ignore[arg-type]  # its documentation: None leaves the column out
        **options,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What is not told by one column as it stands, such as a date and how exact it is."""

    label: Any  # translated when it is shown
    words: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs between two states, in words. Empty words: nothing stood there."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class State:
    """One kept state and what is new in it, compared with the state before."""

    row: Any
    changes: list[Change]

    @property
    def is_first(self) -> bool:
        return bool(self.row.version == 1)


def changes(before: models.Model | None, after: models.Model, fields: Iterable[str | Told]) -> list[Change]:
    """What differs, in the order of ``fields``. Without ``before``: whatever ``after`` says."""
    return [
        Change(label_of(after, field), in_words(before, field) if before else "", in_words(after, field))
        for field in fields
        if (_value(before, field) if before else "") != _value(after, field)
    ]


def states(rows: Sequence[Any], fields: Sequence[str | Told]) -> list[State]:
    """``rows``: every kept state of one row, newest first; so is the answer, each version once.

    A merge of two records, and its undo, keep a state too: of the same version, and with nothing new to tell.
    """
    told: list[State] = []
    for row, before in zip(rows, [*rows[1:], None], strict=True):
        new = changes(before, row, fields)
        if new or before is None or before.version != row.version:
            told.append(State(row, new))
    return told


def label_of(row: models.Model, name: str | Told) -> str:
    if isinstance(name, Told):
        return str(name.label)
    label = str(getattr(row._meta.get_field(name), "verbose_name", name))
    return label[:1].upper() + label[1:]


def in_words(row: models.Model, name: str | Told) -> str:
    """A field as a person reads it. Fetch what a foreign key names together with the row."""
    value = _value(row, name)
    if value == "" or isinstance(name, Told):
        return str(value)
    field = row._meta.get_field(name)
    if field.is_relation:
        related = getattr(row, name)
        return str(getattr(related, "in_words", related))
    if getattr(field, "choices", None):
        return str(getattr(row, f"get_{name}_display")())
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return date_format(value, "j M Y") if isinstance(value, date) else str(value)


def _value(row: models.Model, name: str | Told) -> Any:
    """Nothing stated is one thing, however the column says it; zero and "no" are statements."""
    if isinstance(name, Told):
        return name.words(row)
    value = getattr(row, row._meta.get_field(name).attname)  # type: ignore[union-attr]
    return "" if value is None else value

"""A returned sheet as it is typed: one small field a cell, a key for each answer."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from exercises.actions import DayLog
from exercises.models import Done, Way
from exercises.paper_week import Asked, PaperWeek, WeekCell, WeekRow
from patients.models import Measure
from patients.models.outcome import WORST_PAIN

TYPED = {
    "d": Done.DONE,
    "1": Done.DONE,
    "p": Done.PARTLY,
    "2": Done.PARTLY,
    "n": Done.NOT_DONE,
    "0": Done.NOT_DONE,
}
HOURS, MOST_HOURS = re.compile(r"[0-9]{1,2}([.,][0-9])?"), 24
Answer = Done | int | Decimal


class FromForm(forms.Form):
    """Which week the address asks for. A hand-made address is no reason to refuse the page."""

    first = forms.DateField(required=False)

    def day(self) -> date | None:
        self.is_valid()
        return self.cleaned_data.get("first")


@dataclass(slots=True)
class _Day:
    done: dict[UUID, Done] = field(default_factory=dict)
    pain: dict[Measure, int | None] = field(default_factory=dict)
    wear: dict[UUID, Decimal | None] = field(default_factory=dict)


class WeekForm(forms.Form):
    """A cell that is left as it was shown says nothing. What it was shown with goes along, so that an answer that the
    patient gave meanwhile is not written over unseen."""

    def __init__(self, data: QueryDict | None = None, *, week: PaperWeek) -> None:
        super().__init__(data)
        self.week = week
        for day in week.days:
            self.fields[report_name(day)] = forms.UUIDField(
                widget=forms.HiddenInput,
                initial=uuid4,
                error_messages={key: _("Open this page again.") for key in ("required", "invalid")},
            )
        for row, cell in week.cells:
            self.fields[cell.name] = forms.CharField(
                label=_label(row, cell), required=False, max_length=4, initial=cell.stored
            )

    def clean(self) -> dict[str, Any]:
        self.answers: dict[date, _Day] = {}
        for _row, cell in self.week.cells:
            if cell.name in self.errors:
                continue
            typed, was = self.cleaned_data.get(cell.name, ""), self.data.get(was_name(cell), "")
            if typed.casefold() == was.casefold():
                continue
            try:
                self._take(cell, READ[cell.asked](typed.casefold()))
            except forms.ValidationError as error:
                self.add_error(cell.name, error)
        return self.cleaned_data

    def _take(self, cell: WeekCell, answer: Answer) -> None:
        day = self.answers.setdefault(cell.on, _Day())
        {Asked.DONE: day.done, Asked.PAIN: day.pain, Asked.WORN: day.wear}[cell.asked][cell.key] = answer  # type: ignore[index]

    def day_logs(self) -> list[DayLog]:
        return [
            DayLog(
                performed_on=on,
                done=day.done,
                pain=day.pain,
                wear=day.wear,
                # Other answers from a page that Back brought again are another report.
                report_id=uuid5(self.cleaned_data[report_name(on)], repr(day)),
                way=Way.PAPER,
            )
            for on, day in sorted(self.answers.items())
        ]

    def shown(self, cell: WeekCell) -> str:
        """What the field was shown with first, also after a refusal."""
        return self.data.get(was_name(cell), "") if self.is_bound else cell.stored


def report_name(day: date) -> str:
    return f"report-{day.isoformat()}"


def was_name(cell: WeekCell) -> str:
    return f"was-{cell.name}"


def _label(row: WeekRow, cell: WeekCell) -> str:
    words = {"what": row.words, "side": row.more, "day": date_format(cell.on, "D j M")}
    return _("%(what)s, %(side)s, %(day)s") % words if row.more else _("%(what)s, %(day)s") % words


def _done(typed: str) -> Done:
    if typed not in TYPED:
        raise forms.ValidationError(
            _("Type d for done, p for partly or n for not done. What is stored can be replaced, not emptied.")
        )
    return TYPED[typed]


def _score(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit()) or int(typed) > WORST_PAIN:
        raise forms.ValidationError(
            _("Type a number from 0 to 10. What is stored can be replaced, not emptied.")
        )
    return int(typed)


def _hours(typed: str) -> Decimal:
    if HOURS.fullmatch(typed) and (hours := Decimal(typed.replace(",", "."))) <= MOST_HOURS:
        return hours
    raise forms.ValidationError(
        _("Type hours from 0 to 24, such as 5.5. What is stored can be replaced, not emptied.")
    )


READ: dict[Asked, Callable[[str], Answer]] = {Asked.DONE: _done, Asked.PAIN: _score, Asked.WORN: _hours}

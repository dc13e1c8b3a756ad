"""What a practitioner states about a finding."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.text import validate_plain_text, validate_single_line
from patients.actions import FindingEntry
from patients.forms.days import DayField
from patients.models import (
    IMAGING,
    ConfirmedBy,
    Course,
    Finding,
    FindingType,
    Flexibility,
    OnsetPrecision,
    Origin,
    Severity,
    Side,
    Site,
    Status,
)


@dataclass(frozen=True, slots=True)
class Onset:
    """As exact as it was said: "2026" is a year, not its first of January."""

    first_day: date
    precision: OnsetPrecision

    def __str__(self) -> str:
        """As it can be typed again."""
        parts = {OnsetPrecision.YEAR: 4, OnsetPrecision.MONTH: 7, OnsetPrecision.DAY: 10}
        return self.first_day.isoformat()[: parts[self.precision]]


class OnsetField(forms.CharField):
    """ "2026", "2026-03", "March 2026", "2026-03-14" or "14 March 2026"."""

    numbers = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
    words = re.compile(r"(?:(\d{1,2})\.? )?([^\W\d_]+)\.? (\d{4})")

    def clean(self, value: Any) -> Onset | None:
        typed = " ".join(str(super().clean(value)).split())
        if not typed:
            return None
        try:
            return self._read(typed)
        except ValueError as error:
            message = _("Enter a year, a month or a day, such as 2026, 2026-03 or 2026-03-14.")
            raise ValidationError(message, code="onset") from error

    def _read(self, typed: str) -> Onset:
        if found := self.numbers.fullmatch(typed):
            year, month, day = found.groups()
        elif found := self.words.fullmatch(typed):
            day, name, year = found.groups()
            month = str(_month_number(name))
        else:
            raise ValueError(typed)
        precision = OnsetPrecision.DAY if day else OnsetPrecision.MONTH if month else OnsetPrecision.YEAR
        return Onset(date(int(year), int(month or 1), int(day or 1)), precision)


def _month_number(name: str) -> int:
    names = {str(word).casefold(): number for table in (MONTHS, MONTHS_3) for number, word in table.items()}
    try:
        return names[name.casefold()]
    except KeyError as error:
        raise ValueError(name) from error


class ChoiceSelect(forms.Select):
    """``marks``: classes of single options, by which the stylesheet shows the fields that go with them."""

    def __init__(self, marks: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.marks = dict(marks or {})

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if mark := self.marks.get(str(value)):
            option["attrs"]["class"] = mark
        return option


def _not_stated(choices: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [("", _("Not stated")), *choices]


class FindingForm(forms.Form):
    """One finding. Most are recorded with two answers: which, and on which side."""

    type = forms.ChoiceField(
        label=_("Finding"), error_messages={"required": _("Choose a finding.")}, widget=ChoiceSelect
    )
    side = forms.ChoiceField(label=_("Side"), choices=Side.choices, required=False, widget=forms.RadioSelect)
    severity = forms.ChoiceField(label=_("Severity"), choices=_not_stated(Severity.choices), required=False)
    confirmed_by = forms.ChoiceField(
        label=_("Confirmed by"),
        choices=ConfirmedBy.choices,
        initial=ConfirmedBy.CLINICAL,
        widget=ChoiceSelect(dict.fromkeys(IMAGING, "imaging")),
    )
    onset = OnsetField(
        label=_("Since"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("March 2026"), "autocomplete": "off"}),
    )
    flexibility = forms.ChoiceField(
        label=_("Flexibility"), choices=_not_stated(Flexibility.choices), required=False
    )
    origin = forms.ChoiceField(label=_("Origin"), choices=_not_stated(Origin.choices), required=False)
    imaging_date = DayField(label=_("Date of the picture"), required=False, css="")
    course = forms.ChoiceField(label=_("Course"), choices=_not_stated(Course.choices), required=False)
    severity_scale = forms.CharField(
        label=_("Scale"),
        max_length=80,
        required=False,
        validators=[validate_single_line],
        help_text=_("Which grading the severity follows, such as the Manchester Scale."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=2000,
        required=False,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, actor: Actor, data: Mapping[str, Any] | None = None, *, standing: Finding | None = None
    ) -> None:
        """``standing``: a finding to be amended, whose type stays in the list though it is hidden by now."""
        super().__init__(data, auto_id="finding-%s", initial=stated_of(standing) if standing else None)
        kinds = list(FindingType.objects.visible_to(actor).offered())
        if standing and standing.type not in kinds:
            kinds.append(standing.type)
        self.types = {kind.key: kind for kind in kinds}
        marks = {
            key: " ".join([*kind.extra_fields, *(f"side-{side}" for side in kind.sides)])
            for key, kind in self.types.items()
        }
        self.fields["type"].choices = [("", _("Choose …")), *self._groups()]  # type: ignore[attr-defined]
        self.fields["type"].widget.marks = marks

    def _groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        groups: dict[str, list[tuple[str, str]]] = {}
        for kind in self.types.values():
            groups.setdefault(kind.group, []).append((kind.key, kind.label))
        return list(groups.items())

    def clean_side(self) -> str:
        """A hand-made request can send two; a browser's radio buttons cannot."""
        if isinstance(self.data, QueryDict) and len(set(self.data.getlist("side"))) > 1:
            raise ValidationError(_("Choose one side."), code="two_sides")
        side: str = self.cleaned_data["side"]
        return side

    def clean(self) -> dict[str, Any]:
        """A back has no side unless somebody states one; a foot and a leg always have."""
        kind = self.types.get(self.cleaned_data.get("type", ""))
        if kind is not None and self.cleaned_data.get("side") == "":
            if Side.NOT_APPLICABLE in kind.sides:
                self.cleaned_data["side"] = Side.NOT_APPLICABLE
            elif kind.site == Site.FOOT:
                self.add_error("side", ValidationError(_("Choose left, right or both."), code="no_side"))
            else:
                self.add_error("side", ValidationError(_("Choose a side, or “Not known”."), code="no_side"))
        return self.cleaned_data

    def entry(self) -> FindingEntry:
        said = {name: self.cleaned_data[name] for name in FindingForm.base_fields}
        onset: Onset | None = said.pop("onset")
        if onset:
            said |= {"onset_date": onset.first_day, "onset_precision": onset.precision}
        return FindingEntry.stated(**said | {"type": self.types[said["type"]]})


class AmendForm(FindingForm):
    """What stands on record, to be said anew. ``version`` is the one that was on the screen."""

    reason = forms.CharField(
        label=_("Reason for the change"),
        max_length=300,
        required=False,
        validators=[validate_single_line],
        help_text=_("Stands in the history, such as “X-ray seen” or “wrong side typed”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    version = forms.IntegerField(min_value=1, max_value=32_767, widget=forms.HiddenInput)


def stated_of(finding: Finding) -> dict[str, Any]:
    """What the form shows of a finding on record."""
    names = [name for name in AmendForm.base_fields if hasattr(finding, name)]
    shown = {name: getattr(finding, name) for name in names} | {"type": finding.type_id}
    if finding.onset_date is not None:
        shown["onset"] = str(Onset(finding.onset_date, OnsetPrecision(finding.onset_precision)))
    return shown


AGAIN = _("Open the page again, then try once more.")
UNSAID = _("Say how it is known: seen at the examination, or the patient says so.")


class ReadForm(forms.Form):
    """``version``: the one that was on the screen when a button was pressed."""

    version = forms.IntegerField(
        min_value=1,
        max_value=32_767,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), AGAIN),
    )


class RecurForm(ReadForm):
    """What came back: who says so."""

    confirmed_by = forms.ChoiceField(
        choices=[(known, known.label) for known in (ConfirmedBy.CLINICAL, ConfirmedBy.PATIENT_REPORTED)],
        error_messages={"required": UNSAID, "invalid_choice": UNSAID},
    )

    def chosen(self) -> ConfirmedBy:
        return ConfirmedBy(self.cleaned_data["confirmed_by"])


class ClosingForm(ReadForm):
    """How a finding ends."""

    status = forms.ChoiceField(choices=[choice for choice in Status.choices if choice[0] != Status.ACTIVE])
    reason = forms.CharField(max_length=300, required=False, validators=[validate_single_line])

    def chosen(self) -> Status:
        return Status(self.cleaned_data["status"])

"""The file, what its columns are, and one row of it judged by the rules of the form that adds a patient."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.models import construct_instance
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from patients import import_files
from patients.forms.contact import RegistrationForm
from patients.import_columns import FORMATS, DayOrder, Field, guessed, joined, possible_orders
from patients.models import PatientImport

SHOWN = 3  # values of each column
LONGEST_SHOWN = 40


class UploadForm(forms.Form):
    """Cleans to the table that the file holds, whole or not at all."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("Up to 10,000 patients and 5 MB. The first line names the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        error_messages={"empty": _("The file is empty."), "required": _("Choose a file.")},
    )

    file_name = ""

    def clean_file(self) -> import_files.Table:
        sent: UploadedFile = self.cleaned_data["file"]
        # It is for people alone.
        self.file_name = "".join(c for c in sent.name or "" if c.isprintable()) or _t("List")
        if (sent.size or 0) > import_files.MOST_BYTES:
            raise ValidationError(
                _t("This file is larger than 5 MB. Split it into several files."), code="too_large"
            )
        try:
            return import_files.read(sent.read())
        except import_files.NotAList as refused:
            raise ValidationError(refused.message, code=refused.code) from refused


class ColumnsForm(forms.Form):
    """One choice for each column, preset from its heading. ``chosen`` and ``order`` after ``is_valid``."""

    day_order = forms.ChoiceField(
        label=_("How dates of birth are written"),
        choices=DayOrder.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, patient_import: PatientImport) -> None:
        self.patient_import = patient_import
        headings = patient_import.headings
        preset = patient_import.columns or guessed(headings)
        self._possible: dict[int, list[str]] = {}
        order = patient_import.day_order
        if not order and Field.DATE_OF_BIRTH in preset:
            orders = self._orders(preset.index(Field.DATE_OF_BIRTH))
            order = orders[0] if len(orders) == 1 else ""
        super().__init__(data, initial={"day_order": order})
        choices = [("", _("Do not import")), *Field.choices]
        for place, heading in enumerate(headings):
            label = heading or _t("Column %(number)d") % {"number": place + 1}
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=label, choices=choices, required=False, initial=preset[place]
            )

    def columns(self) -> list[dict[str, Any]]:
        """For the page: each column's field with what stands in its first rows."""
        first = list(self.patient_import.rows.values_list("cells", flat=True)[:SHOWN])
        return [
            {
                "field": self[f"column_{place}"],
                "examples": joined([cells[place] for cells in first], LONGEST_SHOWN),
            }
            for place in range(len(self.patient_import.headings))
        ]

    def full_clean(self) -> None:
        """The order of dates can be left open where one alone is possible; the page does not call it optional."""
        self.fields["day_order"].required = False
        super().full_clean()
        self.fields["day_order"].required = True

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors:
            self._check_columns(self.chosen())
        return said

    def chosen(self) -> list[str]:
        return [self.cleaned_data[f"column_{place}"] for place in range(len(self.patient_import.headings))]

    def order(self) -> str:
        return str(self.cleaned_data["day_order"])

    def _check_columns(self, chosen: Sequence[str]) -> None:
        given = [field for field in chosen if field]
        for place, field in enumerate(chosen):
            if field and field in chosen[:place]:
                message = _t("Two columns cannot both be “%(field)s”.") % {"field": Field(field).label}
                self.add_error(f"column_{place}", ValidationError(message, code="twice"))
        halves = {Field.GIVEN_NAME, Field.FAMILY_NAME} & set(given)
        if Field.FULL_NAME in given and halves:
            self._add(_t("Choose either the full name, or first and last name."), "name_twice")
        if Field.FULL_NAME not in given and len(halves) < 2:
            self._add(_t("Say which columns hold the first and the last name, or the full name."), "no_name")
        if Field.DATE_OF_BIRTH not in given:
            self._add(_t("Say which column holds the date of birth."), "no_birth")
        elif not self.errors:
            self._check_order(list(chosen).index(Field.DATE_OF_BIRTH))

    def _check_order(self, place: int) -> None:
        if self.cleaned_data["day_order"]:
            return
        orders = self._orders(place)
        if len(orders) == 1:
            self.cleaned_data["day_order"] = orders[0]
        else:
            message = _t("These dates can be read in more than one way: choose how they are written.")
            self.add_error("day_order", ValidationError(message, code="ambiguous"))

    def _add(self, message: str, code: str) -> None:
        self.add_error(None, ValidationError(message, code=code))

    def _orders(self, place: int) -> list[str]:
        if place not in self._possible:
            values = self.patient_import.rows.values_list(f"cells__{place}", flat=True)
            self._possible[place] = possible_orders(values)
        return self._possible[place]


class RowForm(RegistrationForm):
    """The form that adds a patient, filled from a file: dates in the file's order, consent in words.

    It asks the database nothing: the constraints, which Django would ask one by one, judge the rows when they are
    written.
    """

    reminders_allowed = forms.TypedChoiceField(
        choices=[("", ""), ("on", "")],
        coerce=bool,
        empty_value=False,  # type: ignore[arg-type]
        required=False,
    )

    def __init__(self, data: dict[str, Any], *, order: str) -> None:
        super().__init__(data)
        self.fields["date_of_birth"].input_formats = FORMATS[order]  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """As Django does it, without the constraints."""
        construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        try:
            self.instance.clean_fields(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]

    def codes(self) -> list[dict[str, str]]:
        """Field and code of each fault, without what was typed."""
        faults = self.errors.as_data().items()
        return [{"field": name, "code": str(error.code)} for name, errors in faults for error in errors]

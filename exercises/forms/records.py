"""Archiving a record, and merging two."""

from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_single_line
from patients.models import Patient


class ArchiveForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the reason.")},
    )


class MergeForm(ArchiveForm):
    """Which of two records is kept: nothing is chosen beforehand."""

    kept = forms.ChoiceField(
        label=_("Which record is kept?"),
        widget=forms.RadioSelect,
        help_text=_("Its name, date of birth, address and reminders stay as they are."),
        error_messages={"required": _("Choose which record is kept.")},
    )
    same_person = forms.BooleanField(
        label=_("I checked that this is the same person"),
        error_messages={"required": _("Tick the box when you have checked that this is the same person.")},
    )
    field_order = ["kept", "reason", "same_person"]

    def __init__(self, data: Any, *, patients: list[Patient]) -> None:
        super().__init__(data)
        self.patients = patients
        self.fields["kept"].choices = [  # type: ignore[attr-defined]
            (str(patient.pk), _label(number, patient)) for number, patient in enumerate(patients, start=1)
        ]

    def kept_and_duplicate(self) -> tuple[Patient, Patient]:
        one, other = self.patients
        return (one, other) if self.cleaned_data["kept"] == str(one.pk) else (other, one)


def _label(number: int, patient: Patient) -> str:
    """Two records of one person often bear one name: the number and the day tell them apart."""
    words = {
        "number": number,
        "name": patient.full_name,
        "day": date_format(patient.created_at, "j F Y"),
    }
    return gettext("Record %(number)s: %(name)s, registered on %(day)s") % words

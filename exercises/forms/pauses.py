from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_single_line
from patients.forms.days import DayField


class PauseForm(forms.Form):
    first_day = DayField(label=_("First day without exercises"), example="2026-12-01")
    last_day = DayField(
        label=_("Last day without exercises"),
        example="2026-12-14",
        required=False,
        help_text=_("Leave it empty if nobody knows yet: the pause lasts until you end it."),
    )
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("Stays in the record. The patient does not see it."),
        max_length=200,
        required=False,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_last_day(self) -> date | None:
        first: date | None = self.cleaned_data.get("first_day")
        last: date | None = self.cleaned_data["last_day"]
        if first and last and last < first:
            raise ValidationError(_("The last day cannot be before the first."), code="order")
        return last

    def days(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("first_day", "last_day", "reason")}

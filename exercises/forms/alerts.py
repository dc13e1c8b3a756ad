"""What is done about an alert, and what a clinic looks at."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from clinic.models import User
from clinic.text import validate_plain_text, validate_single_line
from exercises.actions import RuleChange
from exercises.alert_rules import RULES, About, Thresholds
from patients.forms.days import DayField

SHORT_NOTE = {"rows": 2, "autocomplete": "off"}


class NoForm(forms.Form):
    """A button alone."""


class SeenForm(forms.Form):
    """``count``: how many occasions the page showed. A form without it has shown none."""

    count = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_count(self) -> int:
        count: int = self.cleaned_data["count"] or 0
        return count


class SnoozeForm(SeenForm):
    until = DayField(label=_("Show it again on"), example="2026-12-14")


class CallForm(SeenForm):
    text = forms.CharField(
        label=_("What came of the call"),
        max_length=500,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs=SHORT_NOTE),
    )


class CloseForm(SeenForm):
    note = forms.CharField(
        label=_("How it was resolved"),
        max_length=500,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs=SHORT_NOTE),
    )


class AssignAlertForm(forms.Form):
    to = forms.ModelChoiceField(
        label=_("Given to"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody in particular"),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, people: Any, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


class RulesForm(forms.Form):
    """Every number of every rule. Fields are named after rule and number, so that a refusal finds its place."""

    reason = forms.CharField(
        label=_("Why you change it"),
        help_text=_("Stays in the audit."),
        max_length=300,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, thresholds: Thresholds) -> None:
        super().__init__(data)
        for about in RULES:
            self.fields[f"{about.rule}-on"] = forms.BooleanField(
                label=_("Show it on the worklist"), required=False, initial=thresholds.has(about.rule)
            )
            for number in about.numbers:
                bounds = {"lowest": number.lowest, "highest": number.highest, "usual": number.default}
                self.fields[f"{about.rule}-{number.name}"] = forms.IntegerField(
                    label=str(number.label),
                    min_value=number.lowest,
                    max_value=number.highest,
                    help_text=_("%(lowest)s to %(highest)s; default %(usual)s") % bounds,
                    initial=thresholds.numbers[about.rule][number.name],
                    widget=forms.NumberInput(attrs={"class": "num", "inputmode": "numeric"}),
                )

    def changes(self) -> list[RuleChange]:
        said = self.cleaned_data
        return [
            RuleChange(
                rule=about.rule,
                enabled=said[f"{about.rule}-on"],
                numbers={number.name: said[f"{about.rule}-{number.name}"] for number in about.numbers},
            )
            for about in RULES
        ]

    def lines(self) -> list[tuple[About, BoundField, list[BoundField]]]:
        """Each rule with its switch and its numbers."""
        return [
            (about, self[f"{about.rule}-on"], [self[f"{about.rule}-{one.name}"] for one in about.numbers])
            for about in RULES
        ]

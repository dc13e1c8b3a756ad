"""Days as people type them."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _


class DayField(forms.DateField):
    """A date picker where the browser has one; elsewhere a text field that takes the same forms of date."""

    def __init__(self, *, example: str = "2026-03-14", css: str = "short", **options: Any) -> None:
        invalid = format_lazy(_("Enter a date that exists, such as {example}."), example=example)
        attrs = {"type": "date"} | ({"class": css} if css else {})
        super().__init__(
            widget=forms.DateInput(attrs=attrs, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %B %Y"],
            error_messages={"invalid": invalid} | options.pop("error_messages", {}),
            **options,
        )

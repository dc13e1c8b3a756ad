"""Fields of measures: numbers within limits, and answers that can be taken back."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _t

from patients import scoring

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Words: TypeAlias = "str | _StrPromise"

NOT_SAID = ("", "–")  # takes a choice back; the template says it in words
YES_NO = [("yes", _t("Yes")), ("no", _t("No")), NOT_SAID]


class NumberField(forms.CharField):
    """A number within limits, with decimal comma or point. Whatever is wrong, ``message`` says what to enter."""

    def __init__(self, *, label: Words, low: int, high: int, places: int, unit: Words, message: Words):
        # A telephone's pad of numbers has no minus.
        inputmode = "text" if low < 0 else "decimal" if places else "numeric"
        widget = forms.TextInput(attrs={"class": "num", "inputmode": inputmode, "autocomplete": "off"})
        super().__init__(label=label, required=False, max_length=12, widget=widget)
        self.low, self.high, self.unit, self.message = low, high, unit, message
        digits = rf"(?:[.,](\d{{1,{places}}}))?" if places else ""
        sign = (
            rf"[+\-{scoring.MINUS}]?" if low < 0 else ""
        )  # elsewhere a sign is a slip, or means a direction
        self.pattern = re.compile(rf"({sign})(\d{{1,3}}){digits}", re.ASCII)

    def clean(self, value: Any) -> Decimal | None:
        typed = str(value or "").strip()
        if not typed:
            return None
        found = self.pattern.fullmatch(typed)
        if found is None:
            raise ValidationError(self.message, code="number")
        sign, whole, *decimals = found.groups()
        number = Decimal(f"{whole}.{decimals[0] or 0}" if decimals else whole)
        number = -number if sign in {"-", scoring.MINUS} else number
        if not self.low <= number <= self.high:
            raise ValidationError(self.message, code="limits")
        return number


def choice_field(
    label: Words, choices: list[Any], coerce: Any = str, empty: Any = ""
) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=choices,
        coerce=coerce,
        empty_value=empty,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _t("Choose one of the answers.")},
    )


def yes_no_field(label: Words) -> forms.TypedChoiceField:
    return choice_field(label, YES_NO, coerce=lambda said: said == "yes", empty=None)

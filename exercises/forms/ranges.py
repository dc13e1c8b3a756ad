"""A number or a span of numbers, as people write doses: "10", "10-15", or nothing for "not stated"."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from exercises.doses import Range

# Hyphen, dashes and the word: what keyboards and habits produce.
SPAN = re.compile(r"\s*(\d{1,6})\s*(?:(?:-|–|—|\bto\b)\s*(\d{1,6}))?\s*", re.IGNORECASE)


class RangeField(forms.Field):
    """Cleans to a ``Range`` or None. A plain text field: number keypads have no hyphen."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        self.most = most
        kwargs.setdefault("required", False)
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"class": "num", "autocomplete": "off", "maxlength": 20})
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Range | None:
        if value in self.empty_values or not str(value).strip():
            return None
        found = SPAN.fullmatch(str(value))
        if found is None:
            raise ValidationError(
                _("Write a number such as 10, or a range such as 10-15."), code="not_a_range"
            )
        low = int(found[1])
        high = int(found[2]) if found[2] else low
        if not (1 <= low <= self.most and 1 <= high <= self.most):
            message = _("Choose a number from 1 to %(most)s.")
            raise ValidationError(message % {"most": self.most}, code="out_of_range")
        if high < low:
            raise ValidationError(_("Write the smaller number first, such as 10-15."), code="reversed")
        return Range(low, high)

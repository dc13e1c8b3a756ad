from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from exercises.sheet import MOST_WEEKS


class SheetForm(forms.Form):
    """Which days the grid of a printed sheet has. A hand-made address is no reason to refuse the page."""

    first = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    weeks = forms.TypedChoiceField(
        label=_("Weeks"),
        choices=[(number, str(number)) for number in range(1, MOST_WEEKS + 1)],
        coerce=int,
        required=False,
    )

    def days(self) -> tuple[date | None, int]:
        self.is_valid()
        return self.cleaned_data.get("first"), self.cleaned_data.get("weeks") or 1

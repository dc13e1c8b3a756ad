from typing import Self

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_plain_text
from exercises.models import Programme


class ExtendForm(forms.Form):
    seen_version = forms.IntegerField(min_value=1, max_value=32767, widget=forms.HiddenInput)
    ends_on = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    why = forms.CharField(
        label=_("Why, for your colleagues"),
        max_length=300,
        required=False,
        validators=[validate_plain_text],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept with this version. The patient does not read it."),
    )

    def __init__(self, typed: QueryDict | None = None, *, programme: Programme) -> None:
        initial = {"ends_on": programme.ends_on, "seen_version": programme.version}
        super().__init__(typed, initial=initial)

    @classmethod
    def afresh(cls, posted: QueryDict, programme: Programme) -> Self:
        """What was typed, by somebody who has been told how the programme is now."""
        typed = posted.copy()
        typed["seen_version"] = str(programme.version)
        return cls(typed, programme=programme)

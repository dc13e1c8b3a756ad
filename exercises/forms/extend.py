from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_plain_text
from exercises.models import Programme


class ExtendForm(forms.Form):
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

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].initial = programme.ends_on

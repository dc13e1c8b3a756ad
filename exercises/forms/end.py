from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_single_line


class EndForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it ends"),
        help_text=_("Stays in the record of changes. The patient does not see it."),
        max_length=200,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models import Language
from clinic.text import validate_single_line


class CarerForm(forms.Form):
    """One person who helps. Whether the person wants it is asked by e-mail."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the name.")},
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Enter the e-mail address."),
            "invalid": _("Enter an e-mail address such as name@example.com."),
        },
    )
    language = forms.ChoiceField(label=_("Language of the e-mails"), choices=Language.choices)

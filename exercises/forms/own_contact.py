from django import forms
from django.utils.translation import gettext_lazy as _

from patients.forms.contact import TimeZoneField


class OwnContactForm(forms.Form):
    """What patients change themselves; names and the date of birth are the clinic's to correct."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("We send a code to a new address before we use it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Type your e-mail address."),
            "invalid": _("Type an address such as name@post.example."),
        },
    )
    time_zone = TimeZoneField(
        label=_("Time zone"),
        max_length=64,
        help_text=_("Reminders follow it. Type a city, such as London."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )

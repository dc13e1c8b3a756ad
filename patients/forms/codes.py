"""Codes as they are typed, and whose browser it is. Nothing is preselected: a shared computer must not be kept open."""

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.access_codes import LONGEST

OWN, SHARED = "own", "shared"
TYPED = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "dir": "ltr"}


class OwnField(forms.ChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label=_("Is this your own phone or computer?"),
            choices=[
                (OWN, _("Yes. Keep my plan open here for 30 days.")),
                (SHARED, _("No, other people use it too. Close my plan after half an hour.")),
            ],
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose one of the two.")},
        )


class PrintedCodeForm(forms.Form):
    code = forms.CharField(
        label=_("The code from your clinic"),
        max_length=LONGEST,
        help_text=_(
            "Twelve letters and digits. Small letters will do, and you may leave out the lines between."
        ),
        widget=forms.TextInput(attrs={**TYPED, "data-code": "1"}),
        error_messages={"required": _("Type the code.")},
    )
    own = OwnField()


class EmailedCodeForm(forms.Form):
    """For a browser that is known already: the code alone."""

    code = forms.CharField(
        label=_("The code from the e-mail"),
        max_length=LONGEST,
        help_text=_("Eight letters and digits."),
        widget=forms.TextInput(attrs={**TYPED, "autocomplete": "one-time-code"}),
        error_messages={"required": _("Type the code.")},
    )


class EmailedDeviceForm(EmailedCodeForm):
    own = OwnField()


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("The one that your clinic has."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Type your e-mail address."),
            "invalid": _("Type an address such as name@post.example."),
        },
    )

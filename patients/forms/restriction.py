"""Why a record is restricted, opened in an emergency, or opened again; and whose it is, where no search knows."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_single_line
from patients.forms.days import DayField
from patients.models import LONGEST_REASON, SHORTEST_REASON


class ReasonField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=options.pop("label", _("Reason")),
            min_length=SHORTEST_REASON,
            max_length=LONGEST_REASON,
            validators=[validate_single_line],
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            error_messages={
                "required": _("Enter the reason."),
                "min_length": _("Say why, in at least ten characters."),
            },
            **options,
        )


class ReasonForm(forms.Form):
    reason = ReasonField(help_text=_("Without a name: it stands on the owner’s page."))


class BreakGlassForm(forms.Form):
    """Of a record whose address is known, such as one that an e-mail led to."""

    reason = ReasonField(label=_("Why you need this record now"), help_text=_("The owner reads it at once."))


class FindRestrictedForm(BreakGlassForm):
    """Only who knows the whole name and the date of birth is let in."""

    given_name = forms.CharField(
        label=_("First name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    family_name = forms.CharField(
        label=_("Last name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    date_of_birth = DayField(label=_("Date of birth"))
    field_order = ["given_name", "family_name", "date_of_birth", "reason"]

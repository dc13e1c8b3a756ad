from django import forms
from django.utils.translation import gettext_lazy as _

from exercises.schedule import EARLIEST, LATEST

TIME_MESSAGES = {
    "required": _("Enter a time, such as 18:00."),
    "invalid": _("Enter a time, such as 18:00."),
}


class ReminderTimeForm(forms.Form):
    """The local time of one programme's reminder. Which times are allowed is the action's rule."""

    title = ""  # the programme's name, for a page with several of these
    programme = forms.UUIDField(widget=forms.HiddenInput)
    at = forms.TimeField(
        label=_("Remind me at"),
        help_text=_("From 06:00 to 20:30, in your local time."),
        widget=forms.TimeInput(
            format="%H:%M",
            attrs={
                "type": "time",
                "class": "short",
                "min": EARLIEST.isoformat("minutes"),
                "max": LATEST.isoformat("minutes"),
            },
        ),
        error_messages=TIME_MESSAGES,
    )

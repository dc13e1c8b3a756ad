from datetime import date
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from exercises.actions import Wish
from exercises.models import EVERY_DAY, Anchor, ReminderChoice
from exercises.schedule import EARLIEST, LATEST

TIME_MESSAGES = {
    "required": _("Enter a time, such as 18:00."),
    "invalid": _("Enter a time, such as 18:00."),
}


def _clock() -> forms.TimeInput:
    ends = {"min": EARLIEST.isoformat("minutes"), "max": LATEST.isoformat("minutes")}
    return forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "short", **ends})


class ReminderTimeForm(forms.Form):
    """The local time of one programme's reminder. Which times are allowed is the action's rule."""

    title = ""  # the programme's name, for a page with several of these
    programme = forms.UUIDField(widget=forms.HiddenInput)
    at = forms.TimeField(
        label=_("Remind me at"),
        help_text=_("From 06:00 to 20:30, in your local time."),
        widget=_clock(),
        error_messages=TIME_MESSAGES,
    )


class WishForm(forms.Form):
    """Days, hours and pause for all reminders of the patient. Which go together is the action's rule."""

    use_required_attribute = False
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On these days"),
        choices=[(day, WEEKDAYS[day - 1]) for day in EVERY_DAY],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one day of the week."),
            "invalid_choice": _("Choose at least one day of the week."),
        },
    )
    quiet_until = forms.TimeField(label=_("Not before"), widget=_clock(), error_messages=TIME_MESSAGES)
    quiet_from = forms.TimeField(label=_("Not after"), widget=_clock(), error_messages=TIME_MESSAGES)
    paused_until = forms.DateField(
        label=_("No reminders until"),
        help_text=_("The last day without a reminder. Your plan goes on as before."),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "short"}),
        error_messages={"invalid": _("Enter a day, such as 2026-12-24.")},
    )
    anchor = forms.ChoiceField(
        label=_("I do my exercises"),
        help_text=_(
            "Your reminder repeats it. Doing them after something you do every day helps to remember."
        ),
        required=False,
        choices=[("", _("at no fixed moment")), *Anchor.choices],
        error_messages={"invalid_choice": _("Choose one from the list.")},
    )

    def wish(self) -> Wish:
        """Of a valid form."""
        values: dict[str, Any] = self.cleaned_data
        return Wish(**values | {"weekdays": tuple(values["weekdays"])})


def wish_of(choice: ReminderChoice | None, today: date) -> dict[str, Any]:
    """What the form shows at first. A pause that is over is none."""
    if choice is None:
        choice = ReminderChoice()
    over = choice.paused_until is not None and choice.paused_until < today
    return {
        "weekdays": choice.weekdays,
        "quiet_until": choice.quiet_until,
        "quiet_from": choice.quiet_from,
        "paused_until": None if over else choice.paused_until,
        "anchor": choice.anchor,
    }

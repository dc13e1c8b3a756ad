"""Who a patient is and how to reach them."""

from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.models import IN_ENGLISH, Language
from patients.actions.patients import LONGEST_MARK, mark_of_contact
from patients.forms.days import DayField
from patients.models import (
    Patient,
)
from patients.models.patient import OLDEST_BIRTH

# Accepted beside these, but not offered: fixed offsets and old aliases do not follow the clock changes of a place.
REGIONS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)


@cache
def _zones() -> dict[str, str]:
    """By their name in small letters; reading them from disk takes long enough to do it once."""
    return {zone.casefold(): zone for zone in sorted(available_timezones())}


def offered_time_zones() -> list[str]:
    return [zone for zone in _zones().values() if zone.startswith(REGIONS)]


@cache
def _cities() -> dict[str, str]:
    """By the last part of the name. Of two names for one city the longer one stands: the short one is an old alias."""
    return {zone.rpartition("/")[2].casefold(): zone for zone in sorted(offered_time_zones(), key=len)}


class TimeZoneField(forms.CharField):
    """A text field with suggestions: six hundred options in a list are slower than typing a city."""

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        name = "_".join(typed.split()).casefold()
        return _zones().get(name) or _cities().get(name, typed)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value not in _zones().values():
            raise ValidationError(
                _("Choose a time zone from the list, such as Europe/London."), code="time_zone"
            )


class ContactForm(forms.ModelForm):
    """Who the patient is and how to reach them."""

    date_of_birth = DayField(label=_("Date of birth"), example="1956-03-14")
    time_zone = TimeZoneField(
        label=_("Time zone"),
        max_length=64,
        help_text=_("Where the patient lives. Reminders follow it. Type a city, such as London."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )

    language = forms.ChoiceField(
        label=_("Language"),
        choices=[(code.value, IN_ENGLISH[code]) for code in Language],
        help_text=_("Of the plan and of its e-mails. The patient can change it."),
    )

    class Meta:
        model = Patient
        fields = [
            *("given_name", "family_name", "date_of_birth", "email"),
            *("reference", "time_zone", "language", "note"),
        ]
        widgets = {
            "given_name": forms.TextInput(attrs={"autocomplete": "off"}),
            "family_name": forms.TextInput(attrs={"autocomplete": "off"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "reference": forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
            "note": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {"note": _("How to reach the patient")}
        help_texts = {
            "reference": _("What your own record system calls this patient. Found by the search."),
            "note": _("The whole clinic can read this: nothing clinical here."),
        }

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        if born < OLDEST_BIRTH:
            raise ValidationError(_("Enter a date of birth after 1900."), code="too_old")
        return born


class DetailsForm(ContactForm):
    """What of a known patient can be changed: the next visit too, on the clinic's clock."""

    next_visit_on = DayField(label=_("Day of the next visit"), example="2026-12-14", required=False)
    next_visit_time = forms.TimeField(
        label=_("Time of the next visit"),
        required=False,
        help_text=_("On the clinic’s clock. Stands in the patient’s plan until it is over."),
        widget=forms.TimeInput(attrs={"type": "time", "class": "short"}, format="%H:%M"),
        error_messages={"invalid": _("Enter a time such as 14:30.")},
    )
    seen = forms.CharField(required=False, max_length=LONGEST_MARK, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, patient: Patient) -> None:
        self._zone = ZoneInfo(patient.clinic.time_zone)
        at = patient.next_visit_at.astimezone(self._zone) if patient.next_visit_at else None
        visit = {"next_visit_on": at.date(), "next_visit_time": at.time()} if at else {}
        super().__init__(data, initial=contact_of(patient) | visit | {"seen": mark_of_contact(patient)})

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        day, time = said.get("next_visit_on"), said.get("next_visit_time")
        if (day is None) != (time is None) and not {"next_visit_on", "next_visit_time"} & set(self.errors):
            missing = "next_visit_on" if day is None else "next_visit_time"
            self.add_error(missing, ValidationError(_("Give the day and the time, or neither."), code="half"))
        return said

    def contact(self) -> dict[str, Any]:
        said = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        day, time = said.pop("next_visit_on"), said.pop("next_visit_time")
        said["next_visit_at"] = datetime.combine(day, time, tzinfo=self._zone) if day and time else None
        return said


class RegistrationForm(ContactForm):
    same_person_checked = forms.BooleanField(label=_("I looked: this is another person"), required=False)

    class Meta(ContactForm.Meta):
        fields = [*ContactForm.Meta.fields, "reminders_allowed"]
        help_texts = {
            **ContactForm.Meta.help_texts,
            "reminders_allowed": _("Tick only when the patient said so. They can stop at any time."),
        }

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("reminders_allowed") and "email" in answers and not answers["email"]:
            self.add_error("email", ValidationError(_("Reminders need an e-mail address."), code="no_email"))
        return answers

    def asks_for_namesake(self) -> bool:
        """The box appears after a patient of the same name and date of birth was found."""
        return bool(
            self.is_bound and ("same_person_checked" in self.errors or self["same_person_checked"].value())
        )


def contact_of(patient: Patient) -> dict[str, Any]:
    """What the form shows of a stored patient."""
    return {name: getattr(patient, name) for name in ContactForm.Meta.fields}

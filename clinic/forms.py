"""What an owner types about the clinic and its staff, and what an invited person types."""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic.actions import LONGEST_MARK, SETTINGS
from clinic.models import LARGEST_LOGO, LONGEST_LOGO_SIDE, Clinic, Invitation, User
from clinic.models.clinics import EARLIEST_REMINDER, LATEST_REMINDER, MOST_RETENTION_YEARS
from clinic.photos import LARGEST_UPLOAD, Encoded, NotAPhoto, encode, upright
from clinic.roles import Role
from clinic.text import validate_single_line

ROLES = [
    (role.value, role.name.title())
    for role in (Role.PRACTITIONER, *(r for r in Role if r != Role.PRACTITIONER))
]

EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)  # a day that is asked for


@cache
def _time_zones() -> list[tuple[str, str]]:
    """To list them, Python reads several hundred files."""
    known = sorted(available_timezones())
    return [(zone, zone.replace("_", " ")) for zone in known if "/" in zone or zone == "UTC"]


class InviteForm(forms.ModelForm):
    """The role that is asked for most is chosen beforehand."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=Role.PRACTITIONER)

    class Meta:
        model = Invitation
        fields = ("name", "email", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["email"].widget.attrs["autocomplete"] = "off"

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])

    def clean_email(self) -> str:
        return User.objects.normalize_email(self.cleaned_data["email"]).lower()

    def validate_constraints(self) -> None:
        """The action says it in better words."""


class KeysForm(forms.Form):
    search_keys = forms.BooleanField(
        label=_("The keys / and Ctrl+K lead to the search for a patient"),
        required=False,
        help_text=_("Switch it off if you speak to your computer, or if you press these keys by mistake."),
    )


class MemberForm(forms.Form):
    """The address is the sign-in: it is given once and not changed."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class AcceptForm(forms.Form):
    """The link of the e-mail, as the page's script or a person gives it, and a password twice."""

    link = forms.CharField(max_length=2000, required=False)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Password again"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, invited: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invited = invited
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        password, again = given.get("password"), given.get("again")
        if password and again and password != again:
            self.add_error("again", _t("The two passwords differ."))
        elif password:
            try:
                validate_password(password, self.invited)
            except ValidationError as error:
                self.add_error("password", error)
        return given


class SettingsForm(forms.ModelForm):
    seen = forms.CharField(max_length=LONGEST_MARK, required=False, widget=forms.HiddenInput)

    class Meta:
        model = Clinic
        fields = SETTINGS
        help_texts = {
            "name": _("In full, as on your door. Patients read it on their pages."),
            "address": _("On printed plans and on the help page."),
            "phone": _("Patients call it with questions; it stands in every e-mail."),
            "urgent_number": _("Who is to be called when you are closed and it cannot wait, such as 111."),
            "emergency_number": _("The number for danger to life where your patients live, such as 112."),
            "time_zone": _("Of new patients, and of the times that staff read."),
            "language": _("New patients’ plans are in it until somebody chooses another."),
            "colour": _(
                "Buttons and links on patients’ pages. Each is checked to be readable in light and dark."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(
            label=self.fields["time_zone"].label,
            help_text=self.fields["time_zone"].help_text,
            choices=_time_zones(),
        )
        self.fields["colour"].widget = forms.RadioSelect(choices=self.fields["colour"].choices)  # type: ignore[attr-defined]
        self.fields["colour"].widget.choices = self.fields["colour"].choices  # type: ignore[attr-defined]
        self.fields["usual_reminder"].widget = forms.TimeInput(
            format="%H:%M", attrs={"type": "time", "class": "short"}
        )
        for name in ("phone", "urgent_number", "emergency_number"):
            self.fields[name].widget.input_type = "tel"
        for name in ("urgent_days", "retention_years"):
            self.fields[name].widget.attrs["class"] = "num"

    def clean_usual_reminder(self) -> time:
        given: time = self.cleaned_data["usual_reminder"]
        if not EARLIEST_REMINDER <= given <= LATEST_REMINDER:
            raise ValidationError(_t("Choose a time from 06:00 to 20:30."), code="daytime")
        return given

    def clean_urgent_days(self) -> int:
        given: int = self.cleaned_data["urgent_days"]
        if not 1 <= given <= 14:
            raise ValidationError(_t("Enter 1 to 14 working days."), code="range")
        return given

    def clean_retention_years(self) -> int | None:
        given: int | None = self.cleaned_data["retention_years"]
        if given is not None and not 1 <= given <= MOST_RETENTION_YEARS:
            raise ValidationError(_t("Enter 1 to 50 years."), code="range")
        return given


class LogoForm(forms.Form):
    """Cleans to a picture that was decoded and encoded anew; the file itself goes no further."""

    logo = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_(
            "JPEG, PNG or WebP, up to 10 MB, at least 64 pixels on each side. No SVG: such a file can hold scripts."
        ),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def clean_logo(self) -> Encoded:
        value = self.cleaned_data.get("logo")
        if not isinstance(value, UploadedFile):
            raise ValidationError(_t("Choose a picture first."), code="required")
        if (value.size or 0) > LARGEST_UPLOAD:
            raise ValidationError(
                _t("This file is larger than 10 MB. Choose a smaller one."), code="too_large"
            )
        try:
            picture = upright(value.read(), LONGEST_LOGO_SIDE, shortest_side=64, ratio=6)
        except NotAPhoto as refused:
            raise ValidationError(refused.message, code=refused.code) from refused
        return encode([picture], longest_side=LONGEST_LOGO_SIDE, most_bytes=LARGEST_LOGO)


class AuditFilterForm(forms.Form):
    """Everything may stay empty. What cannot be read is said, and nothing is listed by it."""

    person = forms.ChoiceField(label=_("Person"), required=False)
    patient = forms.UUIDField(
        label=_("Patient"),
        required=False,
        help_text=_("The long number in the address of the patient’s page."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(label=_("What"), required=False)
    term = forms.CharField(
        label=_("Searched for"),
        required=False,
        max_length=200,
        help_text=_(
            "Shows who looked for a patient by exactly these words. What was typed is not kept, only its hash."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    first = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    last = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(
        self, *args: Any, people: list[tuple[str, str]], kinds: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", _t("everybody")), *people]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", _t("everything")), *kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and first > last:
            self.add_error("last", _t("This day is before the first."))
        return given


def start_of(day: date, zone: str) -> datetime:
    """The instant at which a day begins in a clinic's zone; next to the calendar's ends there is none to be told apart."""
    return datetime.combine(min(max(day, EARLIEST), LATEST), time(), ZoneInfo(zone))


def end_of(day: date, zone: str) -> datetime:
    return start_of(min(day, LATEST) + timedelta(days=1), zone)

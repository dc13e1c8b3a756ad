import uuid
from datetime import time
from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models.colours import Colour
from clinic.models.languages import Language
from clinic.text import validate_single_line

# As exercises.schedule has them, which a test compares: always real and unique in every zone.
EARLIEST_REMINDER, LATEST_REMINDER = time(6, 0), time(20, 30)
MOST_RETENTION_YEARS = 50


@cache
def _known_time_zones() -> frozenset[str]:
    """Reading them from disk takes 70 ms: once a process."""
    return frozenset(available_timezones())


def validate_time_zone(value: str) -> None:
    if value not in _known_time_zones():
        raise ValidationError(_("Choose a time zone from the list, such as Europe/London."), code="time_zone")


class Clinic(models.Model):
    """One practice. Every row that speaks of a patient carries its clinic.

    The three numbers have no default: 999, 111, 112 and 911 differ by country, and a wrong one delays help.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, validators=[validate_single_line])
    sender_name = models.CharField(
        _("sender of e-mails"),
        max_length=60,
        validators=[validate_single_line],
        help_text=_("Shown in every inbox. Choose a neutral name that says nothing about health."),
    )
    address = models.CharField(_("address"), max_length=200, blank=True, validators=[validate_single_line])
    phone = models.CharField(_("telephone"), max_length=40, validators=[validate_single_line])
    urgent_number = models.CharField(
        _("number for urgent care"), max_length=40, validators=[validate_single_line]
    )
    emergency_number = models.CharField(
        _("emergency number"), max_length=40, validators=[validate_single_line]
    )
    urgent_days = models.PositiveSmallIntegerField(
        _("days for what is urgent"),
        default=2,
        help_text=_("Within how many working days an urgent warning sign is to be assessed: 1 to 14."),
    )
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    language = models.CharField(
        _("language of new patients"), max_length=5, choices=Language.choices, default=Language.ENGLISH
    )
    # How the clinic shows itself to its patients.
    short_name = models.CharField(
        _("short name"),
        max_length=40,
        blank=True,
        validators=[validate_single_line],
        help_text=_("At the top of patients’ pages and of printed plans. Empty: the full name."),
    )
    colour = models.CharField(_("colour"), max_length=8, choices=Colour.choices, default=Colour.TEAL)
    logo = models.ForeignKey(
        "clinic.Logo", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    usual_reminder = models.TimeField(
        _("usual reminder time"),
        default=time(18, 0),
        help_text=_("Filled in when a programme is assigned, to be changed there. From 06:00 to 20:30."),
    )
    retention_years = models.PositiveSmallIntegerField(
        _("years that records are kept"),
        null=True,
        blank=True,
        help_text=_(
            "How many years after the last entry your rules ask you to keep a record: 1 to 50. Footwork lists whose"
            " time is over, and deletes nothing by it. Empty: not decided."
        ),
    )

    class Meta:
        verbose_name = _("clinic")
        verbose_name_plural = _("clinics")
        constraints = [
            models.CheckConstraint(
                condition=~(
                    models.Q(name="")
                    | models.Q(sender_name="")
                    | models.Q(phone="")
                    | models.Q(urgent_number="")
                    | models.Q(emergency_number="")
                    | models.Q(time_zone="")
                ),
                name="clinic_is_complete",
                violation_error_message=_("Fill in name, sender, time zone and all three telephone numbers."),
            ),
            models.CheckConstraint(
                condition=models.Q(urgent_days__gte=1, urgent_days__lte=14),
                name="clinic_urgent_days_range",
                violation_error_message=_("What is urgent is assessed within 1 to 14 working days."),
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=Language.values),
                name="clinic_language_known",
                violation_error_message=_("Choose a language from the list."),
            ),
            models.CheckConstraint(
                condition=models.Q(colour__in=Colour.values),
                name="clinic_colour_known",
                violation_error_message=_("Choose a colour from the list."),
            ),
            models.CheckConstraint(
                condition=models.Q(usual_reminder__range=(EARLIEST_REMINDER, LATEST_REMINDER)),
                name="clinic_reminder_at_daytime",
                violation_error_message=_("Choose a time from 06:00 to 20:30."),
            ),
            models.CheckConstraint(
                condition=models.Q(retention_years=None)
                | models.Q(retention_years__range=(1, MOST_RETENTION_YEARS)),
                name="clinic_retention_range",
                violation_error_message=_("Enter 1 to 50 years."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """To its patients."""
        return self.short_name or self.name

    @property
    def has_brand(self) -> bool:
        """Its pages need static/css/brand.css."""
        return self.logo_id is not None or self.colour != Colour.TEAL

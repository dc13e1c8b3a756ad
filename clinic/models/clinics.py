import uuid
from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models.languages import Language
from clinic.text import validate_single_line


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
        ]

    def __str__(self) -> str:
        return self.name

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User
from clinic.roles import SEES_PROGRAMMES
from clinic.text import validate_plain_text
from exercises.models.programme import Programme
from patients.models import Patient, VisibleRows


class PauseQuerySet(VisibleRows["ProgrammePause"]):
    seen_by = SEES_PROGRAMMES
    patient_key = "patient_id"

    def on(self, day: date) -> Self:
        return self.filter(first_day__lte=day).filter(models.Q(last_day=None) | models.Q(last_day__gte=day))


class ProgrammePause(models.Model):
    """Days on which a programme asks for nothing, the first and the last included; local days of the patient.

    Without ``last_day`` it goes on until a practitioner ends it. Days paused count neither as due nor as missed.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="pauses")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True, validators=[validate_plain_text])
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[PauseQuerySet] = PauseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("pause of a programme")
        verbose_name_plural = _("pauses of programmes")
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day=None) | models.Q(last_day__gte=models.F("first_day")),
                name="pause_ends_after_start",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.UniqueConstraint(
                fields=["programme"],
                condition=models.Q(last_day=None),
                name="pause_one_open",
                violation_error_message=_("The programme is paused already."),
            ),
            models.UniqueConstraint(
                fields=["programme", "first_day"],
                name="pause_once_a_day",
                violation_error_message=_("A pause begins on this day already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day or 'open'}"

    def covers(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic
from clinic.roles import SEES_CLINICAL
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows

WORST_PAIN = 10


class Measure(models.TextChoices):
    """Keys of the numeric rating scales, 0 no pain to 10 worst imaginable. A missing row is missing, never zero."""

    PAIN_FOOT = "pain_foot_24h", _("Foot pain")
    PAIN_BACK = "pain_back_24h", _("Lower back pain")


class PainScoreQuerySet(VisibleRows["PainScore"]):
    seen_by = SEES_CLINICAL
    patient_key = "patient_id"


class PainScore(models.Model):
    """One answer on one day. ``on`` is the patient's local day; ``recorded_at`` the instant we learnt of it."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    measure = models.CharField(max_length=20, choices=Measure.choices)
    on = models.DateField()
    score = models.PositiveSmallIntegerField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[PainScoreQuerySet] = PainScoreQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "on", "measure"],
                name="pain_once_a_day",
                violation_error_message=_("There is an answer for this day."),
            ),
            models.CheckConstraint(
                condition=models.Q(measure__in=Measure.values),
                name="pain_measure_known",
                violation_error_message=_("Unknown measure."),
            ),
            models.CheckConstraint(
                condition=models.Q(score__lte=WORST_PAIN),
                name="pain_from_0_to_10",
                violation_error_message=_("Choose a number from 0 to 10."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.on}: {self.score}"

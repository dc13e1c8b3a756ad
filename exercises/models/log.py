import uuid
from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic
from clinic.roles import SEES_CLINICAL
from exercises.models.item import ProgrammeItem
from exercises.models.programme import Programme
from exercises.models.report import DayReport
from patients.models import Patient, VisibleRows
from patients.models.history import keep_history


class Done(models.TextChoices):
    DONE = "done", _("Done")
    PARTLY = "partly", _("Partly done")
    NOT_DONE = "not_done", _("Not done")


class MissReason(models.TextChoices):
    """Why an exercise was left out or cut short, in one tap; each gets a fitting answer."""

    FORGOT = "forgot", _("I forgot")
    NO_TIME = "no_time", _("I had no time")
    PAIN = "pain", _("It hurt")
    UNSURE = "unsure", _("I was not sure how")
    NO_KIT = "no_kit", _("I did not have what it needs")
    BETTER = "better", _("I feel better")


class Effort(models.TextChoices):
    EASY = "easy", _("Easy")
    RIGHT = "right", _("Just right")
    HARD = "hard", _("Hard")


class LogQuerySet(VisibleRows["LogEntry"]):
    seen_by = SEES_CLINICAL
    patient_key = "patient_id"

    def newest_first(self) -> Self:
        """With the exercise of each entry."""
        return self.select_related("item__version__exercise").order_by("-performed_on", "-recorded_at", "pk")

    def on(self, day: date) -> Self:
        return self.filter(performed_on=day)


@keep_history()
class LogEntry(models.Model):
    """What the patient says about one exercise on one day. ``performed_on`` is the day it was done, in the patient's
    zone; ``recorded_at`` when we first learnt of it, ``said_at`` when it was said last. Opening a plan writes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(ProgrammeItem, on_delete=models.PROTECT, related_name="+")
    performed_on = models.DateField()
    done = models.CharField(max_length=8, choices=Done.choices)
    reason = models.CharField(max_length=8, choices=MissReason.choices, blank=True)
    effort = models.CharField(max_length=5, choices=Effort.choices, blank=True)
    report = models.ForeignKey(
        DayReport, on_delete=models.PROTECT, null=True, related_name="entries"
    )  # the one that said it last
    said_at = models.DateTimeField(db_default=Now())
    plan_version = (
        models.PositiveSmallIntegerField()
    )  # which state of the programme the patient had in front of them
    recorded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[LogQuerySet] = LogQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        indexes = [
            models.Index("patient", models.F("performed_on").desc(), name="log_by_patient"),
            models.Index("programme", "performed_on", name="log_by_programme"),
            models.Index("clinic", "performed_on", "patient", name="log_by_clinic"),  # to count days by month
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "performed_on"],
                name="log_once_per_item_and_day",
                violation_error_message=_("There is an entry for this day."),
            ),
            models.CheckConstraint(
                condition=models.Q(done__in=Done.values),
                name="log_done_known",
                violation_error_message=_("Choose done, partly done or not done."),
            ),
            models.CheckConstraint(
                condition=models.Q(reason="")
                | models.Q(reason__in=MissReason.values, done__in=[Done.PARTLY, Done.NOT_DONE]),
                name="log_reason_of_a_miss",
                violation_error_message=_("A reason belongs to what was left out or cut short."),
            ),
            models.CheckConstraint(
                condition=models.Q(effort="")
                | models.Q(effort__in=Effort.values, done__in=[Done.DONE, Done.PARTLY]),
                name="log_effort_of_what_was_done",
                violation_error_message=_("How hard it was can be said of what was done."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.performed_on}: {self.done}"

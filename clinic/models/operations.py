"""What the installation knows of itself: which one it is, what was done when, since when a light is red."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models.clinics import Clinic


class Deployment(models.Model):
    """One row: which installation this database belongs to, and where it lay when that was said. A copy has another
    environment, a restored backup lies elsewhere: no mail leaves either of them (clinic/deployment.py)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    key = models.CharField(max_length=40)
    place = models.CharField(max_length=60)  # clinic_place() of the database
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1),
                name="deployment_is_one_row",
                violation_error_message=_("One row only."),
            ),
            models.CheckConstraint(
                condition=models.Q(key__regex=r"^[A-Za-z0-9-]{8,40}$"),
                name="deployment_key_form",
                violation_error_message=_("Eight to forty letters, digits and hyphens."),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class JobBeat(models.Model):
    """When a job of the schedule was last done to its end. A job that hangs, or fails each time, grows old here."""

    name = models.CharField(max_length=60, primary_key=True)  # a key of settings.CELERY_BEAT_SCHEDULE
    finished_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.finished_at}"


class JobRun(models.Model):
    """A job that is done once a day: that it was taken up, and when it was done to its end. ``clinic`` null: for the
    whole installation. Unfinished: it stopped for its time was over, or died; it is taken up again within the day."""

    name = models.CharField(max_length=60)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True, related_name="+")
    local_date = models.DateField()  # where the clinic is
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)  # that it changed or deleted

    objects: ClassVar[models.Manager["JobRun"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "clinic", "local_date"],
                nulls_distinct=False,
                name="jobrun_once_a_day",
                violation_error_message=_("This was taken up on that day already."),
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at=None) | models.Q(finished_at__gte=models.F("started_at")),
                name="jobrun_ends_after_it_began",
                violation_error_message=_("It ends after it began."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.local_date}"


class Alarm(models.Model):
    """One row: since when a light has been red without a pause, and when a person was told of which."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    red_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    # Of each red light by its name, since when, in seconds of the epoch; and those that the person knows of.
    since = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    told_of = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1), name="alarm_is_one_row", violation_error_message=_("One row only.")
            ),
            models.CheckConstraint(
                condition=models.Q(told_at=None) | models.Q(red_since__isnull=False),
                name="alarm_told_while_red",
                violation_error_message=_("Nobody is told of what is green."),
            ),
        ]

    def __str__(self) -> str:
        return f"red since {self.red_since}"


class Tally(models.Model):
    """A counter of all processes together, which only grows."""

    name = models.CharField(max_length=60, primary_key=True)
    total = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.total}"

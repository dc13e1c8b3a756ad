"""A copy of everything that one clinic holds, made by a worker batch by batch, kept for a few days."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User
from clinic.roles import OWNS
from patients.models import VisibleRows

EXPORT_KEPT_FOR = timedelta(days=3)


class ExportState(models.TextChoices):
    RUNNING = "running", _("being made")
    DONE = "done", _("ready")
    STOPPED = "stopped", _("stopped")
    FAILED = "failed", _("interrupted by a fault")
    DELETED = "deleted", _("file deleted")


class ClinicExportQuerySet(VisibleRows["ClinicExport"]):
    seen_by = OWNS

    def at_work(self) -> Self:
        """What a worker has to go on with; the oldest first."""
        return self.filter(state=ExportState.RUNNING).order_by("asked_at", "pk")

    def over_at(self, now: datetime) -> Self:
        """Whose file is to go."""
        return self.filter(state=ExportState.DONE, expires_at__lte=now)


class ClinicExport(models.Model):
    """``after``: the last patient who is in it, by key; ``counts``: rows by the name of the file. The row stays when the
    file is gone, and says that there was one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.RUNNING)
    total = models.PositiveIntegerField(default=0)  # patients, when it was asked for
    done = models.PositiveIntegerField(default=0)
    after = models.UUIDField(null=True)
    counts = models.JSONField(default=dict)
    fault = models.CharField(max_length=80, blank=True)  # the class of what interrupted it, never its text
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    objects: ClassVar[ClinicExportQuerySet] = ClinicExportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("export of a clinic")
        verbose_name_plural = _("exports of clinics")
        ordering = ["-asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(  # parent of the parts' composite key
                fields=["id", "clinic"], name="export_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            models.UniqueConstraint(
                fields=["clinic"],
                condition=models.Q(state=ExportState.RUNNING),
                name="export_one_at_a_time",
                violation_error_message=_("An export of this clinic is being made already."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ExportState.values),
                name="export_state_known",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                condition=models.Q(state=ExportState.RUNNING, finished_at=None)
                | (~models.Q(state=ExportState.RUNNING) & models.Q(finished_at__isnull=False)),
                name="export_ended_at_a_time",
                violation_error_message=_("An export that is over says since when."),
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ExportState.DONE)
                | models.Q(expires_at__isnull=False, expires_at__gt=models.F("finished_at")),
                name="export_file_expires",
                violation_error_message=_("A file is kept for some days only."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d} ({self.state})"

    @property
    def is_running(self) -> bool:
        return self.state == ExportState.RUNNING

    def has_file(self, now: datetime) -> bool:
        return self.state == ExportState.DONE and self.expires_at is not None and self.expires_at > now


class ExportPart(models.Model):
    """Some lines of one of its files, compressed. In the database, where the web's processes and the workers meet and a
    row goes when it is deleted."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    export = models.ForeignKey(ClinicExport, on_delete=models.PROTECT, related_name="parts")
    name = models.CharField(max_length=80)  # of the file
    number = models.PositiveIntegerField()
    data = models.BinaryField()  # lines of NDJSON, by zlib

    class Meta:
        verbose_name = _("part of an export")
        verbose_name_plural = _("parts of exports")
        constraints = [
            models.UniqueConstraint(
                fields=["export", "name", "number"],
                name="export_part_once",
                violation_error_message=_("This part is there already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

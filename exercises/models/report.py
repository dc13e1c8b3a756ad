import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text
from patients.models import Patient, VisibleRows


class Way(models.TextChoices):
    PAGE = "page", _("the plan’s page")
    GUIDE = "guide", _("the guided exercise")
    OFFLINE = "offline", _("the plan without a network")
    PAPER = "paper", _("a paper sheet")
    API = "api", _("another program")


class DayReportQuerySet(VisibleRows["DayReport"]):
    seen_by = SEES_CLINICAL
    patient_key = "patient_id"

    def with_notes(self) -> Self:
        """Those in which something was written; the newest of a day last."""
        return self.exclude(note="").order_by("on", "made_at", "pk")


class DayReport(models.Model):
    """One time that somebody said something of one day. The key is made in the browser, so that a report that is sent
    twice is stored once. A trigger keeps it as it came.

    ``on`` is the patient's local day; ``made_at`` when it was said by the browser's clock, at most the instant we learnt
    of it, ``received_at``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    way = models.CharField(max_length=7, choices=Way.choices)
    note = models.TextField(_("note"), max_length=500, blank=True, validators=[validate_plain_text])
    entered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )  # who typed in a paper sheet; null: the patient
    made_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[DayReportQuerySet] = DayReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("report of a day")
        verbose_name_plural = _("reports of days")
        indexes = [
            models.Index("patient", models.F("on").desc(), name="report_by_patient"),
            models.Index(fields=["received_at"], name="report_received"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["id", "clinic"], name="report_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            models.CheckConstraint(
                condition=models.Q(way__in=Way.values),
                name="report_way_known",
                violation_error_message=_("Unknown way of reporting."),
            ),
            models.CheckConstraint(
                condition=models.Q(entered_by=None) ^ models.Q(way=Way.PAPER),
                name="report_of_paper_has_typist",
                violation_error_message=_("Somebody typed in a paper sheet."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} ({self.way})"

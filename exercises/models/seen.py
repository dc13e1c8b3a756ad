from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic
from clinic.roles import SEES_CLINICAL
from patients.models import Patient, VisibleRows


class PlanSeenQuerySet(VisibleRows["PlanSeen"]):
    seen_by = SEES_CLINICAL
    patient_key = "patient_id"


class PlanSeen(models.Model):
    """The plan as the patient last saw it, or as it was first sent: what is new since then is the difference.

    Written when the patient says so or logs, never by opening. ``plan``: see ``exercises.plan_changes``.
    """

    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, primary_key=True, related_name="+")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    plan = models.JSONField()
    seen_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[PlanSeenQuerySet] = PlanSeenQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("plan as last seen")
        verbose_name_plural = _("plans as last seen")

    def __str__(self) -> str:
        return f"seen {self.seen_at:%Y-%m-%d}"

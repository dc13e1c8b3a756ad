import uuid
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows


class CautionCheckQuerySet(VisibleRows["CautionCheck"]):
    seen_by = SEES_CLINICAL

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)

    def newest_first(self) -> Self:
        return self.select_related("checked_by").order_by("-checked_at", "-pk")


class CautionCheck(models.Model):
    """What speaks for caution with exercises, asked on one day: the newest check is what holds.

    ``present`` holds the keys answered with yes, ``asked`` all that were put (patients/data/cautions.json), so that a
    question that the list did not have yet is never taken as a "no". A trigger keeps it as it was signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    asked = ArrayField(models.CharField(max_length=40))
    present = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    list_version = models.PositiveSmallIntegerField()
    note = models.TextField(_("note"), max_length=600, blank=True, validators=[validate_plain_text])
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[CautionCheckQuerySet] = CautionCheckQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("check of cautions")
        verbose_name_plural = _("checks of cautions")
        indexes = [models.Index("patient", models.F("checked_at").desc(), name="caution_check_by_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["id", "clinic"],
                name="caution_check_id_clinic",
                violation_error_message=_("Wrong clinic."),
            ),
            models.CheckConstraint(
                condition=models.Q(asked__len__gt=0) & models.Q(present__contained_by=models.F("asked")),
                name="caution_check_asked_first",
                violation_error_message=_("Only what was asked can be answered."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checked_at:%Y-%m-%d}"

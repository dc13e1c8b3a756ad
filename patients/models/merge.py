import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User
from clinic.roles import SEES_PATIENTS
from clinic.text import validate_plain_text
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows


class MergeQuerySet(VisibleRows["PatientMerge"]):
    seen_by = SEES_PATIENTS

    def standing(self) -> Self:
        """Not taken back."""
        return self.filter(undone_at=None)

    def of(self, patient: Patient) -> Self:
        """Those that brought rows into this record, and those that took its rows away; the newest first."""
        named = self.select_related("kept", "duplicate", "merged_by", "undone_by")
        return named.filter(models.Q(kept=patient) | models.Q(duplicate=patient)).order_by("-merged_at", "pk")


class PatientMerge(models.Model):
    """A duplicate's rows went to the record that was kept. ``moved`` names them, so that it can be taken back whole."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    kept = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    duplicate = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField()  # model label to primary keys
    reason = models.CharField(_("reason"), max_length=300, validators=[validate_plain_text])
    merged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField(db_default=Now())
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects: ClassVar[MergeQuerySet] = MergeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("merge of two records")
        verbose_name_plural = _("merges of two records")
        constraints = [
            models.UniqueConstraint(
                fields=["duplicate"],
                condition=models.Q(undone_at=None),
                name="merge_once",
                violation_error_message=_("This record was merged already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kept=models.F("duplicate")),
                name="merge_of_two",
                violation_error_message=_("Choose two different records."),
            ),
            models.CheckConstraint(
                condition=models.Q(undone_at=None, undone_by=None)
                | models.Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_by_somebody",
                violation_error_message=_("Taking back names who did it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duplicate_id} into {self.kept_id}"

    @property
    def number_moved(self) -> int:
        return sum(len(keys) for keys in self.moved.values())

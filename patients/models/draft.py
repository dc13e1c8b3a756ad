"""An evaluation being filled in: what was typed, whatever it is, until it is signed or discarded."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from patients.models.evaluation import Evaluation
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows


class DraftState(models.TextChoices):
    OPEN = "open", _("Draft")
    SIGNED = "signed", _("Signed")
    DISCARDED = "discarded", _("Discarded")


class DraftQuerySet(VisibleRows["EvaluationDraft"]):
    seen_by = SEES_CLINICAL

    def open(self) -> Self:
        return self.filter(state=DraftState.OPEN)

    def unsigned(self) -> Self:
        """Open or discarded, with author; the newest first."""
        unsigned = self.exclude(state=DraftState.SIGNED)
        return unsigned.select_related("author").order_by("-saved_at", "pk")

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)

    def written_by(self, author_id: int | None) -> Self:
        return self.filter(author_id=author_id)


class EvaluationDraft(models.Model):
    """What somebody typed so far, by the names of the form's fields. Kept as typed, also where it cannot be right yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    amends = models.ForeignKey(Evaluation, on_delete=models.PROTECT, null=True, related_name="+")
    answers = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=9, choices=DraftState.choices, default=DraftState.OPEN)
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(db_default=Now())
    saved_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[DraftQuerySet] = DraftQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("draft of an evaluation")
        verbose_name_plural = _("drafts of evaluations")
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "author"],
                condition=models.Q(state=DraftState.OPEN),
                name="draft_one_open_per_author",
                violation_error_message=_("You have a draft for this patient already."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=DraftState.values),
                name="draft_state_known",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                condition=models.Q(state=DraftState.SIGNED, evaluation__isnull=False)
                | ~models.Q(state=DraftState.SIGNED) & models.Q(evaluation=None),
                name="draft_signed_names_its_form",
                violation_error_message=_("A signed draft names the evaluation it became."),
            ),
        ]

    def __str__(self) -> str:
        return f"draft {self.saved_at:%Y-%m-%d %H:%M}"

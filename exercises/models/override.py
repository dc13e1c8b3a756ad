import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text
from exercises.models.programme import Programme
from patients.cautions import flags
from patients.models import Patient, VisibleRows


class OverrideQuerySet(VisibleRows["CautionOverride"]):
    seen_by = SEES_CLINICAL

    def given(self, programmes: Iterable[Programme]) -> dict[uuid.UUID, dict[str, set[str]]]:
        """By programme and flag, the exercises for which there is a reason. One query."""
        found: dict[uuid.UUID, dict[str, set[str]]] = {}
        rows = self.filter(programme__in=list(programmes)).order_by()
        for programme, flag, slugs in rows.values_list("programme_id", "flag", "exercises"):
            found.setdefault(programme, {}).setdefault(flag, set()).update(slugs)
        return found


class CautionOverride(models.Model):
    """Why a practitioner gave exercises although a caution of the patient speaks against them. A trigger keeps it."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="overrides")
    flag = models.CharField(max_length=30)
    exercises = ArrayField(models.SlugField(max_length=60))  # those it was given for
    reason = models.TextField(_("reason"), max_length=300, validators=[validate_plain_text])
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[OverrideQuerySet] = OverrideQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("reason to go on despite a caution")
        verbose_name_plural = _("reasons to go on despite a caution")
        ordering = ["given_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason="") & models.Q(exercises__len__gt=0),
                name="override_has_reason",
                violation_error_message=_("Say why it may go ahead."),
            ),
        ]

    def __str__(self) -> str:
        return self.flag

    @property
    def flag_in_words(self) -> str:
        return flags()[self.flag].label if self.flag in flags() else self.flag

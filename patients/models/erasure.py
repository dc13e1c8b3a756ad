import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.roles import KEEPS_RECORDS, OWNS
from clinic.text import validate_single_line
from patients.models.patient import Patient
from patients.models.restriction import LONGEST_REASON, SHORTEST_ID, says_enough


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Owners: those of the clinic. Practitioners: what they erased themselves."""
        if actor is None or actor.clinic_id is None or not actor.has_role(KEEPS_RECORDS):
            return self.none()
        mine = self.filter(clinic_id=actor.clinic_id)
        return mine if actor.has_role(OWNS) else mine.filter(erased_by=actor.user_id)

    def newest_first(self) -> Self:
        return self.order_by("-erased_at", "pk")


class Erasure(models.Model):
    """What could be erased of a patient was; the clinical part is kept under restriction until its time is over.

    ``removed``: how many rows of each kind went, by the keys of ``exercises.erasing.KINDS``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=LONGEST_REASON, validators=[validate_single_line])
    removed = models.JSONField(default=dict)
    erased_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )  # null: a named job
    erased_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[ErasureQuerySet] = ErasureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                name="erasure_once",
                violation_error_message=_("This was erased already."),
            ),
            says_enough("reason", "erasure_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.erased_at:%Y-%m-%d}"

    @property
    def record_short(self) -> str:
        return str(self.patient_id)[:SHORTEST_ID]

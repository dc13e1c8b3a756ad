import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.roles import OWNS
from patients.models.restriction import SHORTEST_ID


class RecordDeletionQuerySet(models.QuerySet["RecordDeletion"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Owners: those of the clinic."""
        if actor is None or actor.clinic_id is None or not actor.has_role(OWNS):
            return self.none()
        return self.filter(clinic_id=actor.clinic_id)

    def newest_first(self) -> Self:
        return self.order_by("-deleted_at", "pk")


class RecordDeletion(models.Model):
    """A record is gone: its time was over, and a person decided it. It names nobody: a key, days and numbers.

    The database lets a record's rows go only where such a row stands, and takes none of a record that has to be kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    record_id = models.UUIDField(_("record"))  # no foreign key: the patient's row is gone
    last_entry = models.DateField(_("last entry"))
    over_since = models.DateField(_("over since"))
    deleted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )  # null: done again after a restore
    deleted_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[RecordDeletionQuerySet] = RecordDeletionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("deletion of a record")
        verbose_name_plural = _("deletions of records")
        constraints = [
            models.UniqueConstraint(
                fields=["record_id"],
                name="deletion_once",
                violation_error_message=_("This record was deleted already."),
            ),
            models.CheckConstraint(
                condition=models.Q(over_since__gt=models.F("last_entry")),
                name="deletion_after_the_last_entry",
                violation_error_message=_("A record is over after its last entry."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deleted_at:%Y-%m-%d}"

    @property
    def record_short(self) -> str:
        return str(self.record_id)[:SHORTEST_ID]

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor, Kind
from clinic.models.clinics import Clinic
from clinic.models.users import User
from clinic.roles import Role

READ = "record.read"
LOOKED_BACK_AT = 400  # readings


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, actor: Actor | None) -> "AuditEntryQuerySet":
        """Owners and auditors read the whole clinic, practitioners their own entries."""
        if actor is None or actor.clinic_id is None or actor.user_id is None:
            return self.none()
        mine = self.filter(clinic_id=actor.clinic_id)
        if actor.has_role(frozenset({Role.OWNER, Role.AUDITOR})):
            return mine
        return mine.filter(actor_user_id=actor.user_id)

    def openings(self, patient_ids: Iterable[UUID]) -> "AuditEntryQuerySet":
        """When somebody of the staff opened these records: of one patient, who reads it, and of records that were merged into
        the patient's."""
        return self.filter(patient_id__in=list(patient_ids), verb=READ, actor_kind=Kind.STAFF.value)

    def last_read_by(self, actor: Actor) -> list[UUID]:
        """The patients whose records this person opened last, newest first, each once, as far as the newest entries
        tell: an afternoon in one record leaves dozens, so that a list of eight now and then comes out shorter."""
        if actor.clinic_id is None:
            return []
        mine = self.filter(verb=READ, actor_user_id=actor.user_id, clinic_id=actor.clinic_id)
        keys = mine.order_by("-at").values_list("patient_id", flat=True)[:LOOKED_BACK_AT]
        return list(dict.fromkeys(key for key in keys if key))


class AuditEntry(models.Model):
    """Who did or read what. Triggers refuse every later change, and say themselves which transaction of which epoch wrote it:
    by these two the entry is sealed (docs/audit.md)."""

    at = models.DateTimeField(db_default=Now(), editable=False)
    epoch = models.PositiveIntegerField(db_default=1, editable=False)
    xid = models.BigIntegerField(db_default=0, editable=False)  # all 64 bits of it: it never begins anew
    clinic = models.ForeignKey(Clinic, null=True, on_delete=models.PROTECT)
    actor_kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in Kind])
    actor_label = models.CharField(max_length=120)
    actor_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    actor_role = models.CharField(max_length=16, blank=True)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    # No foreign key: the entry outlives the patient's record, and this app does not know patients.
    patient_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=40, blank=True)
    ip_prefix = models.CharField(max_length=43, blank=True, db_default="")  # a network, of staff only
    reason = models.CharField(max_length=500, blank=True)
    changes = models.JSONField(default=dict)

    objects: ClassVar[AuditEntryQuerySet] = AuditEntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index("clinic", models.F("at").desc(), name="audit_by_clinic"),
            models.Index(
                "patient_id",
                models.F("at").desc(),
                name="audit_by_patient",
                condition=models.Q(patient_id__isnull=False),
            ),
            models.Index("epoch", "xid", "id", name="audit_by_transaction"),
            models.Index(
                "actor_user", models.F("at").desc(), name="audit_readings", condition=models.Q(verb=READ)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=[kind.value for kind in Kind]),
                name="audit_actor_kind_known",
                violation_error_message=_("Unknown kind of actor."),
            ),
            models.CheckConstraint(
                condition=~models.Q(actor_kind=Kind.STAFF.value) | models.Q(actor_user__isnull=False),
                name="audit_staff_is_named",
                violation_error_message=_("An entry by staff names the person."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.object_type}"

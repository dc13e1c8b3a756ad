"""Records that are closed to the clinic's own staff, and the doors that practitioners open into them in an emergency."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor, Kind
from clinic.models import Clinic, User
from clinic.roles import BREAKS_GLASS, KEEPS_RECORDS, OWNS
from clinic.text import validate_single_line
from patients.models.patient import Patient

SHORTEST_REASON, LONGEST_REASON = 10, 300  # characters
OPEN_FOR = timedelta(minutes=60)
# From the first to the last letter at least as many as a reason has; spaces around do not count.
SAYS_ENOUGH = rf"\S.{{{SHORTEST_REASON - 2},}}\S"
SHORTEST_ID = 8  # characters: what tells two records apart where no name is shown


def says_enough(column: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(**{f"{column}__regex": SAYS_ENOUGH}),
        name=name,
        violation_error_message=_("A reason has at least ten characters."),
    )


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Owners: those of the clinic, to lift them; they see no record through it. Practitioners: those of records that
        are open to them."""
        if actor is None or actor.clinic_id is None or not actor.has_role(KEEPS_RECORDS):
            return self.none()
        mine = self.filter(clinic_id=actor.clinic_id)
        return mine if actor.has_role(OWNS) else mine.filter(patient__in=Patient.objects.visible_to(actor))

    def standing(self) -> Self:
        """Not lifted."""
        return self.filter(lifted_at=None)

    def of_kept_records(self) -> Self:
        """Without those of duplicates, which stand and fall with that of the record they were merged into."""
        return self.filter(patient__merged_into=None)

    def closed_to(self, actor: Actor) -> Self:
        """Those whose record this member of staff does not have open now. The same question as ``visible_to`` of rows asks."""
        standing = self.standing().filter(clinic_id=actor.clinic_id)
        doors = Opening.objects.filter(
            restriction=models.OuterRef("pk"), opened_by=actor.user_id, closed_at=None, ends_at__gt=Now()
        )
        return standing.exclude(models.Exists(doors)) if actor.has_role(BREAKS_GLASS) else standing

    def keep_closed(self, patient_id: UUID) -> bool:
        return self.standing().filter(patient=patient_id).exists()


class Restriction(models.Model):
    """A patient's record is closed to all staff: no list, search, count or page has it, and the patient gets no e-mail.

    ``visible_to`` of every row of the patient asks for it. Rows are never deleted, and end once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=LONGEST_REASON, validators=[validate_single_line])
    restricted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )  # null: a named job
    restricted_at = models.DateTimeField(db_default=Now())
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lift_reason = models.CharField(
        _("reason"), max_length=LONGEST_REASON, blank=True, validators=[validate_single_line]
    )

    objects: ClassVar[RestrictionQuerySet] = RestrictionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("restriction of a record")
        verbose_name_plural = _("restrictions of records")
        indexes = [
            models.Index(fields=["clinic"], name="restriction_standing", condition=models.Q(lifted_at=None))
        ]
        constraints = [
            models.UniqueConstraint(  # parent of the doors' composite key
                fields=["id", "patient"],
                name="restriction_id_patient",
                violation_error_message=_("Wrong patient."),
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(lifted_at=None),
                name="restriction_once",
                violation_error_message=_("This record is restricted already."),
            ),
            says_enough("reason", "restriction_says_why"),
            models.CheckConstraint(
                condition=models.Q(lifted_at=None, lifted_by=None, lift_reason="")
                | models.Q(
                    lifted_at__gte=models.F("restricted_at"),
                    lifted_by__isnull=False,
                    lift_reason__regex=SAYS_ENOUGH,
                ),
                name="restriction_lifted_by_somebody",
                violation_error_message=_("Lifting names who did it, when, and why."),
            ),
        ]

    def __str__(self) -> str:
        return f"since {self.restricted_at:%Y-%m-%d}"

    @property
    def record_short(self) -> str:
        return str(self.patient_id)[:SHORTEST_ID]


class OpeningQuerySet(models.QuerySet["Opening"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Owners: those of the clinic. Practitioners: their own."""
        if actor is None or actor.clinic_id is None or actor.kind is not Kind.STAFF:
            return self.none()
        mine = self.filter(clinic_id=actor.clinic_id)
        if actor.has_role(OWNS):
            return mine
        return mine.filter(opened_by=actor.user_id) if actor.has_role(BREAKS_GLASS) else self.none()

    def open_at(self, now: datetime | Now) -> Self:
        return self.filter(closed_at=None, ends_at__gt=now, restriction__lifted_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-opened_at", "pk")


class Opening(models.Model):
    """Break-glass: one practitioner opened one restricted record, said why, and has it until ``ends_at``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="openings")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=LONGEST_REASON, validators=[validate_single_line])
    opened_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)  # before its end, by whoever opened it

    objects: ClassVar[OpeningQuerySet] = OpeningQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("opening of a restricted record")
        verbose_name_plural = _("openings of restricted records")
        indexes = [
            models.Index("clinic", models.F("opened_at").desc(), name="opening_by_clinic"),
            models.Index(
                fields=["restriction", "opened_by"], name="opening_open", condition=models.Q(closed_at=None)
            ),
        ]
        constraints = [
            says_enough("reason", "opening_says_why"),
            models.CheckConstraint(
                condition=models.Q(
                    ends_at__gt=models.F("opened_at"), ends_at__lte=models.F("opened_at") + OPEN_FOR
                ),
                name="opening_ends_within_the_hour",
                violation_error_message=_("A restricted record opens for an hour at most."),
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None)
                | models.Q(closed_at__gte=models.F("opened_at"), closed_at__lte=models.F("ends_at")),
                name="opening_closed_while_open",
                violation_error_message=_("It is closed between its beginning and its end."),
            ),
        ]

    def __str__(self) -> str:
        return f"until {self.ends_at:%Y-%m-%d %H:%M}"

    @property
    def record_short(self) -> str:
        return str(self.patient_id)[:SHORTEST_ID]

    def is_open_at(self, now: datetime) -> bool:
        return self.closed_at is None and self.ends_at > now

import uuid
from typing import ClassVar, Self

from django.apps import apps
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor, Kind
from clinic.models import Clinic, User

LARGEST_PHOTO = 400_000  # bytes as stored, after decoding and encoding anew
LONGEST_SIDE = 1600  # pixels as stored


class PhotoQuerySet(models.QuerySet["Photo"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Staff: the shared catalogue's and their clinic's. Patients: those of the exercises they were given."""
        if actor is None:
            return self.none()
        if actor.kind is Kind.PATIENT:
            items = apps.get_model("exercises", "ProgrammeItem")  # by name: programmes stand above photos
            given = items._default_manager.filter(
                programme__patient=actor.patient_id, version__photo=models.OuterRef("pk")
            )
            return self.filter(
                models.Exists(given)
            )  # a join would need DISTINCT, which compares whole photos
        if actor.kind is Kind.SYSTEM:
            return self
        return self.filter(models.Q(clinic=None) | models.Q(clinic=actor.clinic_id))


class Photo(models.Model):
    """A photo of an exercise as it was encoded anew from an upload: what was uploaded itself is never kept.

    In the database, so that a backup holds it and no folder of files has to be guarded.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, on_delete=models.PROTECT, null=True, related_name="+"
    )  # null: shared catalogue
    webp = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[PhotoQuerySet] = PhotoQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(width__range=(1, 2 * LONGEST_SIDE), height__range=(1, LONGEST_SIDE)),
                name="photo_size_within_bounds",
                violation_error_message=_("The photo is too large."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models.clinics import Clinic
from clinic.models.users import User

LONGEST_LOGO_SIDE = 480  # pixels as stored: three times as large as it is shown
LARGEST_LOGO = 60_000  # bytes as stored


class Logo(models.Model):
    """A clinic's logo as it was encoded anew from an upload. Another logo is another row: the address of one never changes
    what it shows, so browsers keep it. Which one is shown stands in ``Clinic.logo``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    webp = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")
        constraints = [
            models.UniqueConstraint(  # parent of the composite key: no clinic shows another's logo
                fields=["id", "clinic"], name="logo_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            models.CheckConstraint(
                condition=models.Q(
                    width__range=(1, LONGEST_LOGO_SIDE),
                    height__range=(1, LONGEST_LOGO_SIDE),
                ),
                name="logo_size_within_bounds",
                violation_error_message=_("The logo is too large."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"

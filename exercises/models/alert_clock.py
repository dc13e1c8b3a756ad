"""How far the rules have been applied: so that what a lost message left undone is done at the next tick."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic


class AlertClock(models.Model):
    """One row: reports that came in until then have been looked at."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    heard_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1),
                name="alert_clock_is_one_row",
                violation_error_message=_("One row only."),
            )
        ]

    def __str__(self) -> str:
        return f"until {self.heard_until:%Y-%m-%d %H:%M}"


class AlertSweep(models.Model):
    """Where a clinic's nightly pass stands: all patients up to ``after`` are done for ``day``; null: all of them."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, primary_key=True, related_name="+")
    day = models.DateField()
    after = models.UUIDField(null=True)

    objects: ClassVar[models.Manager["AlertSweep"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.day} ({self.after or 'done'})"

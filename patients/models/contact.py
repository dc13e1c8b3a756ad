from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User
from patients.models.patient import Patient


class ConsentChange(models.TextChoices):
    GIVEN = "given", _("given")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ConsentChannel(models.TextChoices):
    CLINIC = "clinic", _("told the clinic")
    PLAN = "plan", _("on the plan page")
    MAIL_LINK = "mail_link", _("link in an e-mail")
    ONE_CLICK = "one_click", _("the mail program's own button")
    COMPLAINT = "complaint", _("reported an e-mail as unwanted")


class ConsentRecord(models.Model):
    """When a patient agreed to reminder e-mails or stopped them, and through which door. Rows are only added."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    change = models.CharField(max_length=10, choices=ConsentChange.choices)
    channel = models.CharField(max_length=10, choices=ConsentChannel.choices)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["ConsentRecord"]] = models.Manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(change__in=ConsentChange.values),
                name="consent_change_known",
                violation_error_message=_("Unknown change."),
            ),
            models.CheckConstraint(
                condition=models.Q(channel__in=ConsentChannel.values),
                name="consent_channel_known",
                violation_error_message=_("Unknown channel."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change} {self.recorded_at:%Y-%m-%d}"

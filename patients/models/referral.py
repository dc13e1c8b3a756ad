"""Referrals to other help: to whom, why, how soon, and what came of it."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.labels import display
from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text, validate_single_line
from patients.models.finding import Finding
from patients.models.history import Versioned, keep_history
from patients.models.patient import Patient
from patients.models.safety import LEVELS, RaisedFlag
from patients.models.visibility import VisibleRows
from patients.red_flags import Level, words


class ReferralKind(models.TextChoices):
    EMERGENCY = "emergency", _("Emergency department")
    DOCTOR = "doctor", _("Family doctor")
    RHEUMATOLOGY = "rheumatology", _("Rheumatology")
    ORTHOPAEDICS = "orthopaedics", _("Orthopaedics")
    VASCULAR = "vascular", _("Vascular service")
    DIABETIC_FOOT = "diabetic_foot", _("Diabetic foot service")
    IMAGING = "imaging", _("Imaging")
    PHYSIOTHERAPY = "physiotherapy", _("Physiotherapy")
    ORTHOTICS = "orthotics", _("Orthotics")
    ADVANCED_INTERVENTION = "advanced_intervention", _("Advanced interventions")
    OTHER = "other", _("Other")


class ReferralStatus(models.TextChoices):
    OPEN = "open", _("Waiting for the outcome")
    CLOSED = "closed", _("Outcome known")
    CANCELLED = "cancelled", _("Not needed any more")
    ENTERED_IN_ERROR = "entered_in_error", _("Entered in error")


class ReferralQuerySet(VisibleRows["Referral"]):
    seen_by = SEES_CLINICAL

    def open(self) -> Self:
        return self.filter(status=ReferralStatus.OPEN)

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)

    def entered_in_error(self) -> Self:
        return self.filter(status=ReferralStatus.ENTERED_IN_ERROR).select_related("finding__type", "flag")

    def for_chart(self) -> Self:
        """Those that wait first, then the newest; entries made in error stay in the history only."""
        return (
            self.exclude(status=ReferralStatus.ENTERED_IN_ERROR)
            .select_related("finding__type", "flag", "referred_by")
            .order_by(
                models.Case(models.When(status=ReferralStatus.OPEN, then=0), default=1),
                "-referred_on",
                "-referred_at",
                "pk",
            )
        )


@keep_history()
class Referral(Versioned):
    """Sent on to whom, why, when, and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", editable=False)
    kind = models.CharField(_("to"), max_length=24, choices=ReferralKind.choices)
    recipient = models.CharField(
        _("name of the service or person"), max_length=120, blank=True, validators=[validate_single_line]
    )
    urgency = models.CharField(_("how soon"), max_length=16, choices=LEVELS)
    reason = models.TextField(_("reason"), max_length=2000, validators=[validate_plain_text])
    finding = models.ForeignKey(
        Finding,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("finding"),
        related_name="+",
    )
    flag = models.ForeignKey(
        RaisedFlag, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    referred_on = models.DateField(_("referred on"))
    status = models.CharField(
        max_length=16, choices=ReferralStatus.choices, default=ReferralStatus.OPEN, editable=False
    )
    outcome = models.TextField(_("outcome"), max_length=2000, blank=True, validators=[validate_plain_text])
    outcome_on = models.DateField(_("outcome known on"), null=True, blank=True)
    referred_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    referred_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[ReferralQuerySet] = ReferralQuerySet.as_manager()  # type: ignore[assignment]
    get_kind_display = display("kind", ReferralKind)
    get_status_display = display("status", ReferralStatus)

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        indexes = [models.Index("patient", "status", name="referral_by_patient")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=ReferralKind.values),
                name="referral_kind_known",
                violation_error_message=_("Choose to whom."),
            ),
            models.CheckConstraint(
                condition=models.Q(urgency__in=[level.value for level in Level]),
                name="referral_urgency_known",
                violation_error_message=_("Choose how soon."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=ReferralStatus.values),
                name="referral_status_known",
                violation_error_message=_("Unknown status."),
            ),
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="referral_has_reason",
                violation_error_message=_("Enter the reason."),
            ),
            models.CheckConstraint(
                condition=~models.Q(status=ReferralStatus.CLOSED)
                | models.Q(outcome_on__isnull=False) & ~models.Q(outcome=""),
                name="referral_closed_with_outcome",
                violation_error_message=_("A closed referral says what came of it, and when."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.referred_on}"

    @property
    def urgency_in_words(self) -> str:
        return words(Level(self.urgency)).label

    @property
    def addressed_to(self) -> str:
        """The service, with the name where one was given."""
        if not self.recipient:
            return self.get_kind_display()
        return gettext("%(kind)s: %(name)s") % {"kind": self.get_kind_display(), "name": self.recipient}

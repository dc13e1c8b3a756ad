from datetime import datetime
from typing import ClassVar, Self

from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.link_secrets import hashed
from clinic.models import Clinic
from patients.models.carer import Carer
from patients.models.patient import Patient


def stop_token(patient: Patient) -> str:
    """What stands in the stop link of every e-mail: signed, without end, and good for nothing but stopping."""
    return _stop_signer().sign(patient.pk.hex)


def patient_of_stop_token(token: str) -> Patient | None:
    try:
        pk = _stop_signer().unsign(token)
    except BadSignature:
        return None
    patient = Patient.objects.filter(pk=pk).select_related("clinic").first()
    while (
        patient and patient.merged_into_id
    ):  # the person wants no e-mail, whichever record it comes from now
        patient = Patient.objects.select_related("clinic").get(pk=patient.merged_into_id)
    return patient


def _stop_signer() -> Signer:
    return Signer(salt="patients.stop-reminders", sep=".")


class Scope(models.TextChoices):
    TODAY = (
        "today",
        _("today's exercises"),
    )  # open, tick off, pain, stop reminders; no name, findings or history


class LinkQuerySet(models.QuerySet["PlanLink"]):
    def usable_at(self, now: datetime) -> Self:
        """Archived records are closed, whatever became of their links."""
        return self.filter(expires_at__gt=now, revoked_at=None, patient__archived_at=None)

    def opened_by(self, secret: str, scope: Scope, now: datetime) -> "PlanLink | None":
        """The link this secret opens, or None: unknown, expired, revoked and of another kind look the same."""
        return (
            self.usable_at(now)
            .filter(secret_hash=hashed(secret), scope=scope)
            .select_related("patient")
            .first()
        )


class PlanLink(models.Model):
    """A capability in an e-mail. Reusable until it expires, so a mail scanner cannot burn it; only its hash is kept."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    carer = models.ForeignKey(
        Carer, on_delete=models.PROTECT, null=True, related_name="+"
    )  # whose copy of the e-mail carried it
    scope = models.CharField(max_length=12, choices=Scope.choices)
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[LinkQuerySet] = LinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["secret_hash"],
                name="link_hash_unique",
                violation_error_message=_("This link exists."),
            ),
            models.CheckConstraint(
                condition=models.Q(scope__in=Scope.values),
                name="link_scope_known",
                violation_error_message=_("Unknown scope."),
            ),
            models.CheckConstraint(  # a mistake that stored the secret itself would not fit
                condition=models.Q(secret_hash__regex=r"^[0-9a-f]{64}$"),
                name="link_holds_hash_only",
                violation_error_message=_("Only the hash of a link is stored."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} until {self.expires_at:%Y-%m-%d}"


class VisitQuerySet(models.QuerySet["PlanVisit"]):
    def opened_by(self, secret: str, now: datetime) -> "PlanVisit | None":
        """The visit this cookie belongs to, as long as its link still stands."""
        return (
            self.filter(
                secret_hash=hashed(secret),
                expires_at__gt=now,
                link__revoked_at=None,
                link__expires_at__gt=now,
                patient__archived_at=None,
            )
            .select_related("patient__clinic")
            .first()
        )


class PlanVisit(models.Model):
    """A browser that opened a link: the cookie's hash. Ends with the link, so revoking one ends both."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(
        PlanLink, on_delete=models.CASCADE, related_name="+"
    )  # nothing is lost: hashes only
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    objects: ClassVar[VisitQuerySet] = VisitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["secret_hash"],
                name="visit_hash_unique",
                violation_error_message=_("This visit exists."),
            ),
            models.CheckConstraint(
                condition=models.Q(secret_hash__regex=r"^[0-9a-f]{64}$"),
                name="visit_holds_hash_only",
                violation_error_message=_("Only the hash of a cookie is stored."),
            ),
        ]

    def __str__(self) -> str:
        return f"visit until {self.expires_at:%Y-%m-%d}"

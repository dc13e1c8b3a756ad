"""What came back of e-mail that was sent, and the addresses to which nothing more goes."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models.clinics import Clinic
from clinic.models.outbox import OutgoingEmail
from clinic.models.users import User

A_HASH = r"^[0-9a-f]{64}$"


class SuppressionReason(models.TextChoices):
    HARD = "hard", _("an e-mail came back: the address takes none")
    COMPLAINT = "complaint", _("the reader reported an e-mail as unwanted")
    SOFT_SERIES = "soft_series", _("e-mails came back five times in 14 days")
    PATIENT = "patient", _("the reader asked the mail service for no more")


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def in_force_at(self, now: object) -> "SuppressionQuerySet":
        return self.filter(models.Q(until=None) | models.Q(until__gt=now), lifted_at=None)


class Suppression(models.Model):
    """An address to which a clinic's mail does not go, known by its keyed hash only (``clinic.mail.suppression``).

    Of a clinic, not of all: another clinic's patient must not be found out by a mail that is not sent.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    address_hash = models.CharField(max_length=64, editable=False)
    reason = models.CharField(max_length=12, choices=SuppressionReason.choices)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)  # null: until somebody lifts it
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[SuppressionQuerySet] = SuppressionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "address_hash"],
                condition=models.Q(lifted_at=None),
                name="suppression_one_standing",
                violation_error_message=_("This address is suppressed already."),
            ),
            models.CheckConstraint(
                condition=models.Q(reason__in=SuppressionReason.values),
                name="suppression_reason_known",
                violation_error_message=_("Unknown reason."),
            ),
            models.CheckConstraint(
                condition=models.Q(address_hash__regex=A_HASH),
                name="suppression_holds_a_hash",
                violation_error_message=_("A suppressed address is stored as a hash."),
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gt=models.F("at")),
                name="suppression_ends_after_it_began",
                violation_error_message=_("It ends after it began."),
            ),
            models.CheckConstraint(
                condition=models.Q(reason=SuppressionReason.SOFT_SERIES, until__isnull=False)
                | (~models.Q(reason=SuppressionReason.SOFT_SERIES) & models.Q(until=None)),
                name="suppression_only_a_series_ends",
                violation_error_message=_("Only a series of soft bounces ends by itself."),
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_at=None, lifted_by=None)
                | models.Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="suppression_lifted_by_somebody",
                violation_error_message=_("Somebody lifted it at some time, or nobody did."),
            ),
        ]
        indexes = [models.Index(fields=["address_hash"], name="suppression_address")]

    def __str__(self) -> str:
        return f"{self.reason} {self.at:%Y-%m-%d}"

    def is_in_force_at(self, now: datetime) -> bool:
        return self.lifted_at is None and (self.until is None or self.until > now)


class BounceKind(models.TextChoices):
    HARD = "hard", _("the address takes no e-mail")
    SOFT = "soft", _("the mailbox takes none at present")
    BLOCKED = "blocked", _("refused by the receiver's rules")
    COMPLAINT = "complaint", _("reported as unwanted")
    UNSUBSCRIBED = "unsubscribed", _("no more wanted")


class BounceEvent(models.Model):
    """One report about one sent e-mail: no address and nothing of what anybody wrote. Rows are only added."""

    email = models.ForeignKey(OutgoingEmail, on_delete=models.PROTECT, related_name="returns")
    kind = models.CharField(max_length=12, choices=BounceKind.choices)
    at = models.DateTimeField(db_default=Now())  # when it reached us
    provider = models.CharField(max_length=12)  # who told: a mail service, "dsn", "arf" or "smtp"
    status = models.CharField(max_length=11, blank=True)  # RFC 3463, such as 5.1.1
    event_key = models.CharField(max_length=64, editable=False)  # hash of what names the report at its source

    objects: ClassVar[models.Manager["BounceEvent"]] = models.Manager()

    class Meta:
        verbose_name = _("returned e-mail")
        verbose_name_plural = _("returned e-mails")
        constraints = [
            models.UniqueConstraint(
                fields=["event_key"],
                name="bounce_noted_once",
                violation_error_message=_("This was noted already."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=BounceKind.values),
                name="bounce_kind_known",
                violation_error_message=_("Unknown kind."),
            ),
            models.CheckConstraint(
                condition=models.Q(event_key__regex=A_HASH),
                name="bounce_key_is_a_hash",
                violation_error_message=_("The key of a report is stored as a hash."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__regex=r"^([245]\.[0-9]{1,3}\.[0-9]{1,3})?$"),
                name="bounce_status_has_no_text",
                violation_error_message=_("Of an answer only its code is kept, such as 5.1.1."),
            ),
            models.CheckConstraint(
                condition=models.Q(provider__regex=r"^[a-z_]+$"),
                name="bounce_provider_is_a_name",
                violation_error_message=_("The name of a mail service."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.status}"


class ReturnCount(models.Model):
    """How many reports of each outcome came in on a day (UTC): one row each, so that nobody can fill the table."""

    day = models.DateField()
    outcome = models.CharField(max_length=12)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "outcome"],
                name="return_count_once_a_day",
                violation_error_message=_("This day has its count."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.outcome}: {self.count}"

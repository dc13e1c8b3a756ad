from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models.clinics import Clinic


class EmailState(models.TextChoices):
    PENDING = "pending", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    UNCONFIRMED = "unconfirmed", _("may have been sent")
    FAILED = "failed", _("refused")
    EXPIRED = "expired", _("too late to send")
    SUPPRESSED = "suppressed", _("not wanted by the patient")
    CANCELLED = "cancelled", _("no longer needed")


class OutgoingEmailQuerySet(models.QuerySet["OutgoingEmail"]):
    def due_at(self, now: object) -> "OutgoingEmailQuerySet":
        """Waiting, wanted by now, not yet too late; oldest first."""
        return self.filter(state=EmailState.PENDING, not_before__lte=now, expires_at__gt=now).order_by(
            "not_before", "pk"
        )

    def in_doubt(self) -> "OutgoingEmailQuerySet":
        """Ended without certainty or refused: a person should look."""
        return self.filter(state__in=[EmailState.UNCONFIRMED, EmailState.FAILED])


class OutgoingEmail(models.Model):
    """One e-mail to be delivered: which letter, about which object. Never a body, an address or a usable link.

    ``sent`` means that the next mail server took it: not delivered, not read. States, lease and doubt are explained
    in docs/reminders.md.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    letter = models.CharField(max_length=60)  # a key of settings.LETTERS
    object_id = models.CharField(max_length=40)
    generation = models.PositiveSmallIntegerField(default=0)  # + 1 each time a person sends it again
    state = models.CharField(max_length=12, choices=EmailState.choices, default=EmailState.PENDING)
    reason = models.CharField(max_length=200, blank=True)  # why it ended as it did, in plain words
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)  # times a server judged this message
    deferrals = models.PositiveSmallIntegerField(default=0)  # times the connection failed instead
    doubt = models.PositiveSmallIntegerField(default=0)  # times it may have gone out without our knowing
    crashes = models.PositiveSmallIntegerField(default=0)  # times composing it raised
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    last_code = models.PositiveSmallIntegerField(null=True)  # the server's last answer, such as 250 or 450
    last_error = models.CharField(max_length=80, blank=True)  # the class of the last fault, never its text

    objects: ClassVar[OutgoingEmailQuerySet] = OutgoingEmailQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("outgoing e-mail")
        verbose_name_plural = _("outgoing e-mails")
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "object_id", "generation"],
                name="email_once_per_object",
                violation_error_message=_("This e-mail was posted already."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=EmailState.values),
                name="email_state_known",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(state=EmailState.SENDING, lease_token__isnull=False, lease_until__isnull=False)
                    | (~models.Q(state=EmailState.SENDING) & models.Q(lease_token=None, lease_until=None))
                ),
                name="email_lease_while_sending",
                violation_error_message=_("A lease belongs to an e-mail that is being sent, and only to it."),
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("not_before")),
                name="email_expires_after_due",
                violation_error_message=_("An e-mail must expire after it is due."),
            ),
            models.CheckConstraint(
                condition=models.Q(state=EmailState.SENT, sent_at__isnull=False)
                | (~models.Q(state=EmailState.SENT) & models.Q(sent_at=None)),
                name="email_sent_has_time",
                violation_error_message=_("A sent e-mail carries the time of sending."),
            ),
            models.CheckConstraint(  # a copy may be out: nothing may claim the contrary
                condition=models.Q(doubt=0)
                | ~models.Q(
                    state__in=[
                        EmailState.FAILED,
                        EmailState.EXPIRED,
                        EmailState.SUPPRESSED,
                        EmailState.CANCELLED,
                    ]
                ),
                name="email_doubt_ends_unconfirmed",
                violation_error_message=_("An e-mail that may be out ends as unconfirmed."),
            ),
        ]
        indexes = [
            models.Index("not_before", "id", name="email_due", condition=models.Q(state=EmailState.PENDING)),
            models.Index("lease_until", name="email_leased", condition=models.Q(state=EmailState.SENDING)),
        ]

    def __str__(self) -> str:
        return f"{self.letter} {self.object_id} ({self.state})"


class MailCircuit(models.Model):
    """One row: how often in a row the mail server could not be reached, and until when nobody tries."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    failures = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(db_default=Now())
    opened_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1),
                name="circuit_is_one_row",
                violation_error_message=_("One row only."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.failures} failures"


class SchedulerBeat(models.Model):
    """One row: when the tick last ran, and how far ahead reminders exist."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    last_tick_at = models.DateTimeField(null=True)
    materialised_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1), name="beat_is_one_row", violation_error_message=_("One row only.")
            )
        ]

    def __str__(self) -> str:
        return f"last tick {self.last_tick_at}"

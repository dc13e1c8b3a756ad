from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor, Kind
from clinic.models.clinics import Clinic
from clinic.models.users import User
from clinic.roles import OWNS, SEES_PATIENTS

LOOKED_AT_FOR = timedelta(days=7)  # how long a failed one is counted where staff look
OWNERS_LETTERS = (
    "staff_invited",
    "audit_head",
    "record_opened",
)  # about staff: nobody but an owner reads of them


class EmailState(models.TextChoices):
    PENDING = "pending", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    UNCONFIRMED = "unconfirmed", _("may have been sent")
    FAILED = "failed", _("refused")
    EXPIRED = "expired", _("too late to send")
    SUPPRESSED = "suppressed", _("not sent: the address fails")
    CANCELLED = "cancelled", _("no longer needed")


TAKEN_BACK = models.Q(state=EmailState.CANCELLED, again_by__isnull=False)


class OutgoingEmailQuerySet(models.QuerySet["OutgoingEmail"]):
    def visible_to(self, actor: Actor | None) -> "OutgoingEmailQuerySet":
        """Those of the own clinic, for whoever may open a patient; letters about staff are the owner's."""
        if actor is None:
            return self.none()
        if actor.kind is Kind.SYSTEM:
            return self
        if actor.clinic_id is None or not actor.has_role(SEES_PATIENTS):
            return self.none()
        mine = self.filter(clinic_id=actor.clinic_id)
        return mine if actor.has_role(OWNS) else mine.exclude(letter__in=OWNERS_LETTERS)

    def under_way(self) -> "OutgoingEmailQuerySet":
        return self.filter(state__in=[EmailState.PENDING, EmailState.SENDING])

    def to_look_at(self) -> "OutgoingEmailQuerySet":
        """Failed and unconfirmed ones of the last days that nobody sent again."""
        return self.in_doubt().filter(not_sent_again(), not_before__gt=Now() - LOOKED_AT_FOR)

    def number(self) -> Coalesce:
        """How many, as a part of another question. Of one clinic."""
        counted = self.order_by().values("clinic").annotate(number=models.Count("pk")).values("number")
        return Coalesce(models.Subquery(counted), 0)

    def due_at(self, now: object) -> "OutgoingEmailQuerySet":
        """Waiting, wanted by now, not yet too late; oldest first."""
        return self.filter(state=EmailState.PENDING, not_before__lte=now, expires_at__gt=now).order_by(
            "not_before", "pk"
        )

    def in_doubt(self) -> "OutgoingEmailQuerySet":
        """Ended without certainty or refused: a person should look."""
        return self.filter(state__in=[EmailState.UNCONFIRMED, EmailState.FAILED])


class OutgoingEmail(models.Model):
    """One e-mail to be delivered: which letter, about which object. Never a body, an address or a usable link; of the
    address only the keyed hash, by which what comes back finds it.

    ``sent`` means that the next mail server took it: not delivered, not read. States, lease and doubt are explained
    in docs/reminders.md.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    letter = models.CharField(max_length=60)  # a key of settings.LETTERS
    object_id = models.CharField(max_length=40)
    bulk = models.BooleanField(
        default=False, db_default=False
    )  # many at once, such as reminders: all other letters go first
    generation = models.PositiveSmallIntegerField(default=0)  # + 1 each time a person sends it again
    again_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # that person
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
    # When the mail server began to hear of it. Null while it is claimed and only being written: surely not out.
    begun_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    address_hash = models.CharField(
        max_length=64, blank=True, default="", db_default="", editable=False
    )  # keyed; known once it was tried
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
                condition=models.Q(begun_at=None) | models.Q(state=EmailState.SENDING),
                name="email_begun_while_sending",
                violation_error_message=_("Only an e-mail that is being sent has begun."),
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
            models.CheckConstraint(
                condition=models.Q(again_by=None) | models.Q(generation__gt=0),
                name="email_again_is_a_later_one",
                violation_error_message=_("The first e-mail was sent again by nobody."),
            ),
        ]
        indexes = [
            models.Index("not_before", "id", name="email_due", condition=models.Q(state=EmailState.PENDING)),
            # for the staff's page: one state, and all of them
            models.Index("clinic", "state", "not_before", "id", name="email_by_state"),
            models.Index("clinic", "not_before", "id", name="email_of_clinic"),
            models.Index(  # whose turn it is, and what that clinic has to send
                *("clinic", "bulk", "not_before", "id"),
                name="email_turn",
                condition=models.Q(state=EmailState.PENDING),
            ),
            models.Index("lease_until", name="email_leased", condition=models.Q(state=EmailState.SENDING)),
            # What became of the mails of the last hour (clinic/readings.py): only their part of the index is read.
            models.Index(
                "not_before",
                name="email_ended",
                condition=~models.Q(state__in=[EmailState.PENDING, EmailState.SENDING]),
                include=["state", "doubt"],
            ),
            models.Index("address_hash", name="email_address", condition=~models.Q(address_hash="")),
        ]

    def __str__(self) -> str:
        return f"{self.letter} {self.object_id} ({self.state})"


def not_sent_again() -> models.Q:
    """Of a row: no later one of the same letter about the same object; one that was taken back is none."""
    later = OutgoingEmail.objects.filter(
        letter=models.OuterRef("letter"),
        object_id=models.OuterRef("object_id"),
        generation__gt=models.OuterRef("generation"),
    )
    return models.Q(~models.Exists(later.exclude(TAKEN_BACK)))


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


class SendAllowance(models.Model):
    """How many e-mails a clinic may send now, and when it had its last turn: docs/reminders.md, "Turns and limits".

    A token an e-mail; they come back by the minute. Letters that are not sent in bulk spend tokens and wait for none.
    """

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, primary_key=True, related_name="+")
    per_minute = models.PositiveIntegerField(null=True)  # null: what the settings say
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField(null=True)  # null: never asked yet, and the bucket is full
    last_served_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tokens__gte=0),
                name="allowance_not_negative",
                violation_error_message=_("There are no debts of e-mails."),
            ),
            models.CheckConstraint(
                condition=models.Q(per_minute=None) | models.Q(per_minute__gte=1),
                name="allowance_of_one_at_least",
                violation_error_message=_("A clinic sends at least one e-mail a minute."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tokens:.0f} e-mails"


class SendRate(models.Model):
    """One row: how many e-mails in bulk all clinics together may send now, where ``MAILS_PER_MINUTE`` says a number."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1),
                name="send_rate_is_one_row",
                violation_error_message=_("One row only."),
            ),
            models.CheckConstraint(
                condition=models.Q(tokens__gte=0),
                name="send_rate_not_negative",
                violation_error_message=_("There are no debts of e-mails."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tokens:.0f} e-mails"


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

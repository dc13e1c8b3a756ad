from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, OutgoingEmail
from exercises.models.log import LogEntry
from exercises.models.programme import Programme

# The letters about a programme, keys of settings.LETTERS.
PLAN_READY = "plan_ready"
PLAN_CHANGED = "plan_changed"


class ReminderState(models.TextChoices):
    PLANNED = "planned", _("planned")
    POSTED = "posted", _("handed to the outbox")
    CANCELLED = "cancelled", _("no longer needed")
    EXPIRED = "expired", _("too late")


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def due_at(self, now: datetime) -> Self:
        """Planned, due by now, oldest first. Whether each is still wanted is asked when it is claimed."""
        return self.filter(state=ReminderState.PLANNED, due_at__lte=now).order_by("due_at", "pk")

    def next_of(self, programme: Programme) -> "Reminder | None":
        """The first planned one whose day the patient has not logged."""
        logged = LogEntry.objects.filter(patient_id=programme.patient_id).values("performed_on")
        planned = self.filter(state=ReminderState.PLANNED, programme=programme)
        return planned.exclude(local_date__in=logged).order_by("due_at").first()


class Reminder(models.Model):
    """The plan to remind one patient once: unique per programme, local day and slot. The e-mail is its own row."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    local_date = models.DateField()  # the planned day, which is the key; not the day of the instant
    slot = models.PositiveSmallIntegerField(default=0)
    local_time = models.TimeField()
    time_zone = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ReminderState.choices, default=ReminderState.PLANNED)
    reason = models.CharField(max_length=100, blank=True)
    email = models.OneToOneField(OutgoingEmail, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[ReminderQuerySet] = ReminderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "local_date", "slot"],
                name="reminder_once_a_slot",
                violation_error_message=_("This reminder is planned already."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ReminderState.values),
                name="reminder_state_known",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                condition=models.Q(state=ReminderState.POSTED, email__isnull=False)
                | (~models.Q(state=ReminderState.POSTED) & models.Q(email=None)),
                name="reminder_posted_has_email",
                violation_error_message=_("A posted reminder names its e-mail."),
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("due_at")),
                name="reminder_expires_after_due",
                violation_error_message=_("A reminder must expire after it is due."),
            ),
        ]
        indexes = [
            models.Index("due_at", "id", name="reminder_due", condition=models.Q(state=ReminderState.PLANNED))
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.local_date} ({self.state})"


def emails_about(programme: Programme) -> models.QuerySet[OutgoingEmail]:
    """Every e-mail that went, or was to go, out because of this programme; newest first."""
    reminders = Reminder.objects.filter(programme=programme, email__isnull=False).values("email_id")
    plan = models.Q(letter__in=[PLAN_READY, PLAN_CHANGED], object_id=str(programme.pk))
    return OutgoingEmail.objects.filter(plan | models.Q(pk__in=reminders)).order_by("-not_before", "-pk")

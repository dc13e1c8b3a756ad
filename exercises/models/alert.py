"""Alerts: that somebody of the staff should look at a patient, and what became of it."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, Membership, User
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL, Role
from clinic.text import validate_plain_text
from exercises.alert_rules import ABOUT, Level, Rule
from patients.models import Patient, VisibleRows

RULES = [(rule.value, ABOUT[rule].label) for rule in Rule]
LEVELS = [(level.value, level.name) for level in Level]


class AlertState(models.TextChoices):
    RAISED = "raised", _("new")
    ACKNOWLEDGED = "acknowledged", _("seen")
    CLOSED = "closed", _("resolved")


class AlertQuerySet(VisibleRows["Alert"]):
    seen_by = SEES_CLINICAL

    def open(self) -> Self:
        """Of records that are open themselves."""
        return self.exclude(state=AlertState.CLOSED).filter(patient__archived_at=None)

    def awake_on(self, day: date) -> Self:
        """Not put off until a later day."""
        return self.filter(models.Q(snoozed_until=None) | models.Q(snoozed_until__lte=day))

    def with_people(self) -> Self:
        return self.select_related("patient__practitioner", "assigned_to", "acknowledged_by", "closed_by")

    def for_lines(self) -> Self:
        """With everybody and every note that the lines of an alert name."""
        return self.with_people().prefetch_related(alert_notes())

    def asleep_on(self, day: date) -> Self:
        return self.filter(snoozed_until__gt=day)

    def closed_since(self, then: datetime) -> Self:
        return self.filter(state=AlertState.CLOSED, closed_at__gte=then, patient__archived_at=None)

    def of(self, user_id: int, *, alone: bool = False) -> Self:
        """Given to this person, else of the person's own patients; and nobody's, unless ``alone``. What was given to
        somebody who cannot read it by now is given to nobody; a patient whose practitioner treats nobody (who only
        registered or imported the record, lost the role, left) is nobody's."""
        given = models.Q(assigned_to=user_id)
        free = models.Q(assigned_to=None) | ~_works_as(SEES_CLINICAL, "assigned_to")
        own = free & models.Q(patient__practitioner=user_id)
        nobodys = free & ~_works_as(WRITES_CLINICAL, "patient__practitioner")
        return self.filter(given | own if alone else given | own | nobodys)


def alert_notes() -> "models.Prefetch[str, Any, str]":
    """To read with alerts."""
    return models.Prefetch("notes", AlertNote.objects.select_related("written_by"))


def _works_as(roles: frozenset[Role], person: str) -> models.Exists:
    """Whether the one named there works in the alert's clinic in one of these roles; nobody never does."""
    members = Membership.objects.filter(
        user=models.OuterRef(person), clinic=models.OuterRef("clinic"), is_active=True, user__is_active=True
    )
    return models.Exists(members.filter(role__in=[role.value for role in roles]))


class Alert(models.Model):
    """One matter of one patient: raised, then acknowledged, then closed by a person, never by itself.

    While it is open, what happens again joins it as a further trigger. Warning signs are no alerts: they stay
    ``RaisedFlag`` rows.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=20, choices=RULES)
    level = models.PositiveSmallIntegerField(choices=LEVELS)
    state = models.CharField(max_length=12, choices=AlertState.choices, default=AlertState.RAISED)
    raised_at = models.DateTimeField(db_default=Now())
    last_triggered_at = models.DateTimeField()
    count = models.PositiveSmallIntegerField(default=1)  # of its triggers
    assigned_to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    snoozed_until = models.DateField(null=True)  # the clinic's day on which it is shown again
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closing_note = models.CharField(max_length=500, blank=True, validators=[validate_plain_text])

    objects: ClassVar[AlertQuerySet] = AlertQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes = [
            models.Index(
                fields=["clinic", "level", "raised_at"],
                name="alert_open",
                condition=~models.Q(state=AlertState.CLOSED),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["id", "clinic"], name="alert_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            models.UniqueConstraint(
                fields=["patient", "rule"],
                condition=~models.Q(state=AlertState.CLOSED),
                name="alert_one_open",
                violation_error_message=_("There is an open alert about this already."),
            ),
            models.CheckConstraint(
                condition=models.Q(rule__in=[rule.value for rule in Rule]),
                name="alert_rule_known",
                violation_error_message=_("Unknown rule."),
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=[level.value for level in Level]),
                name="alert_level_known",
                violation_error_message=_("Unknown level."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=AlertState.values),
                name="alert_state_known",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                condition=models.Q(count__gte=1),
                name="alert_has_a_trigger",
                violation_error_message=_("An alert has at least one occasion."),
            ),
            models.CheckConstraint(
                condition=models.Q(state=AlertState.RAISED, acknowledged_by=None, acknowledged_at=None)
                | models.Q(
                    state=AlertState.ACKNOWLEDGED,
                    acknowledged_by__isnull=False,
                    acknowledged_at__isnull=False,
                )
                | models.Q(state=AlertState.CLOSED),
                name="alert_acknowledged_by_somebody",
                violation_error_message=_("An alert that was seen says who saw it, and when."),
            ),
            models.CheckConstraint(
                condition=models.Q(state=AlertState.CLOSED, closed_by__isnull=False, closed_at__isnull=False)
                & ~models.Q(closing_note="")
                | ~models.Q(state=AlertState.CLOSED)
                & models.Q(closed_by=None, closed_at=None, closing_note=""),
                name="alert_closed_by_somebody",
                violation_error_message=_("An alert that was resolved says who did it, when, and why."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} ({self.state})"

    @property
    def is_open(self) -> bool:
        return self.state != AlertState.CLOSED

    @property
    def about(self) -> str:
        """The matter in words."""
        return str(ABOUT[Rule(self.rule)].label)

    @property
    def is_new_again(self) -> bool:
        """It happened once more after somebody had seen it."""
        return self.acknowledged_at is not None and self.last_triggered_at > self.acknowledged_at

    def waits_for(self, now: datetime) -> timedelta:
        """How long nobody has seen what is there."""
        return now - (self.last_triggered_at if self.is_new_again else self.raised_at)


class AlertTrigger(models.Model):
    """One occasion, as it was counted: numbers, days and keys, of which the page makes a sentence; never what somebody
    wrote. A trigger keeps it as it came."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="triggers")
    at = models.DateTimeField(db_default=Now())
    day = models.DateField()  # the patient's
    cause = models.CharField(max_length=100)  # the same cause is told once
    evidence = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("occasion of an alert")
        verbose_name_plural = _("occasions of alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "cause"],
                name="trigger_once_a_cause",
                violation_error_message=_("This occasion is known."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause} ({self.day})"


class AlertNote(models.Model):
    """That somebody called, and what came of it. Rows are only added."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="notes")
    text = models.CharField(max_length=500, validators=[validate_plain_text])
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("note about an alert")
        verbose_name_plural = _("notes about alerts")
        ordering = ["written_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(text=""),
                name="alert_note_says_something",
                violation_error_message=_("Write what came of it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.written_at:%Y-%m-%d}: {self.text}"


class AlertRuleQuerySet(VisibleRows["AlertRule"]):
    seen_by = SEES_CLINICAL


class AlertRule(models.Model):
    """What one clinic has changed about one rule. No row: the defaults. There is none for warning signs."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    rule = models.CharField(max_length=20, choices=RULES)
    enabled = models.BooleanField(default=True)
    numbers = models.JSONField(default=dict)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[AlertRuleQuerySet] = AlertRuleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("rule of a clinic")
        verbose_name_plural = _("rules of clinics")
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "rule"],
                name="alert_rule_once_a_clinic",
                violation_error_message=_("The clinic has changed this rule already."),
            ),
            models.CheckConstraint(
                condition=models.Q(rule__in=[rule.value for rule in Rule]),
                name="clinic_rule_known",
                violation_error_message=_("Unknown rule."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.numbers if self.enabled else 'off'}"

"""What is in the patient's own hands: when reminders may come, and the calendar's feed."""

from datetime import date, time
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic
from clinic.roles import SEES_PATIENTS
from exercises.schedule import EARLIEST, LATEST
from patients.models import Patient, VisibleRows, hashed

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)  # ISO: Monday is 1


def every_day() -> list[int]:
    return list(EVERY_DAY)


class Anchor(models.TextChoices):
    """What the exercises follow in the patient's day: "after breakfast". A closed list, for it stands in e-mails."""

    WAKING = "waking", _("after getting up")
    TEETH = "teeth", _("after brushing your teeth")
    BREAKFAST = "breakfast", _("after breakfast")
    COFFEE = "coffee", _("after your cup of tea or coffee")
    WALK = "walk", _("after your walk")
    LUNCH = "lunch", _("after lunch")
    NEWS = "news", _("after the news")
    EVENING_MEAL = "evening_meal", _("after the evening meal")


ANCHORED = {  # whole sentences, for the translators
    Anchor.WAKING: _("You wanted to do them after getting up."),
    Anchor.TEETH: _("You wanted to do them after brushing your teeth."),
    Anchor.BREAKFAST: _("You wanted to do them after breakfast."),
    Anchor.COFFEE: _("You wanted to do them after your cup of tea or coffee."),
    Anchor.WALK: _("You wanted to do them after your walk."),
    Anchor.LUNCH: _("You wanted to do them after lunch."),
    Anchor.NEWS: _("You wanted to do them after the news."),
    Anchor.EVENING_MEAL: _("You wanted to do them after the evening meal."),
}


class ChoiceQuerySet(VisibleRows["ReminderChoice"]):
    seen_by = SEES_PATIENTS
    patient_key = "patient_id"


class ReminderChoice(models.Model):
    """How a patient wants reminders. No row: every due day, at the programme's hour.

    ``quiet_from`` and ``quiet_until`` only widen the clinic-wide quiet hours; ``paused_until`` is the last day without
    reminders. The plan itself never changes by it.
    """

    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, primary_key=True, related_name="+")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("days"), default=every_day)
    quiet_until = models.TimeField(_("not before"), default=EARLIEST)
    quiet_from = models.TimeField(_("not after"), default=LATEST)
    paused_until = models.DateField(_("no reminders until"), null=True, blank=True)
    anchor = models.CharField(
        _("I do my exercises"), max_length=12, choices=Anchor.choices, blank=True, default=""
    )
    changed_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[ChoiceQuerySet] = ChoiceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("choice about reminders")
        verbose_name_plural = _("choices about reminders")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekdays__contained_by=every_day()) & models.Q(weekdays__len__gt=0),
                name="reminder_choice_days",
                violation_error_message=_("Choose at least one day of the week."),
            ),
            models.CheckConstraint(
                condition=models.Q(quiet_until__gte=EARLIEST)
                & models.Q(quiet_from__lte=LATEST)
                & models.Q(quiet_until__lte=models.F("quiet_from")),
                name="reminder_choice_hours",
                violation_error_message=_(
                    "Reminders can come from 06:00 to 20:30. Put the earlier hour first."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(anchor__in=["", *Anchor.values]),
                name="reminder_choice_anchor_known",
                violation_error_message=_("Choose one from the list."),
            ),
        ]

    def __str__(self) -> str:
        return f"days {self.weekdays}"

    @property
    def anchored(self) -> str:
        """One sentence for the e-mail and the page; empty without an anchor."""
        return str(ANCHORED[Anchor(self.anchor)]) if self.anchor else ""

    @property
    def days_in_words(self) -> str:
        if sorted(self.weekdays) == list(EVERY_DAY):
            return gettext("every day")
        return ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in sorted(self.weekdays))

    def suits(self, at: time) -> bool:
        return self.quiet_until <= at <= self.quiet_from

    def allows(self, day: date, at: time) -> bool:
        paused = self.paused_until is not None and day <= self.paused_until
        return not paused and day.isoweekday() in self.weekdays and self.suits(at)


class FeedQuerySet(VisibleRows["CalendarFeed"]):
    seen_by = SEES_PATIENTS
    patient_key = "patient_id"

    def opened_by(self, secret: str) -> "CalendarFeed | None":
        """The feed of this address; unknown, revoked and of a closed record look the same."""
        standing = self.filter(revoked_at=None, patient__archived_at=None, secret_hash=hashed(secret))
        return standing.select_related("patient__clinic").first()


class CalendarFeed(models.Model):
    """A secret address that a calendar program asks for the days of a plan; only its hash is kept."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[FeedQuerySet] = FeedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            models.UniqueConstraint(
                fields=["secret_hash"],
                name="feed_hash_unique",
                violation_error_message=_("This feed exists."),
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(revoked_at=None),
                name="feed_one_a_patient",
                violation_error_message=_("The patient has a feed already."),
            ),
            models.CheckConstraint(
                condition=models.Q(secret_hash__regex=r"^[0-9a-f]{64}$"),
                name="feed_holds_hash_only",
                violation_error_message=_("Only the hash of the address is stored."),
            ),
        ]

    def __str__(self) -> str:
        return f"feed since {self.created_at:%Y-%m-%d}"

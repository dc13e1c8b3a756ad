"""What patients say of themselves: pain, the activities they chose, and change. Missing is missing, never zero."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.labels import display
from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_single_line
from patients.models.history import RecordStatus, keep_history
from patients.models.patient import Measure, Patient
from patients.models.visibility import VisibleRows

WORST_PAIN = 10
MOST_ACTIVITIES = 3


class Source(models.TextChoices):
    """Who wrote the answer down. Both may stand for one day: neither replaces the other."""

    PATIENT = "patient", _("the patient's plan")
    VISIT = "visit", _("told at a visit")


class PainScoreQuerySet(VisibleRows["PainScore"]):
    seen_by = SEES_CLINICAL
    patient_key = "patient_id"

    def standing(self) -> Self:
        return self.filter(status=RecordStatus.RECORDED)

    def by_patient(self) -> Self:
        """Given in the plan, not told at a visit."""
        return self.filter(source=Source.PATIENT)

    def one_a_day(self) -> Self:
        """Of two answers for one day the patient's own counts; oldest first. What is no answer, filter out before."""
        a_day = ("patient", "on", "measure")
        own_first = models.Case(models.When(source=Source.PATIENT, then=0), default=1)
        return self.order_by(*a_day, own_first).distinct(*a_day)


@keep_history()
class PainScore(models.Model):
    """One answer on one day. ``on`` is the patient's local day; ``recorded_at`` the instant we learnt of it, ``said_at``
    when the patient said it last."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    measure = models.CharField(max_length=20, choices=Measure.choices)
    on = models.DateField()
    score = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=7, choices=Source.choices, default=Source.PATIENT)
    status = models.CharField(max_length=16, choices=RecordStatus.choices, default=RecordStatus.RECORDED)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    said_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[PainScoreQuerySet] = PainScoreQuerySet.as_manager()  # type: ignore[assignment]
    get_measure_display = display("measure", Measure)
    get_source_display = display("source", Source)

    class Meta:
        verbose_name = _("pain score")
        verbose_name_plural = _("pain scores")
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "on", "measure", "source"],
                name="pain_once_a_day",
                violation_error_message=_("There is an answer for this day."),
            ),
            models.CheckConstraint(
                condition=models.Q(measure__in=Measure.values),
                name="pain_measure_known",
                violation_error_message=_("Unknown measure."),
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=Source.values),
                name="pain_source_known",
                violation_error_message=_("Unknown source."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=RecordStatus.values),
                name="pain_status_known",
                violation_error_message=_("Unknown status."),
            ),
            models.CheckConstraint(
                condition=models.Q(source=Source.PATIENT) | models.Q(recorded_by__isnull=False),
                name="pain_told_to_somebody",
                violation_error_message=_("An answer told at a visit names who wrote it down."),
            ),
            models.CheckConstraint(
                condition=models.Q(score__lte=WORST_PAIN),
                name="pain_from_0_to_10",
                violation_error_message=_("Choose a number from 0 to 10."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.on}: {self.score}"


class ActivityQuerySet(VisibleRows["Activity"]):
    seen_by = SEES_CLINICAL

    def current(self) -> Self:
        return self.filter(retired_at=None).order_by("position")

    def retired(self) -> Self:
        return self.exclude(retired_at=None)


class Activity(models.Model):
    """One of up to three things that feet or back make harder, in the patient's own words (method of the PSFS).

    Reworded means retired and named anew: a score always belongs to the words it was given for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(_("activity"), max_length=120, validators=[validate_single_line])
    position = models.PositiveSmallIntegerField()
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    named_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    objects: ClassVar[ActivityQuerySet] = ActivityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.UniqueConstraint(  # parent of the scores' composite key
                fields=["id", "clinic"], name="activity_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            models.UniqueConstraint(
                fields=["patient", "position"],
                condition=models.Q(retired_at=None),
                name="activity_place_taken",
                violation_error_message=_("Three activities are the most."),
            ),
            models.CheckConstraint(
                condition=models.Q(position__gte=1, position__lte=MOST_ACTIVITIES),
                name="activity_one_of_three",
                violation_error_message=_("Three activities are the most."),
            ),
            models.CheckConstraint(
                condition=~models.Q(words=""),
                name="activity_in_words",
                violation_error_message=_("Enter the activity in the patient's words."),
            ),
        ]

    def __str__(self) -> str:
        return self.words


@keep_history()
class ActivityScore(models.Model):
    """0 cannot do it, 10 as well as before."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="scores")
    on = models.DateField()
    score = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=16, choices=RecordStatus.choices, default=RecordStatus.RECORDED)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("score of an activity")
        verbose_name_plural = _("scores of activities")
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "on"],
                name="activity_scored_once_a_day",
                violation_error_message=_("There is an answer for this day."),
            ),
            models.CheckConstraint(
                condition=models.Q(score__lte=10),
                name="activity_score_from_0_to_10",
                violation_error_message=_("Choose a number from 0 to 10."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=RecordStatus.values),
                name="activity_score_status_known",
                violation_error_message=_("Unknown status."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity_id} {self.on}: {self.score}"


class ChangeRatingQuerySet(VisibleRows["ChangeRating"]):
    seen_by = SEES_CLINICAL
    patient_key = "patient_id"

    def standing(self) -> Self:
        return self.filter(status=RecordStatus.RECORDED)


@keep_history()
class ChangeRating(models.Model):
    """Overall change since the programme started: -5 much worse, 0 same, +5 much better. Asked at reviews only."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    rating = models.SmallIntegerField()
    status = models.CharField(max_length=16, choices=RecordStatus.choices, default=RecordStatus.RECORDED)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[ChangeRatingQuerySet] = ChangeRatingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("rating of change")
        verbose_name_plural = _("ratings of change")
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "on"],
                name="change_rated_once_a_day",
                violation_error_message=_("There is an answer for this day."),
            ),
            models.CheckConstraint(
                condition=models.Q(rating__gte=-5, rating__lte=5),
                name="change_from_minus_5_to_5",
                violation_error_message=_("Choose a number from -5 to +5."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=RecordStatus.values),
                name="change_status_known",
                violation_error_message=_("Unknown status."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.rating:+d}"

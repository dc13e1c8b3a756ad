"""Questionnaires that a clinic with a licence adds itself. We ship no text of any.

A template is data: items with their range, and one scoring rule. Once published it never changes (a trigger refuses);
answers keep the version that was asked.
"""

import uuid
from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.roles import CURATES, SEES_CLINICAL
from clinic.text import validate_plain_text, validate_single_line
from patients.models.history import RecordStatus
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows


class TemplateStage(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")


class Scoring(models.TextChoices):
    SUM = "sum", _("sum of the answers")
    MEAN = "mean", _("mean of the answers")
    PERCENT = "percent", _("percentage of the highest sum of the items answered")


class Direction(models.TextChoices):
    HIGHER_IS_WORSE = "higher_is_worse", _("a higher score is worse")
    HIGHER_IS_BETTER = "higher_is_better", _("a higher score is better")


class QuestionnaireQuerySet(models.QuerySet["Questionnaire"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Those of the actor's clinic, for whoever asks or curates."""
        if actor is None or actor.clinic_id is None or not actor.has_role(SEES_CLINICAL | CURATES):
            return self.none()
        return self.filter(clinic_id=actor.clinic_id)

    def published(self) -> Self:
        return self.filter(stage=TemplateStage.PUBLISHED)

    def usable_on(self, day: date) -> Self:
        """Published, and the licence has not run out."""
        return self.published().filter(
            models.Q(licence_expires_on=None) | models.Q(licence_expires_on__gte=day)
        )


class Questionnaire(models.Model):
    """One version of a template in one language."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, editable=False)
    code = models.SlugField(_("short code"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    language = models.CharField(_("language"), max_length=10, default="en")
    title = models.CharField(_("title"), max_length=120, validators=[validate_single_line])
    instructions = models.TextField(
        _("instructions"), max_length=2000, blank=True, validators=[validate_plain_text]
    )
    scoring = models.CharField(_("score"), max_length=8, choices=Scoring.choices, default=Scoring.SUM)
    least_answered = models.PositiveSmallIntegerField(
        _("answers needed for a score"), help_text=_("With fewer answers there is no score.")
    )
    direction = models.CharField(
        _("direction"), max_length=16, choices=Direction.choices, default=Direction.HIGHER_IS_WORSE
    )
    important_change = models.DecimalField(
        _("smallest change that matters"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    source = models.CharField(
        _("published source"), max_length=300, blank=True, validators=[validate_single_line]
    )
    licence_holder = models.CharField(
        _("licence holder"), max_length=200, blank=True, validators=[validate_single_line]
    )
    licence_reference = models.CharField(
        _("licence reference"), max_length=200, blank=True, validators=[validate_single_line]
    )
    licence_expires_on = models.DateField(_("licence ends on"), null=True, blank=True)
    public_domain = models.BooleanField(
        _("in the public domain"),
        default=False,
        help_text=_("Tick only when the owner of the rights said so in writing."),
    )
    stage = models.CharField(
        max_length=9, choices=TemplateStage.choices, default=TemplateStage.DRAFT, editable=False
    )
    published_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    published_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[QuestionnaireQuerySet] = QuestionnaireQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        ordering = ["title", "language", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "code", "version", "language"],
                name="questionnaire_version_once",
                violation_error_message=_("This version exists in this language."),
            ),
            models.UniqueConstraint(
                fields=["id", "clinic"],
                name="questionnaire_id_clinic",
                violation_error_message=_("Wrong clinic."),
            ),
            models.CheckConstraint(
                condition=models.Q(stage__in=TemplateStage.values),
                name="questionnaire_stage_known",
                violation_error_message=_("Unknown stage."),
            ),
            models.CheckConstraint(
                condition=models.Q(scoring__in=Scoring.values),
                name="questionnaire_scoring_known",
                violation_error_message=_("Choose how the score is made."),
            ),
            models.CheckConstraint(
                condition=models.Q(direction__in=Direction.values),
                name="questionnaire_direction_known",
                violation_error_message=_("Choose what a higher score means."),
            ),
            models.CheckConstraint(
                condition=models.Q(least_answered__gte=1),
                name="questionnaire_needs_answers",
                violation_error_message=_("A score needs at least one answer."),
            ),
            models.CheckConstraint(
                condition=models.Q(stage=TemplateStage.DRAFT)
                | models.Q(public_domain=True)
                | (~models.Q(licence_reference="") & ~models.Q(licence_holder="")),
                name="questionnaire_published_with_licence",
                violation_error_message=_(
                    "Publishing needs the licence holder and the licence reference, or the public domain."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(stage=TemplateStage.DRAFT)
                | models.Q(published_by__isnull=False, published_at__isnull=False),
                name="questionnaire_published_by_somebody",
                violation_error_message=_("A published questionnaire names who published it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.version} ({self.language})"


class QuestionnaireItem(models.Model):
    """One question, answered with a whole number."""

    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.CASCADE, related_name="items"
    )  # part of its draft; a published one is never deleted
    position = models.PositiveSmallIntegerField(_("place"))
    text = models.CharField(_("question"), max_length=500, validators=[validate_single_line])
    lowest = models.SmallIntegerField(_("lowest answer"), default=0)
    highest = models.SmallIntegerField(_("highest answer"), default=10)
    lowest_means = models.CharField(_("the lowest means"), max_length=120, blank=True)
    highest_means = models.CharField(_("the highest means"), max_length=120, blank=True)
    reversed = models.BooleanField(_("counted the other way round"), default=False)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["questionnaire", "position"],
                name="question_place_once",
                violation_error_message=_("Two questions cannot have one place."),
            ),
            models.CheckConstraint(
                condition=models.Q(lowest__lt=models.F("highest"), lowest__gte=-100, highest__lte=100),
                name="question_range",
                violation_error_message=_("The lowest answer must be below the highest."),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class ResponseQuerySet(VisibleRows["QuestionnaireResponse"]):
    seen_by = SEES_CLINICAL

    def standing(self) -> Self:
        return self.filter(status=RecordStatus.RECORDED)

    def newest_first(self) -> Self:
        return self.select_related("questionnaire", "recorded_by").order_by("-on", "-recorded_at", "pk")


class QuestionnaireResponse(models.Model):
    """``answers``: place of the question to the number; a question left out is missing, never zero.
    ``score`` is null when too few were answered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    answers = models.JSONField()
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    status = models.CharField(max_length=16, choices=RecordStatus.choices, default=RecordStatus.RECORDED)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[ResponseQuerySet] = ResponseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("answers to a questionnaire")
        verbose_name_plural = _("answers to questionnaires")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=RecordStatus.values),
                name="response_status_known",
                violation_error_message=_("Unknown status."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.questionnaire_id} {self.on}"

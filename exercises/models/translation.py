from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Language, User
from clinic.text import validate_single_line
from exercises.models.catalogue import ExerciseVersion
from exercises.models.content import line, texts


class TranslationQuerySet(models.QuerySet["VersionTranslation"]):
    def reviewed(self) -> Self:
        """What patients may read."""
        return self.filter(reviewed_at__isnull=False)


class VersionTranslation(models.Model):
    """What one version of an exercise says, in another language. Patients read it once somebody has reviewed it."""

    version = models.ForeignKey(ExerciseVersion, on_delete=models.PROTECT, related_name="translations")
    language = models.CharField(_("language"), max_length=5, choices=Language.choices)
    name = models.CharField(_("name"), max_length=80, validators=[validate_single_line])
    movement = line(_("movement in one line"), 200)
    purpose = line(_("what it is for"), 200)
    prepare = texts(_("get ready"))
    steps = texts(_("steps"))
    breathe = line(_("breathing"), 200)
    feel = line(_("what it feels like"), 200)
    stop_rules = texts(_("stop rules"))
    alt_text = line(_("picture in words"), 300)
    cue = line(_("cue"), 120)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(db_default=Now())
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)

    objects: ClassVar[TranslationQuerySet] = TranslationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("translation of an exercise")
        verbose_name_plural = _("translations of exercises")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "language"],
                name="translation_one_a_language",
                violation_error_message=_("There is a translation into this language."),
            ),
            models.CheckConstraint(
                condition=models.Q(
                    language__in=[code for code in Language.values if code != Language.ENGLISH]
                ),
                name="translation_into_another",
                violation_error_message=_("Choose a language other than English."),
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None, reviewed_at=None)
                | models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="translation_reviewed_by_somebody",
                violation_error_message=_("A review names who made it, and when."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name="") & models.Q(steps__len__gt=0) & models.Q(stop_rules__len__gt=0),
                name="translation_is_complete",
                violation_error_message=_("Translate the name, the steps and the stop rules."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

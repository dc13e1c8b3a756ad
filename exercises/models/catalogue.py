import uuid
from typing import Any, ClassVar, Generic, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import User
from clinic.roles import CURATES, READS_CATALOGUE
from clinic.text import validate_plain_text, validate_single_line
from exercises.doses import Dose, Range
from exercises.doses import Side as DoseSide
from patients.models import FindingType

PAIRS = ("sets", "reps", "hold_s", "duration_s")


class Side(models.TextChoices):
    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")
    BOTH_IN_TURN = "both_in_turn", _("Each in turn")
    TOGETHER = "together", _("Both together")
    NOT_SIDED = "not_sided", _("No side")


class Position(models.TextChoices):
    SITTING = "sitting", _("sitting")
    STANDING = "standing", _("standing")
    STANDING_WALL = "standing_wall", _("standing at a wall")
    ON_STEP = "on_step", _("on a step")
    LONG_SITTING = "long_sitting", _("sitting with legs out")
    KNEELING = "kneeling", _("kneeling")
    ONE_LEG = "one_leg", _("on one leg")
    LYING_BACK = "lying_back", _("lying on the back")
    LYING_SIDE = "lying_side", _("lying on the side")
    HANDS_KNEES = "hands_knees", _("on hands and knees")
    WHOLE_BODY = "whole_body", _("moving about")


class DoseSource(models.TextChoices):
    """Where a dose comes from; staff see it in words."""

    ARTICLE = "A", _("Dose from the article")
    TRIAL = "R", _("Dose from a published trial")
    HANDOUT = "H", _("Dose from a clinic handout")
    UNSOURCED = "D", _("Starting value without a source: confirm before use")


class Stage(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")


class DoseFields(models.Model):
    """Ranges that a source may leave open. ``_max`` is null when the source gives one number."""

    sets_min = models.PositiveSmallIntegerField(
        _("sets"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    sets_max = models.PositiveSmallIntegerField(_("sets, up to"), null=True, blank=True)
    reps_min = models.PositiveSmallIntegerField(
        _("repetitions"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    reps_max = models.PositiveSmallIntegerField(_("repetitions, up to"), null=True, blank=True)
    hold_s_min = models.PositiveSmallIntegerField(
        _("hold, seconds"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    hold_s_max = models.PositiveSmallIntegerField(_("hold, up to seconds"), null=True, blank=True)
    duration_s_min = models.PositiveSmallIntegerField(
        _("duration, seconds"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    duration_s_max = models.PositiveSmallIntegerField(_("duration, up to seconds"), null=True, blank=True)
    cue = models.CharField(_("cue"), max_length=120, blank=True, validators=[validate_single_line])

    class Meta:
        abstract = True

    def dose_fields(self) -> dict[str, Any]:
        """The stored columns, for copying a dose from version to programme item."""
        return {name: getattr(self, name) for name in DOSE_COLUMNS}

    def as_dose(self, **more: Any) -> Dose:
        return Dose(
            sets=Range.of(self.sets_min, self.sets_max),
            repetitions=Range.of(self.reps_min, self.reps_max),
            hold=Range.of(self.hold_s_min, self.hold_s_max),
            duration=Range.of(self.duration_s_min, self.duration_s_max),
            cue=self.cue,
            **more,
        )


DOSE_COLUMNS = [f"{name}_{end}" for name in PAIRS for end in ("min", "max")] + ["cue"]


def dose_constraints(prefix: str) -> list[models.BaseConstraint]:
    """Each range: more than zero, the upper end not below the lower, no upper end alone."""
    return [
        models.CheckConstraint(
            condition=models.Q(**{f"{name}_min": None, f"{name}_max": None})
            | (
                # "Not null" is said outright: a check that comes to null counts as passed.
                models.Q(**{f"{name}_min__isnull": False, f"{name}_min__gt": 0})
                & (
                    models.Q(**{f"{name}_max": None})
                    | models.Q(**{f"{name}_max__gte": models.F(f"{name}_min")})
                )
            ),
            name=f"{prefix}_{name}_range",
            violation_error_message=_("Give a number above zero, or a range with the smaller number first."),
        )
        for name in PAIRS
    ]


class ExerciseContent(DoseFields):
    """What an exercise says. Curators edit it on ``Exercise``; publishing copies it into an ``ExerciseVersion``."""

    name = models.CharField(_("name"), max_length=80, validators=[validate_single_line])
    movement = models.CharField(
        _("movement in one line"), max_length=200, validators=[validate_single_line], blank=True
    )
    steps = ArrayField(
        models.CharField(max_length=300, validators=[validate_plain_text]),
        verbose_name=_("steps"),
        default=list,
        blank=True,
        help_text=_("What to do, one step a line."),
    )
    stop_rules = ArrayField(
        models.CharField(max_length=300, validators=[validate_plain_text]),
        verbose_name=_("stop rules"),
        default=list,
        blank=True,
        help_text=_("When to stop and whom to tell, one rule a line."),
    )
    picture = models.SlugField(_("picture"), max_length=60, blank=True, help_text=_("Name of the drawing."))
    alt_text = models.CharField(
        _("picture in words"),
        max_length=300,
        blank=True,
        validators=[validate_single_line],
        help_text=_("Both positions, for people who cannot see the picture. “First: … Second: …”"),
    )
    position = models.CharField(_("position"), max_length=16, choices=Position.choices, blank=True)
    equipment = ArrayField(
        models.CharField(max_length=30, validators=[RegexValidator(r"^[a-z_]+$")]),
        verbose_name=_("equipment"),
        default=list,
        blank=True,
        help_text=_("One a line, such as tennis_ball."),
    )
    cautions = ArrayField(
        models.CharField(max_length=30, validators=[RegexValidator(r"^[a-z_]+$")]),
        verbose_name=_("caution flags"),
        default=list,
        blank=True,
        help_text=_("One a line, such as fall_risk."),
    )
    sides = ArrayField(
        models.CharField(max_length=16, choices=Side.choices),
        verbose_name=_("sides that can be assigned"),
        default=list,
        blank=True,
        help_text=_("One a line: left, right, both_in_turn, together or not_sided."),
    )
    dose_source = models.CharField(_("source of the dose"), max_length=1, choices=DoseSource.choices)
    evidence = models.CharField(_("evidence, for staff"), max_length=300, blank=True)
    sources = models.CharField(_("sources"), max_length=200, blank=True)

    class Meta:
        abstract = True


CONTENT_COLUMNS = [field.name for field in ExerciseContent._meta.local_fields]


Entry = TypeVar("Entry", bound=models.Model, covariant=True)


class CatalogueRows(models.QuerySet[Entry], Generic[Entry]):
    """Exercises and routines: what is or was published is for all staff, drafts are for those who curate."""

    def visible_to(self, actor: Actor | None) -> Self:
        if actor is None or not (actor.role is None or actor.has_role(READS_CATALOGUE)):
            return self.none()
        if actor.has_role(CURATES):
            return self
        return self.exclude(stage=Stage.DRAFT)


class ExerciseQuerySet(CatalogueRows["Exercise"]):
    def assignable(self) -> Self:
        return (
            self.filter(stage=Stage.PUBLISHED, current__isnull=False)
            .select_related("current")
            .order_by("name")
        )

    def in_use(self) -> Self:
        """With the version that was published last; retired entries too."""
        return self.filter(current__isnull=False).select_related("current").prefetch_related("findings")

    def matching(self, query: str) -> Self:
        """Every word occurs in the published name, movement or equipment."""
        found = self
        for word in query.split()[:6]:
            found = found.filter(
                models.Q(current__name__icontains=word)
                | models.Q(current__movement__icontains=word)
                | models.Q(current__equipment__icontains=word.replace("-", "_"))
            )
        return found

    def tagged_for(self, finding_types: list[str]) -> Self:
        """A filter by the tags that curators set; not a recommendation."""
        return self.filter(findings__in=finding_types).distinct()


class Exercise(ExerciseContent):
    """An entry of the catalogue: the text as curators see it, and the version that is in use."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("short name in addresses"), max_length=60)
    stage = models.CharField(
        _("stage"), max_length=10, choices=Stage.choices, default=Stage.DRAFT, editable=False
    )
    findings = models.ManyToManyField(
        FindingType,
        verbose_name=_("findings"),
        blank=True,
        help_text=_("For filtering only."),
        related_name="+",
    )
    current = models.OneToOneField(
        "ExerciseVersion", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects: ClassVar[ExerciseQuerySet] = ExerciseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("exercise")
        verbose_name_plural = _("exercises")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                name="exercise_slug_unique",
                violation_error_message=_("This short name is taken."),
            ),
            models.CheckConstraint(
                condition=models.Q(stage__in=Stage.values),
                name="exercise_stage_known",
                violation_error_message=_("Unknown stage."),
            ),
            models.CheckConstraint(
                condition=models.Q(dose_source__in=DoseSource.values),
                name="exercise_dose_source_known",
                violation_error_message=_("Say where the dose comes from."),
            ),
            models.CheckConstraint(
                condition=models.Q(position__in=["", *Position.values]),
                name="exercise_position_known",
                violation_error_message=_("Choose a position from the list."),
            ),
            models.CheckConstraint(
                condition=~models.Q(stage=Stage.PUBLISHED) | models.Q(current__isnull=False),
                name="exercise_published_has_version",
                violation_error_message=_("Publishing makes a version."),
            ),
            *dose_constraints("exercise"),
        ]

    def __str__(self) -> str:
        return self.name

    def content(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in CONTENT_COLUMNS}

    @property
    def has_unpublished_changes(self) -> bool:
        return self.current is None or any(
            getattr(self, name) != getattr(self.current, name) for name in CONTENT_COLUMNS
        )


class ExerciseVersion(ExerciseContent):
    """An exercise as it was published. Programmes pin it; a trigger refuses every later change."""

    exercise = models.ForeignKey(Exercise, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("version of an exercise")
        verbose_name_plural = _("versions of exercises")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["exercise", "number"],
                name="version_number_unique",
                violation_error_message=_("This version exists."),
            ),
            models.CheckConstraint(
                condition=models.Q(dose_source__in=DoseSource.values),
                name="version_dose_source_known",
                violation_error_message=_("Say where the dose comes from."),
            ),
            models.CheckConstraint(
                condition=models.Q(position__in=["", *Position.values]),
                name="version_position_known",
                violation_error_message=_("Choose a position from the list."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name="")
                & ~models.Q(alt_text="")
                & models.Q(steps__len__gt=0)
                & models.Q(stop_rules__len__gt=0)
                & models.Q(sides__len__gt=0),
                name="version_is_complete",
                violation_error_message=_(
                    "Publishing needs a name, steps, stop rules, sides and the picture in words."
                ),
            ),
            *dose_constraints("version"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"

    def dose(self, side: str) -> Dose:
        return self.as_dose(side=DoseSide(side))

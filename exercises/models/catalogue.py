import uuid
from typing import Any, ClassVar, Generic, Self, TypeVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.roles import AUTHORS, CURATES, READS_CATALOGUE
from exercises.doses import Dose
from exercises.doses import Side as DoseSide
from exercises.models.content import CONTENT_COLUMNS, ExerciseContent, content_constraints
from exercises.models.status import computed_status
from patients.models import FindingType


class Stage(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")


Entry = TypeVar("Entry", bound=models.Model, covariant=True)


class CatalogueRows(models.QuerySet[Entry], Generic[Entry]):
    """Exercises and routines of the shared catalogue and of the reader's own clinic.

    What is or was published is for all staff, drafts are for those who curate or write them.
    """

    def visible_to(self, actor: Actor | None) -> Self:
        if actor is None or not (actor.role is None or actor.has_role(READS_CATALOGUE)):
            return self.none()
        ready = ~models.Q(stage=Stage.DRAFT)
        shared = models.Q(clinic=None) if actor.has_role(CURATES) else models.Q(clinic=None) & ready
        if actor.clinic_id is None:
            return self.filter(shared)
        own = models.Q(clinic=actor.clinic_id)
        return self.filter(shared | (own if actor.has_role(AUTHORS) else own & ready))

    def shared(self) -> Self:
        return self.filter(clinic=None)


class ExerciseQuerySet(CatalogueRows["Exercise"]):
    def assignable(self) -> Self:
        return (
            self.filter(stage=Stage.PUBLISHED, current__isnull=False)
            .select_related("current__photo")
            .defer("current__photo__webp")
            .order_by("name")
        )

    def in_use(self) -> Self:
        """With the version that was published last; retired entries too."""
        found = self.filter(current__isnull=False).select_related("current__photo")
        return found.defer("current__photo__webp").prefetch_related("findings")

    def own(self, actor: Actor) -> Self:
        """What the actor's clinic wrote itself, drafts and retired ones too."""
        mine = self.visible_to(actor).filter(clinic__isnull=False, clinic=actor.clinic_id)
        found = mine.select_related("current__photo", "photo").defer("current__photo__webp", "photo__webp")
        return found.order_by("name", "pk")

    def with_status(self) -> Self:
        """``status`` of each row, in the same query; see ``models.status``."""
        return self.annotate(status=computed_status())

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
    """An entry of the catalogue: the text as curators see it, and the version that is in use.

    ``clinic`` is null in the shared catalogue; a clinic's own exercise is for its staff and patients alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("clinic"),
        related_name="+",
    )
    slug = models.SlugField(_("short name in addresses"), max_length=60)
    stage = models.CharField(
        _("stage"), max_length=10, choices=Stage.choices, default=Stage.DRAFT, editable=False
    )
    review_asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    review_asked_at = models.DateTimeField(_("review asked"), null=True, editable=False)
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
    search = SearchVectorField(
        null=True, editable=False
    )  # of the version in use; ``actions.index`` writes it

    objects: ClassVar[ExerciseQuerySet] = ExerciseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("exercise")
        verbose_name_plural = _("exercises")
        ordering = ["name", "pk"]
        indexes = [GinIndex(fields=["search"], name="exercise_search")]
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
                condition=~models.Q(stage=Stage.PUBLISHED) | models.Q(current__isnull=False),
                name="exercise_published_has_version",
                violation_error_message=_("Publishing makes a version."),
            ),
            models.CheckConstraint(
                condition=models.Q(review_asked_by=None, review_asked_at=None)
                | models.Q(review_asked_by__isnull=False, review_asked_at__isnull=False),
                name="exercise_review_has_asker",
                violation_error_message=_("A review is asked by somebody, at a time."),
            ),
            *content_constraints("exercise"),
        ]

    def __str__(self) -> str:
        return self.name

    def content(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in CONTENT_COLUMNS}

    @property
    def has_unpublished_changes(self) -> bool:
        return self.current is None or any(
            # By key where it is another row: no photo is read to be compared.
            self.serializable_value(name) != self.current.serializable_value(name)
            for name in CONTENT_COLUMNS
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
            *content_constraints("version"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"

    def dose(self, side: str) -> Dose:
        return self.as_dose(side=DoseSide(side), limb=self.limb)

import uuid
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models import User
from clinic.text import validate_plain_text, validate_single_line
from exercises.models.catalogue import CatalogueRows, Exercise, Stage
from patients.models import FindingType


class RoutineQuerySet(CatalogueRows["Routine"]):
    def assignable(self) -> Self:
        return self.filter(stage=Stage.PUBLISHED).order_by("name", "pk")

    def with_contents(self) -> Self:
        """With the tags and, in order, the exercises: what lists of routines show."""
        items = RoutineItem.objects.select_related("exercise__current").order_by("order", "pk")
        return self.prefetch_related("findings", models.Prefetch("items", queryset=items))

    def tagged_for(self, finding_types: list[str]) -> Self:
        """A filter by the tags that curators set; not a recommendation."""
        return self.filter(findings__in=finding_types).distinct()


class Routine(models.Model):
    """A reusable set of exercises. Assigning copies it: a programme never changes with its routine."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("short name in addresses"), max_length=60)
    name = models.CharField(_("name"), max_length=80, validators=[validate_single_line])
    basis = models.TextField(
        _("basis and warnings, for staff"), max_length=600, blank=True, validators=[validate_plain_text]
    )
    findings = models.ManyToManyField(
        FindingType,
        verbose_name=_("findings"),
        blank=True,
        help_text=_("For filtering only."),
        related_name="+",
    )
    exercises = models.ManyToManyField(Exercise, through="RoutineItem", related_name="+")
    stage = models.CharField(
        _("stage"), max_length=10, choices=Stage.choices, default=Stage.DRAFT, editable=False
    )
    signed_off_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("signed off by"),
        related_name="+",
    )
    signed_off_on = models.DateField(_("signed off on"), null=True, editable=False)

    objects: ClassVar[RoutineQuerySet] = RoutineQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("routine")
        verbose_name_plural = _("routines")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                name="routine_slug_unique",
                violation_error_message=_("This short name is taken."),
            ),
            models.CheckConstraint(
                condition=models.Q(stage__in=Stage.values),
                name="routine_stage_known",
                violation_error_message=_("Unknown stage."),
            ),
            models.CheckConstraint(
                condition=~models.Q(stage=Stage.PUBLISHED)
                | models.Q(signed_off_by__isnull=False, signed_off_on__isnull=False),
                name="routine_published_is_signed",
                violation_error_message=_("A routine needs a person who signs it off."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoutineItem(models.Model):
    routine = models.ForeignKey(
        Routine, on_delete=models.CASCADE, related_name="items"
    )  # a part of its routine
    exercise = models.ForeignKey(
        Exercise, on_delete=models.PROTECT, verbose_name=_("exercise"), related_name="+"
    )
    order = models.PositiveSmallIntegerField(_("order"), default=1)

    class Meta:
        verbose_name = _("exercise of the routine")
        verbose_name_plural = _("exercises of the routine")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["routine", "exercise"],
                name="routine_exercise_once",
                violation_error_message=_("The routine holds this exercise already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.exercise)

import uuid
from enum import StrEnum
from typing import ClassVar, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.roles import AUTHORS
from clinic.text import validate_plain_text, validate_single_line
from exercises.doses import phrases
from exercises.kit import name as kit_name
from exercises.models.catalogue import CatalogueRows, Exercise, Stage
from exercises.models.dose import DOSE_COLUMNS, DoseFields, dose_constraints
from patients.models import FindingType, packed


class Scope(StrEnum):
    """Whose a routine is: everybody's, one clinic's, or one person's."""

    SHARED = "shared"
    CLINIC = "clinic"
    PERSONAL = "personal"


class RoutineQuerySet(CatalogueRows["Routine"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """As of exercises; a personal routine is its owner's alone."""
        found = super().visible_to(actor)
        if actor is None or actor.user_id is None:
            return found.filter(owner=None)
        return found.filter(models.Q(owner=None) | models.Q(owner=actor.user_id))

    def assignable(self) -> Self:
        return self.filter(stage=Stage.PUBLISHED).order_by("name", "pk")

    def with_contents(self) -> Self:
        """With the tags and, in order, the exercises: what lists of routines show."""
        items = RoutineItem.objects.select_related("exercise__current").order_by("stage", "order", "pk")
        return self.prefetch_related("findings", models.Prefetch("items", queryset=items))

    def for_shelf(self) -> Self:
        """With ``tags``, the keys of the tags, and ``held``: stage and name of each exercise, in order. One query."""
        own = {"routine": models.OuterRef("pk")}
        items = RoutineItem.objects.filter(**own).order_by("stage", "order", "pk")
        tags = Routine.findings.through.objects.filter(**own).order_by()
        return self.annotate(
            tags=ArraySubquery(tags.values("findingtype")),
            held=packed(items, "stage", "exercise__current__name"),
        )

    def with_stages(self) -> Self:
        return self.with_contents().prefetch_related("stages").select_related("signed_off_by")

    def of_scope(self, scope: Scope) -> Self:
        if scope == Scope.PERSONAL:
            return self.filter(owner__isnull=False)
        return self.filter(owner=None, clinic__isnull=scope == Scope.SHARED)

    def matching(self, query: str) -> Self:
        """Every word occurs in the name, or in that of an exercise."""
        found = self
        for word in query.split()[:6]:
            held = RoutineItem.objects.filter(
                routine=models.OuterRef("pk"), exercise__current__name__icontains=word
            )
            found = found.filter(models.Q(name__icontains=word) | models.Exists(held))
        return found

    def tagged_for(self, finding_types: list[str]) -> Self:
        """A filter by the tags that curators set; not a recommendation."""
        return self.filter(findings__in=finding_types).distinct()


class Routine(models.Model):
    """A reusable set of exercises. Assigning copies it: a programme never changes with its routine."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("clinic"),
        related_name="+",
    )  # null: in the shared catalogue
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("owner"), related_name="+"
    )  # of a personal routine
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
                condition=models.Q(owner=None) | models.Q(clinic__isnull=False),
                name="routine_personal_has_clinic",
                violation_error_message=_("A personal routine stays within its owner's clinic."),
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

    @property
    def scope(self) -> Scope:
        if self.owner_id is not None:
            return Scope.PERSONAL
        return Scope.SHARED if self.clinic_id is None else Scope.CLINIC

    def is_known_to(self, actor: Actor) -> bool:
        """Whose it is, asked of a row at hand: a programme may come from a colleague's personal routine."""
        return self.clinic_id in (None, actor.clinic_id) and self.owner_id in (None, actor.user_id)

    def may_be_written_by(self, actor: Actor) -> bool:
        """Shared ones are the curators', in the admin."""
        return self.clinic_id is not None and self.is_known_to(actor) and actor.has_role(AUTHORS)

    def items_of(self, stage: int | None) -> list["RoutineItem"]:
        """The exercises of one stage, or all of a routine without stages."""
        return [item for item in self.items.all() if stage is None or item.stage == stage]


class RoutineStage(models.Model):
    """Weeks of a routine with exercises of their own. Nothing moves on by itself: a practitioner judges ``criteria``."""

    routine = models.ForeignKey(
        Routine, on_delete=models.CASCADE, related_name="stages"
    )  # a part of its routine
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=80, validators=[validate_single_line])
    from_week = models.PositiveSmallIntegerField(_("from week"))
    to_week = models.PositiveSmallIntegerField(_("to week"), null=True, blank=True)
    criteria = models.TextField(
        _("when to go on, for staff"),
        max_length=600,
        blank=True,
        validators=[validate_plain_text],
        help_text=_("What a practitioner looks for before giving the next stage. Empty in the last one."),
    )

    class Meta:
        verbose_name = _("stage of the routine")
        verbose_name_plural = _("stages of the routine")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["routine", "number"],
                name="routine_stage_once",
                violation_error_message=_("The routine has this stage already."),
            ),
            models.CheckConstraint(
                condition=models.Q(number__gt=0, from_week__gt=0)
                & (
                    models.Q(to_week=None)
                    | models.Q(to_week__isnull=False, to_week__gte=models.F("from_week"))
                ),
                name="routine_stage_weeks",
                violation_error_message=_("Weeks count from 1, and a stage does not end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoutineItem(DoseFields):
    """One exercise of a routine. A dose of its own takes the place of the exercise's; without one it is empty.

    How often is stated only where a source or a practitioner did; otherwise it is asked at assignment.
    """

    routine = models.ForeignKey(
        Routine, on_delete=models.CASCADE, related_name="items"
    )  # a part of its routine
    exercise = models.ForeignKey(
        Exercise, on_delete=models.PROTECT, verbose_name=_("exercise"), related_name="+"
    )
    stage = models.PositiveSmallIntegerField(_("stage"), default=1)
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    kit = models.CharField(_("with"), max_length=30, blank=True)
    note = models.CharField(
        _("note for the patient"), max_length=200, blank=True, validators=[validate_single_line]
    )
    times_per_day = models.PositiveSmallIntegerField(_("times a day"), null=True, blank=True)
    days_per_week = models.PositiveSmallIntegerField(_("days a week"), null=True, blank=True)
    every_n_days = models.PositiveSmallIntegerField(_("every … days"), null=True, blank=True)

    class Meta:
        verbose_name = _("exercise of the routine")
        verbose_name_plural = _("exercises of the routine")
        ordering = ["stage", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["routine", "stage", "exercise"],
                name="routine_exercise_once",
                violation_error_message=_("The routine holds this exercise already."),
            ),
            models.CheckConstraint(
                condition=models.Q(times_per_day=None, days_per_week=None, every_n_days=None)
                | models.Q(times_per_day__isnull=False, times_per_day__gte=1, times_per_day__lte=12)
                & (
                    models.Q(days_per_week__isnull=False, every_n_days=None)
                    & models.Q(days_per_week__gte=1, days_per_week__lte=7)
                    | models.Q(every_n_days__isnull=False, days_per_week=None)
                    & models.Q(every_n_days__gte=1, every_n_days__lte=14)
                ),
                name="routine_item_frequency",
                violation_error_message=_(
                    "Give times a day with days a week or every how many days, or leave all empty."
                ),
            ),
            *dose_constraints("routine_item"),
        ]

    def __str__(self) -> str:
        return str(self.exercise)

    @property
    def has_own_dose(self) -> bool:
        return any(getattr(self, name) for name in DOSE_COLUMNS)

    @property
    def dose_phrases(self) -> list[str]:
        """What it starts with, in words: the own dose, else the catalogue's. How often only where it is said here."""
        source = self if self.has_own_dose or self.exercise.current is None else self.exercise.current
        often = {name: getattr(self, name) for name in ("times_per_day", "days_per_week", "every_n_days")}
        return phrases(source.as_dose(**often))

    @property
    def kit_name(self) -> str:
        return kit_name(self.kit) if self.kit else ""

    @property
    def stated(self) -> str:
        """How often and how long the source says it is done, for staff."""
        return self.exercise.current.stated if self.exercise.current else ""

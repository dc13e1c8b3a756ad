import operator
import uuid
from functools import reduce
from typing import Any, ClassVar, Generic, Self, TypedDict, TypeVar, Unpack

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import (
    CombinedSearchQuery,
    SearchQuery,
    SearchQueryField,
    SearchRank,
    SearchVectorField,
)
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.prepared import among
from clinic.roles import AUTHORS, CURATES, READS_CATALOGUE
from exercises import kit
from exercises.doses import Dose
from exercises.doses import Side as DoseSide
from exercises.models.content import CONTENT_COLUMNS, ExerciseContent, content_constraints
from exercises.models.status import computed_status
from exercises.search_words import asked, whole_name
from patients.models import FindingType

NO_KIT = "none"
WEIGHTS = [0.05, 0.1, 0.3, 1.0]  # D to A, see ``search_index``: a word of the name outweighs all others


class Stage(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")


class ProposalState(models.TextChoices):
    WAITING = "waiting", _("waiting for review")
    ACCEPTED = "accepted", _("in the shared catalogue")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


def _begins_or_stems(word: str) -> SearchQuery | CombinedSearchQuery:
    """``word`` holds letters and digits only, so the quotes hold."""
    begins = SearchQuery(f"'{word}':*", config="simple", search_type="raw")
    return begins | SearchQuery(word, config="english")


def _named(query: str) -> models.Func:
    """The whole name is one word of the vector; the cast takes the query as it stands, nothing parses its words."""
    return models.Func(
        models.F("search"),
        Cast(models.Value(query), SearchQueryField()),
        template="(%(expressions)s)",
        arg_joiner=" @@ ",
        output_field=models.BooleanField(),
    )


def _copies() -> "ExerciseQuerySet":
    """What was proposed for all clinics from the exercise that is asked about."""
    return Exercise.objects.filter(proposal__exercise=models.OuterRef("pk"))


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


class Wanted(TypedDict, total=False):
    """Filters of the catalogue; what is empty is not asked, but for ``findings``: one of these."""

    findings: list[str]
    kind: str
    body_part: str
    position: str
    difficulty: int
    equipment: str
    without: str


BY_NAME = ("name", "pk")  # without a look at the version: a list of thousands is sorted by nothing else
LISTED = ("slug", "stage", "clinic", "current")
LISTED_OF_VERSION = (
    "name",
    "movement",
    "picture",
    "photo__width",
    "photo__height",
    "position",
    "body_part",
    "barefoot",
    "equipment",
    "kit_options",
    "cautions",
    "difficulty",
)
# Kept apart, so that the words are compared once for the order and for the number.
PART = """
WITH found AS MATERIALIZED ({found})
SELECT ARRAY(SELECT pk FROM found ORDER BY {sorting} LIMIT %s OFFSET %s), (SELECT count(*) FROM found)
"""
EQUAL = ("kind", "body_part", "position", "difficulty")


class ExerciseQuerySet(CatalogueRows["Exercise"]):
    def assignable(self) -> Self:
        return (
            self.filter(stage=Stage.PUBLISHED, current__isnull=False)
            .select_related("current__photo")
            .defer("search", "current__photo__webp")
            .order_by(*BY_NAME)
        )

    def in_use(self) -> Self:
        """With the version that was published last; retired entries too."""
        found = self.filter(current__isnull=False).select_related("current__photo")
        return found.defer("search", "current__photo__webp").prefetch_related("findings")

    def own(self, actor: Actor) -> Self:
        """What the actor's clinic wrote itself, drafts and retired ones too."""
        mine = self.visible_to(actor).filter(clinic__isnull=False, clinic=actor.clinic_id)
        found = mine.select_related("current__photo", "photo").defer("current__photo__webp", "photo__webp")
        return found.with_proposals().order_by("name", "pk")

    def with_shared_copy(self) -> Self:
        """Of a clinic's own: ``shared_as``, the short name of the copy that all clinics can assign by now, or None."""
        taken = _copies().filter(proposal__state=ProposalState.ACCEPTED, stage=Stage.PUBLISHED)
        return self.annotate(
            shared_as=models.Subquery(taken.order_by("-proposal__decided_at", "pk").values("slug")[:1])
        )

    def with_proposals(self) -> Self:
        """That, and ``is_proposed``: it waits for review."""
        waiting = _copies().filter(proposal__state=ProposalState.WAITING)
        return self.with_shared_copy().annotate(is_proposed=models.Exists(waiting))

    def with_tags(self) -> Self:
        """``tags`` of each row: the keys of the findings that it is tagged for."""
        tags = Exercise.findings.through.objects.filter(exercise=models.OuterRef("pk")).order_by()
        return self.annotate(tags=ArraySubquery(tags.values("findingtype")))

    def with_status(self) -> Self:
        """``status`` of each row, in the same query; see ``models.status``."""
        return self.annotate(status=computed_status())

    def matching(self, query: str) -> Self:
        """Every word begins a word, or has the stem of one, that the exercise is found by; see ``search_index``.

        Best first: the name itself, names that begin so, then by where the words stand, then by name. An empty query
        is no question and finds everything by name; one without a searchable word ("%") finds nothing.
        """
        words = asked(query)
        if not words:
            return self.none() if query.strip() else self.by_name()
        wanted = [_begins_or_stems(word) for word in words]
        name = whole_name(query)
        return (
            self.filter(search=reduce(operator.and_, wanted))
            .alias(
                is_it=_named(f"'{name}'"),
                begins=_named(f"'{name}':*"),
                # Any of the words: with all of them ts_rank looks how near they stand, which says nothing here.
                rank=SearchRank(models.F("search"), reduce(operator.or_, wanted), weights=WEIGHTS),
            )
            .order_by("-is_it", "-begins", "-rank", *BY_NAME)
        )

    def by_name(self) -> Self:
        return self.order_by(*BY_NAME)

    def for_list(self) -> Self:
        """Only what a line of a list says: whole texts twice over, as draft and as version, would cost most of it."""
        return (
            self.with_shared_copy()
            .select_related("current__photo")
            .only(*LISTED, *(f"current__{name}" for name in LISTED_OF_VERSION))
        )

    def keys_and_count(self, start: int, most: int) -> tuple[list[uuid.UUID], int]:
        """A part of what is found, and how much there is, from one search; two would cost twice as much.

        Keys only: sorting thousands of whole texts to show 20 of them would cost most of the answer. A window over the
        rows would tell the number as well, but keeps every row with its words until the last of them is counted.
        """
        sorting = [(str(name).removeprefix("-"), str(name).startswith("-")) for name in self.query.order_by]
        kept = {name: models.F(name) for name, _falls in sorting if name in self.query.annotations}
        columns = dict.fromkeys(["pk", *(name for name, _falls in sorting)])
        try:
            found, values = self.annotate(**kept).order_by().values(*columns).query.sql_with_params()
        except EmptyResultSet:
            return [], 0
        quoted = ", ".join(f"{connection.ops.quote_name(name)}{' DESC' * falls}" for name, falls in sorting)
        with connection.cursor() as cursor:
            cursor.execute(PART.format(found=found, sorting=quoted), [*values, most, start])
            keys, number = cursor.fetchone()
        return keys, number

    def tagged_for(self, finding_types: list[str]) -> Self:
        """A filter by the tags that curators set; not a recommendation."""
        tags = Exercise.findings.through.objects.filter(
            among("findingtype", finding_types, models.CharField()), exercise=models.OuterRef("pk")
        )
        return self.filter(models.Exists(tags))

    def narrowed(self, **wanted: Unpack[Wanted]) -> Self:
        """What every filter that was chosen lets through; pages and API ask the same way."""
        stated = {f"current__{name}": wanted.get(name) for name in EQUAL}
        found = self.filter(**{column: value for column, value in stated.items() if value})
        if "findings" in wanted:
            found = found.tagged_for(wanted["findings"])
        if thing := wanted.get("equipment"):
            found = found.done_with(thing)
        return found.without_caution(flag) if (flag := wanted.get("without")) else found

    def done_with(self, thing: str) -> Self:
        """Needs it, or may be done with it. ``NO_KIT``: needs nothing at all."""
        if thing == NO_KIT:
            return self.filter(current__equipment=[], current__kit_options=[])
        needs = models.Q(current__equipment__contains=[thing])
        return self.filter(needs | models.Q(current__kit_options__contains=[thing]))

    def without_caution(self, flag: str) -> Self:
        """Leaves out what names the flag, needs a thing that brings it, or offers only things that do."""
        bring = [thing.key for thing in kit.known().values() if flag in thing.cautions]
        only = models.Q(current__kit_options__len__gt=0, current__kit_options__contained_by=bring)
        names = models.Q(current__cautions__contains=[flag])
        return self.exclude(names | models.Q(current__equipment__overlap=bring) | only)

    def favourites_of(self, actor: Actor) -> Self:
        return self.filter(favourites__user=actor.user_id)


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
    search = SearchVectorField(null=True, editable=False)  # of the version in use; ``search_index`` writes it

    objects: ClassVar[ExerciseQuerySet] = ExerciseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("exercise")
        verbose_name_plural = _("exercises")
        ordering = ["name", "pk"]
        indexes = [
            GinIndex(fields=["search"], name="exercise_search"),
            # What the policies ask of an exercise, and what a shelf sorts: rows are wide, and these are read without them.
            models.Index("id", name="exercise_of_clinic", include=["clinic"]),
            models.Index(
                "name",
                "id",
                name="exercise_by_name",
                include=["clinic", "stage", "current"],
                condition=models.Q(stage=Stage.PUBLISHED, current__isnull=False),
            ),
        ]
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

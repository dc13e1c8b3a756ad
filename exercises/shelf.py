"""What can be chosen from when a programme is written. Filters by the curators' tags and by what was asked; it neither
suggests nor ranks by suitability: what a practitioner marked or used comes first, because they did."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Count,
    Func,
    JSONField,
    OuterRef,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clinic.actors import Actor
from clinic.http import StaffRequest
from clinic.models import User
from clinic.prepared import among, give, prepared
from clinic.text import has_control_characters
from exercises import actions
from exercises.forms.catalogue import LONGEST_QUERY, things
from exercises.models import (
    Exercise,
    ExerciseQuerySet,
    Favourite,
    Kind,
    Programme,
    ProgrammeItem,
    Routine,
    RoutineItem,
    RoutineStage,
)
from patients.models import Finding, Patient

MOST_HITS = 20
MOST_AT_HAND = 8


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    title: str
    exercises: list[Exercise]


class Shelf:
    """Read only when the page shows it."""

    kinds = Kind.choices

    def __init__(self, request: StaffRequest, patient: Patient) -> None:
        self._asked = request.POST if request.method == "POST" else request.GET
        self.actor, self.patient = request.actor, patient
        self.query = plain(self._asked.get("q", "")).strip()
        self.everything = self._asked.get("tagged", "") == "all"
        self.kind = self._one_of("only_kind", dict(Kind.choices))
        self.thing = self._one_of("only_kit", dict(things()))

    def _one_of(self, name: str, known: dict[Any, Any]) -> str:
        value = self._asked.get(name, "")
        return value if value in known else ""

    @cached_property
    def things(self) -> list[tuple[str, Any]]:
        return things()

    @cached_property
    def findings(self) -> list[Finding]:
        return findings_of(self.actor, self.patient)

    @cached_property
    def tags(self) -> list[str]:
        return sorted({finding.type_id for finding in self.findings})

    @cached_property
    def labels(self) -> str:
        return ", ".join(dict.fromkeys(finding.type.label for finding in self.findings))

    @cached_property
    def _routines(self) -> list[Routine]:
        return _routines(actor=self.actor)

    def routine(self, slug: str) -> Routine | None:
        """One of those that can be chosen, with its stages and exercises."""
        found = [one for one in self._routines if one.slug == slug]
        for routine in found:
            give(routine, "stages", _stages(routine=routine.pk))
            give(routine, "items", _items(routine=routine.pk))
        return found[0] if found else None

    @cached_property
    def tagged_routines(self) -> list[Routine]:
        return [one for one in self._routines if {*vars(one)["tags"]} & {*self.tags}]

    @cached_property
    def other_routines(self) -> list[Routine]:
        return [one for one in self._routines if one not in self.tagged_routines]

    @property
    def only_tagged(self) -> bool:
        return not self.everything and bool(self.tags)

    @property
    def favourites(self) -> set[UUID]:
        return {*self._keys["marked"]}

    @cached_property
    def _keys(self) -> dict[str, Any]:
        """Of the exercises that the one who asks has marked, of those at hand while these are shown, and of the first that
        are found, with the number of all. A search is asked by itself: its words are compared once."""
        if self._shows_at_hand:
            asked = {"actor": self.actor, "person": self.actor.user_id or 0, "tags": self.tags}
            return dict(*_at_hand(self.only_tagged, **asked))
        marked = Favourite.objects.visible_to(self.actor)
        found, count = self._found.keys_and_count(0, MOST_HITS)
        return {"marked": marked.exercise_keys(), "found": found, "count": count}

    @property
    def _shows_at_hand(self) -> bool:
        return not (self.query or self.kind or self.thing)

    @cached_property
    def _shown(self) -> dict[str, list[Exercise]]:
        """What the groups show."""
        names = ("kept", "lately", "found")
        groups = listed(self.actor, *(self._keys.get(name, ()) for name in names))
        return dict(zip(names, groups, strict=True))

    @cached_property
    def groups(self) -> list[Group]:
        """What is at hand only while nothing is asked; then what was found."""
        groups = self._at_hand() if self._shows_at_hand else []
        title = (
            _("Tagged for: %(labels)s") % {"labels": self.labels} if self.only_tagged else _("All exercises")
        )
        above = {one.pk for group in groups for one in group.exercises}
        rest = [one for one in self.hits if one.pk not in above]
        return [group for group in (*groups, Group("found", title, rest)) if group.exercises]

    def _at_hand(self) -> list[Group]:
        kept = self._shown["kept"]
        lately = [one for one in self._shown["lately"][:MOST_AT_HAND] if one not in kept]
        return [Group("kept", _("Your favourites"), kept), Group("lately", _("Used lately"), lately)]

    @cached_property
    def _found(self) -> ExerciseQuerySet:
        found = Exercise.objects.visible_to(self.actor).assignable().matching(self.query)
        found = found.narrowed(kind=self.kind, equipment=self.thing)
        return found.tagged_for(self.tags) if self.only_tagged else found

    @cached_property
    def hits(self) -> list[Exercise]:
        return self._shown["found"]

    @property
    def count(self) -> int:
        number: int = self._keys["count"]
        return number

    @property
    def more(self) -> int:
        return self.count - len(self.hits)


@prepared
def _routines(actor: Actor) -> QuerySet[Routine]:
    return Routine.objects.visible_to(actor).assignable().for_shelf()


@prepared
def _stages(routine: UUID) -> QuerySet[RoutineStage]:
    return RoutineStage.objects.filter(routine=routine)


@prepared
def _items(routine: UUID) -> QuerySet[RoutineItem]:
    """Of their exercises the short names: lines are read with all that is said of an exercise."""
    own = [field.attname for field in RoutineItem._meta.concrete_fields]
    items = RoutineItem.objects.filter(routine=routine).select_related("exercise")
    return items.only(*own, "exercise__slug").order_by("stage", "order", "pk")


@prepared
def _at_hand(only_tagged: bool, *, actor: Actor, person: int, tags: list[str]) -> QuerySet[User, Any]:
    shown = Exercise.objects.visible_to(actor).assignable()
    found = shown.by_name().tagged_for(tags) if only_tagged else shown.by_name()
    columns: dict[str, Any] = {
        "marked": Favourite.objects.visible_to(actor).values("exercise"),
        "kept": shown.favourites_of(actor).values("pk")[:MOST_AT_HAND],
        "lately": Programme.objects.visible_to(actor).assigned_last_by(actor),
        "found": found.values("pk")[:MOST_HITS],
    }
    number = found.order_by().annotate(all=Value(1)).values("all").annotate(number=Count("pk"))
    return User.objects.filter(pk=person).values(
        count=Coalesce(Subquery(number.values("number")), 0),
        **{name: ArraySubquery(keys) for name, keys in columns.items()},
    )


@prepared
def _listed(actor: Actor, keys: list[UUID]) -> QuerySet[Exercise]:
    shown = Exercise.objects.visible_to(actor).assignable().for_list()
    return shown.filter(among("pk", keys, UUIDField())).order_by()


def star(request: StaffRequest) -> bool:
    """A star pressed without htmx: the whole form comes with it, as with every other button of the page."""
    slug = plain(request.POST.get("star", ""))
    found = Exercise.objects.visible_to(request.actor).in_use().filter(slug=slug).first() if slug else None
    if found and not actions.remove_favourite(actor=request.actor, exercise=found):
        actions.add_favourite(actor=request.actor, exercise=found)
    return "star" in request.POST


def listed(actor: Actor, *groups: Iterable[UUID]) -> list[list[Exercise]]:
    """The exercises of each group of keys in its order, each once and all by one query; those that can be assigned."""
    wanted = [[*dict.fromkeys(group)] for group in groups]
    keys = [*dict.fromkeys(itertools.chain.from_iterable(wanted))]
    known = {one.pk: one for one in _listed(actor=actor, keys=keys)} if keys else {}
    return [[known[key] for key in group if key in known] for group in wanted]


@prepared
def used_lately(actor: Actor) -> QuerySet[ProgrammeItem, UUID]:
    """Keys of what is in the programmes that this member of staff assigned last, newest first."""
    return Programme.objects.visible_to(actor).assigned_last_by(actor)


def findings_of(actor: Actor, patient: Patient) -> list[Finding]:
    return _findings(actor=actor, patient=patient.pk)


@prepared
def _findings(actor: Actor, patient: UUID) -> QuerySet[Finding]:
    return Finding.objects.visible_to(actor).active().for_chart().filter(patient=patient)


def recorded_for(actor: Actor, patient: Patient | UUID) -> ArraySubquery:
    """To annotate exercises with: labels and sides of the active findings that each is tagged for."""
    tags = Exercise.findings.through.objects.filter(exercise=OuterRef(OuterRef("pk"))).values("findingtype")
    found = Finding.objects.visible_to(actor).active().for_chart().filter(patient=patient, type__in=tags)
    return ArraySubquery(
        found.values(pair=Func("type__label", "side", function="jsonb_build_array", output_field=JSONField()))
    )


def plain(text: str) -> str:
    return "" if has_control_characters(text) else text[:LONGEST_QUERY]

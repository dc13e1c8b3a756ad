"""What can be chosen from when a programme is written. Filters by the curators' tags and by what was asked; it neither
suggests nor ranks by suitability: what a practitioner marked or used comes first, because they did."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, JSONField, OuterRef
from django.utils.translation import gettext as _

from clinic.actors import Actor
from clinic.http import StaffRequest
from clinic.text import has_control_characters
from exercises import actions
from exercises.forms.catalogue import LONGEST_QUERY, things
from exercises.models import Exercise, ExerciseQuerySet, Favourite, Kind, Programme, Routine
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
        return list(Routine.objects.visible_to(self.actor).assignable().with_contents())

    @cached_property
    def tagged_routines(self) -> list[Routine]:
        return [one for one in self._routines if {tag.pk for tag in one.findings.all()} & {*self.tags}]

    @cached_property
    def other_routines(self) -> list[Routine]:
        return [one for one in self._routines if one not in self.tagged_routines]

    @property
    def only_tagged(self) -> bool:
        return not self.everything and bool(self.tags)

    @cached_property
    def favourites(self) -> set[UUID]:
        return Favourite.objects.visible_to(self.actor).exercise_keys()

    @cached_property
    def groups(self) -> list[Group]:
        """What is at hand only while nothing is asked; then what was found."""
        groups = [] if self.query or self.kind or self.thing else self._at_hand()
        title = (
            _("Tagged for: %(labels)s") % {"labels": self.labels} if self.only_tagged else _("All exercises")
        )
        above = {one.pk for group in groups for one in group.exercises}
        rest = [one for one in self.hits if one.pk not in above]
        return [group for group in (*groups, Group("found", title, rest)) if group.exercises]

    def _at_hand(self) -> list[Group]:
        mine = (
            Exercise.objects.visible_to(self.actor)
            .assignable()
            .for_list()
            .favourites_of(self.actor)[:MOST_AT_HAND]
        )
        kept = list(mine) if self.favourites else []
        lately = [one for one in used_lately(self.actor) if one not in kept]
        return [Group("kept", _("Your favourites"), kept), Group("lately", _("Used lately"), lately)]

    @cached_property
    def _found(self) -> ExerciseQuerySet:
        found = Exercise.objects.visible_to(self.actor).assignable().matching(self.query)
        found = found.narrowed(kind=self.kind, equipment=self.thing)
        return found.tagged_for(self.tags) if self.only_tagged else found

    @cached_property
    def _first_and_count(self) -> tuple[list[UUID], int]:
        return self._found.keys_and_count(0, MOST_HITS)

    @cached_property
    def hits(self) -> list[Exercise]:
        keys, _count = self._first_and_count
        return Exercise.objects.visible_to(self.actor).assignable().for_list().in_order_of(keys)

    @property
    def count(self) -> int:
        return self._first_and_count[1]

    @property
    def more(self) -> int:
        return self.count - len(self.hits)


def star(request: StaffRequest) -> bool:
    """A star pressed without htmx: the whole form comes with it, as with every other button of the page."""
    slug = plain(request.POST.get("star", ""))
    found = Exercise.objects.visible_to(request.actor).in_use().filter(slug=slug).first() if slug else None
    if found and not actions.remove_favourite(actor=request.actor, exercise=found):
        actions.add_favourite(actor=request.actor, exercise=found)
    return "star" in request.POST


def used_lately(actor: Actor) -> list[Exercise]:
    """In the programmes that this member of staff assigned last, newest first."""
    keys = Programme.objects.visible_to(actor).assigned_last_by(actor)
    return Exercise.objects.visible_to(actor).assignable().for_list().in_order_of(keys)[:MOST_AT_HAND]


def findings_of(actor: Actor, patient: Patient) -> list[Finding]:
    return list(Finding.objects.visible_to(actor).active().for_chart().filter(patient=patient))


def recorded_for(actor: Actor, patient: Patient) -> ArraySubquery:
    """To annotate exercises with: labels and sides of the active findings that each is tagged for."""
    tags = Exercise.findings.through.objects.filter(exercise=OuterRef(OuterRef("pk"))).values("findingtype")
    found = Finding.objects.visible_to(actor).active().for_chart().filter(patient=patient, type__in=tags)
    return ArraySubquery(
        found.values(pair=Func("type__label", "side", function="jsonb_build_array", output_field=JSONField()))
    )


def plain(text: str) -> str:
    return "" if has_control_characters(text) else text[:LONGEST_QUERY]

"""Who uses an exercise now: counts alone, for curators see no patient; routines by name as far as one may see them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count

from clinic import within
from clinic.actors import Actor
from exercises.models import Exercise, Favourite, ProgrammeItem, ProgrammeState, Routine, RoutineItem, Stage


@dataclass(frozen=True, slots=True)
class Usage:
    exercise: Exercise
    programmes: int = 0  # not ended
    clinics: int = 0
    favourites: int = 0
    routines: list[Routine] = field(default_factory=list)  # not retired
    other_routines: int = 0  # of other clinics or persons
    to_be_signed_anew: int = 0  # the published ones of these

    @property
    def holds_back(self) -> list[Routine]:
        """Published routines: what their signers stand for would shrink in silence."""
        return [routine for routine in self.routines if routine.stage == Stage.PUBLISHED]


@within.every_clinic("usage")  # numbers alone leave it
def of(exercises: Sequence[Exercise], actor: Actor) -> list[Usage]:
    """Four queries, however many exercises."""
    keys = [exercise.pk for exercise in exercises]
    running: dict[UUID, dict[str, Any]] = {
        row["version__exercise"]: dict(row)
        for row in ProgrammeItem.objects.in_force()
        .filter(version__exercise__in=keys, programme__state=ProgrammeState.ACTIVE)
        .values("version__exercise")
        .annotate(
            programmes=Count("programme", distinct=True), clinics=Count("programme__clinic", distinct=True)
        )
    }
    liked: Counter[UUID] = Counter(
        Favourite.objects.filter(exercise__in=keys).values_list("exercise", flat=True)
    )
    held = set(
        RoutineItem.objects.filter(exercise__in=keys)
        .exclude(routine__stage=Stage.RETIRED)
        .values_list("exercise", "routine", "routine__stage")
    )
    routines = Routine.objects.filter(pk__in={routine for _exercise, routine, _stage in held})
    routines = routines.order_by("name", "pk")
    seen = {routine.pk: routine for routine in _seen(routines, actor)}
    found = []
    for exercise in exercises:
        counts = running.get(exercise.pk, {})
        own = {routine: stage for key, routine, stage in held if key == exercise.pk}
        unseen = own.keys() - seen.keys()
        found.append(
            Usage(
                exercise,
                programmes=counts.get("programmes", 0),
                clinics=counts.get("clinics", 0),
                favourites=liked[exercise.pk],
                routines=[routine for key, routine in seen.items() if key in own],
                other_routines=len(unseen),
                to_be_signed_anew=sum(own[routine] == Stage.PUBLISHED for routine in unseen),
            )
        )
    return found


def _seen(routines: Any, actor: Actor) -> Any:
    """A superuser without a clinic curates the shared catalogue."""
    return routines.shared() if actor.role is None else routines.visible_to(actor)

"""What a running programme holds is never rewritten: what changes is closed, and what follows begins the day after."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import models

from exercises.actions.programmes import ItemPlan, item_of
from exercises.models import ExerciseVersion, Programme, ProgrammeItem

OUT_OF_THE_WAY = 1000  # places beyond those of any plan, while two items change theirs


@dataclass(frozen=True, slots=True)
class Diff:
    """Places are counted from 1. ``made``: with the item whose place each takes. ``over_tonight``: what an earlier change
    of today closed with today."""

    kept: list[tuple[int, ProgrammeItem]]
    made: list[tuple[int, ItemPlan, ProgrammeItem | None]]
    closed: list[ProgrammeItem]
    over_tonight: list[ProgrammeItem]

    @property
    def moved(self) -> list[ProgrammeItem]:
        return [item for order, item in self.kept if item.order != order]

    @property
    def is_empty(self) -> bool:
        return not (self.made or self.closed or self.moved)


def compared(
    plans: Sequence[ItemPlan], items: Sequence[ProgrammeItem], gone: Sequence[ProgrammeItem] = ()
) -> Diff:
    """``items``: those in force, and those that were asked for until today. ``gone``: until yesterday, with nothing in
    their place; an exercise that comes back goes on where it was, so that a page from before still speaks of it."""
    current = in_force(items)
    over_tonight = [item for item in items if not item.is_in_force]
    left = {item.pk: item for item in gone}
    before = _places(plans, current)
    kept, made = [], []
    for order, plan in enumerate(plans, start=1):
        place = before.get(order)
        if place is not None and _says(item_of(place.programme, order, plan)) == _says(place):
            kept.append((order, place))
        else:
            place = place or _taken(plan, [*over_tonight, *left.values()])
            made.append((order, plan, place))
            if place is not None:
                left.pop(place.pk, None)
    goes_on = {item.pk for _order, item in kept}
    closed = [item for item in current if item.pk not in goes_on]
    return Diff(kept, made, closed, over_tonight)


def _places(plans: Sequence[ItemPlan], current: Sequence[ProgrammeItem]) -> dict[int, ProgrammeItem]:
    """The item that each plan goes on with or takes the place of: the one it names, else one of its exercise. A plan that
    was written on an older version names what is closed by now."""
    left = {item.pk: item for item in current}
    found: dict[int, ProgrammeItem] = {}
    for order, plan in enumerate(plans, start=1):
        if plan.succeeds in left:
            found[order] = left.pop(plan.succeeds)
    for order, plan in enumerate(plans, start=1):
        same = _taken(plan, list(left.values())) if order not in found else None
        if same is not None:
            found[order] = left.pop(same.pk)
    return found


def _taken(plan: ItemPlan, items: Sequence[ProgrammeItem]) -> ProgrammeItem | None:
    """One of the same exercise, of the same side before any other."""
    same = [item for item in items if item.version.exercise_id == plan.version.exercise_id]
    return min(same, key=lambda item: item.side != plan.side, default=None)


def in_force(items: Sequence[ProgrammeItem]) -> list[ProgrammeItem]:
    return [item for item in items if item.is_in_force]


def as_planned(item: ProgrammeItem, version: ExerciseVersion) -> ItemPlan:
    """As it was given, in this version of its exercise."""
    return ItemPlan(
        version=version,
        side=item.side,
        times_per_day=item.times_per_day,
        days_per_week=item.days_per_week,
        every_n_days=item.every_n_days,
        dose=item.dose_fields(),
        kit=item.kit,
        note=item.note,
        succeeds=item.pk,
    )


def _says(item: ProgrammeItem) -> dict[str, Any]:
    often = ("times_per_day", "days_per_week", "every_n_days")
    names = ("version_id", "side", "kit", "note", *often)
    return item.dose_fields() | {name: getattr(item, name) for name in names}


def replace(programme: Programme, diff: Diff, logged: Collection[UUID], today: date) -> list[ProgrammeItem]:
    """What is in force now, in order."""
    for item in diff.closed:
        item.until_version = programme.version
        item.last_day = _begins(item, logged, today) - timedelta(days=1)
    ProgrammeItem.objects.bulk_update(diff.closed, ["until_version", "last_day"])
    if moved := diff.moved:
        aside = models.F("order") + OUT_OF_THE_WAY
        ProgrammeItem.objects.filter(pk__in=[item.pk for item in moved]).update(order=aside)
    for order, item in diff.kept:
        item.order = order
    ProgrammeItem.objects.bulk_update(moved, ["order"])
    made = ProgrammeItem.objects.bulk_create(
        item_of(
            programme,
            order,
            plan,
            since_version=programme.version,
            first_day=_begins(before, logged, today),
            succeeds=before,
        )
        for order, plan, before in diff.made
    )
    return sorted([*made, *(item for _order, item in diff.kept)], key=lambda item: item.order)


def _begins(before: ProgrammeItem | None, logged: Collection[UUID], today: date) -> date:
    """The patient's today, unless they have logged the item today, or it begins later itself, or is asked for today by
    now and no longer tomorrow."""
    if before is None:
        return today
    if before.last_day is not None:
        return max(today, before.last_day + timedelta(days=1))
    first = today + timedelta(days=before.pk in logged)
    return max(first, before.first_day or first)

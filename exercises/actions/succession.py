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
    """Places are counted from 1. ``made``: with the item whose place each takes."""

    kept: list[tuple[int, ProgrammeItem]]
    made: list[tuple[int, ItemPlan, ProgrammeItem | None]]
    closed: list[ProgrammeItem]

    @property
    def moved(self) -> list[ProgrammeItem]:
        return [item for order, item in self.kept if item.order != order]

    @property
    def is_empty(self) -> bool:
        return not (self.made or self.closed or self.moved)


def compared(plans: Sequence[ItemPlan], current: Sequence[ProgrammeItem]) -> Diff:
    left = {item.pk: item for item in current}
    kept, made = [], []
    for order, plan in enumerate(plans, start=1):
        before = left.pop(plan.succeeds, None) if plan.succeeds else None
        if before is not None and _says(item_of(before.programme, order, plan)) == _says(before):
            kept.append((order, before))
        else:
            made.append((order, plan, before))
    goes_on = {item.pk for _order, item in kept}
    return Diff(kept, made, [item for item in current if item.pk not in goes_on])


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
    """The patient's today, unless they have logged the item today, or it begins later itself."""
    if before is None:
        return today
    first = today + timedelta(days=before.pk in logged)
    return max(first, before.first_day or first)

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.roles import WRITES_CLINICAL
from clinic.within import made_with
from exercises.actions.short_names import short_name
from exercises.models import DOSE_COLUMNS, Exercise, Routine, RoutineItem, RoutineStage, Scope, Stage
from patients.models import FindingType

LARGEST_ROUTINE = 4  # at a time: "prescribe 2, at most 4" (heprev); a programme may hold more after a warning
OF_STAGE = ("name", "from_week", "to_week", "criteria")
OF_ITEM = ("stage", "kit", "note", "times_per_day", "days_per_week", "every_n_days", *DOSE_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    name: str
    from_week: int
    to_week: int | None = None
    criteria: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutineLine:
    """One exercise. ``dose`` holds columns of DOSE_COLUMNS, or nothing for the catalogue's dose."""

    exercise: Exercise
    stage: int = 1
    kit: str = ""
    note: str = ""
    times_per_day: int | None = None
    days_per_week: int | None = None
    every_n_days: int | None = None
    dose: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutinePlan:
    """What an author wrote. ``routine_id`` is the key of a new row, so that a second press makes no second routine.

    ``seen``: the mark of what stood there when the author began; empty for whoever saw nothing before.
    """

    name: str
    basis: str = ""
    scope: Scope = Scope.CLINIC
    findings: Iterable[FindingType] = ()
    stages: list[StagePlan] = field(default_factory=list)
    lines: list[RoutineLine]
    routine_id: UUID = field(default_factory=uuid4)
    seen: str = ""


def mark_of(routine: Routine) -> str:
    """Changes with anything that an author writes. It tells of a change, and keeps no secret."""
    return _mark(
        (routine.name, routine.basis, routine.scope),
        routine.findings.all(),
        routine.stages.all(),
        routine.items.all(),
    )


def _mark_of_plan(plan: RoutinePlan) -> str:
    return _mark((plan.name, plan.basis, plan.scope), plan.findings, _stages(plan), _items(plan))


def _mark(
    about: tuple[str, ...],
    findings: Iterable[FindingType],
    stages: Iterable[RoutineStage],
    items: Iterable[RoutineItem],
) -> str:
    said = (
        [str(value) for value in about],
        sorted(finding.pk for finding in findings),
        [(stage.number, *(getattr(stage, name) for name in OF_STAGE)) for stage in stages],
        [(item.exercise_id, *(getattr(item, name) for name in OF_ITEM)) for item in items],
    )
    return sha256(repr(said).encode()).hexdigest()[:32]


def lock_as_seen(routine: Routine, seen: str) -> None:
    """The stored row stays locked until the transaction ends. Refuses when somebody saved it since ``seen`` was read."""
    refuse_stale(Routine.objects.select_for_update(of=("self",)).get(pk=routine.pk), seen)


def refuse_stale(routine: Routine, seen: str) -> None:
    """An empty ``seen`` asks for nothing."""
    if seen and mark_of(routine) != seen:
        message = _(
            "Somebody else saved this routine meanwhile, so yours is not saved. What you wrote is still here:"
            " open the routine in another tab and put the two together."
        )
        raise Refused(message, code="stale")


@transaction.atomic
def save_routine(*, actor: Actor, routine: Routine) -> Routine:
    """Keep a curator's edit. A published routine goes back to draft: somebody has to sign off what changed."""
    created = routine._state.adding
    routine.signed_off_by = routine.signed_off_on = None
    if routine.stage == Stage.PUBLISHED:
        routine.stage = Stage.DRAFT
    routine.save()
    audit.record(actor, "routine.created" if created else "routine.edited", routine)
    return routine


@transaction.atomic
def write_routine(
    *, actor: Actor, plan: RoutinePlan, now: datetime, routine: Routine | None = None
) -> Routine:
    """Keep what an author wrote for the own clinic or for the author alone, all of it anew.

    A practitioner signs it off by that, and what cannot be published is refused. Others leave a draft.
    """
    if routine is None:
        if made := made_with(Routine.objects.all(), plan.routine_id):
            if mark_of(_mine(actor, made)) != _mark_of_plan(plan):
                message = _("This routine was saved already. Open it to change it.")
                raise Refused(message, code="exists")
            return made
        routine = Routine(
            pk=plan.routine_id, slug=short_name(plan.name, "routine"), clinic_id=actor.clinic_id
        )
        _mine(actor, routine)
    else:
        routine = _mine(actor, Routine.objects.select_for_update(of=("self",)).get(pk=routine.pk))
        if routine.stage == Stage.RETIRED:
            message = _("%(routine)s is retired. Restore it before you change it.")
            raise Refused(message % {"routine": routine.name}, code="retired")
        # A second press finds what the first one wrote: nothing is lost by writing it again.
        if mark_of(routine) != _mark_of_plan(plan):
            refuse_stale(routine, plan.seen)
    _set_owner(actor, routine, plan)
    if any(line.exercise.clinic_id not in (None, actor.clinic_id) for line in plan.lines):
        raise Refused(
            _("One exercise is not in the catalogue any more. Look at the list again."), code="exercise"
        )
    routine.name, routine.basis = plan.name, plan.basis
    save_routine(actor=actor, routine=routine)
    routine.findings.set(plan.findings)
    _fill(routine, plan)
    if actor.has_role(WRITES_CLINICAL):
        return publish_routine(actor=actor, routine=routine, now=now)
    return routine


@transaction.atomic
def publish_routine(*, actor: Actor, routine: Routine, now: datetime) -> Routine:
    """Sign the routine off, so that practitioners can assign it."""
    routine = Routine.objects.select_for_update(of=("self",)).get(pk=routine.pk)
    if routine.stage == Stage.RETIRED:
        message = _("%(routine)s is retired. Restore it before you sign it off.")
        raise Refused(message % {"routine": routine.name}, code="retired")
    _refuse_unfit(routine)
    if actor.user_id is None:
        raise Refused(_("A person has to sign off a routine."), code="nobody")
    if routine.clinic_id is not None:
        _mine(actor, routine)
        if not actor.has_role(WRITES_CLINICAL):
            raise Refused(_("A practitioner has to sign off the clinic's routines."), code="not_clinical")
    routine.stage, routine.signed_off_by_id, routine.signed_off_on = (
        Stage.PUBLISHED,
        actor.user_id,
        now.date(),
    )
    routine.save(update_fields=["stage", "signed_off_by", "signed_off_on"])
    audit.record(actor, "routine.published", routine)
    return routine


@transaction.atomic
def retire_routine(*, actor: Actor, routine: Routine) -> Routine:
    """Take it out of the list. Programmes made from it go on."""
    if routine.clinic_id is not None:
        _mine(actor, routine)
    if not Routine.objects.filter(pk=routine.pk, stage=Stage.PUBLISHED).update(stage=Stage.RETIRED):
        raise Refused(_("%(routine)s is not published.") % {"routine": routine.name}, code="not_published")
    routine.stage = Stage.RETIRED
    audit.record(actor, "routine.retired", routine)
    return routine


@transaction.atomic
def restore_routine(*, actor: Actor, routine: Routine) -> Routine:
    """Take the retiring back. Its signature still holds, unless it was edited since: then it is a draft."""
    routine = Routine.objects.select_for_update(of=("self",)).get(pk=routine.pk)
    if routine.clinic_id is not None:
        _mine(actor, routine)
    if routine.stage != Stage.RETIRED:
        raise Refused(_("%(routine)s is not retired.") % {"routine": routine.name}, code="not_retired")
    _refuse_unfit(routine)
    routine.stage = Stage.PUBLISHED if routine.signed_off_by_id is not None else Stage.DRAFT
    routine.save(update_fields=["stage"])
    audit.record(actor, "routine.restored", routine)
    return routine


def _mine(actor: Actor, routine: Routine) -> Routine:
    if not routine.may_be_written_by(actor):
        raise Refused(_("This routine is not yours to change."), code="not_yours")
    return routine


def _set_owner(actor: Actor, routine: Routine, plan: RoutinePlan) -> None:
    """A personal routine may be given to the clinic; what colleagues use is not taken from them."""
    if plan.scope == Scope.SHARED:
        message = _("Curators write the shared routines, in the administration.")
        raise Refused(message, code="scope", field="scope")
    personal = plan.scope == Scope.PERSONAL
    if personal and not actor.has_role(WRITES_CLINICAL):
        message = _("Only practitioners have routines of their own. Choose the clinic.")
        raise Refused(message, code="scope", field="scope")
    if personal and not routine._state.adding and routine.owner_id is None:
        message = _("Your colleagues use this routine: it stays with the clinic.")
        raise Refused(message, code="scope", field="scope")
    routine.owner_id = actor.user_id if personal else None


def _fill(routine: Routine, plan: RoutinePlan) -> None:
    """Stages and exercises are made anew: two that change places would collide on the way."""
    routine.items.all().delete()
    routine.stages.all().delete()
    stages, items = _stages(plan), _items(plan)
    for stage in stages:
        stage.routine = routine
    for item in items:
        item.routine = routine
    RoutineStage.objects.bulk_create(stages)
    RoutineItem.objects.bulk_create(items)


def _stages(plan: RoutinePlan) -> list[RoutineStage]:
    return [
        RoutineStage(
            number=number,
            name=stage.name,
            from_week=stage.from_week,
            to_week=stage.to_week,
            criteria=stage.criteria,
        )
        for number, stage in enumerate(plan.stages, start=1)
    ]


def _items(plan: RoutinePlan) -> list[RoutineItem]:
    return [
        RoutineItem(
            exercise=line.exercise,
            stage=line.stage,
            order=order,
            kit=line.kit,
            note=line.note,
            times_per_day=line.times_per_day,
            days_per_week=line.days_per_week,
            every_n_days=line.every_n_days,
            **line.dose,
        )
        for order, line in enumerate(plan.lines, start=1)
    ]


def _refuse_unfit(routine: Routine) -> None:
    items = routine.items.select_related("exercise")
    # Locked, so that none of them retires before the routine is published.
    held = list(items.select_for_update(of=("exercise",)))
    if not held:
        raise Refused(_("%(routine)s holds no exercise.") % {"routine": routine.name}, code="empty")
    _refuse_stages(routine, held)
    unpublished = dict.fromkeys(item.exercise.name for item in held if item.exercise.stage != Stage.PUBLISHED)
    if unpublished:
        message = _("Publish first: %(names)s.")
        raise Refused(message % {"names": ", ".join(unpublished)}, code="unpublished")


def _refuse_stages(routine: Routine, items: list[RoutineItem]) -> None:
    """Stages 1 to n, each with exercises but not too many; weeks without gap; when to go on, in all but the last."""
    stages = list(routine.stages.order_by("number"))
    held: dict[int, int] = {}
    for item in items:
        held[item.stage] = held.get(item.stage, 0) + 1
    if (most := max(held.values())) > LARGEST_ROUTINE:
        message = _("%(routine)s holds %(n)s exercises; %(most)s are the most that are kept up.")
        if stages:
            message = _(
                "A stage of %(routine)s holds %(n)s exercises; %(most)s are the most that are kept up."
            )
        values = {"routine": routine.name, "n": most, "most": LARGEST_ROUTINE}
        raise Refused(message % values, code="too_many")
    numbers = [stage.number for stage in stages] or [1]
    if numbers != list(range(1, len(numbers) + 1)):
        raise Refused(_("Number the stages from 1 on, without a gap."), code="stage_numbers")
    if set(held) != set(numbers):
        message = _("Each stage needs an exercise, and each exercise a stage that there is.")
        raise Refused(message, code="stage_items")
    for earlier, later in pairwise(stages):
        if not earlier.criteria.strip():
            message = _("Say when to go on from “%(stage)s”.")
            raise Refused(message % {"stage": earlier.name}, code="stage_criteria")
        if earlier.to_week is None or later.from_week != earlier.to_week + 1:
            message = _("The weeks of “%(stage)s” have to follow those of the stage before.")
            raise Refused(message % {"stage": later.name}, code="stage_weeks")
    if stages and stages[0].from_week != 1:
        raise Refused(_("The first stage begins in week 1."), code="stage_weeks")

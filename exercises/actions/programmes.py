from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit, mail, within
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.roles import SEES_CLINICAL
from exercises import copies, reminders
from exercises.actions.access import close_plan
from exercises.actions.cautions import judged, refuse_kit, write_overrides
from exercises.actions.drafts import drop
from exercises.actions.seen import note_first_plan
from exercises.cautions import Concern, Line
from exercises.doses import Budget, Dose
from exercises.models import (
    LONGEST_WEEKS,
    PLAN_READY,
    Exercise,
    ExerciseVersion,
    PlanSeen,
    Programme,
    ProgrammeDraft,
    ProgrammeItem,
    ProgrammeState,
    ReminderChoice,
    Routine,
    RoutineStage,
    Stage,
    doses_on,
    last_day,
)
from exercises.schedule import EARLIEST, LATEST, local_day
from patients.actions.holding import hold
from patients.actions.records import open_for_writing
from patients.models import Carer, Patient, PatientFlags, RaisedFlag, caution_columns, read_flags

PLAN_READY_FOR = timedelta(days=7)
FURTHEST_START = timedelta(days=365)
AS_PAIR: dict[str, Any] = {"function": "jsonb_build_array", "output_field": models.JSONField()}
AMOUNTS = ("reps", "hold_s", "duration_s")  # one of them has to say how much: sets alone say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPlan:
    """One exercise as prescribed. ``dose`` holds the columns of DOSE_COLUMNS; a missing one is "not stated"."""

    version: ExerciseVersion
    side: str
    times_per_day: int
    days_per_week: int | None = None
    every_n_days: int | None = None
    dose: dict[str, Any] = field(default_factory=dict)
    kit: str = ""  # the one of ``version.kit_options`` that was chosen
    note: str = ""  # for the patient
    succeeds: UUID | None = (
        None  # in a change: the item of the running programme that it is or takes the place of
    )

    def stated(self) -> Dose:
        """For the minutes a day: the columns as the programme's row will hold them."""
        return ProgrammeItem(**columns_of(self)).dose


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammePlan:
    """What the practitioner decided. ``reminder_time`` is local to the patient; None: no reminders.

    ``programme_id`` is the key of the row to be made, so that the same plan sent twice makes one programme.
    ``reasons`` say by flag why exercises go ahead in spite of the patient's cautions.
    """

    name: str
    items: list[ItemPlan]
    starts_on: date
    weeks: int
    reminder_time: time | None = None
    routine: Routine | None = None
    stage: int | None = None  # of the routine; nothing but a person's next plan ever gives another
    programme_id: UUID = field(default_factory=uuid4)
    reasons: Mapping[str, str] = field(default_factory=dict)
    why: str = ""  # the patient goes to another stage


@transaction.atomic
def assign_programme(
    *,
    actor: Actor,
    patient: Patient,
    plan: ProgrammePlan,
    now: datetime,
    ending: Sequence[Programme] = (),
) -> Programme:
    """Give the patient a programme, post the "plan is ready" letter and plan the reminders of the next days.

    Pins the exercise versions, so that later edits of the catalogue change nothing. ``ending`` are running programmes
    that this one takes the place of. The same plan a second time returns the programme that it made. Refuses an empty
    or impossible plan, exercises that are not published, any plan while a warning sign waits for a decision or before
    somebody asked about cautions, and exercises that the patient's cautions block or ask a reason for.
    """
    patient = open_for_writing(patient.pk)  # assigning twice at once: one after the other
    known = _known(actor, patient, plan, ending)
    if known.made and (made := within.made_with(Programme.objects.all(), plan.programme_id)):
        return _the_same(made, patient)
    if known.flagged:
        refuse_while_flagged(actor, patient)
    _refuse_unknown_routine(actor, plan, known.stage)
    _refuse_impossible(plan, known.published, local_day(now, patient.time_zone))
    confirmed = judged(lines_of(plan.items, known.published), known.cautions, plan.reasons)
    programme, items = _create(actor, patient, plan, known.stage, now)
    write_overrides(programme, confirmed, plan.reasons, programme.assigned_by_id, now)
    _tell(actor, programme, plan, confirmed, _beside(programme, ending) if known.beside else [])
    # The old ones end after the new one exists: ending the last programme would close the patient's links.
    for old in ending:
        _end(actor, old, now, gettext_noop("Another programme follows."))
    if patient.email:
        mail.post(
            PLAN_READY,
            programme.pk,
            clinic_id=patient.clinic_id,
            not_before=now,
            expires_at=now + PLAN_READY_FOR,
        )
        if known.carer:
            copies.of_plan_ready(programme, now, now + PLAN_READY_FOR)
    reminders.plan(programme, now, items, wishes=known.wishes)
    if known.first:
        note_first_plan(programme, items, now)
    if known.draft:
        drop(actor, patient, None)
    return programme


@transaction.atomic
def end_programme(*, actor: Actor, programme: Programme, now: datetime, reason: str) -> Programme:
    """End it today. Unsent letters about it are cancelled; with the last running programme everything ends that opens the
    plan. Always possible."""
    hold(programme.patient_id)  # the last two at once, or the last one and the next: one after the other
    _end(actor, programme, now, reason)
    return programme


def _end(actor: Actor, programme: Programme, now: datetime, reason: str) -> None:
    ended = Programme.objects.filter(pk=programme.pk, state=ProgrammeState.ACTIVE).update(
        state=ProgrammeState.ENDED, ended_at=now
    )
    if not ended:
        raise Refused(_("This programme has ended already."), code="ended")
    programme.state, programme.ended_at = ProgrammeState.ENDED, now
    reminders.cancel_programme(programme, gettext_noop("The programme has ended."))
    audit.record(actor, "programme.ended", programme, reason=reason)
    if not Programme.objects.active().filter(patient_id=programme.patient_id).exists():
        close_plan(actor=actor, patient=programme.patient, now=now, reason=reason)


@dataclass(frozen=True, slots=True)
class _Known:
    """What one question tells about a plan. ``made``: it was assigned before; ``flagged``: a warning sign keeps it from
    being sent; ``stage``: the name of the routine's, if there is such a one; ``published``: the slugs of its exercises
    that are in use, by version; ``beside``: other programmes run on its first day; ``first``: nothing was sent before;
    ``wishes``: the patient chose days or hours; ``carer``: somebody gets copies;
    ``draft``: the actor left it unfinished once."""

    made: bool
    flagged: bool
    cautions: PatientFlags
    stage: str | None
    published: Mapping[int, str]
    beside: bool
    first: bool
    wishes: bool
    carer: bool
    draft: bool


def _known(actor: Actor, patient: Patient, plan: ProgrammePlan, ending: Sequence[Programme]) -> _Known:
    versions = [item.version.pk for item in plan.items]
    in_use = Exercise.objects.visible_to(actor).filter(stage=Stage.PUBLISHED, current__in=versions)
    pairs = in_use.order_by().values(pair=models.Func("current_id", "slug", **AS_PAIR))
    beside = Programme.objects.running_on(plan.starts_on).exclude(pk__in=[old.pk for old in ending])
    own = {"patient": models.OuterRef("pk")}
    columns = {
        "made": models.Exists(Programme.objects.filter(pk=plan.programme_id)),
        "flagged": models.Exists(RaisedFlag.objects.filter(**own).blocking()),
        "stage": models.Subquery(
            RoutineStage.objects.filter(routine=plan.routine, number=plan.stage or 0).values("name")
        ),
        "published": ArraySubquery(pairs),
        "beside": models.Exists(beside.filter(**own)),
        "seen": models.Exists(PlanSeen.objects.filter(**own)),
        "wishes": models.Exists(ReminderChoice.objects.filter(**own)),
        "carer": models.Exists(Carer.objects.agreed().filter(**own)),
        "draft": models.Exists(ProgrammeDraft.objects.mine(actor.user_id, patient, None)),
        **caution_columns(),
    }
    with within.every_clinic("keys_of_forms"):  # as ``made_with``: the key may be anybody's
        found = Patient.objects.annotate(**columns).values(*columns).get(pk=patient.pk)
    return _Known(
        made=found["made"],
        flagged=found["flagged"],
        cautions=read_flags(found),
        stage=found["stage"],
        published=dict(found["published"]),
        beside=found["beside"],
        first=not found["seen"],
        wishes=found["wishes"],
        carer=found["carer"],
        draft=found["draft"],
    )


def refuse_while_flagged(actor: Actor, patient: Patient) -> None:
    """Asked while the patient's row is locked, as it is when a sign is raised or decided: neither passes the other by."""
    flags = RaisedFlag.objects.about(patient).blocking()
    if not flags.exists():
        return
    message = _("A warning sign waits for a practitioner's decision. Record the decision first.")
    if not flags.undecided().exists():
        message = _("It was decided: no exercises for now. Change that decision before anything is sent.")
    if not actor.has_role(SEES_CLINICAL):  # the front desk reads nothing clinical, here neither
        message = _("A practitioner has to decide something before anything is sent. Ask a practitioner.")
    raise Refused(message, code="red_flag")


def _the_same(made: Programme, patient: Patient) -> Programme:
    if made.patient_id != patient.pk:
        raise Refused(_("This form belongs to another patient. Start again."), code="other_patient")
    return made


def _create(
    actor: Actor, patient: Patient, plan: ProgrammePlan, stage: str | None, now: datetime
) -> tuple[Programme, list[ProgrammeItem]]:
    if actor.user_id is None:
        raise Refused(_("A person has to assign a programme."), code="nobody")
    programme = Programme.objects.create(
        pk=plan.programme_id,
        clinic_id=patient.clinic_id,
        patient=patient,
        routine=plan.routine,
        stage_number=plan.stage,
        stage_name=stage or "",
        name=plan.name,
        starts_on=plan.starts_on,
        ends_on=last_day(plan.starts_on, plan.weeks),
        review_on=last_day(plan.starts_on, plan.weeks),
        reminder_time=plan.reminder_time,
        assigned_by_id=actor.user_id,
        assigned_at=now,
    )
    items = ProgrammeItem.objects.bulk_create(
        item_of(programme, order, item) for order, item in enumerate(plan.items, start=1)
    )
    return programme, items


def item_of(programme: Programme, order: int, item: ItemPlan, **dated: Any) -> ProgrammeItem:
    return ProgrammeItem(
        clinic_id=programme.clinic_id,
        programme=programme,
        order=order,
        note=item.note,
        **columns_of(item),
        **dated,
    )


def columns_of(item: ItemPlan) -> dict[str, Any]:
    return {
        "version": item.version,
        "kit": item.kit,
        "side": item.side,
        "times_per_day": item.times_per_day,
        "days_per_week": item.days_per_week,
        "every_n_days": item.every_n_days,
        **item.dose,
    }


def _beside(programme: Programme, ending: Sequence[Programme]) -> list[list[Dose]]:
    """What other programmes ask of the patient on its first day."""
    left_out = {programme.pk, *(old.pk for old in ending)}
    found = doses_on(programme.starts_on, programme.patient_id)
    return [doses for key, doses in found.items() if key not in left_out]


def _tell(
    actor: Actor,
    programme: Programme,
    plan: ProgrammePlan,
    confirmed: Sequence[Concern],
    others: Sequence[Sequence[Dose]],
) -> None:
    budget = Budget.of([item.stated() for item in plan.items], others)
    audit.record(
        actor,
        "programme.assigned",
        programme,
        reason=plan.why,
        changes={
            "routine": plan.routine.slug if plan.routine else "",
            "stage": plan.stage,
            "versions": [item.version.pk for item in plan.items],
            "sides": [item.side for item in plan.items],
            "starts_on": plan.starts_on.isoformat(),
            "weeks": plan.weeks,
            "overridden": {concern.flag.key: concern.slugs for concern in confirmed},
            # What was shown before it was sent: how much it asks, and the colour of the warning.
            "exercises": budget.items,
            "minutes_a_day": budget.minutes,
            "budget": budget.tone,
        },
    )


def lines_of(items: Sequence[ItemPlan], slugs: Mapping[int, str]) -> list[Line]:
    return [
        Line(slugs[item.version.pk], item.version.name, item.version, item.kit, item.note) for item in items
    ]


def _refuse_unknown_routine(actor: Actor, plan: ProgrammePlan, stage: str | None) -> None:
    """Another clinic's or person's routine is refused like one that is not there."""
    routine = plan.routine
    if routine is not None and not (routine.stage == Stage.PUBLISHED and routine.is_known_to(actor)):
        raise Refused(_("There is no such routine."), code="routine", field="routine")
    if plan.stage is not None and stage is None:
        message = _("The routine has no such stage any more. Start again from the routine.")
        raise Refused(message, code="stage", field="stage")


def _refuse_impossible(plan: ProgrammePlan, published: Mapping[int, str], today: date) -> None:
    if not plan.items:
        raise Refused(_("A programme needs at least one exercise."), code="empty")
    if not 1 <= plan.weeks <= LONGEST_WEEKS:
        message = _("Choose 1 to %(n)s weeks.") % {"n": LONGEST_WEEKS}
        raise Refused(message, code="weeks", field="weeks")
    if not today <= plan.starts_on <= today + FURTHEST_START:
        raise Refused(_("Choose a first day from today on, within a year."), code="start", field="starts_on")
    if plan.reminder_time is not None and not EARLIEST <= plan.reminder_time <= LATEST:
        raise Refused(_("Choose a time from 06:00 to 20:30."), code="quiet_hours", field="reminder_time")
    for item in plan.items:
        refuse_item(item, published)


def refuse_item(item: ItemPlan, published: Mapping[int, str]) -> None:
    if item.version.pk not in published:
        message = _("%(exercise)s is not in the catalogue any more. Start again from the routine.")
        raise Refused(message % {"exercise": item.version.name}, code="not_published")
    refuse_kit(item.version, item.kit)
    if item.side not in item.version.sides:
        message = _("Choose a side that suits %(exercise)s.")
        raise Refused(message % {"exercise": item.version.name}, code="side")
    if (item.days_per_week is None) == (item.every_n_days is None):
        message = _("Say how often %(exercise)s is to be done.")
        raise Refused(message % {"exercise": item.version.name}, code="frequency")
    if all(item.dose.get(f"{name}_min") is None for name in AMOUNTS):
        message = _("Give repetitions, a hold or a duration for %(exercise)s.")
        raise Refused(message % {"exercise": item.version.name}, code="dose")

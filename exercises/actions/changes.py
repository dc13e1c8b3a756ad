"""A running programme becomes another one from the patient's today on; what was asked before stays as it was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models, transaction
from django.db.models.functions import JSONObject
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.roles import WRITES_CLINICAL
from exercises import reminders
from exercises.actions.cautions import judged, write_overrides
from exercises.actions.drafts import drop
from exercises.actions.letters import posted_about_plans, tell_of_change
from exercises.actions.programmes import (
    AS_PAIR,
    ItemPlan,
    lines_of,
    refuse_item,
    refuse_while_flagged,
)
from exercises.actions.revisions import Given, keep_revision
from exercises.actions.seen import shot_of
from exercises.actions.succession import Diff, compared, in_force, replace
from exercises.cautions import Concern
from exercises.models import (
    LONGEST_WEEKS,
    CautionOverride,
    Exercise,
    ExerciseVersion,
    LogEntry,
    Programme,
    ProgrammeDraft,
    ProgrammeItem,
    ProgrammePause,
    ProgrammeRevision,
    ReminderChoice,
    Stage,
)
from patients.actions.records import open_for_writing
from patients.models import Carer, Patient, PatientFlags, RaisedFlag, caution_columns, read_flags

FURTHEST_END = timedelta(weeks=LONGEST_WEEKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeChange:
    """What the programme is to hold from now on, in order, all of it. ``why``: for the colleagues who read its versions."""

    name: str
    items: list[ItemPlan]
    ends_on: date
    reasons: Mapping[str, str] = field(default_factory=dict)
    why: str = ""


@transaction.atomic
def change_programme(
    *,
    actor: Actor,
    programme: Programme,
    plan: ProgrammeChange,
    seen_version: int,
    now: datetime,
    items: Sequence[ProgrammeItem] | None = None,
) -> Programme:
    """Replace what the programme holds by ``plan``, tell the patient, plan the reminders anew.

    An item that says the same stays. Every other is closed with yesterday, or with today if the patient has logged it
    today, and its successor begins the day after: days past are counted as they were asked. Refuses what assigning
    refuses, a plan that was changed since ``seen_version``, and one in which nothing is new. The same plan a second
    time, from the same person, changes nothing more. ``items``: those of yesterday and later, from a caller that has read
    them with the programme; used if nobody has changed it since.
    """
    patient = open_for_writing(programme.patient_id)
    today, by = patient.local_day(now), _refuse_stranger(actor)
    known = _known(actor, programme, plan.items, today)
    stored = items if items is not None and known.programme.version == programme.version else None
    programme, stored, gone = _stored(patient, known, today, stored)
    diff = compared(plan.items, stored, gone)
    is_new = _is_new(programme, plan, diff)
    if programme.version != seen_version:
        if known.last and known.last["by"] == by and not is_new:
            return programme  # a second press
        _refuse_stale(known, patient)
    _refuse_over(programme, today)
    if known.flagged:
        refuse_while_flagged(actor, patient)
    if not is_new:
        raise Refused(_("Nothing is new in this plan, so nothing was sent."), code="unchanged")
    _refuse_impossible(programme, plan, stored, known, today)
    confirmed = judged(lines_of(plan.items, known.slugs), known.cautions, plan.reasons, known.given)
    before = None if known.last else Given.of(programme, shot_of(programme, in_force(stored)))
    _put(programme, name=plan.name, ends_on=plan.ends_on)
    items = replace(programme, diff, known.logged, today)
    write_overrides(programme, confirmed, plan.reasons, by, now)
    keep_revision(programme, Given(by, now, shot_of(programme, items), plan.why), before)
    _note(actor, programme, diff, confirmed, plan.why)
    _follow(actor, programme, [*items, *diff.closed, *diff.over_tonight], known, now)
    return programme


@transaction.atomic
def extend_programme(
    *, actor: Actor, programme: Programme, ends_on: date, why: str, seen_version: int, now: datetime
) -> Programme:
    """Another last day, later or earlier, with the same exercises. Refuses a programme that is over: its days since then
    would count as missed; and one that was changed since ``seen_version``."""
    patient = open_for_writing(programme.patient_id)
    today, by = patient.local_day(now), _refuse_stranger(actor)
    known = _known(actor, programme, (), today)
    programme, stored, _gone = _stored(patient, known, today)
    if programme.version != seen_version:
        if known.last and known.last["by"] == by and ends_on == programme.ends_on:
            return programme  # a second press
        _refuse_stale(known, patient)
    _refuse_over(programme, today)
    if known.flagged:
        refuse_while_flagged(actor, patient)
    if ends_on == programme.ends_on:
        raise Refused(_("This is the last day already."), code="unchanged", field="ends_on")
    _refuse_end(programme, ends_on, today)
    before = None if known.last else Given.of(programme, shot_of(programme, in_force(stored)))
    earlier = programme.ends_on
    _put(programme, name=programme.name, ends_on=ends_on)
    keep_revision(programme, Given(by, now, shot_of(programme, in_force(stored)), why), before)
    changes = {"version": programme.version, "from": earlier.isoformat(), "ends_on": ends_on.isoformat()}
    audit.record(actor, "programme.extended", programme, reason=why, changes=changes)
    _follow(actor, programme, stored, known, now)
    return programme


def _stored(
    patient: Patient, known: "_Known", today: date, items: Sequence[ProgrammeItem] | None = None
) -> tuple[Programme, list[ProgrammeItem], list[ProgrammeItem]]:
    """The programme as it is under the lock, whatever the caller had read, its items from today on, in order, and those
    that were asked for until yesterday and have no successor: what was taken out today, and may come back."""
    found = known.programme
    found.patient = patient
    yesterday = today - timedelta(days=1)
    if items is None:
        items = list(found.items.asked_since(yesterday).select_related("version").in_order())
    for item in items:
        item.programme = found
    followed = {item.succeeds_id for item in items}
    gone = [item for item in items if item.last_day == yesterday and item.pk not in followed]
    return found, [item for item in items if item.last_day is None or item.last_day >= today], gone


def _refuse_impossible(
    programme: Programme,
    plan: ProgrammeChange,
    stored: Sequence[ProgrammeItem],
    known: "_Known",
    today: date,
) -> None:
    """What stands in the plan may stay in the version that was sent, also when the catalogue has given it up."""
    if not plan.items:
        raise Refused(_("A programme needs at least one exercise. To stop all of it, end it."), code="empty")
    if plan.ends_on != programme.ends_on:
        _refuse_end(programme, plan.ends_on, today)
    stays = {item.version_id: "" for item in in_force(stored)}
    for item in plan.items:
        refuse_item(item, {**stays, **known.published})


# --- what there is ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Known:
    """What one question tells, under the lock on the patient's row. ``slugs``: of every version in the plan, by its key;
    ``published``: of those that may be given anew; ``given``: exercises that have a reason, by flag; ``logged``: items
    that the patient has logged today; ``last``: who made the newest version that was kept, and when."""

    programme: Programme  # as it is now
    flagged: bool
    cautions: PatientFlags
    slugs: Mapping[int, str]
    published: Mapping[int, str]
    given: Mapping[str, set[str]]
    logged: frozenset[UUID]
    last: Mapping[str, Any] | None
    posted: Sequence[Mapping[str, Any]]  # letters about the patient's plans
    pauses: Sequence[ProgrammePause]
    wishes: bool
    carer: bool
    draft: bool


def _known(actor: Actor, programme: Programme, items: Sequence[ItemPlan], today: date) -> _Known:
    versions = [item.version.pk for item in items]
    mine = Exercise.objects.visible_to(actor).filter(stage=Stage.PUBLISHED, current__in=versions).order_by()
    every = ExerciseVersion.objects.filter(pk__in=versions).order_by()
    own, patient = {"programme": models.OuterRef("pk")}, {"patient": models.OuterRef("patient")}
    given = CautionOverride.objects.filter(**own).order_by()
    newest = ProgrammeRevision.objects.filter(**own).order_by("-number")
    paused = ProgrammePause.objects.filter(**own).order_by()
    about = Patient.objects.filter(pk=models.OuterRef("patient")).annotate(**caution_columns())
    columns: dict[str, Any] = {
        "flagged": models.Exists(RaisedFlag.objects.filter(**patient).blocking()),
        "slugs": ArraySubquery(every.values(pair=models.Func("pk", "exercise__slug", **AS_PAIR))),
        "published": ArraySubquery(mine.values(pair=models.Func("current_id", "slug", **AS_PAIR))),
        "given": ArraySubquery(given.values(pair=models.Func("flag", "exercises", **AS_PAIR))),
        "logged": ArraySubquery(LogEntry.objects.filter(**own, performed_on=today).values("item_id")),
        "last": newest.values(row=JSONObject(by="made_by_id", name="made_by__name", at="made_at"))[:1],
        "posted": posted_about_plans(),
        "paused": ArraySubquery(paused.values(pair=models.Func("first_day", "last_day", **AS_PAIR))),
        "wishes": models.Exists(ReminderChoice.objects.filter(**patient)),
        "carer": models.Exists(Carer.objects.agreed().filter(**patient)),
        "draft": models.Exists(ProgrammeDraft.objects.filter(**own, author=actor.user_id)),
        **{name: models.Subquery(about.values(name)) for name in caution_columns()},
    }
    found: Any = Programme.objects.annotate(**columns).get(pk=programme.pk)
    reasons: dict[str, set[str]] = {}
    for flag, slugs in found.given:
        reasons.setdefault(flag, set()).update(slugs)
    return _Known(
        programme=found,
        flagged=found.flagged,
        cautions=read_flags(found),
        slugs=dict(found.slugs or ()),  # null where no exercise was asked about
        published=dict(found.published or ()),
        given=reasons,
        logged=frozenset(found.logged),
        last=found.last,
        posted=found.posted,
        pauses=[_pause(*days) for days in found.paused],
        wishes=found.wishes,
        carer=found.carer,
        draft=found.draft,
    )


def _pause(first: str, last: str | None) -> ProgrammePause:
    return ProgrammePause(
        first_day=date.fromisoformat(first), last_day=date.fromisoformat(last) if last else None
    )


def _refuse_stranger(actor: Actor) -> int:
    if actor.user_id is None or not actor.has_role(WRITES_CLINICAL):
        raise Refused(_("Only a practitioner may do this."), code="not_practitioner")
    return actor.user_id


def _refuse_over(programme: Programme, today: date) -> None:
    if not programme.is_active:
        raise Refused(_("This programme has ended already."), code="ended")
    if programme.ends_on < today:
        message = _("This programme is over since %(day)s. Copy it to a new one.")
        said = {"day": date_format(programme.ends_on, "j M Y")}
        raise Refused(message % said, code="over", field="ends_on")


def _refuse_end(programme: Programme, ends_on: date, today: date) -> None:
    first = max(today, programme.starts_on)
    if not first <= ends_on <= today + FURTHEST_END:
        message = _("Choose a last day from %(day)s on, within a year.")
        raise Refused(message % {"day": date_format(first, "j M Y")}, code="end", field="ends_on")


def _refuse_stale(known: _Known, patient: Patient) -> None:
    last = known.last or {}
    at = datetime.fromisoformat(last["at"]) if last else known.programme.assigned_at
    local = at.astimezone(ZoneInfo(patient.clinic.time_zone))
    message = _(
        "%(who)s changed this plan on %(day)s at %(time)s, so yours is not saved. What you chose is still here."
    )
    said = {
        "who": last.get("name") or _("Somebody"),
        "day": date_format(local, "j M"),
        "time": f"{local:%H:%M}",
    }
    raise Refused(message % said, code="stale")


# --- writing ----------------------------------------------------------------------------------------------------
def _is_new(programme: Programme, plan: ProgrammeChange, diff: Diff) -> bool:
    return not diff.is_empty or (plan.name, plan.ends_on) != (programme.name, programme.ends_on)


def _put(programme: Programme, *, name: str, ends_on: date) -> None:
    """The review stays where it was, unless it stood on the last day or would come after it."""
    if programme.review_on == programme.ends_on or programme.review_on > ends_on:
        programme.review_on = ends_on
    programme.name, programme.ends_on = name, ends_on
    columns = {"name": name, "ends_on": ends_on, "review_on": programme.review_on}
    # Ending it takes no lock on the patient: it may have come in between.
    going_on = Programme.objects.active().filter(pk=programme.pk, version=programme.version)
    if not going_on.update(**columns, version=programme.version + 1):
        raise Refused(_("This programme has ended already."), code="ended")
    programme.version += 1


def _note(actor: Actor, programme: Programme, diff: Diff, confirmed: Sequence[Concern], why: str) -> None:
    audit.record(
        actor,
        "programme.changed",
        programme,
        reason=why,
        changes={
            "version": programme.version,
            "ends_on": programme.ends_on.isoformat(),
            "closed": [str(item.pk) for item in diff.closed],
            "made": [plan.version.pk for _order, plan, _before in diff.made],
            "moved": len(diff.moved),
            "overridden": {concern.flag.key: concern.slugs for concern in confirmed},
        },
    )


def _follow(
    actor: Actor, programme: Programme, asked: Sequence[ProgrammeItem], known: _Known, now: datetime
) -> None:
    """What a change brings with it: the e-mail, the reminders, and no draft any more."""
    tell_of_change(programme, known.posted, now, carer=known.carer)
    reminders.replan(programme, now, asked, known.pauses, wishes=known.wishes)
    if known.draft:
        drop(actor, programme.patient, programme)

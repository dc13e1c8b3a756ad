"""What stands in a patient's plan, and what was said of some of its days: read in five questions of the database,
however large the plan is."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, JSONField, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.actors import Actor
from exercises import doses, misses, plan_changes, translations
from exercises.actions.logs import CORRECTABLE_FOR
from exercises.actions.seen import snapshot
from exercises.models import (
    ANCHORED,
    Anchor,
    DayReport,
    Done,
    Effort,
    LogEntry,
    MissReason,
    PlanSeen,
    Programme,
    ProgrammeItem,
    ReminderChoice,
)
from exercises.plan_changes import Shot
from patients import wear
from patients.models import (
    Measure,
    Message,
    PainScore,
    Patient,
    PatientFlags,
    SupportAdvice,
    WearEntry,
    caution_columns,
    read_flags,
)
from patients.models.patient import PatientQuerySet


@dataclass(slots=True)
class Said:
    """What is stored of one day. What is not there was not said."""

    done: dict[UUID, Done] = field(default_factory=dict)
    reasons: dict[UUID, MissReason] = field(default_factory=dict)
    efforts: dict[UUID, Effort] = field(default_factory=dict)
    pain: dict[Measure, int] = field(default_factory=dict)
    worn: dict[UUID, Decimal] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Group:
    """The exercises of one programme. ``name``: empty when there is only one on the page."""

    name: str
    items: list[ProgrammeItem]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Why there may be nothing to do: the next day with exercises, whether the plan has begun, when it ended, whether it
    is paused, and until when (None: nobody knows yet)."""

    next: date | None = None
    started: bool = False
    ended: date | None = None
    paused: bool = False
    paused_until: date | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    name: str
    until: date | None


@dataclass(frozen=True, slots=True)
class News:
    since: date
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one reason, with the exercises that it was given for; or to strong pain, with all of the day and the
    practitioner's own advice."""

    answer: misses.Answer
    items: list[ProgrammeItem]
    of_items: bool = True
    advice: str = ""

    @property
    def names(self) -> str:
        return ", ".join(item.version.name for item in self.items) if self.of_items else ""

    @property
    def rules(self) -> list[str]:
        return rules_of(self.items) if self.answer.rules else []


@dataclass(frozen=True)
class Plan:
    patient: Patient
    now: datetime
    programmes: Sequence[Programme]
    supports: Sequence[SupportAdvice]
    told: Mapping[date, Said]
    flags: PatientFlags
    seen: Shot | None
    seen_at: datetime | None
    anchor: str  # after what the patient wants to do them
    wrote: bool  # the clinic did, and the patient has not said that they read it

    @functools.cached_property
    def today(self) -> date:
        return self.patient.local_day(self.now)

    @functools.cached_property
    def shot(self) -> Shot:
        return snapshot(self.programmes, self.supports)

    def say(self) -> None:
        """Let the exercises speak the patient's language. Compared is what they are, so that is noted first."""
        shot, items = self.shot, [item for one in self.programmes for item in one.items.all()]
        translations.say(items, self.patient.language)
        names = {str(item.pk): item.version.name for item in items}
        for one in shot["items"]:
            one["name"] = names[one["id"]]

    def due(self, day: date) -> list[ProgrammeItem]:
        return [item for programme in self.programmes for item in programme.items_due_on(day)]

    def groups(self, day: date) -> list[Group]:
        found = [Group(one.name, items) for one in self.programmes if (items := one.items_due_on(day))]
        return [Group("", found[0].items)] if len(found) == 1 else found

    def news(self) -> News | None:
        """What changed since the patient last said so or logged; None where nothing did, or nobody knows."""
        if self.seen is None or self.seen_at is None or self.seen.get("digest") == self.shot.get("digest"):
            return None
        sentences = plan_changes.changes(self.seen, self.shot, self.today)
        return News(self.patient.local_day(self.seen_at), sentences) if sentences else None

    def anchored(self, day: date) -> str:
        return str(ANCHORED[Anchor(self.anchor)]) if self.anchor and self.due(day) else ""

    def next_visit(self) -> datetime | None:
        """On the patient's clock, without a zone; None when it is past."""
        at = self.patient.next_visit_at
        if at is None or at <= self.now:
            return None
        return at.astimezone(ZoneInfo(self.patient.time_zone)).replace(tzinfo=None)

    def earlier_days(self) -> list[date]:
        starts = [programme.starts_on for programme in self.programmes]
        advised = [advice.recommended_at for advice in self.supports]
        return _earlier_days(self.patient, self.today, starts, advised)

    def outlook(self, day: date) -> Outlook:
        ahead = [programme for programme in self.programmes if programme.ends_on >= day]
        if not ahead:
            return Outlook(ended=max((one.ends_on for one in self.programmes), default=None))
        started = [programme for programme in ahead if programme.starts_on <= day]
        nexts = [one.next_due_after(max(day, one.starts_on - date.resolution)) for one in ahead]
        pauses = [pause for one in started if (pause := one.pause_on(day))]
        paused = bool(started) and len(pauses) == len(started)
        ends = [pause.last_day for pause in pauses if pause.last_day]
        return Outlook(
            next=min((found for found in nexts if found), default=None),
            started=bool(started),
            paused=paused,
            paused_until=min(ends) if paused and ends else None,
        )

    def paused_beside(self, day: date) -> list[Paused]:
        """Programmes that are paused while another one goes on."""
        spanning = [one for one in self.programmes if one.starts_on <= day <= one.ends_on]
        paused = [Paused(one.name, pause.last_day) for one in spanning if (pause := one.pause_on(day))]
        return paused if len(paused) < len(spanning) else []

    def progress(self, day: date) -> tuple[int, int, str]:
        """How many are done, of how many, and the sentence."""
        due, said = self.due(day), self.told[day].done
        done = sum(said.get(item.pk) is Done.DONE for item in due)
        left = [item.dose for item in due if item.pk not in said] if day == self.today else []
        minutes = doses.minutes(left)
        sentence = _("%(done)s of %(all)s done")
        if minutes:
            sentence = ngettext(
                "%(done)s of %(all)s done, about %(minutes)s minute left",
                "%(done)s of %(all)s done, about %(minutes)s minutes left",
                minutes,
            )
        return done, len(due), sentence % {"done": done, "all": len(due), "minutes": minutes}

    def replies(self, day: date) -> list[Reply]:
        """An answer to strong pain, then one for each reason given that day, once, in the order of the exercises."""
        given: dict[MissReason, list[ProgrammeItem]] = {}
        due, told = self.due(day), self.told[day]
        for item in due:
            if reason := told.reasons.get(item.pk):
                given.setdefault(reason, []).append(item)
        replies = [Reply(misses.answer(reason), items) for reason, items in given.items()]
        if max(told.pain.values(), default=0) < misses.STRONG_PAIN:
            return replies
        strong = Reply(misses.strong_pain(), list(due), of_items=False, advice=self.patient.pain_advice)
        return [strong, *replies]

    def sentence(self, day: date) -> str:
        """What was stored, counted from what is stored."""
        said, due = self.told[day], len(self.due(day))
        answers = list(said.done.values())
        parts = []
        if answers:
            parts.append(_("%(done)s of %(all)s done") % {"done": answers.count(Done.DONE), "all": due})
        if partly := answers.count(Done.PARTLY):
            parts.append(_("%(n)s partly done") % {"n": partly})
        if not_done := answers.count(Done.NOT_DONE):
            parts.append(_("%(n)s not done") % {"n": not_done})
        words = {
            Measure.PAIN_FIRST_STEP: _("first-step pain %(n)s"),
            Measure.PAIN_FOOT: _("foot pain %(n)s"),
            Measure.PAIN_BACK: _("lower back pain %(n)s"),
        }
        parts += [words[one] % {"n": said.pain[one]} for one in words if one in said.pain]
        parts += [
            _("%(what)s worn for %(hours)s")
            % {"what": advice.lay_words, "hours": wear.in_words(said.worn[advice.pk])}
            for advice in self.supports
            if advice.pk in said.worn
        ]
        if said.notes:
            parts.append(_("your note"))
        return ", ".join(parts)


def read(actor: Actor, patient: Patient, days: Iterable[date], now: datetime) -> Plan:
    today = patient.local_day(now)
    programmes = Programme.objects.visible_to(actor).active().for_plan(since=min([today, *days]))
    supports = SupportAdvice.objects.visible_to(actor).for_plan()
    row = _row(actor, patient, sorted(set(days)))
    seen, seen_at = row["seen"][0] if row["seen"] else (None, None)
    plan = Plan(
        patient=patient,
        now=now,
        programmes=list(programmes),
        supports=list(supports),
        told=_told(row, days),
        flags=read_flags(row),
        seen=seen,
        seen_at=datetime.fromisoformat(seen_at) if seen_at else None,
        anchor=row["anchor"] or "",
        wrote=any(readable_from <= now for readable_from in row["messages"]),
    )
    plan.say()
    return plan


def earlier_days(actor: Actor, patient: Patient, today: date) -> list[date]:
    """As ``Plan`` has them, without the rest of it."""
    programmes = Programme.objects.visible_to(actor).active().order_by()
    supports = SupportAdvice.objects.visible_to(actor).in_plan()
    starts = programmes.values_list("starts_on", flat=True)
    return _earlier_days(patient, today, starts, supports.values_list("recommended_at", flat=True))


def _earlier_days(
    patient: Patient, today: date, starts: Iterable[date], advised: Iterable[datetime]
) -> list[date]:
    """Days that can still be corrected, the newest first, from the first day of the plan on."""
    first = min([*starts, *map(patient.local_day, advised)], default=today)
    days = [today - timedelta(days=back) for back in range(1, CORRECTABLE_FOR.days + 1)]
    return [day for day in days if day >= first]


def rules_of(items: Iterable[ProgrammeItem]) -> list[str]:
    """When to stop, each rule once."""
    return list(dict.fromkeys(rule for item in items for rule in item.version.stop_rules))


def is_open(day: date, today: date) -> bool:
    """May still be said or corrected."""
    return today - CORRECTABLE_FOR <= day <= today


def city(zone: str) -> str:
    """A zone as people call it: “New York”."""
    return zone.rpartition("/")[2].replace("_", " ")


def _row(actor: Actor, patient: Patient, days: Sequence[date]) -> dict[str, Any]:
    """All that is asked of this patient's days in one question: cautions, answers, and the plan as last seen. Who may see
    the patient is asked once, of the patient."""
    row: dict[str, Any] = _asked(tuple(days)).visible_to(actor).get(pk=patient.pk)  # type: ignore[assignment]
    return row


@functools.lru_cache(maxsize=50)
def _asked(days: tuple[date, ...]) -> PatientQuerySet:
    """The same for every patient of these days, and written once: it takes Django longer than PostgreSQL to answer. Who
    asks gets a copy."""
    own = {"patient": OuterRef("pk")}
    logs = LogEntry.objects.filter(**own, performed_on__in=days)
    scores = PainScore.objects.standing().by_patient().filter(**own, on__in=days).order_by()
    worn = WearEntry.objects.filter(**own, on__in=days)
    notes = DayReport.objects.filter(**own, on__in=days).with_notes()
    seen = PlanSeen.objects.filter(**own)
    messages = Message.objects.filter(**own).unread()
    columns = {
        **caution_columns(),
        "logs": _rows(logs, "performed_on", "item_id", "done", "reason", "effort"),
        "scores": _rows(scores, "on", "measure", "score"),
        "worn": _rows(worn, "on", "advice_id", "hours"),
        "notes": _rows(notes, "on", "note"),
        "seen": _rows(seen, "plan", "seen_at"),
        "messages": ArraySubquery(messages.values("readable_from")),
        "anchor": Subquery(ReminderChoice.objects.filter(**own).values("anchor")),
    }
    return Patient.objects.annotate(**columns).values(*columns)  # type: ignore[no-any-return]


def _rows(rows: QuerySet[Any], *columns: str) -> ArraySubquery:
    """Without names: to build objects costs twice as much on each page, and so does it to let Django look up columns that
    are written as they are called."""
    written = ", ".join(f'"{column}"' for column in columns)
    row = Func(function="jsonb_build_array", template=f"%(function)s({written})", output_field=JSONField())
    return ArraySubquery(rows.values(row=row))


def _told(row: Mapping[str, Any], days: Iterable[date]) -> dict[date, Said]:
    told = {day: Said() for day in days}
    for on, pk, done, reason, effort in row["logs"]:
        said, item = told[date.fromisoformat(on)], UUID(pk)
        said.done[item] = Done(done)
        if reason:
            said.reasons[item] = MissReason(reason)
        if effort:
            said.efforts[item] = Effort(effort)
    for on, measure, score in row["scores"]:
        told[date.fromisoformat(on)].pain[Measure(measure)] = score
    for on, pk, hours in row["worn"]:
        told[date.fromisoformat(on)].worn[UUID(pk)] = Decimal(str(hours))
    for on, note in row["notes"]:
        told[date.fromisoformat(on)].notes.append(note)
    return told

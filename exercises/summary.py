"""What to know before a visit: one patient's programmes, days and consent, gathered from several models."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, Subquery
from django.utils.translation import gettext as _

from clinic.actors import Actor
from clinic.models import OutgoingEmail
from clinic.roles import SEES_CLINICAL
from exercises import adherence
from exercises.cautions import Concern, concerns, unanswered
from exercises.models import (
    PLAN_READY,
    CautionOverride,
    DayReport,
    Effort,
    LogEntry,
    MissReason,
    Programme,
    ProgrammeState,
    ReminderChoice,
)
from exercises.schedule import local_day
from patients.models import Carer, ConsentRecord, Measure, PainScore, Patient, PatientFlags


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    programme: Programme
    running: bool
    upcoming: bool
    letter: OutgoingEmail | None  # the newest "your plan is ready"; None: there was no address
    against: list[Concern]  # what the patient's cautions say by now about what it holds

    @property
    def exercises(self) -> str:
        return ", ".join(item.version.name for item in self.programme.current)


@dataclass(frozen=True, slots=True)
class DayLine:
    """``foot`` and ``back`` are None where no score was given: that is not zero."""

    day: adherence.Day
    foot: int | None
    back: int | None
    remarks: list[str] = field(default_factory=list)  # why something was left out, how hard it was
    notes: list[str] = field(default_factory=list)  # in the patient's words
    late: bool = False  # entered on a later day


@dataclass(frozen=True, slots=True)
class Adherence:
    totals: adherence.Totals
    last_log: date | None  # may be older than what was counted
    remarks: list[str] = field(
        default_factory=list
    )  # reasons and efforts of the time counted, with their numbers


@dataclass(frozen=True, slots=True)
class Overview:
    today: date  # where the patient lives
    span: int  # how many days were counted, today included
    programmes: list[ProgrammeLine]
    adherence: Adherence | None  # None: this member of staff does not read clinical entries
    consent: ConsentRecord | None
    choice: ReminderChoice | None  # what the patient wants of the reminders
    carer: Carer | None  # who gets copies, or was asked


@dataclass(frozen=True, slots=True)
class Progress:
    today: date
    lines: list[DayLine]  # newest first
    adherence: Adherence


def overview(
    actor: Actor, patient: Patient, now: datetime, span: int, flags: PatientFlags | None = None
) -> Overview:
    """``flags``: what speaks for caution; None for those who read no clinical entries. The number of queries does not
    grow with the rows."""
    today = local_day(now, patient.time_zone)
    programmes = _programmes(actor, patient)
    counted = None
    if actor.has_role(SEES_CLINICAL):
        _days, counted, _rows = _count(actor, patient, programmes, _window(today, span))
    return Overview(
        today=today,
        span=span,
        programmes=_lines(programmes, today, against(programmes, flags) if flags else {}),
        adherence=counted,
        consent=ConsentRecord.objects.filter(patient=patient).first(),
        choice=ReminderChoice.objects.visible_to(actor).filter(patient=patient).first(),
        carer=Carer.objects.visible_to(actor).filter(patient=patient).current().first(),
    )


def progress(actor: Actor, patient: Patient, now: datetime, span: int) -> Progress:
    """``span`` days back, today included. The number of queries does not grow with the rows."""
    today = local_day(now, patient.time_zone)
    first, last = _window(today, span)
    days, counted, rows = _count(actor, patient, _programmes(actor, patient), (first, last))
    pain, notes = _pain(actor, patient, first, last), _notes(actor, patient, first, last)
    lines = [
        DayLine(
            day,
            pain.get((day.on, Measure.PAIN_FOOT)),
            pain.get((day.on, Measure.PAIN_BACK)),
            _remarks([row for row in rows if row.on == day.on]),
            notes.get(day.on, []),
            any(row.on == day.on and patient.local_day(row.recorded_at) > day.on for row in rows),
        )
        for day in reversed(days)
    ]
    return Progress(today, lines, counted)


def counted_days(
    actor: Actor, patient: Patient, window: tuple[date, date]
) -> tuple[list[adherence.Day], Adherence]:
    """What was due and what was said of it on each day of the window, oldest first."""
    days, counted, _said = _count(actor, patient, _programmes(actor, patient), window)
    return days, counted


def pain_scores(actor: Actor, patient: Patient, window: tuple[date, date]) -> Mapping[tuple[date, str], int]:
    """By day and measure; a day without an answer is not there."""
    return _pain(actor, patient, *window)


def against(programmes: Sequence[Programme], flags: PatientFlags) -> dict[UUID, list[Concern]]:
    """What the patient's cautions say by now about exercises of programmes that are not ended: blocks, and what has no
    reason yet. Read ``with_items``; nothing is taken out. One query."""
    given = CautionOverride.objects.given(programmes) if flags.keys else {}
    return {
        programme.pk: unanswered(
            concerns([item.line() for item in programme.current], flags.keys),
            given.get(programme.pk, {}),
        )
        for programme in programmes
        if programme.is_active
    }


def _window(today: date, span: int) -> tuple[date, date]:
    return today - timedelta(days=span - 1), today


def _programmes(actor: Actor, patient: Patient) -> list[Programme]:
    return list(Programme.objects.visible_to(actor).filter(patient=patient).with_items())


def _lines(
    programmes: list[Programme], today: date, found: Mapping[UUID, list[Concern]]
) -> list[ProgrammeLine]:
    """Those that run first, then those to come, then the past; the newest first in each."""
    letters = _letters(programmes)
    lines = [
        ProgrammeLine(
            programme=programme,
            running=programme.runs_on(today),
            upcoming=programme.state == ProgrammeState.ACTIVE and programme.starts_on > today,
            letter=letters.get(str(programme.pk)),
            against=found.get(programme.pk, []),
        )
        for programme in programmes
    ]
    return sorted(lines, key=lambda line: (not line.running, not line.upcoming))


def _letters(programmes: list[Programme]) -> dict[str, OutgoingEmail]:
    posted = OutgoingEmail.objects.filter(
        letter=PLAN_READY, object_id__in=[str(programme.pk) for programme in programmes]
    ).order_by("generation")
    return {email.object_id: email for email in posted}  # a later generation replaces the one before


class _Row(NamedTuple):
    item: UUID
    on: date
    done: str
    reason: str
    effort: str
    recorded_at: datetime


def _count(
    actor: Actor, patient: Patient, programmes: list[Programme], window: tuple[date, date]
) -> tuple[list[adherence.Day], Adherence, list[_Row]]:
    logs = LogEntry.objects.visible_to(actor).filter(patient=patient)
    newest = logs.order_by("-performed_on").values("performed_on")[:1]
    said = logs.filter(Q(performed_on__range=window) | Q(performed_on=Subquery(newest)))
    columns = ("item_id", "performed_on", "done", "reason", "effort", "recorded_at")
    rows = [_Row(*row) for row in said.values_list(*columns)]
    answers = {(row.item, row.on): adherence.Said(row.done) for row in rows}
    courses = [_course(programme, patient.time_zone) for programme in programmes]
    days = adherence.days(courses, answers, *window)
    last_log = max((row.on for row in rows), default=None)
    counted = [row for row in rows if window[0] <= row.on <= window[1]]
    return days, Adherence(adherence.totals(days), last_log, _remarks(counted)), counted


def _remarks(rows: Sequence[_Row]) -> list[str]:
    """Reasons, then efforts, each in the patient's words with how often it was given."""
    reasons = Counter(row.reason for row in rows if row.reason)
    efforts = Counter(row.effort for row in rows if row.effort)
    return [
        *[
            _("%(words)s: %(n)s") % {"words": MissReason(key).label, "n": n}
            for key, n in reasons.most_common()
        ],
        *[_("%(words)s: %(n)s") % {"words": Effort(key).label, "n": n} for key, n in efforts.most_common()],
    ]


def _notes(actor: Actor, patient: Patient, first: date, last: date) -> dict[date, list[str]]:
    found: dict[date, list[str]] = {}
    written = (
        DayReport.objects.visible_to(actor).filter(patient=patient, on__range=(first, last)).with_notes()
    )
    for on, note in written.values_list("on", "note"):
        found.setdefault(on, []).append(note)
    return found


def _course(programme: Programme, zone: str) -> adherence.Course:
    ended_on = local_day(programme.ended_at, zone) if programme.ended_at else None
    return adherence.Course(
        starts_on=programme.starts_on,
        ends_on=programme.ends_on,
        items=_asked(programme),
        ended_on=ended_on,
        pauses=[(pause.first_day, pause.last_day) for pause in programme.pauses.all()],
    )


def _asked(programme: Programme) -> dict[UUID, adherence.Asked]:
    """In the order in which they came, so that each finds the line of what it took the place of: of the same exercise."""
    lines: dict[tuple[UUID | None, UUID], UUID] = {}
    items = sorted(programme.items.all(), key=lambda item: item.since_version)
    for item in items:
        exercise = item.version.exercise_id
        lines[item.pk, exercise] = lines.get((item.succeeds_id, exercise), item.pk)
    return {
        item.pk: adherence.Asked(
            item.frequency, item.first_day, item.last_day, lines[item.pk, item.version.exercise_id]
        )
        for item in items
    }


def _pain(actor: Actor, patient: Patient, first: date, last: date) -> Mapping[tuple[date, str], int]:
    scores = PainScore.objects.visible_to(actor).standing().filter(patient=patient, on__range=(first, last))
    counted = scores.one_a_day().values_list("on", "measure", "score")
    return {(on, measure): score for on, measure, score in counted}

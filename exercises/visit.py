"""Before the visit: what happened since the last one, on one screen. Arithmetic only: what it means is for a person to say.

Everything is asked with one question beside the head of the page. No answer is not an answer of zero, and a day without
a score is a gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.actors import Actor
from clinic.prepared import prepared
from exercises import adherence, reach, told
from exercises.reach import Reach
from exercises.told import Log, Note, Tally, Told
from patients import overview as patient_overview
from patients.charts import Bar, Chart, Series, bar, chart
from patients.models import Measure, Patient
from patients.outcome_measures import Reading
from patients.overview import Brief

LONGEST = 84  # days: twelve weeks
DAY = "j M Y"


class Span(StrEnum):
    """How far back: what stands in the address."""

    SINCE_VISIT = "visit"
    TWO_WEEKS = "2"
    FOUR_WEEKS = "4"
    TWELVE_WEEKS = "12"

    @property
    def label(self) -> str:
        if self is Span.SINCE_VISIT:
            return _("Since the last visit")
        return _("%(n)s weeks") % {"n": self.value}


@dataclass(frozen=True, slots=True)
class Window:
    """``visit``: the last one before today, if there was one; ``cut``: it lies further back than is shown."""

    span: Span
    first: date
    last: date
    visit: date | None
    cut: bool = False

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Week:
    """``late``: answers that were entered on a later day."""

    first: date
    last: date
    totals: adherence.Totals
    reasons: list[Tally]
    late: int
    bar: Bar


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to the plan, or a visit, on one day; of a pause the first. ``kind``: visit or plan."""

    on: date
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of the table that says what the chart shows. ``scores`` are None where none was given: that is not zero."""

    day: adherence.Day
    scores: list[tuple[str, int | None]]  # with the name of the column
    reasons: list[Tally]
    efforts: list[Tally]
    notes: list[str]
    late: bool
    events: list[Event]

    @property
    def counted(self) -> str:
        """“2 of 4 done, 1 partly”: what was said. Written here, because a table has up to 84 rows."""
        day = self.day
        said = [_("%(done)s of %(due)s done") % {"done": day.done, "due": day.due}]
        if day.partly:
            said.append(_("%(n)s partly") % {"n": day.partly})
        if day.not_done:
            said.append(_("%(n)s not done") % {"n": day.not_done})
        return ", ".join(said)

    @property
    def left_open(self) -> str:
        return _("%(n)s not logged") % {"n": self.day.not_logged} if self.day.not_logged else ""


@dataclass(frozen=True, slots=True)
class PainLine:
    """``first`` and ``latest`` of the time shown; the same when there was one score."""

    name: str
    first: Reading
    latest: Reading
    answers: int
    series: Series  # as it is drawn

    def on(self, day: date) -> int | None:
        return next((point.value for point in self.series.points if point.on == day), None)


@dataclass(frozen=True, slots=True)
class Visit:
    patient: Patient
    window: Window
    totals: adherence.Totals
    weeks: list[Week]  # newest first; only those in which something was due
    late: int
    last_log: date | None
    pain: list[PainLine]
    chart: Chart | None
    events: list[Event]  # oldest first
    days: list[DayLine]  # newest first
    reasons: list[Tally]
    efforts: list[Tally]
    without_effort: int  # answers done or partly done that say nothing of how hard it was
    notes: list[Note]  # newest first
    brief: Brief
    given: dict[UUID, dict[str, set[str]]]  # see ``told``
    reach: Reach
    reach_lines: list[str]  # the same in words

    @property
    def measures(self) -> list[str]:
        """Heads of the table's columns."""
        return [line.name for line in self.pain]


def visit(actor: Actor, patient: Patient, now: datetime, span: Span) -> Visit:
    """One query, however much is on record."""
    today = patient.local_day(now)
    asked_from = today - timedelta(days=LONGEST - 1)
    (row,) = _asked(actor=actor, patient=patient.pk, first=asked_from, **reach.values(patient, now))
    said = told.read(row, patient.time_zone)
    window = window_of(span, patient_overview.visits(row), today)
    brief = patient_overview.read(row, zone=ZoneInfo(patient.time_zone), first=window.first, today=today)
    return _gathered(patient, window, said, brief, reach.read(row))


@prepared
def _asked(actor: Actor, patient: UUID, first: date, **reached: Any) -> QuerySet[Patient, Any]:
    columns = {
        **told.columns(actor, first),
        **patient_overview.columns(actor, first),
        **reach.columns(actor, **reached),
    }
    return Patient.objects.filter(pk=patient).values(**columns)


def window_of(span: Span, visits: Sequence[date], today: date) -> Window:
    """``visits`` oldest first. Without one before today, and for one that is long past, as much as makes sense is shown."""
    before = [on for on in visits if on < today]
    last_visit = before[-1] if before else None
    if span is not Span.SINCE_VISIT:
        first = today - timedelta(days=int(span) * 7 - 1)
    else:
        first = last_visit or today - timedelta(days=4 * 7 - 1)
    furthest = today - timedelta(days=LONGEST - 1)
    return Window(span, max(first, furthest), today, last_visit, cut=first < furthest)


def _gathered(patient: Patient, window: Window, said: Told, brief: Brief, reached: Reach) -> Visit:
    days = said.days(window.first, window.last)
    logs = said.between(window.first, window.last)
    notes = [note for note in said.notes if window.first <= note.on <= window.last]
    scores = _by_measure(brief, window)
    events = _events(said, brief, window)
    drawn = chart(
        scores,
        first=window.first,
        last=window.last,
        visits=[event.on for event in events if event.kind == "visit"],
        changes=[event.on for event in events if event.kind == "plan"],
        pauses=_pauses(said, window),
    )
    pain = [_pain(series) for series in drawn.series] if drawn else []
    return Visit(
        patient=patient,
        window=window,
        totals=adherence.totals(days),
        weeks=_weeks(days, logs),
        late=sum(log.is_late for log in logs),
        last_log=said.last_log,
        pain=pain,
        chart=drawn,
        events=events,
        days=[_day(day, logs, notes, pain, events) for day in reversed(days)],
        reasons=told.reasons(logs),
        efforts=told.efforts(logs),
        without_effort=sum(log.done != adherence.Said.NOT_DONE and not log.effort for log in logs),
        notes=notes[::-1],
        brief=brief,
        given=said.given,
        reach=reached,
        reach_lines=reach.in_words(patient, reached, window.last),
    )


def _weeks(days: Sequence[adherence.Day], logs: Sequence[Log]) -> list[Week]:
    weeks = []
    for counted in adherence.by_week(days).values():
        totals = adherence.totals(counted)
        own = [log for log in logs if counted[0].on <= log.on <= counted[-1].on]
        if totals.due:
            weeks.append(
                Week(
                    first=counted[0].on,
                    last=counted[-1].on,
                    totals=totals,
                    reasons=told.reasons(own),
                    late=sum(log.is_late for log in own),
                    bar=bar(done=totals.done, partly=totals.partly, missed=totals.not_done, of=totals.due),
                )
            )
    return weeks[::-1]


def _by_measure(brief: Brief, window: Window) -> dict[str, dict[date, int]]:
    """In this order, whatever was answered: so each keeps its mark in the drawing, from patient to patient."""
    return {
        str(measure.label): {
            on: score
            for (on, asked), score in brief.pain.items()
            if asked == measure and window.first <= on <= window.last
        }
        for measure in (Measure.PAIN_FOOT, Measure.PAIN_BACK, Measure.PAIN_FIRST_STEP)
    }


def _pain(series: Series) -> PainLine:
    first, latest = (Reading(point.on, point.value) for point in (series.first, series.last))
    return PainLine(series.name, first, latest, len(series.points), series)


def _events(said: Told, brief: Brief, window: Window) -> list[Event]:
    """In the time shown, today included; what is still to come is no news yet."""
    found = [Event(on, "visit", _("Visit")) for on in brief.visits]
    for plan in said.plans:
        words, course = {"name": plan.name}, plan.course
        found.append(Event(course.starts_on, "plan", _("“%(name)s” began") % words))
        ended = _("“%(name)s” was ended") if course.ended_on else _("last day of “%(name)s”")
        found.append(Event(plan.last_day, "plan", ended % words))
        for first, last in course.pauses:
            until = {**words, "day": date_format(last, DAY) if last else ""}
            paused = _("“%(name)s” paused until %(day)s") if last else _("“%(name)s” paused")
            found.append(Event(first, "plan", paused % until))
    return sorted((e for e in found if window.first <= e.on <= window.last), key=lambda event: event.on)


def _pauses(said: Told, window: Window) -> list[tuple[date, date]]:
    """Days on which some programme rested, cut to what is shown."""
    return [
        (max(first, window.first), min(last or window.last, window.last))
        for plan in said.plans
        for first, last in plan.course.pauses
        if first <= window.last and (last is None or last >= window.first)
    ]


def _day(
    day: adherence.Day,
    logs: Sequence[Log],
    notes: Sequence[Note],
    pain: Sequence[PainLine],
    events: Sequence[Event],
) -> DayLine:
    own = [log for log in logs if log.on == day.on]
    return DayLine(
        day=day,
        scores=[(line.name, line.on(day.on)) for line in pain],
        reasons=told.reasons(own),
        efforts=[tally for tally in told.efforts(own) if tally.count],
        notes=[note.text for note in notes if note.on == day.on],
        late=any(log.is_late for log in own),
        events=[event for event in events if event.on == day.on],
    )

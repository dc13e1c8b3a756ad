"""What to know before a visit: one patient's programmes, days and consent, gathered from several models."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max

from clinic.actors import Actor
from clinic.models import OutgoingEmail
from clinic.roles import SEES_CLINICAL
from exercises import adherence
from exercises.models import PLAN_READY, LogEntry, Programme, ProgrammeState
from exercises.schedule import local_day
from patients.models import ConsentRecord, Measure, PainScore, Patient


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    programme: Programme
    running: bool
    upcoming: bool
    letter: OutgoingEmail | None  # the newest "your plan is ready"; None: there was no address

    @property
    def exercises(self) -> str:
        return ", ".join(item.version.name for item in self.programme.items.all())


@dataclass(frozen=True, slots=True)
class DayLine:
    """``foot`` and ``back`` are None where no score was given: that is not zero."""

    day: adherence.Day
    foot: int | None
    back: int | None


@dataclass(frozen=True, slots=True)
class Days:
    lines: list[DayLine]  # newest first
    totals: adherence.Totals
    last_log: date | None


@dataclass(frozen=True, slots=True)
class Overview:
    today: date  # where the patient lives
    programmes: list[ProgrammeLine]
    days: Days | None  # None: this member of staff does not read clinical entries
    consent: ConsentRecord | None


def overview(actor: Actor, patient: Patient, now: datetime, span: int) -> Overview:
    """``span``: how many days back, today included. The number of queries does not grow with the rows."""
    today = local_day(now, patient.time_zone)
    programmes = list(Programme.objects.visible_to(actor).filter(patient=patient).with_items())
    first = today - timedelta(days=span - 1)
    return Overview(
        today=today,
        programmes=_lines(programmes, today),
        days=_days(actor, patient, programmes, first, today) if actor.has_role(SEES_CLINICAL) else None,
        consent=ConsentRecord.objects.filter(patient=patient).first(),
    )


def _lines(programmes: list[Programme], today: date) -> list[ProgrammeLine]:
    """Those that run first, then those to come, then the past; the newest first in each."""
    letters = _letters(programmes)
    lines = [
        ProgrammeLine(
            programme=programme,
            running=programme.runs_on(today),
            upcoming=programme.state == ProgrammeState.ACTIVE and programme.starts_on > today,
            letter=letters.get(str(programme.pk)),
        )
        for programme in programmes
    ]
    return sorted(lines, key=lambda line: (not line.running, not line.upcoming))


def _letters(programmes: list[Programme]) -> dict[str, OutgoingEmail]:
    posted = OutgoingEmail.objects.filter(
        letter=PLAN_READY, object_id__in=[str(programme.pk) for programme in programmes]
    ).order_by("generation")
    return {email.object_id: email for email in posted}  # a later generation replaces the one before


def _days(actor: Actor, patient: Patient, programmes: list[Programme], first: date, last: date) -> Days:
    logs = LogEntry.objects.visible_to(actor).filter(patient=patient)
    answers = {
        (item, on): adherence.Said(done)
        for item, on, done in logs.filter(performed_on__range=(first, last)).values_list(
            "item_id", "performed_on", "done"
        )
    }
    pain = _pain(actor, patient, first, last)
    counted = adherence.days(
        [_course(programme, patient.time_zone) for programme in programmes], answers, first, last
    )
    lines = [
        DayLine(day, pain.get((day.on, Measure.PAIN_FOOT)), pain.get((day.on, Measure.PAIN_BACK)))
        for day in reversed(counted)
    ]
    return Days(lines, adherence.totals(counted), logs.aggregate(last=Max("performed_on"))["last"])


def _course(programme: Programme, zone: str) -> adherence.Course:
    ended_on = local_day(programme.ended_at, zone) if programme.ended_at else None
    return adherence.Course(
        starts_on=programme.starts_on,
        ends_on=programme.ends_on,
        items={item.pk: item.frequency for item in programme.items.all()},
        ended_on=ended_on,
    )


def _pain(actor: Actor, patient: Patient, first: date, last: date) -> Mapping[tuple[date, str], int]:
    """Of two answers for one day the patient's own counts: it comes later and replaces what was told at a visit."""
    scores = PainScore.objects.visible_to(actor).standing().filter(patient=patient, on__range=(first, last))
    scores = scores.order_by("-source")
    return {(on, measure): score for on, measure, score in scores.values_list("on", "measure", "score")}

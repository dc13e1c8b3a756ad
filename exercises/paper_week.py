"""A sheet that came back: which cells one week of it has, and what is stored of these days already.

Whoever types in a sheet, assistants too, is shown the answers of these seven days and nothing else that was ever said:
without them a typist would write over an answer unseen. So rows are asked for by patient and days, not by the role.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from exercises.models import Done, LogEntry, Programme, ProgrammeItem
from exercises.schedule import local_day
from exercises.sheet import DAYS, days_from, is_paused, measures_of, side_of
from patients.models import Measure, PainScore, Patient, SupportAdvice, WearEntry

LONGEST_AGO = timedelta(days=92)  # as long as a sheet may come late
KEYS = {Done.DONE: "d", Done.PARTLY: "p", Done.NOT_DONE: "n"}


class Asked(StrEnum):
    DONE = "done"
    PAIN = "pain"
    WORN = "worn"


@dataclass(frozen=True, slots=True)
class WeekCell:
    """``key``: of the exercise, the advice or the measure; ``stored``: as it would be typed, empty if nobody said."""

    asked: Asked
    key: UUID | Measure
    on: date
    stored: str

    @property
    def name(self) -> str:
        return cell_name(self.asked, self.key, self.on)


@dataclass(frozen=True, slots=True)
class WeekRow:
    words: str
    more: str
    cells: list[WeekCell | None]  # None: nothing was asked that day


@dataclass(frozen=True, slots=True)
class PaperWeek:
    patient: Patient
    days: list[date]
    today: date
    rows: list[WeekRow]

    @property
    def cells(self) -> Iterator[tuple[WeekRow, WeekCell]]:
        for row in self.rows:
            for cell in row.cells:
                if cell:
                    yield row, cell

    @property
    def before(self) -> date | None:
        first = self.days[0] - timedelta(days=DAYS)
        return first if first >= self.today - LONGEST_AGO else None

    @property
    def after(self) -> date | None:
        first = self.days[0] + timedelta(days=DAYS)
        return first if first <= self.today else None


def cell_name(asked: Asked, key: UUID | Measure, on: date) -> str:
    return f"{asked}-{key.value if isinstance(key, Measure) else key}-{on.isoformat()}"


def first_day(asked: date | None, today: date) -> date:
    """The week that was asked for, or the last seven days where no sheet can be of that week."""
    if asked and today - LONGEST_AGO <= asked <= today:
        return asked
    return today - timedelta(days=DAYS - 1)


def paper_week(patient: Patient, now: datetime, asked: date | None) -> PaperWeek:
    today = local_day(now, patient.time_zone)
    days = days_from(first_day(asked, today))
    past = [day for day in days if day <= today]
    rows = [*_exercises(patient, past), *_pain(patient, past), *_worn(patient, past)]
    beyond: list[WeekCell | None] = [None] * (len(days) - len(past))
    return PaperWeek(patient, days, today, [WeekRow(row.words, row.more, row.cells + beyond) for row in rows])


def _exercises(patient: Patient, days: Sequence[date]) -> Iterator[WeekRow]:
    """Of programmes that have ended by now too: the sheet is older than their end."""
    found = Programme.objects.filter(patient=patient, starts_on__lte=days[-1], ends_on__gte=days[0])
    entries = LogEntry.objects.filter(patient=patient, performed_on__in=days)
    stored = {(entry.item_id, entry.performed_on): KEYS[Done(entry.done)] for entry in entries}
    for programme in found.order_by("assigned_at", "pk").with_items().prefetch_related("pauses"):
        for item in programme.items.all():
            cells = [
                WeekCell(Asked.DONE, item.pk, day, stored.get((item.pk, day), ""))
                if _asks(programme, item, day, patient.time_zone)
                else None
                for day in days
            ]
            if any(cells):
                yield WeekRow(item.version.name, side_of(item), cells)


def _asks(programme: Programme, item: ProgrammeItem, day: date, zone: str) -> bool:
    ended = local_day(programme.ended_at, zone) if programme.ended_at else programme.ends_on
    runs = programme.starts_on <= day <= min(ended, programme.ends_on) and not is_paused(programme, day)
    return runs and item.is_due_on(day, programme.starts_on)


def _pain(patient: Patient, days: Sequence[date]) -> Iterator[WeekRow]:
    scores = PainScore.objects.standing().by_patient().filter(patient=patient, on__in=days)
    stored = {(score.measure, score.on): str(score.score) for score in scores}
    for measure in measures_of(patient):
        cells = [WeekCell(Asked.PAIN, measure, day, stored.get((measure.value, day), "")) for day in days]
        yield WeekRow(str(measure.label), "", list(cells))


def _worn(patient: Patient, days: Sequence[date]) -> Iterator[WeekRow]:
    advised = list(SupportAdvice.objects.about(patient).for_plan())
    stored = _hours(patient, days) if advised else {}
    for advice in advised:
        since = local_day(advice.recommended_at, patient.time_zone)
        cells = [
            WeekCell(Asked.WORN, advice.pk, day, stored.get((advice.pk, day), "")) if since <= day else None
            for day in days
        ]
        if any(cells):
            yield WeekRow(advice.lay_words, "", cells)


def _hours(patient: Patient, days: Sequence[date]) -> Mapping[tuple[UUID, date], str]:
    """As people write them: 8, not 8.0."""
    entries = WearEntry.objects.filter(patient=patient, on__in=days)
    return {(entry.advice_id, entry.on): f"{entry.hours.normalize():f}" for entry in entries}

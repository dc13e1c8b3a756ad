"""The patient's plan on paper: what stands on it, read as the patient reads the plan, whoever prints it.

So the sheet of an assistant is the same as that of a practitioner: it holds what is the patient's to read, and nothing of
the record behind it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.actors import Actor
from exercises import cautions, doses, translations
from exercises.models import Programme, ProgrammeItem
from exercises.schedule import is_due, local_day
from patients.models import Measure, Patient, SupportAdvice, patient_flags

DAYS = 7
MOST_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of one row. ``boxes``: one to tick each time; ``line``: a number is to be written; else ``free`` says why
    there is nothing to do, empty where the programme does not run."""

    boxes: range = range(0)
    line: bool = False
    free: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    words: str
    more: str  # which side, in smaller letters
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Week:
    days: list[date]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Line:
    """One exercise of the sheet."""

    item: ProgrammeItem
    told: list[str]  # what the patient's cautions have to say about it


@dataclass(frozen=True, slots=True)
class Part:
    """One programme of the sheet."""

    programme: Programme
    lines: list[Line]

    @property
    def in_english(self) -> bool:
        """Where the patient reads another language, and the catalogue does not."""
        return any(isinstance(line.item.version.name, translations.English) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Sheet:
    patient: Patient
    printed_on: date
    parts: list[Part]
    supports: list[SupportAdvice]
    weeks: list[Week]
    stop_rules: list[str]
    next_visit: datetime | None

    @property
    def is_empty(self) -> bool:
        return not self.parts and not self.supports


def sheet(patient: Patient, now: datetime, *, first: date | None = None, weeks: int = 1) -> Sheet:
    """Of all programmes that run or are to come. ``first``: the first day of the grid, or today; the first day of the
    plan where it starts later."""
    reader, today = Actor.patient(patient), local_day(now, patient.time_zone)
    programmes = running(reader, today)
    supports = list(SupportAdvice.objects.visible_to(reader).for_plan())
    items = [
        item for programme in programmes for item in programme.items.all()
    ]  # former ones too: of the grid
    translations.say(items, patient.language)
    flags = patient_flags(patient).keys if items else frozenset()
    starts = min((programme.starts_on for programme in programmes), default=today)
    begins = first or max(today, starts)
    return Sheet(
        patient=patient,
        printed_on=today,
        parts=[Part(programme, _lines(programme, flags)) for programme in programmes],
        supports=supports,
        weeks=[
            _week(patient, programmes, supports, begins + timedelta(days=DAYS * number))
            for number in range(weeks)
        ],
        stop_rules=_stop_rules(patient, programmes),
        next_visit=patient.next_visit_at if patient.next_visit_at and patient.next_visit_at > now else None,
    )


def _stop_rules(patient: Patient, programmes: Sequence[Programme]) -> list[str]:
    """Each rule once; last what the practitioner advises when it hurts, for paper cannot answer a score."""
    rules = dict.fromkeys(
        rule for one in programmes for item in one.current for rule in item.version.stop_rules
    )
    advice = (
        [_("At 6 or more of 10: %(advice)s") % {"advice": patient.pain_advice}] if patient.pain_advice else []
    )
    return [*rules, *advice]


def running(reader: Actor, today: date) -> list[Programme]:
    """Also those that start later: a sheet is printed at the visit before."""
    found = (
        Programme.objects.visible_to(reader).active().filter(ends_on__gte=today).order_by("assigned_at", "pk")
    )
    return list(found.with_items().prefetch_related("pauses").select_related("assigned_by"))


def days_from(first: date) -> list[date]:
    return [first + timedelta(days=number) for number in range(DAYS)]


def is_paused(programme: Programme, day: date) -> bool:
    return any(
        pause.first_day <= day and (pause.last_day is None or day <= pause.last_day)
        for pause in programme.pauses.all()
    )


def side_of(item: ProgrammeItem) -> str:
    return doses.side_words(item.dose.side, item.dose.limb)


def measures_of(patient: Patient) -> list[Measure]:
    """What is asked of each day, in one order for everybody."""
    return [measure for measure in Measure if measure.value in patient.daily_measures]


def _lines(programme: Programme, flags: frozenset[str]) -> list[Line]:
    return [Line(item, cautions.told(item.version, flags, item.kit)) for item in programme.current]


def _week(
    patient: Patient, programmes: Sequence[Programme], supports: Sequence[SupportAdvice], first: date
) -> Week:
    days = days_from(first)
    rows = [
        Row(item.version.name, side_of(item), [_cell(programme, item, day) for day in days])
        for programme in programmes
        for item in programme.items.all()
        if item.is_in_force or any(item.is_asked_on(day) and programme.starts_on <= day for day in days)
    ]
    return Week(days, rows + list(_written(patient, supports, len(days))))


def _cell(programme: Programme, item: ProgrammeItem, day: date) -> Cell:
    if not programme.starts_on <= day <= programme.ends_on or not item.is_asked_on(day):
        return Cell()
    if is_paused(programme, day):
        return Cell(free=_("pause"))
    if is_due(item.frequency, programme.starts_on, day):
        return Cell(boxes=range(item.times_per_day))
    return Cell(free=_("rest"))


def _written(patient: Patient, supports: Sequence[SupportAdvice], days: int) -> Iterator[Row]:
    """Rows in which numbers are written."""
    cells = [Cell(line=True)] * days
    for advice in supports:
        asked = advice.hours_per_day
        more = _("hours worn")
        if asked is not None:
            more = ngettext("hours worn, of %(n)s hour", "hours worn, of %(n)s hours", asked) % {"n": asked}
        yield Row(advice.lay_words, more, cells)
    for measure in measures_of(patient):
        yield Row(str(measure.label), _("0 to 10"), cells)

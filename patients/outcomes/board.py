"""What one patient told of pain, activities and change, as the page of outcomes shows it: read from several models.

Of two answers for one day, the patient's own and one told at a visit, both are listed and one counts (``one_a_day``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.actors import Actor
from clinic.prepared import prepared
from clinic.text import signed
from patients.models import (
    Activity,
    ActivityScore,
    ChangeRating,
    Measure,
    PainScore,
    Patient,
    Questionnaire,
    QuestionnaireResponse,
    RecordStatus,
    Source,
)
from patients.outcome_measures import (
    CHANGE_RATING,
    MY_ACTIVITIES,
    MY_ACTIVITIES_MEAN,
    Change,
    Number,
    OutcomeMeasure,
    Reading,
    change_between,
    important_rating,
    mean_on,
    measure,
    since_first,
    since_previous,
)
from patients.outcomes.entries import Entry, entry_of

DAYS_SHOWN = 20
# Short, for the head of a table whose title says "pain".
COLUMNS = {
    Measure.PAIN_FIRST_STEP: gettext_lazy("First step"),
    Measure.PAIN_FOOT: gettext_lazy("Foot"),
    Measure.PAIN_BACK: gettext_lazy("Lower back"),
}
SOURCES = {Source.PATIENT: gettext_lazy("in the plan"), Source.VISIT: gettext_lazy("at a visit")}
Told = TypeVar("Told", PainScore, ActivityScore, ChangeRating, QuestionnaireResponse)


@dataclass(frozen=True, slots=True)
class Series:
    """One measure over time: its newest value and what changed."""

    title: str
    measure: OutcomeMeasure
    latest: Reading | None
    first: Change | None
    previous: Change | None
    source: str = ""  # of the newest value, in words


@dataclass(frozen=True, slots=True)
class DayRow:
    """What was told on one day, to one column each; None is a question left alone."""

    on: date
    cells: list[tuple[str, int | None]]  # with the name of the column
    entries: list[Entry]
    source: str = ""
    mean: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RatingRow:
    rating: ChangeRating
    signed: str
    important: Decimal | None  # the number of points that it reaches


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers to one version of a questionnaire, newest first. Versions are not compared with each other."""

    questionnaire: Questionnaire
    responses: list[QuestionnaireResponse]
    entries: list[Entry]
    change: Change | None


@dataclass(frozen=True, slots=True)
class Activities:
    current: list[tuple[Activity, Series]]  # those asked now
    days: list[DayRow]  # newest first, a column for each of those asked now
    mean: Series | None  # None: fewer than two are asked
    retired: list[tuple[Activity, list[Entry]]]

    @property
    def entries(self) -> list[Entry]:
        return _entries(self.days)


@dataclass(frozen=True, slots=True)
class Board:
    pain: list[Series]
    pain_days: list[DayRow]  # newest first, a row for each day and source
    more_days: int  # how many rows are left out
    activities: Activities
    ratings: list[RatingRow]
    answered: list[Answered]
    in_error: list[Entry]
    rating_entries: list[Entry]
    measures: list[OutcomeMeasure]  # all that are shown, for their sources

    @property
    def pain_columns(self) -> list[str]:
        return [str(name) for name in COLUMNS.values()]

    @property
    def pain_entries(self) -> list[Entry]:
        return _entries(self.pain_days)


def board(actor: Actor, patient: Patient, *, all_days: bool = False) -> Board:
    """Six queries, however much is on record."""
    asked: dict[str, Any] = {"actor": actor, "patient": patient.pk}
    counted, activities = _counted(**asked), _named(**asked)
    told = (_pain(**asked), _scores(**asked), _ratings(**asked), _responses(**asked))
    days = _pain_days(_standing(told[0]))
    shown = days if all_days else days[:DAYS_SHOWN]
    slips = [entry_of(row) for kind in told for row in kind if row.status != RecordStatus.RECORDED]
    return Board(
        pain=[_pain_series(asked, counted) for asked in Measure],
        pain_days=shown,
        more_days=len(days) - len(shown),
        activities=_activities(activities, _standing(told[1])),
        ratings=[_rating(row) for row in _standing(told[2])],
        answered=_answered(_standing(told[3])),
        rating_entries=[entry_of(row) for row in _standing(told[2])],
        in_error=sorted(slips, key=lambda entry: entry.outcome.on, reverse=True),
        measures=[
            measure(key) for key in [*Measure.values, MY_ACTIVITIES, MY_ACTIVITIES_MEAN, CHANGE_RATING]
        ],
    )


@prepared
def _pain(actor: Actor, patient: UUID) -> QuerySet[PainScore]:
    return PainScore.objects.visible_to(actor).filter(patient=patient).order_by("on", "-source", "measure")


@prepared
def _counted(actor: Actor, patient: UUID) -> QuerySet[PainScore]:
    return PainScore.objects.visible_to(actor).filter(patient=patient).standing().one_a_day()


@prepared
def _named(actor: Actor, patient: UUID) -> QuerySet[Activity]:
    return Activity.objects.visible_to(actor).filter(patient=patient).order_by("position", "named_at")


@prepared
def _scores(actor: Actor, patient: UUID) -> QuerySet[ActivityScore]:
    asked = Activity.objects.visible_to(actor).filter(patient=patient)
    return ActivityScore.objects.filter(activity__in=asked).select_related("activity").order_by("on")


@prepared
def _ratings(actor: Actor, patient: UUID) -> QuerySet[ChangeRating]:
    return ChangeRating.objects.visible_to(actor).filter(patient=patient).order_by("-on")


@prepared
def _responses(actor: Actor, patient: UUID) -> QuerySet[QuestionnaireResponse]:
    return QuestionnaireResponse.objects.visible_to(actor).filter(patient=patient).newest_first()


def _standing(rows: Sequence[Told]) -> list[Told]:
    return [row for row in rows if row.status == RecordStatus.RECORDED]


def _entries(days: Iterable[DayRow]) -> list[Entry]:
    return [entry for day in days for entry in day.entries]


def _series(title: str, known: OutcomeMeasure, readings: Sequence[Reading], source: str = "") -> Series:
    latest = readings[-1] if readings else None
    return Series(title, known, latest, since_first(known, readings), since_previous(known, readings), source)


def _pain_series(asked: Measure, counted: Iterable[PainScore]) -> Series:
    """``counted`` oldest first, one a day."""
    scores = [score for score in counted if score.measure == asked]
    readings = [Reading(score.on, score.score) for score in scores]
    source = scores[-1].get_source_display() if scores else ""
    return _series(str(asked.label), measure(asked), readings, source)


def _pain_days(scores: Iterable[PainScore]) -> list[DayRow]:
    days: dict[tuple[date, str], dict[str, PainScore]] = {}
    for score in scores:
        days.setdefault((score.on, score.source), {})[score.measure] = score
    rows = [
        DayRow(
            on=on,
            cells=[
                (str(name), told[asked].score if asked in told else None) for asked, name in COLUMNS.items()
            ],
            entries=[entry_of(score) for score in told.values()],
            source=str(SOURCES[Source(source)]),
        )
        for (on, source), told in days.items()
    ]
    return rows[::-1]


def _activities(activities: list[Activity], scores: list[ActivityScore]) -> Activities:
    """``scores`` oldest first."""
    current = [activity for activity in activities if activity.retired_at is None]
    days: dict[date, dict[UUID, ActivityScore]] = {}
    for score in scores:
        days.setdefault(score.on, {})[score.activity_id] = score
    rows = [_activity_day(on, current, told) for on, told in days.items()]
    means = [Reading(row.on, row.mean) for row in rows if row.mean is not None]
    scale = measure(MY_ACTIVITIES)
    return Activities(
        current=[(a, _series(a.words, scale, _of(a, scores))) for a in current],
        days=[row for row in reversed(rows) if row.entries],
        mean=_series(_("Mean of the activities"), measure(MY_ACTIVITIES_MEAN), means)
        if len(current) > 1
        else None,
        retired=[
            (a, [entry_of(score) for score in scores if score.activity_id == a.pk])
            for a in activities
            if a.retired_at
        ],
    )


def _of(activity: Activity, scores: Iterable[ActivityScore]) -> list[Reading]:
    return [Reading(score.on, score.score) for score in scores if score.activity_id == activity.pk]


def _activity_day(on: date, current: list[Activity], told: dict[UUID, ActivityScore]) -> DayRow:
    scores = [told[activity.pk].score if activity.pk in told else None for activity in current]
    return DayRow(
        on=on,
        cells=[(activity.words, score) for activity, score in zip(current, scores, strict=True)],
        entries=[entry_of(told[activity.pk]) for activity in current if activity.pk in told],
        mean=mean_on(scores),
    )


def _rating(row: ChangeRating) -> RatingRow:
    return RatingRow(row, signed(row.rating), important_rating(row.rating))


def _answered(responses: Iterable[QuestionnaireResponse]) -> list[Answered]:
    """By version of the questionnaire, the one answered last first."""
    groups: dict[UUID, list[QuestionnaireResponse]] = {}
    for response in responses:
        groups.setdefault(response.questionnaire_id, []).append(response)
    return [
        Answered(rows[0].questionnaire, rows, [entry_of(row) for row in rows], _change_of(rows))
        for rows in groups.values()
    ]


def _change_of(rows: list[QuestionnaireResponse]) -> Change | None:
    """Since the first score, by the figure that the clinic entered from its licence."""
    scored: list[tuple[date, Number]] = [(row.on, row.score) for row in rows if row.score is not None]
    if len(scored) < 2:
        return None
    return change_between(Reading(*scored[-1]), Reading(*scored[0]), rows[0].questionnaire.important_change)

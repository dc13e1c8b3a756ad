"""The clinical record in brief, the newest of everything, gathered from several models."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from clinic.actors import Actor
from clinic.text import signed
from patients import charts, measures
from patients.models import (
    MOST_ACTIVITIES,
    Activity,
    ActivityScore,
    ChangeRating,
    Evaluation,
    Foot,
    FootMeasures,
    Measure,
    PainScore,
    Patient,
    RaisedFlag,
    RecordStatus,
    Referral,
    Screening,
    SupportAdvice,
    WearEntry,
)
from patients.outcome_measures import mean_on

TREND_DAYS = 84  # twelve weeks
ACTIVITY, CHANGE = "activity", "change"  # beside the keys of Measure


@dataclass(frozen=True, slots=True)
class Trend:
    """One measure over twelve weeks. ``line`` is None where nothing was answered: that is not zero."""

    measure: Measure
    line: charts.Sparkline | None

    @property
    def in_short(self) -> str:
        """The first and the newest answer; what lies between them is not judged."""
        line = self.line
        if line is None:
            return gettext("No answer in 12 weeks.")
        if line.count == 1:
            return gettext("%(last)s on %(last_day)s. One answer.") % self._numbers(line, "j M")
        said = ngettext(
            "%(first)s on %(first_day)s, %(last)s on %(last_day)s. %(count)s answer.",
            "%(first)s on %(first_day)s, %(last)s on %(last_day)s. %(count)s answers.",
            line.count,
        )
        return said % self._numbers(line, "j M")

    @property
    def in_words(self) -> str:
        """What a screen reader says instead of the line."""
        line = self.line
        if line is None:
            return gettext("%(measure)s: no answer in 12 weeks.") % {"measure": self.measure.label}
        if line.count == 1:
            said = gettext("%(measure)s: logged pain was %(last)s on %(last_day)s. One answer.")
            return said % self._numbers(line, "j F")
        said = ngettext(
            "%(measure)s: logged pain was %(first)s on %(first_day)s and %(last)s on %(last_day)s. "
            "%(count)s answer.",
            "%(measure)s: logged pain was %(first)s on %(first_day)s and %(last)s on %(last_day)s. "
            "%(count)s answers.",
            line.count,
        )
        return said % self._numbers(line, "j F")

    def _numbers(self, line: charts.Sparkline, day: str) -> dict[str, Any]:
        return {
            "measure": self.measure.label,
            "first": line.first.value,
            "first_day": date_format(line.first.on, day),
            "last": line.last.value,
            "last_day": date_format(line.last.on, day),
            "count": line.count,
        }


@dataclass(frozen=True, slots=True)
class Activities:
    """The newest day on which the patient's activities were scored, 0 cannot do it to 10 as well as before."""

    on: date
    scores: list[int]
    asked: int  # how many there are now; a mean needs a score of each

    @property
    def mean(self) -> Decimal | None:
        return mean_on([*self.scores, *[None] * (self.asked - len(self.scores))])


@dataclass(frozen=True, slots=True)
class Change:
    on: date
    rating: int

    @property
    def signed(self) -> str:
        return signed(self.rating)


@dataclass(frozen=True, slots=True)
class Posture:
    """FPI-6 of both feet in words; empty: not all six items were scored, so that there is no total."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The clinical record in brief: the newest of everything."""

    since: date
    today: date
    trends: list[Trend]
    activities: Activities | None
    change: Change | None
    evaluation: Evaluation | None
    posture: Posture | None  # None: no evaluation
    supports: list[SupportAdvice]  # in use; each with ``worn`` and ``worn_on``, None where nothing was said
    referrals: list[Referral]  # waiting for their outcome
    screenings: list[Screening]  # the newest for each region; each with ``signs``, how many were raised


def chart(actor: Actor, patient: Patient, today: date) -> Chart:
    """Seven queries, however much is on record."""
    since = today - timedelta(days=TREND_DAYS - 1)
    current = Activity.objects.visible_to(actor).filter(patient=patient).current()
    answers = list(_answers(actor, patient, current, since, today))
    evaluation = (
        Evaluation.objects.visible_to(actor).filter(patient=patient).standing().newest_first().first()
    )
    return Chart(
        since=since,
        today=today,
        trends=[_trend(measure, answers, since, today) for measure in Measure],
        activities=_activities(answers, asked=current.count()),
        change=next((Change(on, value) for kind, on, value, _at in answers if kind == CHANGE), None),
        evaluation=evaluation,
        posture=_posture(evaluation.feet.all()) if evaluation else None,
        supports=list(_supports(actor, patient)),
        referrals=list(Referral.objects.visible_to(actor).about(patient).open().for_chart()),
        screenings=list(_screenings(actor, patient)),
    )


def _answers(
    actor: Actor, patient: Patient, current: QuerySet[Activity], since: date, today: date
) -> QuerySet[Any, Any]:
    """Kind, day, number and instant of what the patient said of themselves, oldest first: pain of the window, the
    newest scores of the activities, the newest rating of change."""
    pain = PainScore.objects.visible_to(actor).standing().filter(patient=patient, on__range=(since, today))
    activities = ActivityScore.objects.filter(
        activity__in=current.order_by(), status=RecordStatus.RECORDED
    ).order_by("-on", "-recorded_at")
    change = ChangeRating.objects.visible_to(actor).standing().filter(patient=patient).order_by("-on")
    columns = ("kind", "on", "number", "at")
    said = (
        pain.one_a_day()
        .annotate(kind=F("measure"), number=F("score"), at=F("recorded_at"))
        .values_list(*columns)
    )
    scored = activities.annotate(kind=_kind(ACTIVITY), number=F("score"), at=F("recorded_at"))
    rated = change.annotate(kind=_kind(CHANGE), number=F("rating"), at=F("recorded_at"))
    newest = (scored.values_list(*columns)[:MOST_ACTIVITIES], rated.values_list(*columns)[:1])
    return said.union(*newest, all=True).order_by("on", "at")


def _kind(name: str) -> Value:
    return Value(name, output_field=CharField())


def _trend(measure: Measure, answers: Iterable[tuple[Any, ...]], since: date, today: date) -> Trend:
    values = [(on, value) for kind, on, value, _at in answers if kind == measure]
    return Trend(measure, charts.sparkline(values, first=since, last=today))


def _activities(answers: Iterable[tuple[Any, ...]], asked: int) -> Activities | None:
    scored = [(on, value) for kind, on, value, _at in answers if kind == ACTIVITY]
    if not scored:
        return None
    newest = max(on for on, _value in scored)
    return Activities(newest, [value for on, value in scored if on == newest], asked)


def _posture(feet: Iterable[FootMeasures]) -> Posture:
    totals = {foot.foot: measures.total_and_band(foot) for foot in feet}
    return Posture(totals.get(Foot.LEFT, ""), totals.get(Foot.RIGHT, ""))


def _supports(actor: Actor, patient: Patient) -> QuerySet[SupportAdvice]:
    worn = WearEntry.objects.filter(advice=OuterRef("pk")).order_by("-on")
    supports = SupportAdvice.objects.visible_to(actor).about(patient).in_plan().for_chart()
    return supports.annotate(worn=Subquery(worn.values("hours")[:1]), worn_on=Subquery(worn.values("on")[:1]))


def _screenings(actor: Actor, patient: Patient) -> QuerySet[Screening]:
    raised = RaisedFlag.objects.standing().filter(screening=OuterRef("pk")).order_by()
    signs = raised.values("screening").annotate(signs=Count("pk")).values("signs")
    newest = Screening.objects.visible_to(actor).standing().filter(patient=patient)
    return (
        newest.annotate(signs=Coalesce(Subquery(signs), 0))
        .order_by("region", "-screened_at", "pk")
        .distinct("region")
    )

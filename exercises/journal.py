"""How it has gone, for the patient: weeks of exercises with the reasons of what was left out, and pain on one line of time.

The counting is ``adherence``'s, as staff see it. Nothing is judged, and nobody is praised or blamed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clinic.actors import Actor
from exercises import adherence, told
from exercises.schedule import local_day
from patients.charts import Chart, chart
from patients.models import Measure, Patient

SHORT, LONG = 28, 84  # days shown


@dataclass(frozen=True, slots=True)
class Week:
    """``reasons``: of what was partly done or not done, the most frequent first; who gave none is not in it."""

    first: date
    last: date
    totals: adherence.Totals
    reasons: list[told.Tally]


@dataclass(frozen=True, slots=True)
class Row:
    """One day of the table that says what the chart shows; None where no score was given."""

    on: date
    scores: list[int | None]


@dataclass(frozen=True, slots=True)
class Journal:
    first: date
    today: date  # where the patient lives
    span: int
    totals: adherence.Totals
    weeks: list[Week]  # newest first; only those in which something was due
    measures: list[str]  # heads of the table's columns
    chart: Chart | None
    rows: list[Row]  # newest first; only days with a score


def journal(actor: Actor, patient: Patient, now: datetime, span: int) -> Journal:
    """``span`` days back, today included. The number of queries does not grow with the rows."""
    today = local_day(now, patient.time_zone)
    window = today - timedelta(days=span - 1), today
    said, scores = told.with_pain(actor, patient, window[0])
    days = said.days(*window)
    asked = [measure for measure in Measure if any(key[1] == measure for key in scores)]
    by_measure = {
        str(measure.label): {on: score for (on, key), score in scores.items() if key == measure}
        for measure in asked
    }
    return Journal(
        first=window[0],
        today=today,
        span=span,
        totals=adherence.totals(days),
        weeks=_weeks(days, said),
        measures=list(by_measure),
        chart=chart(by_measure, first=window[0], last=today),
        rows=_rows(list(by_measure.values())),
    )


def _weeks(days: Sequence[adherence.Day], said: told.Told) -> list[Week]:
    weeks = [
        Week(
            first=counted[0].on,
            last=counted[-1].on,
            totals=adherence.totals(counted),
            reasons=told.reasons(said.between(counted[0].on, counted[-1].on)),
        )
        for counted in adherence.by_week(days).values()
    ]
    return [week for week in reversed(weeks) if week.totals.due]


def _rows(series: Sequence[Mapping[date, int]]) -> list[Row]:
    days = sorted({on for scores in series for on in scores}, reverse=True)
    return [Row(on, [scores.get(on) for scores in series]) for on in days]

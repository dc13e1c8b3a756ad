"""What staff read of each support on record: all that is stated, how long it was worn, whether its review is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from clinic.actors import Actor
from patients import wear
from patients.actions.supports import PLAN_FIELDS
from patients.models import Patient, SupportAdvice, SupportStatus, WearEntry
from patients.models.history import Change, changes

AT_A_GLANCE = {"kind", "side", "reason_finding", "review_on", "hours_per_day"}
MORE = [name for name in PLAN_FIELDS if name not in AT_A_GLANCE]


@dataclass(frozen=True, slots=True)
class Line:
    """One advice. ``wear`` is None for what is not worn any more."""

    advice: SupportAdvice
    more: list[Change]  # whatever else is stated
    wear: wear.Wear | None
    review_is_due: bool


def lines_of(actor: Actor, patient: Patient, record: Iterable[SupportAdvice], now: datetime) -> list[Line]:
    """One query, however much is on record."""
    today = patient.local_day(now)
    answers = _answers(actor, patient, today)
    return [
        Line(
            advice=advice,
            more=changes(None, advice, MORE),
            wear=wear.over(
                answers.get(advice.pk, {}), since=patient.local_day(advice.recommended_at), today=today
            )
            if advice.status == SupportStatus.ACTIVE
            else None,
            review_is_due=advice.review_on is not None and advice.review_on <= today,
        )
        for advice in record
    ]


def _answers(actor: Actor, patient: Patient, today: date) -> dict[UUID, dict[date, Decimal]]:
    first = today - (wear.DAYS_SHOWN - 1) * date.resolution
    entries = WearEntry.objects.visible_to(actor).about(patient).filter(on__range=(first, today))
    answers: dict[UUID, dict[date, Decimal]] = {}
    for advice, on, hours in entries.values_list("advice_id", "on", "hours"):
        answers.setdefault(advice, {})[on] = hours
    return answers

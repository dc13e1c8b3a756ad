"""Rows of the clinical record as the overview reads them, and how its pages are read back."""

from datetime import date, timedelta
from typing import Any

from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Done, LogEntry, Programme
from patients.models import (
    FPI_ITEMS,
    Activity,
    ActivityScore,
    ChangeRating,
    Evaluation,
    Finding,
    FootMeasures,
    Measure,
    PainScore,
    Patient,
    RaisedFlag,
    Referral,
    Screening,
    SupportAdvice,
    WearEntry,
)
from tests.factories import NOON, TODAY


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def log(
    patient: Patient,
    programme: Programme,
    days_ago: int,
    *,
    done: Done | None = None,
    foot: int | None = None,
    back: int | None = None,
) -> None:
    """As the patient would, on that very day."""
    at = NOON - timedelta(days=days_ago)
    actions.log_day(
        actor=Actor.patient(patient),
        patient=patient,
        entry=actions.DayLog(
            performed_on=at.date(),
            done={item.pk: done for item in programme.items.all()} if done else {},
            pain={Measure.PAIN_FOOT: foot, Measure.PAIN_BACK: back},
        ),
        now=at,
    )
    LogEntry.objects.filter(patient=patient, performed_on=at.date()).update(recorded_at=at)


def make_pain(patient: Patient, measure: Measure, days_ago: int, score: int, **fields: Any) -> PainScore:
    return PainScore.objects.create(
        clinic=patient.clinic, patient=patient, measure=measure, on=ago(days_ago), score=score, **fields
    )


def make_evaluation(staff: User, patient: Patient, days_ago: int, **feet: list[int | None]) -> Evaluation:
    """``left`` and ``right``: the six items of the FPI-6; None where one could not be seen."""
    clinic = patient.clinic
    evaluation = Evaluation.objects.create(
        clinic=clinic, patient=patient, examined_on=ago(days_ago), signed_by=staff
    )
    for foot, scores in feet.items():
        items = dict(zip(FPI_ITEMS, scores, strict=True))
        FootMeasures.objects.create(clinic=clinic, evaluation=evaluation, foot=foot, **items)
    return evaluation


def make_activities(patient: Patient, days_ago: int, *scores: int) -> None:
    """One score for each activity, named when there is none yet."""
    for position, score in enumerate(scores, start=1):
        activity, _made = Activity.objects.get_or_create(
            patient=patient,
            position=position,
            defaults={"clinic": patient.clinic, "words": f"Walking {position}"},
        )
        ActivityScore.objects.create(clinic=patient.clinic, activity=activity, on=ago(days_ago), score=score)


def make_change(patient: Patient, days_ago: int, rating: int, **fields: Any) -> ChangeRating:
    return ChangeRating.objects.create(
        clinic=patient.clinic, patient=patient, on=ago(days_ago), rating=rating, **fields
    )


def make_support(staff: User, finding: Finding, **fields: Any) -> SupportAdvice:
    defaults = {"kind": "heel_cup", "side": "left", "recommended_by": staff, "reason_finding": finding}
    return SupportAdvice.objects.create(clinic=finding.clinic, patient=finding.patient, **defaults | fields)


def make_wear(advice: SupportAdvice, days_ago: int, hours: float) -> WearEntry:
    return WearEntry.objects.create(
        clinic=advice.clinic, patient=advice.patient, advice=advice, on=ago(days_ago), hours=hours
    )


def make_referral(staff: User, patient: Patient, **fields: Any) -> Referral:
    defaults = {
        "kind": "imaging",
        "urgency": "routine",
        "reason": "A picture of the heel.",
        "referred_on": ago(5),
        "referred_by": staff,
    }
    return Referral.objects.create(clinic=patient.clinic, patient=patient, **defaults | fields)


def make_screening(staff: User, patient: Patient, *signs: str, region: str = "foot") -> Screening:
    screening = Screening.objects.create(
        clinic=patient.clinic,
        patient=patient,
        region=region,
        asked=["tendon_snap", "calf_swelling"],
        list_version=1,
        screened_by=staff,
        screened_at=NOON,
    )
    for key in signs:
        RaisedFlag.objects.create(
            clinic=patient.clinic,
            patient=patient,
            screening=screening,
            key=key,
            level="same_day",
            raised_at=NOON,
        )
    return screening


def make_everything(staff: User, patient: Patient, finding: Finding, number: int) -> None:
    """One more row of each kind that the overview reads; ``number`` is 0 to 9."""
    for measure in Measure:
        make_pain(patient, measure, 20 + number, number)
    make_evaluation(staff, patient, 30 + number, left=[1] * 6, right=[0] * 6)
    make_activities(patient, 40 + number, 5, 6, 7)
    make_change(patient, 50 + number, number - 5)
    make_wear(make_support(staff, finding), number, 4)
    make_referral(staff, patient)
    make_screening(staff, patient, "tendon_snap")

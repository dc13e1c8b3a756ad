"""A patient with rows of every kind that a record can hold, for archiving and merging.

What an action writes is written by it; the other kinds are rows, so that every model with a patient has one.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import User
from exercises import actions
from exercises.alert_rules import Rule
from exercises.alert_triggers import Trigger
from exercises.models import CautionOverride, Exercise, ProgrammeDraft, ProgrammePause, ProgrammeRevision
from patients import actions as patient_actions
from patients.models import (
    Activity,
    ActivityScore,
    ChangeRating,
    Evaluation,
    EvaluationDraft,
    Finding,
    FindingType,
    FootMeasures,
    Measure,
    PainScore,
    Patient,
    PatientMerge,
    Questionnaire,
    QuestionnaireResponse,
    RaisedFlag,
    Referral,
    Screening,
    Side,
    SignReport,
    Source,
    SupportAdvice,
    WearEntry,
    belongings,
)
from tests import factories
from tests.factories import NOON, TODAY
from tests.message_factories import make_message

REASON = "Registered twice at the desk."


def make_rich(
    staff: User, patient: Patient, kind: FindingType, exercise: Exercise, *, day: date = TODAY, place: int = 1
) -> Finding:
    """``day`` and ``place`` keep two such patients from clashing; returns the finding on which other rows rest."""
    finding = factories.make_finding(staff, patient, kind)
    _programme(staff, patient, exercise, day)
    _said(staff, patient, day, place)
    _examined(staff, patient, day)
    _screened_and_referred(staff, patient, finding, day)
    _worn(staff, patient, finding, day)
    _alerted(patient, day, place)
    make_message(staff, patient, now=_at(day), about_day=day)
    link, _secret = patient_actions.issue_link(
        actor=Actor.system("test"), patient=patient, expires_at=NOON.replace(year=2030)
    )
    patient_actions.open_visit(actor=Actor.patient(patient), link=link, now=NOON)
    return finding


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _programme(staff: User, patient: Patient, exercise: Exercise, day: date) -> None:
    """Assigned, logged once, and ended: an active one keeps a record from being archived."""
    programme = factories.make_programme(staff, patient, [exercise], now=_at(day))
    CautionOverride.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        programme=programme,
        flag="fall_risk",
        exercises=[exercise.slug],
        reason="Holds on to the worktop.",
        given_by=staff,
    )
    ProgrammePause.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        programme=programme,
        first_day=day + timedelta(days=1),
        last_day=day + timedelta(days=1),
        made_by=staff,
    )
    ProgrammeRevision.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        programme=programme,
        number=1,
        shot={},
        made_by=staff,
    )
    ProgrammeDraft.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        programme=programme,
        author=staff,
        data={},
        seen_version=1,
    )
    factories.make_log(patient, programme.items.get(), day)
    actions.end_programme(actor=Actor.staff(staff), programme=programme, now=_at(day), reason="Moved away.")


def _said(staff: User, patient: Patient, day: date, place: int) -> None:
    clinic = patient.clinic_id
    patient_actions.record_pain(
        actor=Actor.patient(patient), patient=patient, on=day, scores={Measure.PAIN_FOOT: 4}, now=_at(day)
    )
    PainScore.objects.create(
        clinic_id=clinic,
        patient=patient,
        measure=Measure.PAIN_BACK,
        on=day,
        score=0,
        source=Source.VISIT,
        recorded_by=staff,
    )
    activity = Activity.objects.create(
        clinic_id=clinic, patient=patient, words="Stairs", position=place, named_by=staff
    )
    ActivityScore.objects.create(clinic_id=clinic, activity=activity, on=day, score=3, recorded_by=staff)
    ChangeRating.objects.create(clinic_id=clinic, patient=patient, on=day, rating=-2, recorded_by=staff)
    template, _made = Questionnaire.objects.get_or_create(
        clinic_id=clinic, code="own", defaults={"title": "Our own questions", "least_answered": 1}
    )
    QuestionnaireResponse.objects.create(
        clinic_id=clinic,
        patient=patient,
        questionnaire=template,
        on=day,
        answers={"1": 3},
        score=Decimal("3.00"),
        recorded_by=staff,
    )


def _examined(staff: User, patient: Patient, day: date) -> None:
    both: dict[str, Any] = {"clinic_id": patient.clinic_id, "patient": patient}
    first = Evaluation.objects.create(**both, examined_on=day, status="amended", signed_by=staff)
    second = Evaluation.objects.create(
        **both, examined_on=day, amends=first, amendment_reason="Wrong foot.", signed_by=staff
    )
    FootMeasures.objects.create(clinic_id=patient.clinic_id, evaluation=second, foot="left", fpi_heel_tilt=2)
    EvaluationDraft.objects.create(
        **both, author=staff, amends=first, state="signed", evaluation=second, answers={"note": "typed"}
    )


def _screened_and_referred(staff: User, patient: Patient, finding: Finding, day: date) -> None:
    both: dict[str, Any] = {"clinic_id": patient.clinic_id, "patient": patient}
    screening = Screening.objects.create(
        **both, region="foot", asked=["hot_joint_fever"], list_version=1, screened_by=staff
    )
    flag = RaisedFlag.objects.create(
        **both, screening=screening, key="hot_joint_fever", level="emergency", text="Hot.", advice="Call."
    )
    SignReport.objects.create(
        **both, ticked=["calf_chest"], list_version=1, language="en-gb", made_at=_at(day)
    )
    for rests_on in ({"finding": finding}, {"flag": flag}):
        Referral.objects.create(
            **both,
            **rests_on,
            kind="doctor",
            urgency="routine",
            reason="To be seen.",
            referred_on=day,
            referred_by=staff,
        )


def _worn(staff: User, patient: Patient, finding: Finding, day: date) -> None:
    both: dict[str, Any] = {"clinic_id": patient.clinic_id, "patient": patient}
    advice = SupportAdvice.objects.create(
        **both, reason_finding=finding, kind="heel_cup", side="left", recommended_by=staff
    )
    WearEntry.objects.create(**both, advice=advice, on=day, hours=Decimal("0.0"))


def _alerted(patient: Patient, day: date, place: int) -> None:
    rule = [Rule.NEW_NOTE, Rule.PLAN_ENDING][place - 1]  # of one rule there is one open alert
    found = [Trigger(rule, day, f"test:{day}", {"on": day.isoformat()})]
    actions.raise_alerts(actor=Actor.system("test"), patient=patient, found=found, now=_at(day))


def other_type(key: str = "callus") -> FindingType:
    return factories.make_finding_type(key, label=key.capitalize())


def back_finding(staff: User, patient: Patient) -> Finding:
    kind = factories.make_finding_type("back_pain", label="Back pain", site="back")
    return factories.make_finding(staff, patient, kind, Side.NOT_APPLICABLE)


def merge(staff: User, kept: Patient, duplicate: Patient) -> patient_actions.Merged:
    return actions.merge_patients(
        actor=Actor.staff(staff), kept=kept, duplicate=duplicate, now=NOON, reason=REASON
    )


def take_back(staff: User, merged: PatientMerge) -> PatientMerge:
    return patient_actions.undo_merge(actor=Actor.staff(staff), merge=merged, now=NOON)


def dump() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, but what only ever grows: audit, merges and histories."""
    grows = {"clinic.AuditEntry", "patients.PatientMerge"}
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.label not in grows
        and model._meta.app_label != "pghistory"
        and not hasattr(model, "pgh_tracked_model")
    }


def rows_of(patient: Patient) -> dict[str, int]:
    counts = {
        model._meta.label: model._base_manager.filter(patient=patient).count() for model in belongings()
    }
    return {label: count for label, count in counts.items() if count}


def moved_by(merged: patient_actions.Merged) -> dict[str, Any]:
    """Without the check of cautions that every patient of the tests begins with."""
    return {label: keys for label, keys in merged.merge.moved.items() if label != "patients.CautionCheck"}


def refused(code: str, work: Any) -> str:
    """Refused for this reason, and not a row is changed."""
    before = dump(), factories.count_rows()
    with pytest.raises(Refused) as refusal:
        work()
    assert refusal.value.code == code
    assert (dump(), factories.count_rows()) == before
    return refusal.value.message

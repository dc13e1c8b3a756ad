"""Writes the records of the demo through the same actions as the pages, each with the time of its day."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from clinic import mail
from clinic.actors import Actor
from clinic.models import OutgoingEmail
from exercises import actions as plan_actions
from exercises.management.demo_record import Cautions, Record, Referred, Screened, Support, Visit
from exercises.schedule import instant, local_day
from patients import actions
from patients.models import (
    Activity,
    Decision,
    Finding,
    Foot,
    Patient,
    Questionnaire,
    QuestionnaireItem,
    Scoring,
    Severity,
    Status,
)
from patients.red_flags import asked_about

HOUR = time(9, 30)
QUESTIONS = (
    ("How hard is it to walk to the front door?", "not hard", "cannot do it"),
    ("How hard is it to climb one flight of stairs?", "not hard", "cannot do it"),
    ("How hard is it to stand for ten minutes?", "not hard", "cannot do it"),
)


def write_record(priya: Actor, patient: Patient, record: Record, now: datetime) -> None:
    """Everything in the order in which a clinic would have done it, the oldest first."""
    for screened in record.screenings:
        _screen(priya, patient, screened, now)
    for visit in record.visits:
        _visit(priya, patient, visit, now)
    for support in record.supports:
        _support(priya, patient, support, now)
    for referred in record.referrals:
        _refer(priya, patient, referred, now)
    for key in record.worsened:
        _amend(priya, _finding(patient, key), now)
    for key in record.resolved:
        actions.close_finding(
            actor=priya,
            finding=_finding(patient, key),
            status=Status.RESOLVED,
            now=now,
            reason="At the last visit.",
        )


def ask_cautions(priya: Actor, patient: Patient, cautions: Cautions, at: datetime) -> None:
    """At the visit at which the first programme was given."""
    actions.check_cautions(actor=priya, patient=patient, present=cautions.yes, note=cautions.note, now=at)


def publish_questionnaire(curator: Actor, now: datetime) -> Questionnaire:
    """Three questions of the demo's own, so that a clinic sees how it adds those it holds a licence for."""
    questionnaire = Questionnaire(
        code="riverside-walking",
        title="Walking at home (made up for the demo)",
        instructions="Think of the last week.",
        scoring=Scoring.PERCENT,
        least_answered=2,
        licence_holder="Riverside Podiatry (made up)",
        licence_reference="Our own questions",
    )
    actions.save_questionnaire(actor=curator, questionnaire=questionnaire)
    items = [
        QuestionnaireItem(
            position=place, text=text, lowest=0, highest=4, lowest_means=low, highest_means=high
        )
        for place, (text, low, high) in enumerate(QUESTIONS, start=1)
    ]
    actions.save_questions(actor=curator, questionnaire=questionnaire, items=items)
    return actions.publish_questionnaire(actor=curator, questionnaire=questionnaire, now=now)


def ask(priya: Actor, patient: Patient, questionnaire: Questionnaire, now: datetime) -> None:
    """Answered today: the first and the last question."""
    entry = actions.Answers(on=local_day(now, patient.time_zone), answers={1: 1, 3: 2})
    actions.record_response(actor=priya, patient=patient, questionnaire=questionnaire, entry=entry, now=now)


def leave_a_draft(priya: Actor, patient: Patient, now: datetime) -> None:
    """An evaluation that was begun and not finished."""
    actions.start_draft(actor=priya, patient=patient, now=now)


def report_and_decide(priya: Actor, patient: Patient, now: datetime) -> None:
    """A sign that the patient ticked in the plan twelve days ago, and what was decided about it."""
    _day, at = _at(patient, 12, now)
    told = actions.SignsTold(ticked=["not_better"], note="It feels the same as before.")
    report = actions.report_signs(actor=Actor.patient(patient), patient=patient, report=told, now=at)
    letters = OutgoingEmail.objects.filter(letter="signs_reported", object_id__startswith=report.pk.hex)
    mail.cancel(letters.values_list("pk", flat=True), reason="Part of the demo's past.")
    flag = report.flags.get()
    actions.decide(
        actor=priya,
        flag=flag,
        decision=Decision.MAY_START,
        note="Called. Looked at again at the next visit.",
        version=flag.version,
        now=at + timedelta(hours=2),
    )


def archive(priya: Actor, patient: Patient, reason: str, now: datetime) -> None:
    """Last of all: an archived record is closed for writing."""
    plan_actions.archive_patient(actor=priya, patient=patient, now=now, reason=reason)


def _at(patient: Patient, days_ago: int, now: datetime) -> tuple[date, datetime]:
    """The local day so long ago and its morning; never later than now."""
    day = local_day(now, patient.time_zone) - timedelta(days=days_ago)
    return day, min(now, instant(day, HOUR, patient.time_zone))


def _finding(patient: Patient, key: str) -> Finding:
    return Finding.objects.active().select_related("type", "patient").get(patient=patient, type=key)


def _screen(priya: Actor, patient: Patient, screened: Screened, now: datetime) -> None:
    _day, at = _at(patient, screened.days_ago, now)
    answers = {sign.key: sign.key in screened.yes for sign in asked_about(screened.region)}
    entry = actions.ScreeningEntry(region=screened.region, answers=answers)
    screening = actions.screen(actor=priya, patient=patient, entry=entry, now=at)
    if screened.decision is None:
        return
    for flag in screening.flags.all():
        actions.decide(
            actor=priya,
            flag=flag,
            decision=screened.decision,
            note=screened.why,
            version=flag.version,
            now=at + timedelta(minutes=20),
        )


def _visit(priya: Actor, patient: Patient, visit: Visit, now: datetime) -> None:
    day, at = _at(patient, visit.days_ago, now)
    feet = {Foot.LEFT: visit.left, Foot.RIGHT: visit.right}
    measured: dict[Foot, Mapping[str, Any]] = {
        foot: _exact(values) for foot, values in feet.items() if values
    }
    if measured or visit.leg or visit.gait:
        _evaluate(priya, patient, visit, measured, day, at)
    named = {activity.words: activity for activity in Activity.objects.current().filter(patient=patient)}
    for words in visit.activities:
        if words not in named:
            named[words] = actions.name_activity(actor=priya, patient=patient, words=words, now=at)
    told = actions.VisitOutcomes(
        on=day,
        pain=visit.pain,
        activities={named[words].pk: score for words, score in visit.activities.items()},
        change=visit.change,
    )
    if visit.pain or visit.activities or visit.change is not None:
        actions.record_visit_outcomes(actor=priya, patient=patient, told=told, now=at)


def _evaluate(
    priya: Actor,
    patient: Patient,
    visit: Visit,
    measured: Mapping[Foot, Mapping[str, Any]],
    day: date,
    at: datetime,
) -> None:
    leg: dict[str, Any] = {}
    if visit.leg:
        size, method, shorter = visit.leg
        leg = {
            "leg_difference_mm": Decimal(str(size)),
            "leg_difference_method": method,
            "shorter_leg": shorter,
        }
    entry = actions.EvaluationEntry(examined_on=day, feet=measured, gait_note=visit.gait, **leg)
    draft = actions.start_draft(actor=priya, patient=patient, now=at)
    mark = actions.DraftMark(draft.version, "")
    actions.sign_evaluation(actor=priya, draft=draft, mark=mark, entry=entry, now=at)


def _exact(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Decimal(str(v)) if isinstance(v, float) else v for name, v in values.items()}


def _support(priya: Actor, patient: Patient, support: Support, now: datetime) -> None:
    first, at = _at(patient, support.days_ago, now)
    today = local_day(now, patient.time_zone)
    fields = dict(support.fields)
    if support.review_in_days is not None:
        fields["review_on"] = today + timedelta(days=support.review_in_days)
    plan = actions.SupportPlan(
        kind=support.kind,
        side=support.side,
        reason_finding=_finding(patient, support.reason),
        **fields,
    )
    advice = actions.advise_support(actor=priya, patient=patient, plan=plan, now=at)
    for offset, hours in enumerate(support.hours):
        day = first + timedelta(days=offset)
        evening = instant(day, time(20, 0), patient.time_zone)
        if hours is not None and evening <= now:
            actions.record_wear(
                actor=Actor.patient(patient),
                patient=patient,
                on=day,
                hours={advice.pk: Decimal(hours)},
                now=evening,
            )


def _refer(priya: Actor, patient: Patient, referred: Referred, now: datetime) -> None:
    day, at = _at(patient, referred.days_ago, now)
    entry = actions.ReferralEntry(
        kind=referred.kind,
        urgency=referred.urgency,
        reason=referred.reason,
        referred_on=day,
        recipient=referred.recipient,
        finding=_finding(patient, referred.finding) if referred.finding else None,
    )
    referral = actions.refer(actor=priya, patient=patient, entry=entry, now=at)
    if referred.outcome:
        known, later = _at(patient, referred.outcome_days_ago, now)
        actions.close_referral(
            actor=priya,
            referral=referral,
            outcome=referred.outcome,
            on=known,
            version=referral.version,
            now=later,
        )


def _amend(priya: Actor, finding: Finding, now: datetime) -> None:
    actions.amend_finding(
        actor=priya,
        finding=finding,
        entry=actions.FindingEntry.of(finding).but(severity=Severity.SEVERE),
        version=finding.version,
        reason="Worse than at the first visit.",
        now=now,
    )

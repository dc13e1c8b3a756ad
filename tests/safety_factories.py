"""Warning signs, decisions and referrals, as ``tests.factories`` hands them on."""

from datetime import datetime
from typing import Any

from clinic.actors import Actor
from clinic.models import User
from patients import actions as patient_actions
from patients.models import Decision, Patient, RaisedFlag, Referral, ReferralKind, Screening
from patients.red_flags import Level, Region, asked_about
from tests.moments import NOON


def make_screening(
    staff: User, patient: Patient, *positive: str, region: Region = Region.FOOT, now: datetime = NOON
) -> Screening:
    """Every sign of the list answered: those named with yes."""
    answers = {sign.key: sign.key in positive for sign in asked_about(region)}
    assert set(positive) <= set(answers)
    entry = patient_actions.ScreeningEntry(region=region, answers=answers)
    return patient_actions.screen(actor=Actor.staff(staff), patient=patient, entry=entry, now=now)


def make_flag(staff: User, patient: Patient, key: str = "tendon_snap", **options: Any) -> RaisedFlag:
    return make_screening(staff, patient, key, **options).flags.get()


def make_decision(
    staff: User, flag: RaisedFlag, decision: Decision = Decision.MAY_START, *, now: datetime = NOON
) -> RaisedFlag:
    return patient_actions.decide(
        actor=Actor.staff(staff),
        flag=flag,
        decision=decision,
        note="Seen and examined.",
        version=flag.version,
        now=now,
    )


def make_referral(staff: User, patient: Patient, *, now: datetime = NOON, **fields: Any) -> Referral:
    stated: dict[str, Any] = {
        "kind": ReferralKind.DOCTOR,
        "urgency": Level.URGENT,
        "reason": "Night pain that does not ease.",
        "referred_on": now.date(),
    }
    entry = patient_actions.ReferralEntry(**stated | fields)
    return patient_actions.refer(actor=Actor.staff(staff), patient=patient, entry=entry, now=now)

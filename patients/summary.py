"""What stands at the head of every page about one patient, gathered from several models."""

from dataclasses import dataclass
from datetime import datetime

from clinic.actors import Actor
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from patients.models import Finding, Patient, RaisedFlag, RecordStatus, Referral, Screening


@dataclass(frozen=True, slots=True)
class Strip:
    """Who it is. ``findings`` and ``flags`` are empty for roles that read no clinical entries."""

    patient: Patient
    age: int
    sees_clinical: bool
    findings: list[Finding]  # for the chart: active ones first
    flags: list[RaisedFlag]  # those that keep a programme from being sent, most urgent first
    may_write: bool = False  # clinical entries


def strip(actor: Actor, patient: Patient, now: datetime) -> Strip:
    """Two queries, however much is on record."""
    return Strip(
        patient=patient,
        age=patient.age_on(patient.local_day(now)),
        sees_clinical=actor.has_role(SEES_CLINICAL),
        findings=list(Finding.objects.visible_to(actor).about(patient).for_chart()),
        flags=list(RaisedFlag.objects.visible_to(actor).about(patient).blocking().most_urgent_first()),
        may_write=actor.has_role(WRITES_CLINICAL),
    )


@dataclass(frozen=True, slots=True)
class Safety:
    """Warning signs and referrals of one patient, each group in its own order."""

    undecided: list[RaisedFlag]  # most urgent first, as the decided ones
    decided: list[RaisedFlag]
    screenings: list[Screening]  # newest first
    referrals: list[Referral]  # those that wait first
    slips: list[Screening | Referral]  # entered in error: shown apart, and can be taken back


def safety(actor: Actor, patient: Patient) -> Safety:
    """Six queries, however much is on record: signs, their history, screenings, their signs, referrals, slips."""
    flags = list(
        RaisedFlag.objects.visible_to(actor).about(patient).standing().most_urgent_first().with_decisions()
    )
    screenings = list(Screening.objects.visible_to(actor).about(patient).newest_first())
    referrals = Referral.objects.visible_to(actor).about(patient)
    return Safety(
        undecided=[flag for flag in flags if not flag.decision],
        decided=[flag for flag in flags if flag.decision],
        screenings=[one for one in screenings if one.status == RecordStatus.RECORDED],
        referrals=list(referrals.for_chart()),
        slips=[
            *(one for one in screenings if one.status == RecordStatus.ENTERED_IN_ERROR),
            *referrals.entered_in_error(),
        ],
    )

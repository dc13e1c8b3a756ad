"""What stands at the head of every page about one patient, gathered from several models."""

from dataclasses import dataclass
from datetime import datetime

from clinic.actors import Actor
from clinic.roles import SEES_CLINICAL
from patients.models import Finding, Patient, RaisedFlag


@dataclass(frozen=True, slots=True)
class Strip:
    """Who it is. ``findings`` and ``flags`` are empty for roles that read no clinical entries."""

    patient: Patient
    age: int
    sees_clinical: bool
    findings: list[Finding]  # for the chart: active ones first
    flags: list[RaisedFlag]  # those that keep a programme from being sent, most urgent first


def strip(actor: Actor, patient: Patient, now: datetime) -> Strip:
    """Two queries, however much is on record."""
    return Strip(
        patient=patient,
        age=patient.age_on(patient.local_day(now)),
        sees_clinical=actor.has_role(SEES_CLINICAL),
        findings=list(Finding.objects.visible_to(actor).about(patient).for_chart()),
        flags=list(RaisedFlag.objects.visible_to(actor).about(patient).blocking().most_urgent_first()),
    )

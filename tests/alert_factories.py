"""Alerts for tests, raised as the rules raise them."""

from datetime import datetime
from typing import Any

from clinic.actors import Actor
from exercises import actions
from exercises.alert_rules import Rule
from exercises.alert_triggers import Trigger
from exercises.models import Alert
from patients.models import Measure, Patient
from tests.factories import NOON


def make_alert(
    patient: Patient, rule: Rule = Rule.PAIN_SEVERE, *, now: datetime = NOON, cause: str = "test"
) -> Alert:
    """As the rules raise it: severe pain of the day, unless ``rule`` says otherwise."""
    evidence: dict[str, Any] = {"on": now.date().isoformat()}
    if rule is Rule.PAIN_SEVERE:
        evidence |= {"measure": Measure.PAIN_FOOT.value, "score": 9}
    found = [Trigger(rule, now.date(), cause, evidence)]
    actions.raise_alerts(actor=Actor.system("test"), patient=patient, found=found, now=now)
    return Alert.objects.get(patient=patient, rule=rule, triggers__cause=cause)

"""The worklist of the demo: what the rules find in its records, and that somebody has called about one of it."""

from datetime import datetime

from clinic.actors import Actor
from exercises import actions, alerts
from exercises.alert_rules import Rule
from exercises.models import Alert
from patients.models import Patient


def count(priya: Actor, now: datetime) -> None:
    """As the nightly pass would."""
    alerts.evaluate(list(Patient.objects.current().order_by("pk").values_list("pk", flat=True)), now)
    silent = Alert.objects.open().filter(rule=Rule.NO_LOG).order_by("patient__family_name", "pk").first()
    if silent:
        text = "Called. Was away, goes on tomorrow."
        actions.note_call(actor=priya, alert=silent, seen_count=silent.count, text=text, now=now)

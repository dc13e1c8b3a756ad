"""The worklist of the demo: what the rules find in its records, and what has been done about some of it."""

from datetime import datetime, timedelta

from clinic.actors import Actor
from clinic.models import User
from exercises import actions, alerts
from exercises.alert_rules import Rule
from exercises.models import Alert
from exercises.schedule import local_day
from patients.models import Patient


def count(priya: Actor, olivia: User, now: datetime) -> None:
    """As the nightly pass would; then one alert is called about, one is put off and one is handed on."""
    alerts.evaluate(list(Patient.objects.current().order_by("pk").values_list("pk", flat=True)), now)
    if alert := _first(Rule.NO_LOG):
        text = "Called. Was away, goes on tomorrow."
        actions.note_call(actor=priya, alert=alert, text=text, now=now)
    if alert := _first(Rule.LOW_ADHERENCE):
        until = local_day(now, alert.clinic.time_zone) + timedelta(days=5)
        actions.snooze_alert(actor=priya, alert=alert, until=until, now=now)
    if alert := _first(Rule.PLAN_ENDING):
        actions.assign_alert(actor=priya, alert=alert, to=olivia, now=now)


def _first(rule: Rule) -> Alert | None:
    alerts_of = Alert.objects.open().filter(rule=rule).select_related("clinic")
    return alerts_of.order_by("patient__family_name", "pk").first()

"""What becomes of an alert. A rule raises it; after that only people do something with it, and each says who it was."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Clinic, Membership, User
from clinic.roles import OWNS, SEES_CLINICAL
from exercises import alert_facts
from exercises.alert_rules import ABOUT, Rule
from exercises.alert_triggers import Trigger, fresh
from exercises.models import Alert, AlertNote, AlertRule, AlertState, AlertTrigger
from exercises.schedule import local_day
from patients.actions.records import open_for_writing
from patients.models import Patient

LONGEST_SNOOZE = timedelta(days=90)
LONGEST_NOTE = 500  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """How a rule is to stand: on or off, and with which numbers."""

    rule: Rule
    enabled: bool
    numbers: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def raise_alerts(*, actor: Actor, patient: Patient, found: Iterable[Trigger], now: datetime) -> int:
    """Raise what is new; an open alert of the same rule takes it as a further occasion, and wakes if it was put off.
    Returns how many occasions were new.

    What was told before is read again under the lock of the record: of two workers the second finds nothing new.
    """
    patient = open_for_writing(patient.pk)
    new = fresh(found, alert_facts.known([patient.pk]).get(patient.pk, []))
    standing = {alert.rule: alert for alert in Alert.objects.open().filter(patient=patient)}
    for trigger in new:
        alert = standing.get(trigger.rule)
        if alert:
            _again(alert, now)
        else:
            alert = standing[trigger.rule] = Alert.objects.create(
                clinic_id=patient.clinic_id,
                patient=patient,
                rule=trigger.rule,
                level=ABOUT[trigger.rule].level,
                raised_at=now,
                last_triggered_at=now,
            )
        AlertTrigger.objects.create(
            clinic_id=patient.clinic_id,
            alert=alert,
            at=now,
            day=trigger.day,
            cause=trigger.cause,
            evidence=dict(trigger.evidence),
        )
        verb = "alert.raised" if alert.count == 1 else "alert.triggered"
        audit.record(actor, verb, alert, changes={"rule": alert.rule, "cause": trigger.cause})
    return len(new)


def _again(alert: Alert, now: datetime) -> None:
    alert.count += 1
    alert.last_triggered_at, alert.snoozed_until = now, None
    alert.save(update_fields=["count", "last_triggered_at", "snoozed_until"])


@transaction.atomic
def acknowledge_alert(*, actor: Actor, alert: Alert, seen_count: int, now: datetime) -> Alert:
    """Somebody has seen it, and what has happened since it was seen last. ``seen_count``, here and below: how many
    occasions the page showed; what came in meanwhile was seen by nobody."""
    current = _open(actor, alert, seen_count)
    if current.state == AlertState.ACKNOWLEDGED and not current.is_new_again:
        raise Refused(_("Somebody has seen this already."), code="stale")
    return _saved(actor, current, "alert.acknowledged", now, {})


@transaction.atomic
def snooze_alert(*, actor: Actor, alert: Alert, seen_count: int, until: date, now: datetime) -> Alert:
    """Put it off until that day of the clinic's. It comes back sooner when it happens again."""
    current = _open(actor, alert, seen_count)
    today = local_day(now, current.clinic.time_zone)
    if not today < until <= today + LONGEST_SNOOZE:
        message = _("Choose a day after today, at most %(days)s days ahead.")
        raise Refused(message % {"days": LONGEST_SNOOZE.days}, code="until", field="until")
    current.snoozed_until = until
    return _saved(actor, current, "alert.snoozed", now, {"until": until.isoformat()})


@transaction.atomic
def note_call(*, actor: Actor, alert: Alert, seen_count: int, text: str, now: datetime) -> AlertNote:
    """Somebody called the patient, or tried to. The alert stays open."""
    current = _open(actor, alert, seen_count)
    if not text.strip():
        raise Refused(_("Write what came of it."), code="no_note", field="text")
    note = AlertNote.objects.create(
        clinic_id=current.clinic_id,
        alert=current,
        text=text.strip(),
        written_by_id=_person(actor),
        written_at=now,
    )
    _saved(actor, current, "alert.called", now, {})
    return note


@transaction.atomic
def assign_alert(*, actor: Actor, alert: Alert, to: User | None, now: datetime) -> Alert:
    """Give it to a colleague, or to nobody: then it is on the list of the patient's practitioner again."""
    current = _open(actor, alert)
    if to and not colleagues(actor).filter(user=to).exists():
        raise Refused(_("Choose somebody who works in your clinic."), code="colleague", field="to")
    current.assigned_to = to
    return _saved(actor, current, "alert.assigned", now, {"to": to.pk if to else None}, seen=False)


@transaction.atomic
def close_alert(*, actor: Actor, alert: Alert, seen_count: int, note: str, now: datetime) -> Alert:
    """It is dealt with, and how. The same matter raises a new alert when it happens anew."""
    current = _open(actor, alert, seen_count)
    if not note.strip():
        raise Refused(_("Say how it was resolved."), code="no_note", field="note")
    current.state = AlertState.CLOSED
    current.closed_by_id, current.closed_at, current.closing_note = _person(actor), now, note.strip()
    current.snoozed_until = None
    return _saved(actor, current, "alert.closed", now, {}, seen=False)


@transaction.atomic
def close_address_alert(*, actor: Actor, patient: Patient, note: str, now: datetime) -> bool:
    """Whoever of the staff gives the patient another address, or confirms the one there is, has dealt with an alert that it
    fails. False: there is none. What a patient changes closes nothing: an alert is closed by somebody of the clinic."""
    open_for_writing(patient.pk)
    alert = Alert.objects.open().filter(patient=patient, rule=Rule.ADDRESS_FAILING).first()
    if alert is None or actor.user_id is None:
        return False
    alert.state, alert.snoozed_until = AlertState.CLOSED, None
    alert.closed_by_id, alert.closed_at, alert.closing_note = actor.user_id, now, note.strip()[:LONGEST_NOTE]
    _saved(actor, alert, "alert.closed", now, {}, seen=False)
    return True


@transaction.atomic
def reopen_alert(*, actor: Actor, alert: Alert, now: datetime) -> Alert:
    """Undo: it was not resolved. Refused where the same matter has raised another alert meanwhile."""
    by = _person(actor)
    open_for_writing(alert.patient_id)
    current = Alert.objects.get(pk=alert.pk)
    if current.is_open:
        raise Refused(_("This alert is open."), code="stale")
    if Alert.objects.open().filter(patient=current.patient_id, rule=current.rule).exists():
        message = _("It has happened again meanwhile: that alert is open.")
        raise Refused(message, code="raised_again")
    current.state, current.closed_by, current.closed_at, current.closing_note = (
        AlertState.ACKNOWLEDGED,
        None,
        None,
        "",
    )
    if current.acknowledged_at is None:
        current.acknowledged_by_id, current.acknowledged_at = by, now
    current.save()
    audit.record(actor, "alert.reopened", current, changes={"rule": current.rule})
    return current


@transaction.atomic
def set_alert_rule(
    *,
    actor: Actor,
    clinic: Clinic,
    change: RuleChange,
    reason: str,
    now: datetime,
) -> AlertRule | None:
    """What this clinic looks at from now on, and why it was changed; None: it stood so already. Alerts that are open stay."""
    if actor.user_id is None or actor.clinic_id != clinic.pk or not actor.has_role(OWNS):
        raise Refused(_("Only an owner may do this."), code="not_owner")
    rule, numbers, enabled = change.rule, change.numbers, change.enabled
    for number in ABOUT[rule].numbers:
        if not number.lowest <= numbers.get(number.name, number.default) <= number.highest:
            bounds = {"lowest": number.lowest, "highest": number.highest}
            message = _("Choose a number from %(lowest)s to %(highest)s.") % bounds
            raise Refused(message, code="range", field=f"{rule}-{number.name}")
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
    row = AlertRule.objects.filter(clinic=clinic, rule=rule).first() or AlertRule(clinic=clinic, rule=rule)
    before = {"enabled": row.enabled, **ABOUT[rule].defaults(), **row.numbers}
    after = {"enabled": enabled, **ABOUT[rule].defaults(), **numbers}
    if before == after:
        return None
    if not reason.strip():
        raise Refused(_("Say why it is changed."), code="no_reason", field="reason")
    row.enabled, row.numbers = enabled, {name: after[name] for name in ABOUT[rule].defaults()}
    row.changed_by_id, row.changed_at = actor.user_id, now
    row.save()
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    audit.record(actor, "alert_rule.changed", row, reason=reason, changes={"rule": rule.value, **changes})
    return row


def colleagues(actor: Actor) -> Any:
    """Who may be given an alert: active members of the clinic who read clinical entries."""
    roles = [role.value for role in SEES_CLINICAL]
    members = Membership.objects.filter(clinic=actor.clinic_id, is_active=True, role__in=roles)
    return members.select_related("user").order_by("user__name", "pk")


def _person(actor: Actor) -> int:
    if actor.user_id is None or not actor.has_role(SEES_CLINICAL):
        raise Refused(_("Only practitioners and owners may do this."), code="role")
    return actor.user_id


def _open(actor: Actor, alert: Alert, seen_count: int | None = None) -> Alert:
    """As it is now, with the record locked; no further occasion than ``seen_count``, if that is given."""
    _person(actor)
    open_for_writing(alert.patient_id)
    current = Alert.objects.select_related("patient", "clinic").get(pk=alert.pk)
    if not current.is_open:
        raise Refused(_("Somebody has resolved this already."), code="stale")
    if seen_count not in {None, current.count}:
        raise Refused(_("Something was added meanwhile. Look again."), code="stale", field="count")
    return current


def _saved(
    actor: Actor, alert: Alert, verb: str, now: datetime, changes: Mapping[str, Any], *, seen: bool = True
) -> Alert:
    """Whoever does something about it has seen it."""
    if seen:
        alert.state = AlertState.ACKNOWLEDGED
        alert.acknowledged_by_id, alert.acknowledged_at = _person(actor), now
    alert.save()
    audit.record(actor, verb, alert, changes={"rule": alert.rule, **changes})
    return alert

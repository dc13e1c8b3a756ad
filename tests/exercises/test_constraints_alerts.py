"""The constraints of alerts; tests/exercises/test_constraints.py runs them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clinic.models import User
from exercises.models import Alert, AlertClock, AlertNote, AlertRule, AlertTrigger
from patients.models import Patient
from tests.exercises.constraints_world import World, copy, update
from tests.exercises.test_constraints_plan import again
from tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def alert(world: World, **fields: Any) -> Alert:
    mine: dict[str, Any] = {"clinic_id": world.programme.clinic_id, "patient_id": world.programme.patient_id}
    made = {"rule": "pain_severe", "level": 1, "last_triggered_at": NOON}
    return Alert.objects.create(**mine | made | fields)


def closed(world: World, **fields: Any) -> dict[str, Any]:
    made = {
        "state": "closed",
        "closed_by": world.favourite.user,
        "closed_at": NOON,
        "closing_note": "Called.",
    }
    return made | fields


def trigger(world: World, **fields: Any) -> AlertTrigger:
    made = {"clinic_id": world.programme.clinic_id, "day": TODAY, "cause": "one"}
    return AlertTrigger.objects.create(**made | {"alert": fields.pop("alert", None) or alert(world)} | fields)


def note(world: World, **fields: Any) -> AlertNote:
    made = {"clinic_id": world.programme.clinic_id, "text": "Called.", "written_by": world.favourite.user}
    return AlertNote.objects.create(**made | {"alert": alert(world)} | fields)


def rule(world: World, **fields: Any) -> AlertRule:
    made = {"clinic_id": world.programme.clinic_id, "rule": "no_log", "changed_by": world.favourite.user}
    return AlertRule.objects.create(**made | fields)


BREAKS: dict[str, Callable[[World], Any]] = {
    "alert_id_clinic": lambda w: again(alert(w)),
    "alert_one_open": lambda w: (
        alert(w),
        alert(w, state="acknowledged", acknowledged_by=w.favourite.user, acknowledged_at=NOON),
    ),
    "alert_rule_known": lambda w: alert(w, rule="red_flag"),
    "alert_level_known": lambda w: alert(w, level=0),
    "alert_state_known": lambda w: alert(w, state="lost"),
    "alert_has_a_trigger": lambda w: alert(w, count=0),
    "alert_acknowledged_by_somebody": lambda w: alert(w, state="acknowledged", acknowledged_at=NOON),
    "alert_closed_by_somebody": lambda w: alert(w, **closed(w, closing_note="")),
    "trigger_once_a_cause": lambda w: copy(trigger(w)),
    "alert_note_says_something": lambda w: note(w, text=""),
    "alert_rule_once_a_clinic": lambda w: copy(rule(w)),
    "clinic_rule_known": lambda w: rule(w, rule="red_flag"),
    "alert_clock_is_one_row": lambda w: AlertClock.objects.create(id=2, heard_until=NOON),
    "alert_patient_same_clinic": lambda w: alert(w, clinic_id=w.elsewhere.pk),
    "alerttrigger_alert_same_clinic": lambda w: trigger(w, clinic_id=w.elsewhere.pk),
    "alertnote_alert_same_clinic": lambda w: note(w, clinic_id=w.elsewhere.pk),
}
SHADOWED_BY = {"alert_state_known": "exercises_alert.alert_acknowledged_by_somebody"}
PARTIAL = {"alert_one_open"}
KEYS = {name for name in BREAKS if "_same_" in name}


@pytest.mark.parametrize("change", ["update", "delete"])
@pytest.mark.parametrize("kind", ["trigger", "note"])
def test_occasions_and_notes_stay_as_they_were_written(
    priya: User, margaret: Patient, kind: str, change: str
) -> None:
    mine: dict[str, Any] = {"clinic_id": margaret.clinic_id}
    of = Alert.objects.create(**mine, patient=margaret, rule="no_log", level=3, last_triggered_at=NOON)
    rows: Any
    if kind == "trigger":
        rows = AlertTrigger.objects.filter(
            pk=AlertTrigger.objects.create(**mine, alert=of, day=TODAY, cause="a").pk
        )
        changed = {"cause": "b"}
    else:
        rows = AlertNote.objects.filter(
            pk=AlertNote.objects.create(**mine, alert=of, text="a", written_by=priya).pk
        )
        changed = {"text": "b"}
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        rows.update(**changed) if change == "update" else rows._raw_delete(rows.db)
    assert rows.filter(**dict.fromkeys(changed, "a")).exists()


def test_of_closed_alerts_there_may_be_many(priya: User, margaret: Patient) -> None:
    for _number in range(2):
        Alert.objects.create(
            clinic_id=margaret.clinic_id,
            patient=margaret,
            rule="no_log",
            level=3,
            last_triggered_at=NOON,
            state="closed",
            closed_by=priya,
            closed_at=NOON,
            closing_note="Called.",
        )
    one = Alert.objects.first()
    assert one
    update(one, state="raised", closed_by=None, closed_at=None, closing_note="")
    assert Alert.objects.open().count() == 1

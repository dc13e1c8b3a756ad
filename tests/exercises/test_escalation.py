"""The letter to the clinic while something urgent stands unseen: when, to whom, how often, and what it does not say."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry, Membership, OutgoingEmail, User
from exercises import actions, alerts, escalation
from exercises.alert_rules import Rule
from patients.models import Decision, Patient, RaisedFlag
from tests import factories
from tests.alert_factories import make_alert
from tests.factories import NOON, TODAY

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATE = NOON + DAY
pytestmark = pytest.mark.hazard("HZ-05")


def posted() -> list[str]:
    return sorted(OutgoingEmail.objects.filter(letter=escalation.LETTER).values_list("object_id", flat=True))


def keys(*people: User, day: str = "2026-11-24") -> list[str]:
    return sorted(f"{person.pk}:{day}" for person in people)


def test_severe_pain_unseen_for_a_day_is_told_to_practitioners_and_owners_once_a_day(
    priya: User, olivia: User, asha: User, hugo: User, margaret: Patient
) -> None:
    make_alert(margaret)
    assert escalation.escalate(LATE - timedelta(seconds=1)) == 0
    assert escalation.escalate(LATE) == 2
    assert posted() == keys(priya, olivia)
    assert escalation.escalate(LATE + HOUR) == 0
    assert escalation.escalate(LATE + DAY) == 2


@pytest.mark.parametrize(("hour", "count"), [(7, 0), (8, 1), (17, 1), (18, 0)])
def test_by_day_only(priya: User, margaret: Patient, hour: int, count: int) -> None:
    make_alert(margaret)
    assert escalation.escalate((LATE + DAY).replace(hour=hour)) == count


def test_a_sign_beyond_its_time(priya: User, margaret: Patient) -> None:
    """Of an emergency four hours."""
    factories.make_flag(priya, margaret, "hot_joint_fever")
    assert RaisedFlag.objects.get().level in {"emergency", "same_day"}
    assert escalation.escalate(NOON + 3 * HOUR) == 0
    assert escalation.escalate(NOON + 4 * HOUR) == 1
    factories.make_decision(priya, RaisedFlag.objects.get(), Decision.HOLD)
    assert escalation.escalate(NOON + DAY) == 0


def test_what_was_seen_put_off_or_is_not_urgent_waits_in_peace(priya: User, margaret: Patient) -> None:
    make_alert(margaret, Rule.NEW_NOTE)
    assert escalation.escalate(LATE + DAY) == 0
    alert = make_alert(margaret)
    actions.snooze_alert(actor=Actor.staff(priya), alert=alert, seen_count=1, until=TODAY + 5 * DAY, now=NOON)
    assert escalation.escalate(LATE + DAY) == 0


@pytest.mark.hazard("HZ-10")
def test_the_letter_names_nobody_and_nothing(priya: User, margaret: Patient) -> None:
    make_alert(margaret)
    letter: Any = escalation.something_waits(keys(priya)[0], LATE)
    assert letter.to == priya.email
    assert letter.subject == "A message from Riverside"
    for body in (letter.text, letter.html):
        assert "There is something to look at in Footwork." in body
        assert f"{reverse('exercises:worklist')}?who=all" in body  # it may be a colleague's who is away
        for word in ("Margaret", "Hale", "pain", "severe", "sign in a", "warning", "heel", str(margaret.pk)):
            assert not re.search(rf"\b{word}\b", body), word


def test_what_was_seen_meanwhile_or_whoever_left_gets_none(
    priya: User, olivia: User, asha: User, margaret: Patient
) -> None:
    alert = make_alert(margaret)
    assert escalation.something_waits(keys(asha)[0], LATE) is None
    Membership.objects.filter(user=olivia).update(is_active=False)
    assert escalation.something_waits(keys(olivia)[0], LATE) is None
    actions.acknowledge_alert(actor=Actor.staff(priya), alert=alert, seen_count=1, now=NOON)
    assert escalation.something_waits(keys(priya)[0], LATE) is None


def test_the_scheduler_does_it(priya: User, margaret: Patient) -> None:
    make_alert(margaret)
    alerts.watch(LATE)
    assert posted() == keys(priya)
    assert not AuditEntry.objects.filter(verb="alert.acknowledged").exists()

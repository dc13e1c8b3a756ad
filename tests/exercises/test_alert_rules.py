"""Rules from what is stored to the line on the page, and the page on which a clinic changes them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry, OutgoingEmail, User
from exercises import actions, alerts
from exercises.alert_rules import RULES
from exercises.models import (
    Alert,
    AlertClock,
    AlertRule,
    AlertTrigger,
    Done,
    Programme,
)
from patients.models import ConsentChannel, Measure, Patient
from tests import factories
from tests.exercises.worklist_world import hurts, listed
from tests.factories import NOON
from tests.pages import signed_in, text

RULES_PAGE = reverse("exercises:alert_rules")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture(autouse=True)
def _counted(db: None) -> None:
    """The worker has run just now."""
    AlertClock.objects.create(heard_until=NOON)


# --- every rule from what is stored -----------------------------------------------------------------------------
def sentences() -> set[str]:
    return set(Alert.objects.values_list("rule", flat=True))


def test_rules_from_rows(priya: User, margaret: Patient, programme: Programme) -> None:
    """Each rule that needs rows of several kinds, from a programme of four weeks that began today."""
    item = programme.items.get()
    for offset in range(16):
        at = NOON + offset * DAY
        why = {item.pk: "pain"} if offset in {1, 2, 3} else {}
        done = {item.pk: Done.NOT_DONE if why else Done.DONE} if offset < 6 else {}
        entry = actions.DayLog(
            performed_on=at.date(),
            done=done,
            reasons=why,  # type: ignore[arg-type]
            pain={Measure.PAIN_FOOT: 3 if offset < 4 else 6} if offset < 6 else {},
            note="It is better." if offset == 5 else "",
        )
        if not entry.says_nothing:
            actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=entry, now=at)
    alerts.evaluate([margaret.pk], NOON + 5 * DAY)
    assert sentences() == {"skipped_for_pain", "pain_rise", "new_note"}
    alerts.evaluate([margaret.pk], NOON + 12 * DAY)
    assert "no_log" not in sentences()
    alerts.evaluate([margaret.pk], NOON + 13 * DAY)
    assert "no_log" in sentences()
    alerts.evaluate([margaret.pk], NOON + 14 * DAY)
    assert "low_adherence" in sentences()
    actions.stop_reminders(actor=Actor.patient(margaret), patient=margaret, channel=ConsentChannel.PLAN)
    alerts.evaluate([margaret.pk], NOON + 20 * DAY)
    assert {"plan_ending", "reminders_stopped"} <= sentences()
    assert not AlertTrigger.objects.filter(evidence__icontains="better").exists()
    page = listed(priya)
    assert "“Toe curls and spreads” left out 3 times because it hurt." in page
    assert "Foot pain 6 out of 10 on 28 Nov, after 3 at the start of the plan." in page


def test_an_address_that_fails(priya: User, margaret: Patient, programme: Programme) -> None:
    OutgoingEmail.objects.filter(letter="plan_ready").update(state="failed")
    alerts.evaluate([margaret.pk], NOON)
    assert sentences() == {"address_failing"}
    actions.doubt_address(actor=Actor.patient(margaret), patient=margaret, now=NOON)
    alerts.evaluate([margaret.pk], NOON)
    alert = Alert.objects.get(rule="address_failing")
    assert alert.count == 2
    assert "Whoever reads the e-mails said on 23 Nov that they are not for them." in listed(priya)


# --- the clinic's numbers ---------------------------------------------------------------------------------------
def filled(**changed: str) -> dict[str, str]:
    data = {f"{about.rule}-on": "on" for about in RULES}
    data |= {f"{about.rule}-{one.name}": str(one.default) for about in RULES for one in about.numbers}
    return {name: value for name, value in (data | changed).items() if value}


def test_every_number_stands_with_its_default_and_its_source(olivia: User, priya: User) -> None:
    page = text(signed_in(olivia).get(RULES_PAGE))
    for about in RULES:
        assert str(about.source) in page
        for number in about.numbers:
            assert f"{number.lowest} to {number.highest}; default {number.default}" in page
    assert "Warning signs" in page
    assert "cannot be switched off" in page
    assert "red_flag-on" not in page
    assert "An owner of the clinic changes the numbers." in text(signed_in(priya).get(RULES_PAGE))
    assert signed_in(priya).post(RULES_PAGE, filled()).status_code == 403


@pytest.mark.hazard("HZ-13", "HZ-36")
def test_an_owner_changes_a_number_and_says_why(olivia: User, priya: User, margaret: Patient) -> None:
    changed = filled(**{"pain_severe-at_least": "6", "no_log-on": "", "reason": "Our team agreed."})
    response = signed_in(olivia).post(RULES_PAGE, changed, follow=True)
    assert "2 rules were changed." in text(response)
    row = AlertRule.objects.get(rule="pain_severe")
    assert (row.enabled, row.numbers, row.changed_by) == (True, {"at_least": 6}, olivia)
    entry = AuditEntry.objects.get(verb="alert_rule.changed", object_id=str(row.pk))
    assert entry.reason == "Our team agreed."
    assert entry.changes == {"rule": "pain_severe", "at_least": [8, 6]}
    hurts(margaret, 6)
    alerts.evaluate([margaret.pk], NOON)
    page = listed(priya)
    assert "Any pain of 6 or more out of 10." in page
    assert "1 alert in 28 days" in text(signed_in(olivia).get(RULES_PAGE))
    assert "It stood so already." in text(signed_in(olivia).post(RULES_PAGE, changed, follow=True))


@pytest.mark.parametrize(
    "changed",
    [
        {"pain_severe-at_least": "11"},
        {"pain_severe-at_least": ""},
        {"no_log-days": "two"},
        {"pain_severe-at_least": "7", "reason": ""},
    ],
)
def test_a_number_out_of_bounds_or_without_a_reason_changes_nothing(
    olivia: User, changed: dict[str, str]
) -> None:
    client = signed_in(olivia)
    before = factories.count_rows()
    response = client.post(RULES_PAGE, filled(**{"reason": "Why."} | changed))
    assert response.status_code == 422
    assert factories.count_rows() == before


def test_a_rule_that_is_off_raises_nothing_and_another_clinics_numbers_do_not_count(
    olivia: User, hugo: User, margaret: Patient, heinrich: Patient
) -> None:
    signed_in(olivia).post(RULES_PAGE, filled(**{"pain_severe-on": "", "reason": "Why."}))
    for patient in (margaret, heinrich):
        hurts(patient)
    alerts.evaluate([margaret.pk, heinrich.pk], NOON)
    assert [alert.patient for alert in Alert.objects.all()] == [heinrich]

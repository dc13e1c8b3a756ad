"""The worklist through HTTP: who needs somebody, why, and what is done about it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry, Membership, User
from exercises import actions, alerts
from exercises.alert_rules import RULES, Rule
from exercises.alert_triggers import Trigger
from exercises.models import (
    Alert,
    AlertClock,
    AlertNote,
    AlertState,
    Programme,
)
from patients.models import Patient
from tests import factories
from tests.alert_factories import make_alert
from tests.exercises.worklist_world import LIST, address, hurts, listed
from tests.factories import NOON, TODAY
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


# --- who and why ------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-13")
def test_a_log_raises_an_alert_that_says_who_and_why(priya: User, margaret: Patient) -> None:
    assert "Nobody needs you now" in listed(priya)
    hurts(margaret)
    assert alerts.evaluate([margaret.pk], NOON) == 1
    page = listed(priya)
    assert "Margaret Hale" in page
    assert "Severe pain" in page
    assert "Foot pain 9 out of 10 on 23 Nov." in page
    assert "Any pain of 8 or more out of 10." in page
    assert "doi 10.3389/fpsyg.2016.01466" in page
    assert reverse("exercises:patient", args=[margaret.pk]) in page
    assert "Nobody needs you now" not in page


def test_it_is_the_page_on_which_practitioners_and_owners_land(
    priya: User, olivia: User, asha: User, carlos: User
) -> None:
    home = reverse("clinic:home")
    for person in (priya, olivia):
        assert signed_in(person).get(home)["Location"] == LIST
    assert signed_in(asha).get(home)["Location"] == reverse("patients:list")
    assert signed_in(carlos).get(home)["Location"] == reverse("exercises:catalogue")
    assert "Worklist" not in text(signed_in(asha).get(reverse("patients:list")))


@pytest.mark.hazard("HZ-05")
def test_warning_signs_come_first_once_and_whoever_they_are(
    priya: User, olivia: User, margaret: Patient
) -> None:
    make_alert(margaret)
    factories.make_flag(priya, margaret)
    for person in (priya, olivia):
        page = listed(person)
        assert page.index("Warning signs, not decided yet") < page.index("Severe pain")
        assert page.count(reverse("patients:safety", args=[margaret.pk])) == 1
    people = text(signed_in(priya).get(reverse("patients:list")))
    assert "Warning signs wait for a decision: open the worklist" in people
    assert "Warning signs, not decided yet" not in people


@pytest.mark.hazard("HZ-36")
def test_the_most_urgent_first_then_the_oldest(priya: User, margaret: Patient) -> None:
    nora, tom = (factories.make_patient(priya, *name) for name in [("Nora", "Field"), ("Tom", "Reed")])
    make_alert(margaret, Rule.NEW_NOTE, now=NOON - 9 * DAY)
    make_alert(nora, now=NOON - DAY)
    make_alert(tom, now=NOON - 2 * DAY)
    make_alert(margaret, now=NOON)
    page = listed(priya)
    assert page.index("Tom Reed") < page.index("Nora Field") < page.index("Margaret Hale")
    assert page.count("<h2><a") == 3
    assert page.count("not seen for 2 days") == 1


def test_mine_everybodys_a_colleagues_and_one_reason(priya: User, olivia: User, margaret: Patient) -> None:
    nora = factories.make_patient(priya, "Nora", "Field")
    Patient.objects.filter(pk=nora.pk).update(practitioner=None)
    alert = make_alert(margaret)
    make_alert(nora, Rule.NEW_NOTE)
    Membership.objects.filter(user=olivia).update(role="practitioner")
    ben = olivia
    assert "Margaret Hale" not in listed(ben)
    assert "Nora Field" in listed(ben)
    assert "Margaret Hale" in listed(ben, "?who=all")
    assert "Margaret Hale" in listed(ben, f"?who={priya.pk}")
    assert "Nora Field" not in listed(ben, f"?who={priya.pk}")
    assert "Nora Field" not in listed(priya, "?rule=pain_severe")
    actions.assign_alert(actor=Actor.staff(priya), alert=alert, to=ben, now=NOON)
    assert "Margaret Hale" in listed(ben)
    assert "Margaret Hale" not in listed(priya)
    for odd in ("?who=none&rule=nothing&show=never&page=x", "?who=99999999999999999999", "?who=%00"):
        assert signed_in(ben).get(LIST + odd).status_code == 200


def test_an_empty_list_names_what_is_counted_and_where_others_are(
    priya: User, olivia: User, margaret: Patient
) -> None:
    Membership.objects.filter(user=olivia).update(role="practitioner")
    make_alert(margaret)
    page = listed(olivia)
    assert "Nobody needs you now" in page
    assert "1 patient on the list of everybody" in page
    for about in RULES:
        assert str(about.label) in page


def test_pages_of_ten_patients(priya: User, riverside: Any) -> None:
    for place in range(11):
        make_alert(
            factories.make_patient(priya, f"Given{place:02}", "Name"), now=NOON + place * timedelta(minutes=1)
        )
    first, second = listed(priya, "?rule=pain_severe"), listed(priya, "?rule=pain_severe&page=2")
    assert "Given09 Name" in first
    assert "Given10 Name" not in first
    assert "Given10 Name" in second
    assert "who=mine&rule=pain_severe&page=2" in first
    for beyond in ("3", "99", "0", "x", "999999999999"):  # there is no such page
        response = signed_in(priya).get(f"{LIST}?rule=pain_severe&page={beyond}", follow=True)
        assert "Given00 Name" in text(response), beyond


@pytest.mark.parametrize("number", [1, 10])
def test_as_many_questions_for_ten_patients_as_for_one(
    priya: User, programme: Programme, number: int, django_assert_max_num_queries: Any
) -> None:
    people = [factories.make_patient(priya, f"Given{place}", "Name") for place in range(number)]
    for person in people:
        make_alert(person)
        make_alert(person, Rule.NEW_NOTE)
        item = programme.items.get()
        plan = {"plan": str(programme.pk), "on": "2026-12-01"}
        hurt: dict[str, int | str] = {"item": str(item.pk), "times": 3, "days": 28}
        found = [
            Trigger(Rule.PLAN_ENDING, TODAY, "p", plan),
            Trigger(Rule.SKIPPED_FOR_PAIN, TODAY, "s", hurt),
        ]
        actions.raise_alerts(actor=Actor.system("test"), patient=person, found=found, now=NOON)
        factories.make_flag(priya, person)
        actions.note_call(
            actor=Actor.staff(priya),
            alert=Alert.objects.filter(patient=person)[0],
            seen_count=1,
            text="x",
            now=NOON,
        )
    client = signed_in(priya)
    with django_assert_max_num_queries(15) as counted:
        assert client.get(LIST).status_code == 200
    assert len(counted.captured_queries) == 14


def test_nobody_else_sees_it(
    asha: User, carlos: User, audrey: User, hugo: User, priya: User, margaret: Patient
) -> None:
    alert = make_alert(margaret)
    for person in (asha, carlos, audrey):
        assert signed_in(person).get(LIST).status_code == 403
        assert signed_in(person).post(address(alert, "seen")).status_code == 403
    assert "Margaret" not in listed(hugo, "?who=all")
    stranger = signed_in(hugo)
    before = factories.count_rows()
    for name in ("seen", "snooze", "call", "assign", "close", "reopen"):
        assert stranger.post(address(alert, name), {"note": "x", "text": "x"}).status_code == 404
    assert stranger.get(reverse("exercises:alert", args=[alert.pk])).status_code == 404
    assert factories.count_rows() == before


def test_an_archived_record_needs_nobody(priya: User, margaret: Patient) -> None:
    alert = make_alert(margaret)
    actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="Moved away.")
    assert "Margaret" not in listed(priya, "?who=all")
    client = signed_in(priya)
    before = factories.count_rows()
    response = client.post(address(alert, "seen"), {"count": 1}, follow=True)
    assert "This record is archived." in text(response)
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-42")
def test_it_says_since_when_nothing_was_counted(priya: User) -> None:
    assert "Nothing was counted" not in listed(priya)
    AlertClock.objects.update(heard_until=NOON - timedelta(hours=2))
    assert "Nothing was counted since 23 Nov 2026, 10:00" in listed(priya)
    AlertClock.objects.all().delete()
    assert "Nothing was counted yet" in listed(priya)


# --- what is done about it --------------------------------------------------------------------------------------
def test_seen(priya: User, margaret: Patient) -> None:
    alert = make_alert(margaret)
    response = signed_in(priya).post(address(alert, "seen"), {"back": "who=all", "count": 1})
    assert response["Location"] == f"{LIST}?who=all"
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by, alert.acknowledged_at) == ("acknowledged", priya, NOON)
    assert "seen by Priya Nair, 23 Nov" in listed(priya)
    again = signed_in(priya).post(address(alert, "seen"), {"count": 1}, follow=True)
    assert "Somebody has seen this already." in text(again)


@pytest.mark.hazard("HZ-13", "HZ-36")
def test_what_happens_again_joins_the_open_alert_and_shows(priya: User, margaret: Patient) -> None:
    first = make_alert(margaret, now=NOON - 2 * DAY, cause="one")
    actions.snooze_alert(
        actor=Actor.staff(priya), alert=first, seen_count=1, until=TODAY + 5 * DAY, now=NOON - 2 * DAY
    )
    assert "Margaret" not in listed(priya)
    assert "put off until 28 Nov" in listed(priya, "?show=snoozed")
    make_alert(margaret, cause="two")
    page = listed(priya)
    assert "new again" in page
    assert "2 occasions" in page
    assert Alert.objects.count() == 1
    signed_in(priya).post(address(first, "seen"), {"count": 2})
    assert "new again" not in listed(priya)


def test_resolve_and_take_it_back(priya: User, margaret: Patient) -> None:
    alert = make_alert(margaret)
    client = signed_in(priya)
    response = client.post(
        address(alert, "close"), {"note": "Shoes changed.", "back": "who=mine", "count": 1}, follow=True
    )
    page = text(response)
    assert "Resolved: Severe pain, Margaret Hale." in page
    assert "Nobody needs you now" in page
    alert.refresh_from_db()
    assert (alert.state, alert.closed_by, alert.closing_note) == ("closed", priya, "Shoes changed.")
    assert "Resolved by Priya Nair on 23 Nov: <bdi>Shoes changed.</bdi>" in listed(
        priya, "?who=all&show=closed"
    )
    assert "Open again: Severe pain" in text(client.post(address(alert, "reopen"), {"back": ""}, follow=True))
    alert.refresh_from_db()
    assert (alert.state, alert.closed_at, alert.closing_note) == ("acknowledged", None, "")
    verbs = set(AuditEntry.objects.filter(verb__startswith="alert.").values_list("verb", flat=True))
    assert verbs == {"alert.raised", "alert.closed", "alert.reopened"}


def test_a_matter_that_happened_again_is_not_opened_twice(priya: User, margaret: Patient) -> None:
    alert = make_alert(margaret)
    actions.close_alert(actor=Actor.staff(priya), alert=alert, seen_count=1, note="Done.", now=NOON)
    make_alert(margaret, cause="again")
    client = signed_in(priya)
    before = factories.count_rows()
    page = text(client.post(address(alert, "reopen"), follow=True))
    assert "It has happened again meanwhile: that alert is open." in page
    assert factories.count_rows() == before


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("close", {"note": " "}, "This field is required."),
        ("close", {"note": "x" * 501}, "at most 500"),
        ("call", {"text": ""}, "This field is required."),
        ("snooze", {"until": "2026-11-23"}, "Choose a day after today"),
        ("snooze", {"until": "2027-11-23"}, "at most 90 days"),
        ("snooze", {"until": "soon"}, "Enter a date that exists"),
        ("assign", {"to": "0"}, "Select a valid choice"),
    ],
)
def test_a_fault_is_shown_where_it_was_made(
    priya: User, margaret: Patient, name: str, data: dict[str, Any], said: str
) -> None:
    alert = make_alert(margaret)
    client = signed_in(priya)
    before = factories.count_rows()
    response = client.post(address(alert, name), {"count": 1} | data)
    assert response.status_code == 422
    assert said in text(response)
    assert "<title>Error:" in text(response)
    assert factories.count_rows() == before


def test_a_call_is_noted_and_stays(priya: User, olivia: User, margaret: Patient) -> None:
    alert = make_alert(margaret)
    signed_in(priya).post(address(alert, "call"), {"text": "Called. Will rest two days.", "count": 1})
    assert "23 Nov, Priya Nair: <bdi>Called. Will rest two days.</bdi>" in listed(priya)
    assert Alert.objects.get().state == AlertState.ACKNOWLEDGED
    entry = AuditEntry.objects.get(verb="alert.called")
    assert entry.patient_id == margaret.pk
    assert "rest" not in str(entry.changes)


def test_nobody_of_another_clinic_or_role_is_given_it(
    priya: User, olivia: User, asha: User, hugo: User, margaret: Patient
) -> None:
    alert = make_alert(margaret)
    for person in (asha, hugo):
        assert signed_in(priya).post(address(alert, "assign"), {"to": person.pk}).status_code == 422
    assert signed_in(priya).post(address(alert, "assign"), {"to": olivia.pk}).status_code == 302
    assert Alert.objects.get().assigned_to == olivia
    assert Alert.objects.get().state == AlertState.RAISED  # to hand on is not to see to it
    signed_in(priya).post(address(alert, "assign"), {"to": ""})
    assert Alert.objects.get().assigned_to is None


def test_the_page_of_one_alert_has_every_occasion(priya: User, margaret: Patient) -> None:
    alert = make_alert(margaret, now=NOON - DAY, cause="one")
    make_alert(margaret, cause="two")
    page = text(signed_in(priya).get(reverse("exercises:alert", args=[alert.pk])))
    assert "Foot pain 9 out of 10 on 22 Nov." in page
    assert "Foot pain 9 out of 10 on 23 Nov." in page
    assert AuditEntry.objects.filter(verb="record.read", changes__page="alert").exists()


def test_the_way_back_takes_nothing_that_was_sent_along(priya: User, margaret: Patient) -> None:
    alert = make_alert(margaret)
    for odd in ("//evil.example/?who=all", "who=all&next=//evil.example", "x" * 5000):
        where = signed_in(priya).post(
            address(alert, "snooze"), {"until": "2026-12-01", "back": odd, "count": 1}
        )["Location"]
        assert where.startswith(LIST)
        assert "evil" not in where
    assert AlertNote.objects.count() == 0


def test_visitors_sign_in_first(client: Client) -> None:
    assert "/accounts/login/" in client.get(LIST)["Location"]

"""/today/reminders/: another time, none any more, or again."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client

from clinic import clock
from clinic.models import AuditEntry
from exercises import reminders
from exercises.models import Programme, Reminder, ReminderState
from patients.models import ConsentRecord, Patient
from tests import factories
from tests.factories import NOON

PAGE = "/today/reminders/"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_plan(client, margaret)
    return client


def move(client: Client, programme: Programme, at: str):
    return client.post(PAGE, {"programme": str(programme.pk), "at": at})


def planned() -> dict[str, str]:
    """Day to the instant in UTC, of what will be sent."""
    rows = Reminder.objects.filter(state=ReminderState.PLANNED).order_by("due_at")
    return {str(row.local_date): f"{row.due_at:%d %H:%M}" for row in rows}


class TestPage:
    def test_shows_the_time_and_writes_nothing(self, phone, programme):
        before = factories.count_rows()
        page = phone.get(PAGE).content.decode()
        assert 'value="18:00"' in page
        assert "Stop reminders" in page
        assert factories.count_rows() == before

    def test_two_plans_are_told_apart(self, phone, priya, margaret, programme, toe_curls):
        assert f"<h2><bdi>{programme.name}" not in phone.get(PAGE).content.decode()
        other = factories.make_programme(priya, margaret, [toe_curls], name="Balance")
        page = phone.get(PAGE).content.decode()
        for plan in (programme, other):
            assert f"<h2><bdi>{plan.name}</bdi></h2>" in page
            assert page.count(f'id="{plan.pk}_at"') == 1

    def test_without_a_plan(self, phone):
        assert "You have no running plan" in phone.get(PAGE).content.decode()

    def test_without_an_address(self, client, priya):
        nora = factories.make_patient(priya, "Nora", "Quist", email="", reminders_allowed=False)
        factories.open_plan(client, nora)
        page = client.get(PAGE).content.decode()
        assert "call 000 0000 0000" in page
        assert "Start reminders again" not in page


class TestMoving:
    def test_is_in_force_before_the_next_sending(self, phone, programme, margaret):
        assert list(planned().values())[:1] == ["23 18:00"]
        response = move(phone, programme, "19:15")
        assert (response.status_code, response["Location"]) == (302, f"{PAGE}?saved=1")
        programme.refresh_from_db()
        assert programme.reminder_time == time(19, 15)
        assert set(planned().values()) == {"23 19:15", "24 19:15", "25 19:15"}
        entry = AuditEntry.objects.get(verb="reminders.moved")
        assert (entry.patient_id, entry.changes) == (margaret.pk, {"at": "19:15"})
        assert "Saved" in phone.get(response["Location"]).content.decode()

    def test_to_an_hour_that_is_past_begins_tomorrow(self, phone, priya, margaret, toe_curls):
        """Nobody is reminded at once of an hour that was over, whatever the hourly planning thinks."""
        programme = factories.make_programme(priya, margaret, [toe_curls], now=NOON - timedelta(days=1))
        move(phone, programme, "07:30")
        reminders.materialise(NOON + timedelta(minutes=1))
        assert reminders.post_due(NOON + timedelta(minutes=1)) == 0
        assert planned() == {"2026-11-24": "24 07:30", "2026-11-25": "25 07:30"}

    @pytest.mark.hazard("HZ-08")
    def test_forth_and_back_keeps_todays(self, phone, priya, margaret, toe_curls, monkeypatch):
        """At noon from 18:00 to the past 07:30, and back: today's comes at six, and comes once."""
        programme = factories.make_programme(priya, margaret, [toe_curls], now=NOON - timedelta(days=1))
        for at in ("11:00", "18:00"):
            assert move(phone, programme, at).status_code == 302
        assert set(planned().values()) == {"23 18:00", "24 18:00", "25 18:00"}
        six = NOON + timedelta(hours=6)
        assert reminders.post_due(six) == 1
        monkeypatch.setattr(clock, "now", lambda: six + timedelta(minutes=1))
        for at in ("11:00", "19:00", "20:30"):  # the mail has left the house: whatever is moved now
            assert move(phone, programme, at).status_code == 302
        assert reminders.post_due(six + timedelta(hours=3)) == 0
        assert set(planned().values()) == {"24 20:30", "25 20:30"}

    def test_to_a_later_hour_after_a_pause_that_was_on_at_the_old_one(self, phone, programme, monkeypatch):
        """Nothing went at six, for the day was off; chosen anew at seven, the reminder comes at eight."""
        week = {
            "do": "choose",
            "quiet_until": "06:00",
            "quiet_from": "20:30",
            "paused_until": "",
            "anchor": "",
        }
        assert phone.post(PAGE, week | {"weekdays": ["2"]}).status_code == 302
        seven = NOON + timedelta(hours=7)
        assert reminders.post_due(seven) == 0
        monkeypatch.setattr(clock, "now", lambda: seven)
        assert phone.post(PAGE, week | {"weekdays": ["1", "2"]}).status_code == 302
        assert reminders.post_due(seven) == 0
        assert move(phone, programme, "20:00").status_code == 302
        assert reminders.post_due(seven + timedelta(hours=1)) == 1

    def test_to_the_same_time_writes_nothing(self, phone, programme):
        before = factories.count_rows()
        assert move(phone, programme, "18:00").status_code == 302
        assert factories.count_rows() == before

    @pytest.mark.parametrize("at", ["06:00", "20:30"])
    def test_to_the_ends_of_the_day(self, phone, programme, at):
        assert move(phone, programme, at).status_code == 302

    @pytest.mark.slow
    @pytest.mark.hazard("HZ-08")
    @pytest.mark.parametrize(
        ("at", "words"),
        [
            ("05:59", "Choose a time from 06:00 to 20:30."),
            ("20:31", "Choose a time from 06:00 to 20:30."),
            ("23:00", "Choose a time from 06:00 to 20:30."),
            ("", "Enter a time, such as 18:00."),
            ("noon", "Enter a time, such as 18:00."),
            ("25:00", "Enter a time, such as 18:00."),
            ("\x00", "Enter a time, such as 18:00."),
            ("1" * 10_000, "Enter a time, such as 18:00."),
        ],
    )
    def test_refuses_what_is_no_time_by_day(self, phone, programme, at, words):
        before = factories.count_rows()
        response = move(phone, programme, at)
        assert response.status_code == 422
        assert words in response.content.decode()
        assert factories.count_rows() == before
        programme.refresh_from_db()
        assert programme.reminder_time == time(18, 0)

    @pytest.mark.hazard("HZ-01")
    def test_of_somebody_elses_plan_is_not_found(self, phone, hugo, heinrich, toe_curls):
        theirs = factories.make_programme(hugo, heinrich, [toe_curls])
        before = factories.count_rows()
        assert move(phone, theirs, "07:30").status_code == 404
        theirs.refresh_from_db()
        assert theirs.reminder_time == time(18, 0)
        assert factories.count_rows() == before

    @pytest.mark.parametrize("pk", ["", "1", "\x00", "x" * 10_000])
    def test_of_no_plan_at_all(self, phone, programme, pk):
        before = factories.count_rows()
        assert phone.post(PAGE, {"programme": pk, "at": "07:30"}).status_code == 422
        assert factories.count_rows() == before


class TestStoppingAndStarting:
    @pytest.mark.hazard("HZ-06")
    def test_stops_at_once(self, phone, programme, margaret):
        assert phone.post(PAGE, {"do": "stop"}).status_code == 302
        assert planned() == {}
        record = ConsentRecord.objects.get(change="withdrawn")
        assert (record.channel, record.patient) == ("plan", margaret)
        page = phone.get(PAGE).content.decode()
        assert "Reminders are off." in page
        assert "Start reminders again" in page
        assert phone.get("/today/").status_code == 200

    def test_starting_again_plans_the_same_days(self, phone, programme):
        before = planned()
        assert len(before) == 3
        phone.post(PAGE, {"do": "stop"})
        phone.post(PAGE, {"do": "start"})
        assert planned() == before
        assert ConsentRecord.objects.filter(change="given", channel="plan").count() == 1

    def test_starting_without_an_address_is_refused(self, client, priya):
        nora = factories.make_patient(priya, "Nora", "Quist", email="", reminders_allowed=False)
        factories.open_plan(client, nora)
        before = factories.count_rows()
        response = client.post(PAGE, {"do": "start"})
        assert response.status_code == 422
        assert "Reminders need an e-mail address." in response.content.decode()
        assert factories.count_rows() == before

    @pytest.mark.parametrize("order", ["stop", "start"])
    def test_a_second_time_writes_nothing(self, phone, programme, order):
        phone.post(PAGE, {"do": "stop"})
        if order == "start":
            phone.post(PAGE, {"do": "start"})
        before = factories.count_rows()
        assert phone.post(PAGE, {"do": order}).status_code == 302
        assert factories.count_rows() == before


class TestWhoMayCome:
    @pytest.mark.parametrize("body", [{"do": "stop"}, {"at": "07:30"}])
    def test_nobody_without_an_open_plan(self, client, as_priya, programme, body):
        before = factories.count_rows()
        body |= {"programme": str(programme.pk)}
        assert {browser.post(PAGE, body).status_code for browser in (client, as_priya)} == {404}
        assert factories.count_rows() == before

    def test_forms_of_other_sites_are_refused(self, margaret, programme):
        strict = Client(enforce_csrf_checks=True)
        factories.open_plan(strict, margaret)
        assert strict.post(PAGE, {"do": "stop"}).status_code == 403
        assert len(planned()) == 3

    def test_wrong_method(self, phone):
        assert phone.put(PAGE).status_code == 405


def test_stopping_in_one_browser_shows_in_the_next(phone, margaret, programme):
    phone.post(PAGE, {"do": "stop"})
    other = Client()
    factories.open_plan(other, margaret, now=datetime(2026, 11, 23, 11, 0, tzinfo=UTC))
    assert "Reminders are off." in other.get(PAGE).content.decode()

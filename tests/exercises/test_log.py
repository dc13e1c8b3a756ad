"""What the patient says of a day: stored once, correctable, never guessed."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry
from exercises import actions
from exercises.models import LogEntry, Programme, Reminder, ReminderState
from patients.models import PainScore, Patient
from tests import factories
from tests.factories import NOON

TODAY = NOON.date()


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_plan(client, margaret)
    return client


@pytest.fixture
def three(priya, margaret) -> Programme:
    exercises = [factories.make_exercise(slug) for slug in ("toe-curls", "heel-raises", "ball-rolls")]
    return factories.make_programme(priya, margaret, exercises)


def shown(programme: Programme) -> list[str]:
    return [str(item.pk) for item in programme.items.all()]


def send(client: Client, programme: Programme, **answers):
    data = {"performed_on": TODAY.isoformat(), "item": shown(programme), **answers}
    return client.post("/today/log/", data)


def stored() -> dict[str, str]:
    return {str(entry.item_id): entry.done for entry in LogEntry.objects.all()}


def scores() -> dict[str, int]:
    return {answer.measure: answer.score for answer in PainScore.objects.all()}


class TestSaving:
    def test_all_done_with_pain(self, phone, three, margaret):
        response = send(phone, three, all="1", pain_foot_24h="4")
        assert (response.status_code, response["Location"]) == (303, "/today/?saved=2026-11-23")
        assert stored() == dict.fromkeys(shown(three), "done")
        assert scores() == {"pain_foot_24h": 4}
        assert "Saved: 3 of 3 done, foot pain 4." in phone.get(response["Location"]).content.decode()
        entry = AuditEntry.objects.get(verb="day.logged")
        assert (entry.actor_kind, entry.patient_id) == ("patient", margaret.pk)

    def test_all_done_leaves_what_was_marked_otherwise(self, phone, three):
        first, second, third = shown(three)
        response = send(phone, three, all="1", **{f"done-{first}": "not_done", f"done-{second}": "partly"})
        assert stored() == {first: "not_done", second: "partly", third: "done"}
        page = phone.get(response["Location"]).content.decode()
        assert "Saved: 1 of 3 done, 1 partly done, 1 not done." in page

    def test_only_what_was_marked(self, phone, three):
        first, *_ = shown(three)
        response = send(phone, three, **{f"done-{first}": "done"})
        assert stored() == {first: "done"}
        assert scores() == {}
        assert "Saved: 1 of 3 done." in phone.get(response["Location"]).content.decode()

    @pytest.mark.hazard("HZ-23")
    def test_no_pain_is_an_answer_and_no_answer_is_none(self, phone, three):
        send(phone, three, pain_foot_24h="0", pain_back_24h="")
        assert scores() == {"pain_foot_24h": 0}
        assert stored() == {}

    @pytest.mark.hazard("HZ-37")
    def test_later_answers_replace_earlier_ones(self, phone, three):
        first, *_ = shown(three)
        send(phone, three, all="1", pain_foot_24h="6")
        send(phone, three, pain_foot_24h="5", **{f"done-{first}": "not_done"})
        assert stored()[first] == "not_done"
        assert LogEntry.objects.count() == 3
        assert scores() == {"pain_foot_24h": 5}

    @pytest.mark.hazard("HZ-37")
    def test_a_second_press_changes_nothing(self, phone, three):
        send(phone, three, all="1", pain_foot_24h="4")
        entries = set(LogEntry.objects.values_list("pk", "done"))
        send(phone, three, all="1", pain_foot_24h="4")
        assert set(LogEntry.objects.values_list("pk", "done")) == entries
        assert PainScore.objects.count() == 1

    def test_todays_reminder_is_not_sent_any_more(self, phone, three):
        send(phone, three, all="1")
        states = dict(Reminder.objects.values_list("local_date", "state"))
        assert states.pop(TODAY) == ReminderState.CANCELLED
        assert set(states.values()) == {ReminderState.PLANNED}

    @pytest.mark.hazard("HZ-08", "HZ-37")
    def test_a_page_left_open_over_midnight_is_stored_under_its_day(self, phone, three, monkeypatch):
        factories.open_plan(phone, three.patient, now=NOON + timedelta(hours=11))
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 0, 10, tzinfo=UTC))
        response = send(phone, three, all="1")
        assert set(LogEntry.objects.values_list("performed_on", flat=True)) == {TODAY}
        page = phone.get(response["Location"]).content.decode()
        assert "Saved for Monday 23 November: 3 of 3 done." in page
        assert "0 of 3 done" in page  # of the new day

    @pytest.mark.parametrize("count", [1, 10])
    def test_asks_as_much_of_the_database_for_one_as_for_ten(self, phone, priya, margaret, count):
        exercises = [factories.make_exercise(f"exercise-{n}") for n in range(count)]
        programme = factories.make_programme(priya, margaret, exercises)
        data = {"performed_on": TODAY.isoformat(), "item": shown(programme), "all": "1"}
        with CaptureQueriesContext(connection) as queries:
            phone.post("/today/log/", data | {"pain_foot_24h": "4", "pain_back_24h": "0"})
        assert LogEntry.objects.count() == count
        statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        # visit; the record is open; the report, before and after; items due; the record again; scores; what stands;
        # entries; two audit entries; reminders cancelled, posted ones looked for.
        assert len(statements) == 13
        # visit; the record is open, thrice; known report; items due; report; standing entries; entries; scores; two audit
        # entries; reminders cancelled, posted ones looked for; + the clock. The page itself: that the plan is known.
        assert len(statements) + 1 <= 15


class TestRefusing:
    """Each with the status, the words, what was typed, and nothing written."""

    def refused(self, response, words: str, before: dict[str, int]) -> str:
        assert response.status_code == 422
        page = str(response.content.decode())
        assert words in page
        assert "Error:" in page
        assert factories.count_rows() == before
        return page

    @pytest.mark.slow
    @pytest.mark.hazard("HZ-37")
    @pytest.mark.parametrize("value", ["11", "-1", "4.5", "many", "४", "9" * 10_000, "\x00"])
    def test_a_score_that_is_none(self, phone, three, value):
        before = factories.count_rows()
        first, *_ = shown(three)
        response = send(phone, three, all="1", pain_foot_24h=value, **{f"done-{first}": "partly"})
        page = self.refused(response, "Choose a number from 0 to 10.", before)
        assert page.count(" checked") == 1  # what was marked is still marked

    @pytest.mark.slow
    @pytest.mark.parametrize("value", ["yes", "DONE", "\x00", "x" * 10_000])
    def test_an_answer_that_is_none(self, phone, three, value):
        before = factories.count_rows()
        first, *_ = shown(three)
        response = send(phone, three, **{f"done-{first}": value})
        self.refused(response, "Choose done, partly done or not done.", before)

    def test_nothing_marked(self, phone, three):
        before = factories.count_rows()
        self.refused(send(phone, three), "Mark at least one exercise or give a pain score.", before)

    @pytest.mark.slow
    @pytest.mark.parametrize("day", ["2026-11-24", "2026-11-15", "1900-01-01", "9999-12-31"])
    def test_a_day_out_of_reach(self, phone, three, day):
        before = factories.count_rows()
        response = send(phone, three, all="1", performed_on=day)
        self.refused(response, "This day can no longer be changed here.", before)

    @pytest.mark.slow
    @pytest.mark.parametrize("day", ["", "soon", "2026-02-31", "x" * 10_000])
    def test_a_day_that_is_none(self, phone, three, day):
        before = factories.count_rows()
        self.refused(send(phone, three, all="1", performed_on=day), "Open the plan again.", before)

    @pytest.mark.hazard("HZ-01")
    def test_exercises_of_somebody_else(self, phone, three, hugo, heinrich, toe_curls):
        theirs = factories.make_programme(hugo, heinrich, [toe_curls])
        before = factories.count_rows()
        response = send(phone, theirs, all="1")
        page = self.refused(response, "Your plan has changed. Please look at it again.", before)
        assert page.count('class="card ex"') == 3  # their own plan, to look at again

    @pytest.mark.slow
    @pytest.mark.parametrize("item", ["", "1", "x" * 10_000, "\x00"])
    def test_ids_that_are_none(self, phone, three, item):
        before = factories.count_rows()
        data = {"performed_on": TODAY.isoformat(), "item": [item], "all": "1"}
        response = phone.post("/today/log/", data)
        self.refused(response, "Mark at least one exercise or give a pain score.", before)

    @pytest.mark.hazard("HZ-04")
    def test_an_exercise_that_is_not_in_the_plan(self, phone, three):
        before = factories.count_rows()
        stranger = str(uuid4())
        data = {"performed_on": TODAY.isoformat(), "item": [stranger], f"done-{stranger}": "done"}
        self.refused(phone.post("/today/log/", data), "Your plan has changed.", before)

    def test_an_exercise_that_is_not_due_that_day(self, phone, priya, margaret, toe_curls):
        plan = factories.item_plan(toe_curls.current, days_per_week=None, every_n_days=2)
        programme = factories.make_programme(priya, margaret, [], items=[plan], now=NOON - timedelta(days=1))
        before = factories.count_rows()
        self.refused(send(phone, programme, all="1"), "Your plan has changed.", before)

    @pytest.mark.hazard("HZ-04")
    def test_a_programme_that_ended(self, phone, three, priya):
        factories.make_programme(priya, three.patient, [factories.make_exercise("other")])
        actions.end_programme(actor=Actor.system("test"), programme=three, now=NOON, reason="test")
        before = factories.count_rows()
        self.refused(send(phone, three, all="1"), "Your plan has changed.", before)


class TestWhoMayWrite:
    def test_nobody_without_an_open_plan(self, client, three):
        before = factories.count_rows()
        assert send(client, three, all="1").status_code == 404
        assert factories.count_rows() == before

    def test_staff_are_nobody_here(self, as_priya, three):
        before = factories.count_rows()
        assert send(as_priya, three, all="1").status_code == 404
        assert factories.count_rows() == before

    def test_forms_of_other_sites_are_refused(self, three, margaret):
        strict = Client(enforce_csrf_checks=True)
        factories.open_plan(strict, margaret)
        before = factories.count_rows()
        assert send(strict, three, all="1").status_code == 403
        assert factories.count_rows() == before

    def test_wrong_method(self, phone, three):
        assert phone.get("/today/log/").status_code == 405


@pytest.mark.hazard("HZ-08")
def test_the_day_is_the_patients_own(client, priya, monkeypatch):
    """Late in the evening of London it is tomorrow in Auckland."""
    aroha = factories.make_patient(priya, "Aroha", "Ngata", time_zone="Pacific/Auckland")
    factories.open_plan(client, aroha)
    exercise = factories.make_exercise()
    programme = factories.make_programme(priya, aroha, [exercise], starts_on=date(2026, 11, 24))
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=1))
    data = {"performed_on": "2026-11-24", "item": shown(programme), "all": "1"}
    assert client.post("/today/log/", data).status_code == 303
    assert LogEntry.objects.get().performed_on == date(2026, 11, 24)

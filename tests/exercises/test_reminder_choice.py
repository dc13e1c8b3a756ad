"""Days, hours, pause and anchor in the patient's hands: in force before the next sending."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.errors import Refused
from clinic.models import AuditEntry, EmailState, OutgoingEmail
from exercises import emails, reminders
from exercises.models import Anchor, Reminder, ReminderChoice, ReminderState
from patients.models import Patient
from tests import factories
from tests.exercises.wishes_world import choose, move
from tests.factories import NOON
from tests.pages import text

PAGE = "/today/reminders/"
SIX = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # a Monday
FORM = {
    "do": "choose",
    "weekdays": ["1", "3", "5"],
    "quiet_until": "08:00",
    "quiet_from": "19:00",
    "paused_until": "",
    "anchor": "breakfast",
}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_plan(client, margaret)
    return client


def planned() -> list[str]:
    rows = Reminder.objects.filter(state=ReminderState.PLANNED).order_by("due_at")
    return [str(row.local_date) for row in rows]


class TestPage:
    def test_asks_as_it_stands_and_writes_nothing(self, phone, programme):
        before = factories.count_rows()
        page = text(phone.get(PAGE))
        assert page.count("checked") == 7
        assert 'value="06:00"' in page
        assert 'value="20:30"' in page
        assert factories.count_rows() == before

    def test_saves_and_shows_it(self, phone, programme, margaret):
        response = phone.post(PAGE, FORM)
        assert (response.status_code, response["Location"]) == (302, f"{PAGE}?saved=1")
        choice = ReminderChoice.objects.get()
        assert (choice.patient, choice.weekdays, choice.anchor) == (margaret, [1, 3, 5], "breakfast")
        assert planned() == ["2026-11-23", "2026-11-25"]
        page = text(phone.get(response["Location"]))
        assert page.count("checked") == 3
        assert "Saved. The next reminder comes as you chose." in page
        entry = AuditEntry.objects.get(verb="reminders.chosen")
        assert entry.patient_id == margaret.pk
        assert entry.changes["quiet_from"] == "19:00:00"

    def test_the_same_again_writes_nothing(self, phone, programme):
        phone.post(PAGE, FORM)
        before = factories.count_rows()
        assert phone.post(PAGE, FORM).status_code == 302
        assert factories.count_rows() == before

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"weekdays": []}, "Choose at least one day of the week."),
            ({"weekdays": ["8"]}, "Choose at least one day of the week."),
            ({"quiet_until": "05:00"}, "Put the earlier hour first."),
            ({"quiet_from": "22:00"}, "Put the earlier hour first."),
            ({"quiet_until": "19:30"}, "Put the earlier hour first."),
            ({"quiet_until": ""}, "Enter a time, such as 18:00."),
            ({"quiet_from": "17:59"}, "Your reminder comes at 18:00. Move it first"),
            ({"quiet_until": "18:01"}, "Your reminder comes at 18:00. Move it first"),
            ({"paused_until": "2026-11-22"}, "Choose a day from today on."),
            ({"paused_until": "soon"}, "Enter a day, such as 2026-12-24."),
            ({"anchor": "after my heel hurts"}, "Choose one from the list."),
        ],
    )
    def test_a_refusal_changes_nothing(self, phone, programme, change, words):
        before = factories.count_rows()
        response = phone.post(PAGE, FORM | change)
        assert response.status_code == 422
        assert words in text(response)
        assert factories.count_rows() == before
        assert len(planned()) == 3

    def test_a_time_outside_the_hours_is_refused(self, phone, programme):
        phone.post(PAGE, FORM)
        before = factories.count_rows()
        response = phone.post(PAGE, {"programme": str(programme.pk), "at": "19:01"})
        assert response.status_code == 422
        assert "Reminders may come from 08:00 to 19:00 only." in text(response)
        programme.refresh_from_db()
        assert programme.reminder_time == time(18, 0)
        assert factories.count_rows() == before

    def test_nobody_without_an_open_plan(self, client, as_priya, programme):
        before = factories.count_rows()
        assert {browser.post(PAGE, FORM).status_code for browser in (client, as_priya)} == {404}
        assert factories.count_rows() == before

    def test_staff_read_it_on_the_patients_page(self, as_priya, margaret, programme):
        choose(margaret, weekdays=(1, 3), quiet_from=time(19, 0), paused_until=date(2026, 12, 1))
        page = text(as_priya.get(f"/patients/{margaret.pk}/"))
        assert "The patient wants reminders: Mon, Wed, 06:00 to 19:00" in page
        assert "none until 1 Dec 2026" in page

    def test_an_archived_record_is_not_written_in(self, margaret, programme):
        Patient.objects.filter(pk=margaret.pk).update(archived_at=NOON, archived_by=programme.assigned_by)
        with pytest.raises(Refused) as refused:
            choose(margaret, weekdays=(1,))
        assert refused.value.code == "archived"
        assert not ReminderChoice.objects.exists()


class TestInForce:
    def test_until_the_pause_is_over(self, margaret, programme):
        choose(margaret, paused_until=date(2026, 11, 24))
        assert planned() == ["2026-11-25"]
        assert reminders.post_due(SIX) == 0

    def test_taking_the_pause_back_plans_the_days_again(self, margaret, programme):
        choose(margaret, paused_until=date(2026, 12, 24))
        assert planned() == []
        choose(margaret)
        assert len(planned()) == 3

    @pytest.mark.hazard("HZ-08")
    def test_a_posted_mail_is_asked_about_when_it_is_written(self, margaret, programme):
        reminders.post_due(SIX)
        reminder = Reminder.objects.get(state=ReminderState.POSTED)
        assert emails.exercise_reminder(str(reminder.pk), SIX)
        choose(margaret, weekdays=(2, 3))
        assert emails.exercise_reminder(str(reminder.pk), SIX) is None

    @pytest.mark.hazard("HZ-08")
    def test_a_mail_that_waits_does_not_leave_in_the_new_quiet_hours(self, margaret, programme):
        reminders.post_due(SIX)
        reminder = Reminder.objects.get(state=ReminderState.POSTED)
        half_past = SIX + timedelta(minutes=30)
        assert emails.exercise_reminder(str(reminder.pk), half_past)
        choose(margaret, quiet_from=time(18, 20))
        assert emails.exercise_reminder(str(reminder.pk), half_past - timedelta(minutes=11))
        assert emails.exercise_reminder(str(reminder.pk), half_past) is None

    def test_a_row_planned_before_is_asked_about_too(self, margaret, programme):
        ReminderChoice.objects.create(clinic_id=margaret.clinic_id, patient=margaret, weekdays=[2])
        assert reminders.post_due(SIX) == 0
        reminder = Reminder.objects.get(local_date=NOON.date())
        assert (reminder.state, reminder.reason) == (
            ReminderState.CANCELLED,
            "The patient wants no reminder at that time.",
        )

    def test_a_programme_moved_within_the_hours(self, margaret, programme):
        choose(margaret, quiet_until=time(8, 0), quiet_from=time(19, 0))
        assert move(programme, time(19, 0))
        row = Reminder.objects.filter(state=ReminderState.PLANNED).order_by("due_at")[0]
        assert (row.due_at.hour, row.expires_at - row.due_at) == (19, timedelta(minutes=25))

    @pytest.mark.parametrize("patients", [1, 10])
    def test_posting_asks_once_for_a_batch(self, priya, toe_curls, patients):
        for number in range(patients):
            person = factories.make_patient(
                priya, "Nora", f"Quist {number}x", email=f"n{number}@patients.example"
            )
            factories.make_programme(priya, person, [toe_curls])
            choose(person, weekdays=(1,) if number % 2 else (1, 2))
        ReminderChoice.objects.filter(weekdays=[1]).update(weekdays=[2])
        with CaptureQueriesContext(connection) as asked:
            assert reminders.post_due(SIX) == (patients + 1) // 2
        reads = [query for query in asked.captured_queries if query["sql"].startswith("SELECT")]
        assert len([query for query in reads if "reminderchoice" in query["sql"]]) == 1


class TestAnchor:
    @pytest.mark.parametrize("anchor", Anchor.values)
    def test_stands_in_the_mail(self, margaret, programme, anchor):
        choose(margaret, anchor=anchor)
        letter = emails.exercise_reminder(str(Reminder.objects.get(local_date=NOON.date()).pk), SIX)
        sentence = f"You wanted to do them {Anchor(anchor).label}."
        assert sentence in letter.text
        assert sentence in letter.html

    def test_stands_on_the_page(self, phone, margaret, programme):
        assert "You wanted to do them" not in text(phone.get("/today/"))
        choose(margaret, anchor="breakfast")
        assert "You wanted to do them after breakfast." in text(phone.get("/today/"))


class TestFromTheMail:
    def test_the_link_leads_to_the_reminders(self, client, programme, margaret):
        letter = emails.exercise_reminder(str(Reminder.objects.get(local_date=NOON.date()).pk), SIX)
        assert "Change time or days: http://testserver/t/?to=reminders#" in letter.text
        secret = letter.text.partition("?to=reminders#")[2][:43]
        page = text(client.get("/t/?to=reminders"))
        assert f'data-today="{PAGE}"' in page
        assert '<input type="hidden" name="to" value="reminders">' in page
        response = client.post("/t/open/", {"link": secret, "to": "reminders"})
        assert (response.status_code, response["Location"]) == (303, PAGE)

    @pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "log", "", "x" * 5000])
    def test_leads_nowhere_else(self, client, programme, margaret, to):
        assert "evil" not in text(client.get("/t/", {"to": to}))
        secret = factories.make_link(margaret)
        assert client.post("/t/open/", {"link": secret, "to": to})["Location"] == "/today/"

    def test_opening_it_writes_nothing(self, client, db):
        before = factories.count_rows()
        with CaptureQueriesContext(connection) as asked:
            client.get("/t/?to=reminders")
        assert len(asked) == 0
        assert factories.count_rows() == before


def test_a_stopped_mail_is_taken_back(margaret, programme, phone):
    reminders.post_due(SIX)
    phone.post(PAGE, {"do": "stop"})
    assert OutgoingEmail.objects.get(letter="exercise_reminder").state == EmailState.CANCELLED

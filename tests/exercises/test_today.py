"""The patient's page of the day: what is due, what was said, and why there may be nothing."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Done, Programme
from patients.models import Measure, Patient
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


def log(patient: Patient, entry: actions.DayLog) -> None:
    actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=NOON)


def text(response) -> str:
    return str(response.content.decode())


class TestDueDay:
    def test_shows_each_exercise_with_picture_dose_steps_and_when_to_stop(self, phone, programme):
        page = text(phone.get("/today/"))
        assert "<h2>Toe curls and spreads</h2>" in page
        assert "10–15 times, each foot" in page
        assert "once a day, every day" in page
        assert "img/exercises/toe-curls-and-spreads-poses.svg" in page
        assert 'alt="First: toes curled down. Second: toes spread wide."' in page
        assert "Curl your toes down." in page
        assert page.count("if pain turns sharp") == 2  # beside the steps, and open to everybody's eyes
        assert "0 of 1 done, about 2 minutes left" in page

    @pytest.mark.hazard("HZ-01", "HZ-30")
    def test_names_the_patient_by_first_name_and_tells_no_finding(self, phone, programme, finding):
        page = text(phone.get("/today/"))
        assert "Today’s exercises, <bdi>Margaret</bdi>" in page
        for word in ("Hale", "fasciitis", "1956", "patients.example", "Article basics"):
            assert word not in page

    @pytest.mark.hazard("HZ-23")
    def test_chooses_nothing_beforehand(self, phone, programme):
        page = text(phone.get("/today/"))
        assert page.count('type="radio"') == 3 + 6 + 3 + 11 + 11  # done, reasons, effort; two scales
        assert " checked" not in page

    def test_asks_for_pain_in_the_reviewed_words(self, phone, programme):
        page = text(phone.get("/today/"))
        assert "Over the last 24 hours, how much has your foot hurt on average?" in page
        assert "Over the last 24 hours, how much has your lower back hurt on average?" in page

    @pytest.mark.hazard("HZ-37")
    def test_shows_what_is_stored_as_chosen(self, phone, programme, margaret):
        item = programme.items.get()
        entry = actions.DayLog(performed_on=TODAY, done={item.pk: Done.PARTLY}, pain={Measure.PAIN_FOOT: 0})
        log(margaret, entry)
        page = text(phone.get("/today/"))
        assert page.count(" checked") == 2
        assert f'name="done-{item.pk}" value="partly"' in page
        assert "Partly done today" in page
        assert "0 of 1 done" in page
        assert "I did all of them" not in page
        assert "Save changes" in page

    def test_says_that_nobody_watches_and_links_to_help(self, phone, programme, riverside):
        page = text(phone.get("/today/"))
        assert "Nobody watches your logs in real time." in page
        assert page.count(f'href="/help/{riverside.pk}/"') >= 2

    def test_lists_two_programmes_together(self, phone, priya, margaret, programme):
        other = factories.make_exercise("ball-rolls")
        factories.make_programme(priya, margaret, [other])
        page = text(phone.get("/today/"))
        assert page.count('class="card ex"') == 2
        assert "0 of 2 done" in page

    @pytest.mark.hazard("HZ-01", "HZ-04")
    def test_is_kept_by_nobody_and_sets_no_cookie(self, phone, programme):
        response = phone.get("/today/")
        assert response["Cache-Control"] == "no-store"
        assert "sessionid" not in response.cookies
        assert "staff" not in response.cookies

    def test_reading_writes_nothing(self, phone, programme):
        before = factories.count_rows()
        phone.get("/today/?saved=2026-11-23")
        phone.head("/today/")
        assert factories.count_rows() == before

    @pytest.mark.parametrize("count", [1, 10])
    def test_asks_seven_questions_of_the_database(self, phone, priya, margaret, count):
        exercises = [factories.make_exercise(f"exercise-{n}") for n in range(count)]
        factories.make_programme(priya, margaret, exercises)
        with CaptureQueriesContext(connection) as queries:
            page = text(phone.get("/today/"))
        assert page.count('class="card ex"') == count
        # visit with patient and clinic; programmes, items, pauses; what to wear; all that is asked of the patient's day.
        # The clock is frozen: + 1. On a device of their own: one more.
        assert len(queries) + 1 == 7


class TestNothingDue:
    def page(self, phone: Client) -> str:
        return text(phone.get("/today/"))

    def every_third_day(self, priya: User, margaret: Patient, **fields) -> Programme:
        exercise = factories.make_exercise()
        assert exercise.current
        plan = factories.item_plan(exercise.current, days_per_week=None, every_n_days=3)
        return factories.make_programme(priya, margaret, [], items=[plan], **fields)

    def test_rest_day_names_the_next_and_still_takes_pain(self, phone, priya, margaret):
        self.every_third_day(priya, margaret, now=NOON - timedelta(days=1))
        page = self.page(phone)
        assert "No exercises today. The next ones are on Wednesday 25 November." in page
        assert "Today is a day of rest" in page
        assert "000 0000 0000" in page
        assert 'name="pain_foot_24h"' in page
        assert "I did all of them" not in page

    def test_last_days_without_another_due_day(self, phone, priya, margaret):
        self.every_third_day(priya, margaret, now=NOON - timedelta(days=6, hours=1), weeks=1)
        page = self.page(phone)
        assert 'class="card ex"' in page  # day seven is due; the day after it the plan is over

    def test_plan_that_starts_later(self, phone, priya, margaret, toe_curls):
        factories.make_programme(priya, margaret, [toe_curls], starts_on=date(2026, 11, 30))
        page = self.page(phone)
        assert "Your plan starts on Monday 30 November." in page
        assert "pain_foot_24h" not in page

    def test_plan_whose_last_day_is_past(self, phone, priya, margaret, toe_curls):
        factories.make_programme(priya, margaret, [toe_curls], now=NOON - timedelta(days=21), weeks=2)
        page = self.page(phone)
        assert "Your plan ended on 15 November." in page
        assert "000 0000 0000" in page

    def test_no_plan(self, phone):
        assert "You have no plan at the moment." in self.page(phone)


class TestConfirmation:
    @pytest.mark.hazard("HZ-37")
    def test_is_counted_from_what_is_stored(self, phone, programme, margaret):
        log(margaret, actions.DayLog(performed_on=TODAY, pain={Measure.PAIN_BACK: 2}))
        assert "Saved: lower back pain 2." in text(phone.get("/today/?saved=2026-11-23"))

    @pytest.mark.parametrize("value", ["", "yesterday", "2026-02-31", "2026-11-24", "2026-11-15", "9" * 5000])
    def test_ignores_days_that_cannot_be(self, phone, programme, value):
        response = phone.get("/today/", {"saved": value})
        assert response.status_code == 200
        assert "Saved" not in text(response)


class TestWhoMayCome:
    def test_nobody_without_an_open_plan(self, client, programme):
        assert client.get("/today/").status_code == 404

    @pytest.mark.hazard("HZ-01")
    def test_another_patients_browser_sees_only_its_own(self, client, programme, heinrich):
        factories.open_plan(client, heinrich)
        page = text(client.get("/today/"))
        assert "You have no plan at the moment." in page
        assert "Toe curls" not in page

    def test_staff_are_nobody_here(self, as_priya, programme):
        assert as_priya.get("/today/").status_code == 404

    def test_wrong_method(self, phone, programme):
        assert phone.post("/today/").status_code == 405


class TestLeaving:
    @pytest.mark.hazard("HZ-01", "HZ-30")
    def test_forgets_this_browser_and_keeps_the_link(self, phone, programme):
        response = phone.post("/today/leave/")
        assert (response.status_code, response["Location"]) == (303, "/today/")
        assert phone.get("/today/").status_code == 404
        from_mail = factories.make_link(programme.patient)
        assert phone.post("/t/open/", {"link": from_mail}).status_code == 303

    def test_wrong_method(self, phone, programme):
        before = factories.count_rows()
        assert phone.get("/today/leave/").status_code == 405
        assert factories.count_rows() == before

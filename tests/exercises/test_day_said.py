"""Reasons, effort and notes; earlier days; what is new since the last look. Stored once, never guessed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry, User
from exercises import actions, misses
from exercises.models import DayReport, LogEntry, MissReason, PlanSeen, Programme
from patients import actions as patient_actions
from patients.models import Measure, PainScore, Patient
from tests import factories
from tests.factories import NOON, TODAY
from tests.pages import text
from tests.test_wording import offences

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_plan(client, margaret)
    return client


@pytest.fixture
def two(priya: User, margaret: Patient) -> Programme:
    exercises = [factories.make_exercise("toe-curls"), factories.make_exercise("heel-raises")]
    return factories.make_programme(priya, margaret, exercises, now=NOON - timedelta(days=3))


def send(client: Client, programme: Programme, **answers):
    data = {"performed_on": TODAY.isoformat(), "item": [str(item.pk) for item in programme.items.all()]}
    return client.post("/today/log/", data | answers)


def ids(programme: Programme) -> list[str]:
    return [str(item.pk) for item in programme.items.all()]


@pytest.mark.parametrize("reason", MissReason.values)
def test_each_reason_is_one_answer_and_gets_one_at_once(phone, two, reason):
    first, second = ids(two)
    response = send(phone, two, all="1", **{f"done-{first}": "not_done", f"reason-{first}": reason})
    assert dict(LogEntry.objects.values_list("item_id", "reason")) == {
        two.items.all()[0].pk: reason,
        two.items.all()[1].pk: "",
    }
    page = text(phone.get(response["Location"]))
    answer = misses.answer(reason)
    assert answer.sentence in page
    assert offences(answer.sentence, patient=True) == []
    assert second in page
    assert answer.sentence not in text(phone.get("/today/"))


def test_effort_of_what_was_done_only_and_no_reason_for_it(phone, two):
    first, second = ids(two)
    answers = {
        f"done-{first}": "done",
        f"effort-{first}": "hard",
        f"reason-{first}": "pain",  # chosen before the answer was changed
        f"done-{second}": "not_done",
        f"effort-{second}": "easy",
    }
    send(phone, two, **answers)
    stored = {
        str(pk): rest for pk, *rest in LogEntry.objects.values_list("item_id", "done", "reason", "effort")
    }
    assert stored == {first: ["done", "", "hard"], second: ["not_done", "", ""]}


@pytest.mark.hazard("HZ-23")
def test_a_reason_alone_says_nothing_of_what_was_done(phone, two):
    first, _second = ids(two)
    before = factories.count_rows()
    response = send(phone, two, all="1", **{f"reason-{first}": "pain"})
    assert response.status_code == 422
    assert "You gave a reason. Say whether you did it partly or not at all." in text(response)
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-37")
def test_a_double_press_is_one_report_and_a_changed_old_page_is_another(phone, two):
    report = str(uuid4())
    for _ in range(2):
        send(phone, two, all="1", note="Stiff today.", report=report)
    assert DayReport.objects.count() == 1
    assert DayReport.objects.get().note == "Stiff today."
    send(phone, two, report=report, **{f"done-{ids(two)[0]}": "partly"})  # after the browser's Back
    assert DayReport.objects.count() == 2
    assert LogEntry.objects.get(item=ids(two)[0]).done == "partly"
    assert "Stiff today." in text(phone.get("/today/"))


def test_a_note_that_is_too_long_comes_back(phone, two):
    before = factories.count_rows()
    response = send(phone, two, all="1", note="x" * 501)
    assert response.status_code == 422
    assert "x" * 501 in text(response)
    assert factories.count_rows() == before


def test_first_step_pain_is_asked_where_it_was_chosen(phone, priya, margaret, two):
    assert "pain_first_step" not in text(phone.get("/today/"))
    patient_actions.choose_daily_measures(
        actor=Actor.staff(priya), patient=margaret, measures=[Measure.PAIN_FIRST_STEP]
    )
    page = text(phone.get("/today/"))
    assert "Think of your first few steps after getting up today." in page
    assert 'name="pain_back_24h"' not in page
    response = send(phone, two, pain_first_step="0")
    assert PainScore.objects.get().score == 0
    assert "first-step pain 0" in text(phone.get(response["Location"]))


ADVICE = "Halve the repetitions for two days, then call me."
GUIDE = "During an exercise, pain up to 3 out of 10 is usually acceptable."


def advised(priya: User, margaret: Patient, **more: object) -> None:
    patient_actions.choose_daily_measures(
        actor=Actor.staff(priya),
        patient=margaret,
        measures=[Measure.PAIN_FOOT],
        **more,  # type: ignore[arg-type]
    )


def test_strong_pain_is_answered_with_the_practitioners_advice(phone, priya, margaret, two):
    advised(priya, margaret, advice=ADVICE)
    assert f"At 6 or more, your practitioner’s advice: <bdi>{ADVICE}</bdi>" in text(phone.get("/today/"))
    weaker = text(phone.get(send(phone, two, pain_foot_24h="5")["Location"]))
    assert "You told of strong pain" not in weaker
    strong = text(phone.get(send(phone, two, pain_foot_24h="6")["Location"]))
    answer = strong.partition("You told of strong pain")[2].partition("Get help now")[0]
    assert ADVICE in answer
    assert "Stop this exercise" in answer
    assert "000 0000 0000" in answer


def test_strong_pain_is_answered_where_nobody_advised(phone, two):
    page = text(phone.get(send(phone, two, pain_back_24h="10")["Location"]))
    assert "You told of strong pain" in page
    assert "practitioner’s advice" not in page


def test_the_pain_guide_is_off_until_it_is_asked_for(phone, priya, margaret, two):
    assert GUIDE not in text(phone.get("/today/"))
    advised(priya, margaret, guide=True)
    assert GUIDE in text(phone.get("/today/"))
    assert GUIDE in text(phone.get("/today/guide/"))


class TestEarlierDays:
    def test_are_linked_and_corrected(self, phone, two):
        assert f"/today/day/{YESTERDAY}/" in text(phone.get("/today/"))
        page = text(phone.get(f"/today/day/{YESTERDAY}/"))
        assert "Sunday 22 November" in page
        assert "0 of 2 done" in page
        assert "about" not in page.partition("0 of 2 done")[2][:20]
        response = send(phone, two, all="1", performed_on=YESTERDAY.isoformat())
        assert LogEntry.objects.filter(performed_on=YESTERDAY).count() == 2
        assert "Saved for Sunday 22 November: 2 of 2 done." in text(phone.get(response["Location"]))

    @pytest.mark.hazard("HZ-37")
    def test_a_page_of_yesterday_that_is_sent_today_is_said_of_the_day_it_shows(
        self, phone, two, margaret, monkeypatch
    ):
        """Opened at five to midnight, pressed at five past."""
        factories.open_plan(phone, margaret, now=NOON + timedelta(hours=11))
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=11, minutes=55))
        page = text(phone.get("/today/"))
        assert "Monday 23 November" in page
        made = page.partition('name="performed_on" value="')[2][:10]
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=12, minutes=5))
        response = send(phone, two, all="1", performed_on=made, pain_foot_24h="3")
        assert set(LogEntry.objects.values_list("performed_on", flat=True)) == {TODAY}
        assert PainScore.objects.get().on == TODAY
        page = text(phone.get(response["Location"]))
        assert "Saved for Monday 23 November: 2 of 2 done" in page
        assert f'<a href="/today/day/{TODAY}/">Change it</a>' in page
        assert "0 of 2 done" in page  # of the new day

    def test_a_refusal_over_midnight_stays_on_the_day_it_is_about(self, phone, two, margaret, monkeypatch):
        factories.open_plan(phone, margaret, now=NOON + timedelta(hours=11))
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=13))
        response = send(phone, two, performed_on=TODAY.isoformat())
        assert response.status_code == 422
        page = text(response)
        assert "<h1>Monday 23 November</h1>" in page
        assert f'name="performed_on" value="{TODAY}"' in page
        assert "data-today" not in page

    def test_only_todays_page_turns_with_the_day(self, phone, two):
        assert 'data-today="1"' in text(phone.get("/today/"))
        assert "data-today" not in text(phone.get(f"/today/day/{YESTERDAY}/"))
        assert "data-today" not in text(send(phone, two))

    @pytest.mark.parametrize("day", ["2026-11-15", "2026-11-24", "2026-11-23", "soon", "9" * 99])
    def test_others_lead_to_today(self, phone, two, day):
        response = phone.get(f"/today/day/{day}/")
        assert (response.status_code, response["Location"]) == (302, "/today/")

    def test_staff_read_what_was_entered_later(self, phone, as_priya, two, margaret):
        first, _second = ids(two)
        answers = {f"done-{first}": "not_done", f"reason-{first}": "unsure", "note": "Which knee?"}
        send(phone, two, performed_on=YESTERDAY.isoformat(), **answers)
        LogEntry.objects.update(recorded_at=NOON)
        page = text(as_priya.get(f"/patients/{margaret.pk}/visit/"))
        assert page.count('<span class="tag">entered later</span>') == 1
        assert "I was not sure how: 1" in page
        assert "Which knee?" in page


class TestNews:
    def test_the_first_open_says_nothing_new(self, phone, two):
        assert PlanSeen.objects.count() == 1
        assert "New since" not in text(phone.get("/today/"))

    def test_what_is_new_stands_until_it_was_seen(self, phone, priya, margaret, two):
        factories.make_programme(priya, margaret, [factories.make_exercise("ball-rolls")])
        for _ in range(2):  # opening is not seeing
            page = text(phone.get("/today/"))
            assert "New since 20 November" in page
            assert "New: Ball rolls." in page
        shown = page.partition('name="shown" value="')[2].partition('"')[0]
        assert phone.post("/today/seen/", {"shown": shown}).status_code == 303
        assert "New since" not in text(phone.get("/today/"))

    def test_logging_from_a_page_of_before_is_not_seeing(self, phone, priya, margaret, two):
        page = text(phone.get("/today/"))
        shown = page.partition('name="shown" value="')[2].partition('"')[0]
        factories.make_programme(priya, margaret, [factories.make_exercise("ball-rolls")])
        send(phone, two, all="1", shown=shown)
        assert "New: Ball rolls." in text(phone.get("/today/"))

    def test_a_wrong_method(self, phone, two):
        assert phone.get("/today/seen/").status_code == 405


class TestDesignedPages:
    def test_paused(self, phone, priya, two):
        actions.pause_programme(
            actor=Actor.staff(priya), programme=two, first_day=TODAY, last_day=None, reason="Flu", now=NOON
        )
        page = text(phone.get("/today/"))
        assert "Your exercises are paused. Your clinic will tell you when to go on." in page
        assert "Flu" not in page
        assert 'class="card ex"' not in page
        before = LogEntry.objects.count()
        assert send(phone, two, all="1").status_code == 422
        assert LogEntry.objects.count() == before

    def test_two_plans_stand_under_their_names(self, phone, priya, margaret, two):
        assert "Article basics" not in text(phone.get("/today/"))
        factories.make_programme(priya, margaret, [factories.make_exercise("ball-rolls")])
        assert text(phone.get("/today/")).count("<bdi>Article basics</bdi></h2>") == 2

    def test_another_time_zone_is_said(self, client, priya):
        aroha = factories.make_patient(priya, "Aroha", "Ngata", time_zone="Pacific/Auckland")
        factories.open_plan(client, aroha)
        page = text(client.get("/today/"))
        assert 'data-zone="Pacific/Auckland">Days are counted in Auckland time.' in page

    def test_the_zone_is_hidden_at_home(self, phone, two):
        assert 'data-zone="Europe/London" hidden>' in text(phone.get("/today/"))

    def test_the_next_visit_is_on_the_patients_clock_and_only_ahead(self, phone, as_priya, margaret, two):
        contact = {
            "given_name": "Margaret",
            "family_name": "Hale",
            "date_of_birth": "1956-03-14",
            "email": margaret.email,
            "time_zone": "Europe/Paris",
            "language": "en-gb",
            "note": "",
            "next_visit_on": "2026-12-07",
            "next_visit_time": "14:30",
        }
        address = f"/patients/{margaret.pk}/edit/"
        assert as_priya.post(address, contact | {"next_visit_time": ""}).status_code == 422
        assert as_priya.post(address, contact).status_code == 302
        assert "Your next visit: Monday 7 December at 15:30." in text(phone.get("/today/"))
        Patient.objects.update(next_visit_at=NOON)
        assert "Your next visit" not in text(phone.get("/today/"))

    def test_more_lists_what_there_is(self, phone, two):
        page = text(phone.get("/today/more/"))
        assert 'href="/today/reminders/"' in page
        assert "000 0000 0000" in page

    def test_what_needs_a_device_is_listed_on_one_alone(self, phone, two, margaret):
        page = text(phone.get("/today/more/"))
        assert 'href="/today/progress/"' not in page
        assert "On a device of your own there is more" in page
        factories.open_device(phone, margaret)
        page = text(phone.get("/today/more/"))
        assert 'href="/today/progress/"' in page
        assert "On a device of your own there is more" not in page


def test_staff_choose_what_is_asked(as_priya: Client, margaret: Patient) -> None:
    address = f"/patients/{margaret.pk}/outcomes/daily/"
    before = factories.count_rows()
    assert as_priya.post(address, {"measures": "mood"}).status_code == 422
    assert factories.count_rows() == before
    asked = {"measures": ["pain_back_24h", "pain_first_step"], "guide": "on", "advice": ADVICE}
    assert as_priya.post(address, asked | {"advice": f"{ADVICE}\n<b>"}).status_code == 422
    assert factories.count_rows() == before
    assert as_priya.post(address, asked).status_code == 302
    patient = Patient.objects.get(pk=margaret.pk)
    assert patient.daily_measures == ["pain_first_step", "pain_back_24h"]
    assert (patient.pain_guide, patient.pain_advice) == (True, ADVICE)
    entry = AuditEntry.objects.get(verb="daily_measures.chosen")
    assert entry.changes == {"measures": patient.daily_measures, "guide": True, "advice": True}
    assert ADVICE in text(as_priya.get(f"/patients/{margaret.pk}/outcomes/"))
    assert as_priya.post(address, {}).status_code == 302
    patient.refresh_from_db()
    assert (patient.daily_measures, patient.pain_guide, patient.pain_advice) == ([], False, "")

"""What to wear, in the patient's plan: shown beside the exercises, logged in the same form, never guessed."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import User
from exercises import actions
from exercises.models import LogEntry, Programme, Reminder, ReminderState
from patients import actions as patient_actions
from patients.models import PainScore, Patient, Status, SupportAdvice, WearEntry
from tests import factories
from tests.factories import NOON, TODAY

SENTENCE = "Comfortable shoes that fit, with cushioning and support that suit your feet"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_plan(client, margaret)
    return client


@pytest.fixture
def insole(priya: User, margaret: Patient) -> SupportAdvice:
    return factories.make_support(
        priya,
        margaret,
        hours_per_day=8,
        product="Full-length insole",
        wear_in_plan="Two hours on the first day, one more each day.",
        patient_note="In your walking shoes.",
        note="Only staff read this.",
        review_on=date(2026, 12, 14),
    )


def text(response) -> str:
    return str(response.content.decode())


def send(client: Client, *supports: SupportAdvice, programme: Programme | None = None, **answers):
    items = [str(item.pk) for item in programme.items.all()] if programme else []
    data = {"performed_on": TODAY.isoformat(), "item": items, "support": [str(one.pk) for one in supports]}
    return client.post("/today/log/", data | answers)


def worn(advice: SupportAdvice, hours: object) -> dict[str, object]:
    return {f"worn-{advice.pk}": hours}


def stored() -> dict[object, Decimal]:
    return dict(WearEntry.objects.values_list("advice_id", "hours"))


class TestPlan:
    def test_shows_what_how_long_and_until_when_in_lay_words(self, phone, programme, insole):
        page = text(phone.get("/today/"))
        assert '<h2 id="to-wear">To wear</h2>' in page
        assert "<h3>Insole, both feet</h3>" in page
        for words in (
            "8 hours a day",
            "Two hours on the first day",
            "In your walking shoes.",
            "14 December 2026",
        ):
            assert words in page
        assert page.count(SENTENCE) == 1

    def test_tells_no_finding_and_no_word_for_staff(self, phone, programme, insole):
        page = text(phone.get("/today/"))
        for word in ("fasciitis", "Only staff", "Prefabricated", "Usual direction", "NICE", "Priya"):
            assert word not in page

    def test_says_the_sentence_once_for_two_supports(self, phone, priya, margaret, programme, insole):
        later = NOON + timedelta(hours=1)
        factories.make_support(priya, margaret, kind="night_splint", side="right", now=later)
        page = text(phone.get("/today/"))
        assert page.count(SENTENCE) == 1
        assert page.index("<h3>Insole, both feet</h3>") < page.index("<h3>Night splint, right foot</h3>")

    @pytest.mark.hazard("HZ-02")
    @pytest.mark.parametrize(
        ("side", "words"), [("left", "left foot"), ("right", "right foot"), ("bilateral", "both feet")]
    )
    def test_says_which_foot(self, phone, priya, margaret, side, words):
        factories.make_support(priya, margaret, kind="heel_lift", side=side)
        assert f"<h3>Heel lift, {words}</h3>" in text(phone.get("/today/"))

    def test_chooses_no_hours_beforehand(self, phone, programme, insole):
        page = text(phone.get("/today/"))
        assert page.count(f'name="worn-{insole.pk}"') == 11
        assert " checked" not in page
        assert "Worn today" not in page

    @pytest.mark.hazard("HZ-23")
    def test_shows_zero_hours_as_zero(self, phone, programme, margaret, insole):
        factories.make_wear(margaret, insole, 0)
        page = text(phone.get("/today/"))
        assert "Worn today: 0 hours" in page
        assert page.count(" checked") == 1
        assert f'name="worn-{insole.pk}" value="0" id="id_worn-{insole.pk}_0" checked' in page

    def test_hours_between_two_buttons_are_still_said(self, phone, programme, margaret, insole):
        patient_actions.record_wear(
            actor=Actor.patient(margaret),
            patient=margaret,
            on=TODAY,
            hours={insole.pk: Decimal("5.5")},
            now=NOON,
        )
        page = text(phone.get("/today/"))
        assert "Worn today: 5.5 hours" in page
        assert " checked" not in page

    def test_without_a_programme_it_is_the_plan(self, phone, insole):
        page = text(phone.get("/today/"))
        assert "Your plan for today, <bdi>Margaret</bdi>" in page
        assert "You have no plan" not in page
        assert "Insole, both feet" in page
        assert "Save my answers" in page
        assert "I did all of them" not in page

    def test_after_the_exercises_ended_it_goes_on(self, phone, priya, margaret, toe_curls, insole):
        factories.make_programme(priya, margaret, [toe_curls], now=NOON - timedelta(days=21), weeks=2)
        page = text(phone.get("/today/"))
        assert "Your exercises ended on 15 November. What to wear is below." in page
        assert "Save my answers" in page

    def test_what_ended_or_was_a_slip_has_left(self, phone, priya, margaret, programme, insole):
        slip = factories.make_support(priya, margaret, kind="heel_cup")
        patient_actions.end_support(actor=Actor.staff(priya), advice=insole, now=NOON)
        patient_actions.enter_support_in_error(actor=Actor.staff(priya), advice=slip, now=NOON)
        page = text(phone.get("/today/"))
        assert "To wear" not in page
        assert "Insole" not in page

    @pytest.mark.hazard("HZ-21")
    @pytest.mark.hazard("HZ-39")
    def test_advice_leaves_with_a_reason_that_was_a_slip_and_comes_back_with_it(
        self, phone, priya, programme, insole
    ):
        actor, reason = Actor.staff(priya), insole.reason_finding
        patient_actions.close_finding(actor=actor, finding=reason, status=Status.ENTERED_IN_ERROR, now=NOON)
        assert "To wear" not in text(phone.get("/today/"))
        before = factories.count_rows()
        response = send(phone, insole, programme=programme, **worn(insole, "4"))
        assert response.status_code == 422
        assert "Your plan has changed. Please look at it again." in text(response)
        assert factories.count_rows() == before
        patient_actions.reopen_finding(actor=actor, finding=reason, now=NOON)
        assert "<h3>Insole, both feet</h3>" in text(phone.get("/today/"))

    def test_nobody_elses_advice(self, phone, priya, programme):
        factories.make_support(priya, factories.make_patient(priya, "Dana", "Wells"))
        assert "To wear" not in text(phone.get("/today/"))

    @pytest.mark.parametrize("count", [1, 10])
    def test_asks_no_question_more_of_the_database(self, phone, priya, margaret, programme, count):
        for _ in range(count):
            factories.make_support(priya, margaret)
        with CaptureQueriesContext(connection) as queries:
            page = text(phone.get("/today/"))
        assert page.count("<h3>Insole, both feet</h3>") == count
        # The same as without anything to wear. The clock is frozen: + 1.
        assert len(queries) + 1 == 7


class TestSaving:
    def test_hours_are_saved_with_the_marks(self, phone, programme, insole):
        item = programme.items.get()
        marks = {f"done-{item.pk}": "partly", "pain_foot_24h": "3"}
        response = send(phone, insole, programme=programme, **marks, **worn(insole, "8"))
        assert (response.status_code, response["Location"]) == (303, "/today/?saved=2026-11-23")
        assert stored() == {insole.pk: Decimal(8)}
        assert LogEntry.objects.get().done == "partly"
        page = text(phone.get(response["Location"]))
        assert "Saved: 0 of 1 done, 1 partly done, foot pain 3, Insole, both feet worn for 8 hours." in page
        assert "Worn today: 8 hours" in page

    @pytest.mark.hazard("HZ-23")
    @pytest.mark.parametrize("hours", ["14", "16"])
    def test_a_long_day_is_no_false_twelve(self, phone, programme, insole, hours):
        assert send(phone, insole, programme=programme, **worn(insole, hours)).status_code == 303
        assert stored() == {insole.pk: Decimal(hours)}
        page = text(phone.get("/today/"))
        assert f"Worn today: {hours} hours" in page
        assert page.count(" checked") == 1

    def test_hours_alone_are_a_log(self, phone, programme, insole):
        response = send(phone, insole, programme=programme, **worn(insole, "0"))
        assert response.status_code == 303
        assert stored() == {insole.pk: Decimal(0)}
        assert not LogEntry.objects.exists()
        assert not PainScore.objects.exists()
        assert "Saved: Insole, both feet worn for 0 hours." in text(phone.get(response["Location"]))

    def test_hours_alone_leave_the_reminder(self, phone, programme, insole):
        planned = Reminder.objects.filter(state=ReminderState.PLANNED).count()
        send(phone, insole, programme=programme, **worn(insole, "8"))
        assert Reminder.objects.filter(state=ReminderState.PLANNED).count() == planned > 0

    @pytest.mark.hazard("HZ-23")
    def test_all_done_claims_no_hours(self, phone, programme, insole):
        assert send(phone, insole, programme=programme, all="1").status_code == 303
        assert stored() == {}
        assert LogEntry.objects.get().done == "done"

    def test_all_done_keeps_the_hours_that_were_chosen(self, phone, programme, insole):
        send(phone, insole, programme=programme, all="1", **worn(insole, "4"))
        assert stored() == {insole.pk: Decimal(4)}

    def test_a_later_answer_replaces_and_silence_leaves(self, phone, programme, insole):
        send(phone, insole, programme=programme, **worn(insole, "4"))
        send(phone, insole, programme=programme, **worn(insole, "6"))
        send(phone, insole, programme=programme, all="1")
        assert stored() == {insole.pk: Decimal(6)}

    @pytest.mark.hazard("HZ-37")
    def test_a_second_press_changes_nothing(self, phone, programme, insole):
        for _ in range(2):
            send(phone, insole, programme=programme, **worn(insole, "6"))
        assert WearEntry.objects.get().history.count() == 1

    def test_a_page_left_open_over_midnight_is_stored_under_its_day(
        self, phone, programme, insole, monkeypatch
    ):
        factories.open_plan(phone, insole.patient, now=NOON + timedelta(hours=11))
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=12, minutes=10))
        data = {"performed_on": TODAY.isoformat(), "support": str(insole.pk)} | worn(insole, "8")
        response = phone.post("/today/log/", data)
        assert WearEntry.objects.get().on == TODAY
        page = text(phone.get(response["Location"]))
        assert "Saved for Monday 23 November: Insole, both feet worn for 8 hours." in page
        assert "Worn today" not in page


class TestRefusing:
    def refused(self, response, words: str, before: dict[str, int]) -> None:
        assert response.status_code == 422
        assert words in text(response)
        assert factories.count_rows() == before

    def test_advice_of_somebody_else(self, phone, priya, hugo, heinrich, programme, insole):
        dana = factories.make_patient(priya, "Dana", "Wells")
        for foreign in (factories.make_support(priya, dana), factories.make_support(hugo, heinrich)):
            before = factories.count_rows()
            response = send(
                phone,
                insole,
                foreign,
                programme=programme,
                all="1",
                **worn(insole, "4"),
                **worn(foreign, "8"),
            )
            self.refused(response, "Your plan has changed. Please look at it again.", before)

    def test_advice_that_ended_meanwhile(self, phone, priya, programme, insole):
        patient_actions.end_support(actor=Actor.staff(priya), advice=insole, now=NOON)
        before = factories.count_rows()
        response = send(phone, insole, programme=programme, all="1", **worn(insole, "4"))
        self.refused(response, "Your plan has changed. Please look at it again.", before)

    @pytest.mark.slow
    @pytest.mark.parametrize("value", ["5", "-1", "24.5", "many", "1e1"])
    def test_hours_that_are_none(self, phone, programme, insole, value):
        before = factories.count_rows()
        response = send(phone, insole, programme=programme, pain_foot_24h="7", **worn(insole, value))
        self.refused(response, "Choose one of the numbers of hours.", before)
        assert 'value="7" id="id_pain_foot_24h_7" checked' in text(response)

    def test_nothing_marked(self, phone, insole):
        before = factories.count_rows()
        response = send(phone, insole)
        self.refused(response, "Mark at least one exercise, or give a pain score or hours worn.", before)

    @pytest.mark.parametrize("support", ["", "none", "6f1d3c52-0000-4000-8000-000000000000"])
    def test_ids_that_are_none(self, phone, programme, insole, support):
        before = factories.count_rows()
        data = {"performed_on": TODAY.isoformat(), "support": support, f"worn-{support}": "8"}
        assert phone.post("/today/log/", data).status_code == 422
        assert factories.count_rows() == before

    @pytest.mark.parametrize("days", [-8, 1])
    def test_a_day_out_of_reach(self, phone, insole, days):
        before = factories.count_rows()
        day = (TODAY + timedelta(days=days)).isoformat()
        data = {"performed_on": day, "support": str(insole.pk)} | worn(insole, "8")
        self.refused(phone.post("/today/log/", data), "can no longer be changed here", before)

    def test_nothing_is_half_stored(self, margaret, programme, insole):
        entry = actions.DayLog(
            performed_on=TODAY, done={programme.items.get().pk: "done"}, wear={uuid4(): Decimal(3)}
        )
        before = factories.count_rows()
        with pytest.raises(Refused) as refused:
            actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=entry, now=NOON)
        assert refused.value.code == "not_advised"
        assert factories.count_rows() == before

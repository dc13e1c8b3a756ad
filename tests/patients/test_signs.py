"""A patient ticks what is new or worrying: advice at once, stored once, told to the clinic."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, OutgoingEmail, User
from exercises import reminders
from exercises.models import Programme, Reminder, ReminderState
from patients import actions
from patients.models import Patient, RaisedFlag, SignReport
from patients.red_flags import Level, list_version, red_flags
from tests import factories
from tests.exercises.wishes_world import why_not
from tests.factories import NOON
from tests.pages import text

SIGNS = "/today/signs/"
TWO = ["not_better", "cauda_equina"]
ONE_OF_EACH_LEVEL = [next(sign for sign in red_flags() if sign.level is level) for level in Level]


@pytest.fixture
def phone(client: Client, margaret: Patient, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    factories.open_plan(client, margaret)
    return client


def tell(patient: Patient, *ticked: str, **told: Any) -> SignReport:
    now = told.pop("now", NOON)
    report = actions.SignsTold(ticked=ticked, **told)
    return actions.report_signs(actor=Actor.patient(patient), patient=patient, report=report, now=now)


# --- the page ---------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-25", "HZ-18")
def test_the_page_holds_the_advice_for_every_sign_with_the_clinics_numbers(phone: Client) -> None:
    page = text(phone.get(SIGNS))
    assert page.count('type="checkbox"') == len(red_flags()) == page.count('<div class="advice">')
    assert "checked" not in page
    places = [page.index(f'value="{sign.key}"') for sign in ONE_OF_EACH_LEVEL]
    assert places == sorted(places)
    for words in ("Call 112 now", "call 111", "within 2 working days: 000 0000 0000"):
        assert words in page
    assert 'href="tel:112"' in page


def test_reading_writes_nothing_and_asks_as_often_as_today(phone: Client) -> None:
    before = factories.count_rows()
    assert phone.get(SIGNS).status_code == 200
    phone.head(SIGNS)
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-25")
def test_the_answer_advises_about_every_tick_the_most_urgent_first(phone: Client) -> None:
    answer = phone.post(SIGNS, {"report": str(uuid4()), "sign": TWO, "note": "Since this morning."})
    assert answer.status_code == 200
    page = text(answer)
    assert page.index("Call 112 now") < page.index("Tell your clinic soon: 000 0000 0000")
    assert 'href="tel:112"' in page
    assert "Your clinic has been told." in page
    report = SignReport.objects.get()
    assert (report.ticked, report.note) == (TWO[::-1], "Since this morning.")
    assert (report.list_version, report.language) == (list_version(), "en-gb")
    raised = RaisedFlag.objects.get(key="cauda_equina")
    assert (raised.report, raised.screening, raised.level) == (report, None, "emergency")
    assert raised.advice == "Call 112 now"
    assert raised.text == next(sign.text for sign in red_flags() if sign.key == "cauda_equina")


@pytest.mark.parametrize("sign", ONE_OF_EACH_LEVEL, ids=lambda sign: sign.level)
def test_every_level_is_advised_and_stored(phone: Client, sign: Any) -> None:
    page = text(phone.post(SIGNS, {"sign": sign.key}))
    raised = RaisedFlag.objects.get()
    assert raised.level == sign.level
    assert raised.advice.split(". ")[0] in page


@pytest.mark.hazard("HZ-25")
@pytest.mark.parametrize("note", ["x" * 601, "\x00"])
def test_a_wrong_note_still_advises_and_stores_the_tick(phone: Client, note: str) -> None:
    key = str(uuid4())
    answer = phone.post(SIGNS, {"report": key, "sign": "calf_chest", "note": note})
    assert answer.status_code == 422
    page = text(answer)
    assert "Call 112 now" in page
    assert "Your clinic has been told." in page
    assert RaisedFlag.objects.get().key == "calf_chest"
    assert OutgoingEmail.objects.filter(letter="signs_reported").exists()
    assert key not in page  # what is typed next is a report of its own


@pytest.mark.hazard("HZ-25")
def test_an_unknown_sign_keeps_the_known_ones(phone: Client) -> None:
    answer = phone.post(SIGNS, {"report": "no key", "sign": ["calf_chest", "invented"]})
    assert answer.status_code == 422
    assert "Call 112 now" in text(answer)
    assert [flag.key for flag in RaisedFlag.objects.all()] == ["calf_chest"]


@pytest.mark.parametrize(
    "data", [{}, {"note": "  "}, {"sign": "invented"}, {"report": "x", "note": "y" * 601}]
)
def test_nothing_to_tell_is_refused(phone: Client, data: dict[str, str]) -> None:
    before = factories.count_rows()
    answer = phone.post(SIGNS, data)
    assert answer.status_code == 422
    assert "has been told" not in text(answer)
    assert factories.count_rows() == before


def test_a_note_alone_is_a_report(phone: Client) -> None:
    assert "Your clinic has been told." in text(phone.post(SIGNS, {"note": "My heel feels odd."}))
    assert SignReport.objects.get().ticked == []
    assert not RaisedFlag.objects.exists()
    assert OutgoingEmail.objects.filter(letter="signs_reported").count() == 1


@pytest.mark.parametrize(
    ("said", "stored", "status"),
    [
        ("2026-11-22T20:00:00Z", NOON - timedelta(hours=16), 200),
        ("2026-11-29T20:00:00Z", NOON, 200),  # a clock that is ahead
        ("yesterday", NOON, 422),
    ],
)
def test_what_was_kept_while_offline_says_when_it_was_said(
    phone: Client, said: str, stored: datetime, status: int
) -> None:
    answer = phone.post(SIGNS, {"sign": "calf_chest", "made_at": said})
    assert answer.status_code == status
    assert SignReport.objects.get().made_at == stored


def test_without_a_plan_nothing_is_told(client: Client, margaret: Patient) -> None:
    before = factories.count_rows()
    assert client.post(SIGNS, {"sign": "calf_chest"}).status_code == 404
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-09")
def test_today_links_to_it_beside_the_pain_questions(phone: Client, programme: Programme) -> None:
    page = text(phone.get(reverse("exercises:today")))
    assert page.count(f'href="{SIGNS}"') >= 1


# --- the action -------------------------------------------------------------------------------------------------
def test_the_same_report_again_changes_nothing(margaret: Patient) -> None:
    key = uuid4()
    made = tell(margaret, *TWO, report_id=key, note="Since today.")
    before = factories.count_rows()
    again = tell(margaret, *TWO[::-1], report_id=key, note=" Since today. ", now=NOON + timedelta(hours=1))
    assert (again.pk, factories.count_rows()) == (made.pk, before)


@pytest.mark.hazard("HZ-13")
def test_another_report_under_the_same_key_loses_no_tick(margaret: Patient) -> None:
    """A page kept offline, or one gone back to."""
    key = uuid4()
    tell(margaret, "not_better", report_id=key)
    later = tell(margaret, "not_better", "cauda_equina", report_id=key)
    assert later.pk != key
    assert later.ticked == ["cauda_equina"]
    before = factories.count_rows()
    assert tell(margaret, "not_better", "cauda_equina", report_id=key).pk == later.pk
    assert factories.count_rows() == before


def test_another_patients_key_is_refused(priya: User, margaret: Patient) -> None:
    key = uuid4()
    tell(factories.make_patient(priya, "Tom", "Reed"), "calf_chest", report_id=key)
    before = factories.count_rows()
    with pytest.raises(Refused) as refused:
        tell(margaret, "calf_chest", report_id=key)
    assert refused.value.code == "report"
    assert factories.count_rows() == before


@pytest.mark.parametrize(("ticked", "code"), [(["invented"], "unknown_sign"), ([], "empty")])
def test_what_cannot_be_told(margaret: Patient, ticked: list[str], code: str) -> None:
    before = factories.count_rows()
    with pytest.raises(Refused) as refused:
        tell(margaret, *ticked)
    assert refused.value.code == code
    assert factories.count_rows() == before


def test_an_archived_record_is_refused(priya: User, margaret: Patient) -> None:
    actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="moved away")
    before = factories.count_rows()
    with pytest.raises(Refused) as refused:
        tell(margaret, "calf_chest")
    assert refused.value.code == "archived"
    assert factories.count_rows() == before


def test_told_before_it_arrives_never_after(margaret: Patient) -> None:
    early, late = NOON - timedelta(days=1), NOON + timedelta(days=1)
    assert tell(margaret, "calf_chest", made_at=early).made_at == early
    assert tell(margaret, "calf_chest", made_at=late).made_at == NOON


def test_the_audit_entry_holds_keys_and_no_words(margaret: Patient) -> None:
    tell(margaret, "calf_chest", note="My secret.")
    entry = AuditEntry.objects.get(verb="signs.reported")
    assert entry.changes == {"ticked": ["calf_chest"], "list_version": list_version(), "note": True}


# --- what follows -----------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-05")
def test_reminders_pause_until_a_decision_and_the_plan_stays_open(
    phone: Client, priya: User, programme: Programme
) -> None:
    tell(programme.patient, "tendon_snap")
    reminder = Reminder.objects.filter(state=ReminderState.PLANNED).order_by("due_at").first()
    assert reminder
    assert why_not(reminder) == "A practitioner has to decide something first."
    reminders.post_due(reminder.due_at)
    assert not OutgoingEmail.objects.filter(letter="exercise_reminder").exists()
    assert phone.get(reverse("exercises:today")).status_code == 200
    factories.make_decision(priya, RaisedFlag.objects.get())
    assert why_not(reminder) == ""


@pytest.fixture
def letters(margaret: Patient, olivia: User, asha: User, carlos: User, hugo: User) -> Any:
    return lambda: list(OutgoingEmail.objects.filter(letter="signs_reported").order_by("pk"))


@pytest.mark.hazard("HZ-05", "HZ-42")
def test_practitioners_and_owners_get_one_letter_in_the_same_transaction(
    margaret: Patient, priya: User, olivia: User, letters: Any
) -> None:
    report = tell(margaret, *TWO)
    assert {one.object_id for one in letters()} == {f"{report.pk.hex}:{user.pk}" for user in (priya, olivia)}
    assert {one.not_before for one in letters()} == {NOON}


@pytest.mark.hazard("HZ-36")
def test_ten_reports_are_one_alert_with_ten_entries(margaret: Patient, letters: Any) -> None:
    for _ in range(10):
        tell(margaret, "calf_swelling")
    assert (RaisedFlag.objects.count(), len(letters())) == (10, 2)


@pytest.mark.hazard("HZ-13")
def test_what_is_more_urgent_than_all_that_waits_is_told_again(margaret: Patient, letters: Any) -> None:
    tell(margaret, "not_better")
    tell(margaret, "calf_swelling")
    assert len(letters()) == 4
    tell(margaret, "new_numb_weak")
    assert len(letters()) == 4


def test_after_a_decision_the_next_report_is_told_again(margaret: Patient, priya: User, letters: Any) -> None:
    tell(margaret, "calf_swelling")
    factories.make_decision(priya, RaisedFlag.objects.get())
    tell(margaret, "calf_swelling")
    assert len(letters()) == 4


def test_a_rolled_back_report_posts_nothing(margaret: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic.mail.post", lambda *_, **__: 1 / 0)
    before = factories.count_rows()
    with pytest.raises(ZeroDivisionError):
        tell(margaret, "calf_swelling")
    assert factories.count_rows() == before
    assert connection.is_usable()

"""A warning sign that waits for a decision, or was decided against exercises, keeps programmes and reminders back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import OutgoingEmail, User
from exercises import emails, reminders
from exercises.models import Exercise, Programme, Reminder, ReminderState
from patients import actions as patient_actions
from patients.models import Decision, Patient, PlanLink, RaisedFlag
from patients.red_flags import Level, Region, red_flags
from tests import factories
from tests.api.conftest import Api
from tests.exercises.assign_world import nothing_was_written, problems, typed, with_drafts
from tests.factories import NOON

SIX = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # 18:00 in London, winter
REFUSED = "A warning sign waits for a practitioner's decision. Record the decision first."
ONE_OF_EACH_LEVEL = [next(sign for sign in red_flags() if sign.level is level) for level in Level]


@pytest.fixture
def flag(priya: User, margaret: Patient) -> RaisedFlag:
    return factories.make_flag(priya, margaret)


@pytest.fixture
def assign(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


def shown(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_after_a_hold_the_refusal_speaks_of_the_decision(
    priya: User, margaret: Patient, toe_curls: Exercise, flag: RaisedFlag
) -> None:
    factories.make_decision(priya, flag, Decision.HOLD)
    with pytest.raises(Refused) as refused:
        factories.make_programme(priya, margaret, [toe_curls])
    assert refused.value.message == (
        "It was decided: no exercises for now. Change that decision before anything is sent."
    )


# --- assigning ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sign", ONE_OF_EACH_LEVEL, ids=lambda sign: sign.level)
def test_every_level_blocks_the_action(
    priya: User, margaret: Patient, toe_curls: Exercise, sign: Any
) -> None:
    factories.make_flag(priya, margaret, sign.key, region=min(sign.regions))
    before = factories.count_rows()
    with pytest.raises(Refused) as refused:
        factories.make_programme(priya, margaret, [toe_curls])
    assert (refused.value.code, refused.value.message) == ("red_flag", REFUSED)
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-05")
def test_the_page_says_so_before_anything_is_filled_in(
    as_priya: Client, margaret: Patient, assign: str, flag: RaisedFlag
) -> None:
    text = shown(as_priya.get(assign))
    assert text.index("Check: a warning sign keeps a programme") < text.index('<form id="assign"')
    assert f"<b>Same day:</b> {flag.text}" in text
    assert f'<a href="{reverse("patients:safety", args=[margaret.pk])}">Record a decision</a>' in text


def test_without_a_sign_the_page_says_nothing(as_priya: Client, assign: str) -> None:
    assert "warning sign" not in shown(as_priya.get(assign))


@pytest.mark.hazard("HZ-05")
def test_posting_is_refused_keeps_what_was_typed_and_writes_nothing(
    as_priya: Client, assign: str, toe_curls: Exercise, flag: RaisedFlag
) -> None:
    before = factories.count_rows()
    response = as_priya.post(assign, typed(toe_curls, name="Typed by hand", weeks="7"))
    assert (response.status_code, problems(response)) == (422, [REFUSED])
    text = shown(response)
    assert 'value="Typed by hand"' in text
    assert 'value="7"' in text
    assert "Check: a warning sign keeps a programme" in text
    assert nothing_was_written()
    assert factories.count_rows() == with_drafts(before)


def test_a_decision_unblocks_a_hold_does_not_and_a_changed_mind_blocks_again(
    as_priya: Client, priya: User, assign: str, toe_curls: Exercise, flag: RaisedFlag
) -> None:
    factories.make_decision(priya, flag, Decision.HOLD)
    assert as_priya.post(assign, typed(toe_curls)).status_code == 422
    assert "No exercises for now: decided by Priya Nair" in shown(as_priya.get(assign))
    factories.make_decision(priya, flag, Decision.MAY_START)
    assert as_priya.post(assign, typed(toe_curls)).status_code == 302
    factories.make_decision(priya, flag, Decision.HOLD)
    assert as_priya.post(assign, typed(toe_curls)).status_code == 422
    assert Programme.objects.count() == 1


def test_each_sign_needs_its_own_decision(
    as_priya: Client, priya: User, margaret: Patient, assign: str, toe_curls: Exercise
) -> None:
    for sign in factories.make_screening(priya, margaret, "tendon_snap", "not_better").flags.all():
        assert as_priya.post(assign, typed(toe_curls)).status_code == 422
        factories.make_decision(priya, sign)
    assert as_priya.post(assign, typed(toe_curls)).status_code == 302


def test_another_patient_s_sign_blocks_nobody_else(
    as_priya: Client, priya: User, assign: str, toe_curls: Exercise
) -> None:
    factories.make_flag(priya, factories.make_patient(priya, "Tom", "Reed"))
    assert as_priya.post(assign, typed(toe_curls)).status_code == 302


def test_a_slip_blocks_nothing_until_it_is_restored(
    as_priya: Client, priya: User, assign: str, toe_curls: Exercise, flag: RaisedFlag
) -> None:
    actor, screening = Actor.staff(priya), flag.screening
    assert screening
    patient_actions.enter_screening_in_error(actor=actor, screening=screening, reason="Slip.", now=NOON)
    assert as_priya.post(assign, typed(toe_curls)).status_code == 302
    patient_actions.restore_screening(actor=actor, screening=screening, now=NOON)
    assert as_priya.post(assign, typed(toe_curls)).status_code == 422


def test_the_same_plan_again_is_no_second_sending(
    as_priya: Client, priya: User, margaret: Patient, assign: str, toe_curls: Exercise
) -> None:
    """The first press was before the sign: the second finds what it made, and posts nothing."""
    data = typed(toe_curls)
    as_priya.post(assign, data)
    factories.make_flag(priya, margaret)
    assert as_priya.post(assign, data).status_code == 302
    assert (Programme.objects.count(), OutgoingEmail.objects.count()) == (1, 1)


@pytest.mark.hazard("HZ-05")
def test_the_api_answers_conflict_with_the_code(
    as_priya: Client, margaret: Patient, toe_curls: Exercise, flag: RaisedFlag
) -> None:
    line = {
        "exercise": toe_curls.slug,
        "exercise_version": 1,
        "side": "left",
        "times_per_day": 1,
        "days_per_week": 7,
        "reps_min": 10,
    }
    plan = {
        "patient": str(margaret.pk),
        "name": "First weeks",
        "starts_on": str(margaret.local_day(clock.now()) + timedelta(days=1)),
        "weeks": 4,
        "items": [line],
    }
    before = factories.count_rows()
    answer = Api(as_priya).post("programmes/", plan)
    assert (answer.status_code, answer.json()["code"]) == (409, "red_flag")
    assert answer.json()["message"] == REFUSED
    assert factories.count_rows() == before


# --- sending again --------------------------------------------------------------------------------------------
@pytest.fixture
def running(priya: User, margaret: Patient, toe_curls: Exercise) -> Programme:
    programme = factories.make_programme(priya, margaret, [toe_curls], now=clock.now())
    OutgoingEmail.objects.update(state="sent", sent_at=clock.now())
    return programme


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("priya", REFUSED),
        ("asha", "A practitioner has to decide something before anything is sent. Ask a practitioner."),
    ],
)
def test_the_link_is_not_sent_again(
    client: Client,
    request: pytest.FixtureRequest,
    priya: User,
    running: Programme,
    person: str,
    words: str,
) -> None:
    """The front desk may send links but reads nothing clinical, so it is told no more than whom to ask."""
    flag = factories.make_flag(priya, running.patient)
    client.force_login(request.getfixturevalue(person))
    before = factories.count_rows()
    again = reverse("exercises:programme_resend", args=[running.pk])
    response = client.post(again)
    assert [str(message) for message in get_messages(response.wsgi_request)] == [words]
    assert factories.count_rows() == before
    factories.make_decision(priya, flag)
    client.post(again)
    assert OutgoingEmail.objects.count() == 2


@pytest.mark.hazard("HZ-05")
@pytest.mark.hazard("HZ-06")
def test_a_letter_that_waits_is_held_back_until_a_decision(
    as_priya: Client, priya: User, margaret: Patient, toe_curls: Exercise, django_assert_num_queries: Any
) -> None:
    """Assigned first, the sign raised before the letter was composed. A sign of somebody else changes nothing."""
    now = clock.now()
    programme = factories.make_programme(priya, margaret, [toe_curls], now=now)
    factories.make_flag(priya, factories.make_patient(priya, "Dana", "Wells"))
    assert emails.plan_ready(str(programme.pk), now)
    links = PlanLink.objects.count()
    flag = factories.make_flag(priya, margaret)
    with django_assert_num_queries(
        5
    ):  # whose it is, that row held, programme with patient and clinic; closed, signs
        assert emails.plan_ready(str(programme.pk), now) is None
    factories.make_decision(priya, flag, Decision.HOLD)
    assert emails.plan_ready(str(programme.pk), now) is None
    assert PlanLink.objects.count() == links
    OutgoingEmail.objects.update(state="cancelled")
    factories.make_decision(priya, flag, Decision.MAY_START)
    as_priya.post(reverse("exercises:programme_resend", args=[programme.pk]))
    assert OutgoingEmail.objects.filter(state="pending").count() == 1
    assert emails.plan_ready(str(programme.pk), now)


# --- reminders ------------------------------------------------------------------------------------------------
def reminded() -> list[str]:
    posted = Reminder.objects.filter(state=ReminderState.POSTED).order_by("due_at")
    return [str(day) for day in posted.values_list("local_date", flat=True)]


@pytest.mark.hazard("HZ-05")
def test_a_sign_pauses_reminders_and_a_decision_lets_the_next_ones_go(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    flag = factories.make_flag(priya, margaret)
    assert reminders.tick(SIX) == 0
    today = Reminder.objects.get(local_date=NOON.date())
    assert (today.state, today.reason) == (
        ReminderState.CANCELLED,
        "A practitioner has to decide something first.",
    )
    assert not OutgoingEmail.objects.filter(letter="exercise_reminder").exists()
    factories.make_decision(priya, flag, Decision.HOLD, now=SIX)
    assert reminders.tick(SIX + timedelta(days=1)) == 0
    factories.make_decision(priya, flag, Decision.MAY_START, now=SIX + timedelta(days=1, hours=1))
    assert reminders.tick(SIX + timedelta(days=2)) == 1
    assert reminded() == ["2026-11-25"]


@pytest.mark.hazard("HZ-06")
def test_a_posted_reminder_is_asked_again_when_it_is_composed(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    assert reminders.post_due(SIX) == 1
    reminder = Reminder.objects.get(state=ReminderState.POSTED)
    assert emails.exercise_reminder(str(reminder.pk), SIX)
    flag = factories.make_flag(priya, margaret, now=SIX)
    assert emails.exercise_reminder(str(reminder.pk), SIX) is None
    factories.make_decision(priya, flag)
    assert emails.exercise_reminder(str(reminder.pk), SIX)


def test_others_are_reminded_all_the_same(
    priya: User, margaret: Patient, programme: Programme, toe_curls: Exercise
) -> None:
    factories.make_flag(priya, margaret)
    nora = factories.make_patient(priya, "Nora", "Quist")
    factories.make_programme(priya, nora, [toe_curls])
    assert reminders.tick(SIX) == 1
    assert Reminder.objects.get(state=ReminderState.POSTED).programme.patient == nora


def test_access_is_never_paused(client: Client, priya: User, margaret: Patient, toe_curls: Exercise) -> None:
    """The plan opens and a day can be logged; the help page is as it was."""
    now = clock.now()
    programme = factories.make_programme(priya, margaret, [toe_curls], now=now)
    help_page = reverse("patients:help", args=[margaret.clinic_id])
    before = client.get(help_page).content
    factories.make_flag(priya, margaret, "cauda_equina", region=Region.BACK)
    factories.open_plan(client, margaret, now=now)
    assert client.get(reverse("exercises:today")).status_code == 200
    factories.make_log(margaret, programme.items.get(), margaret.local_day(now), at=now)
    assert client.get(help_page).content == before

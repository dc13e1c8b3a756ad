"""The staff's page of one programme, and its end."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry, EmailState, OutgoingEmail, User
from exercises import actions, reminders
from exercises.models import Done, Exercise, Programme, ProgrammeItem, ProgrammeState, Reminder, ReminderState
from patients.models import Measure, Patient
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(priya: User, margaret: Patient, toe_curls: Exercise) -> Programme:
    """Assigned now, by the clock that the pages read."""
    return factories.make_programme(priya, margaret, [toe_curls], now=clock.now())


@pytest.fixture
def end_url(running: Programme) -> str:
    return reverse("exercises:programme_end", args=[running.pk])


@pytest.mark.hazard("HZ-03", "HZ-12")
def test_the_page_shows_what_was_sent_and_what_became_of_its_e_mails(
    as_priya: Client, running: Programme, toe_curls: Exercise
) -> None:
    toe_curls.name = "Toe curls, second edition"
    actions.save_exercise(actor=Actor.system("test"), exercise=toe_curls)
    actions.publish_exercise(actor=Actor.system("test"), exercise=toe_curls, now=clock.now())
    response = as_priya.get(running_url := reverse("exercises:programme", args=[running.pk]))
    page = response.content.decode()
    assert response.status_code == 200
    for shown in (
        "10–15 times, each foot",
        "once a day, every day",
        "Sit comfortably with both feet flat on the floor.",
        "Stop this exercise and contact your clinic",
        "Version 1 of 23 Nov 2026.",
        "A newer version is in the catalogue; this plan keeps the one that was sent.",
        "18:00 in Europe/London",
        "Your plan is ready",
        "waiting",
    ):
        assert shown in page, shown
    assert "second edition" not in page
    assert AuditEntry.objects.filter(verb="record.read", changes={"page": "programme"}).count() == 1
    OutgoingEmail.objects.update(state=EmailState.FAILED, reason="The server refused the address.")
    page = as_priya.get(running_url).content.decode()
    assert "refused" in page
    assert "The server refused the address." in page


@pytest.mark.hazard("HZ-03", "HZ-38")
def test_nothing_that_happens_by_itself_changes_a_dose(
    running: Programme, margaret: Patient, toe_curls: Exercise
) -> None:
    """Not the worst pain, not a new edition of the exercise, not the passing of time."""
    before = list(ProgrammeItem.objects.values()), running.ends_on
    now = clock.now()
    said = dict.fromkeys(running.items.values_list("pk", flat=True), Done.NOT_DONE)
    worst = actions.DayLog(performed_on=running.starts_on, done=said, pain={Measure.PAIN_FOOT: 10})
    actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=worst, now=now)
    toe_curls.reps_min, toe_curls.reps_max = 1, 2
    actions.save_exercise(actor=Actor.system("test"), exercise=toe_curls)
    actions.publish_exercise(actor=Actor.system("test"), exercise=toe_curls, now=now)
    reminders.tick(now + timedelta(days=7))
    running.refresh_from_db()
    assert (list(ProgrammeItem.objects.values()), running.ends_on) == before
    assert running.state == ProgrammeState.ACTIVE


def test_reminders_of_the_programme_are_listed_and_those_of_others_are_not(
    as_priya: Client, priya: User, running: Programme, toe_curls: Exercise
) -> None:
    other = factories.make_patient(priya, "Tom", "Reed")
    theirs = factories.make_programme(priya, other, [toe_curls], now=clock.now())
    for programme in (running, theirs):
        reminder = Reminder.objects.filter(programme=programme, state=ReminderState.PLANNED).first()
        assert reminder is not None
        Reminder.objects.filter(pk=reminder.pk).update(due_at=clock.now() - timedelta(minutes=1))
    assert reminders.post_due(clock.now()) == 2
    emails = as_priya.get(reverse("exercises:programme", args=[running.pk])).context["emails"]
    assert sorted(email.letter for email in emails) == ["exercise_reminder", "plan_ready"]


@pytest.mark.hazard("HZ-38")
def test_assistants_read_a_programme_and_cannot_end_it(running: Programme, asha: User, end_url: str) -> None:
    client = Client()
    client.force_login(asha)
    page = client.get(reverse("exercises:programme", args=[running.pk])).content.decode()
    assert end_url not in page
    assert client.get(end_url).status_code == 403
    assert client.post(end_url, {"reason": "x"}).status_code == 403
    assert Programme.objects.get().state == ProgrammeState.ACTIVE


def test_ending_is_confirmed_first(as_priya: Client, running: Programme, end_url: str) -> None:
    assert end_url in as_priya.get(reverse("exercises:programme", args=[running.pk])).content.decode()
    page = as_priya.get(end_url).content.decode()
    assert "This cannot be undone." in page
    assert Programme.objects.get().state == ProgrammeState.ACTIVE


@pytest.mark.hazard("HZ-06")
def test_ending_stops_reminders_and_keeps_the_reason(
    as_priya: Client, margaret: Patient, end_url: str, running: Programme
) -> None:
    assert Reminder.objects.filter(state=ReminderState.PLANNED).exists()
    response = as_priya.post(end_url, {"reason": "Pain has gone."})
    assert response["Location"] == reverse("exercises:patient", args=[margaret.pk])
    programme = Programme.objects.get()
    assert programme.state == ProgrammeState.ENDED
    assert programme.ended_at is not None
    assert not Reminder.objects.filter(state=ReminderState.PLANNED).exists()
    assert AuditEntry.objects.get(verb="programme.ended").reason == "Pain has gone."
    again = as_priya.post(end_url, {"reason": "Once more."})
    assert again.status_code == 422
    assert "This programme has ended already." in again.content.decode()
    assert AuditEntry.objects.filter(verb="programme.ended").count() == 1
    assert end_url not in as_priya.get(reverse("exercises:programme", args=[programme.pk])).content.decode()


@pytest.mark.parametrize("reason", ["", " ", "r" * 201, "a\x07b"])
def test_ending_needs_a_plain_reason(as_priya: Client, end_url: str, reason: str) -> None:
    response = as_priya.post(end_url, {"reason": reason})
    assert response.status_code == 422
    assert "<title>Error:" in response.content.decode()
    assert Programme.objects.get().state == ProgrammeState.ACTIVE


@pytest.mark.hazard("HZ-31")
def test_programmes_of_another_clinic_do_not_exist(running: Programme, hugo: User, end_url: str) -> None:
    client = Client()
    client.force_login(hugo)
    assert client.get(reverse("exercises:programme", args=[running.pk])).status_code == 404
    assert client.get(end_url).status_code == 404
    assert client.post(end_url, {"reason": "x"}).status_code == 404
    assert Programme.objects.get().state == ProgrammeState.ACTIVE


def test_the_page_cannot_be_posted_to(as_priya: Client, running: Programme) -> None:
    assert as_priya.post(reverse("exercises:programme", args=[running.pk])).status_code == 405


def test_the_page_costs_the_same_for_one_exercise_and_for_ten(
    as_priya: Client, priya: User, margaret: Patient
) -> None:
    counts = []
    for number in (1, 10):
        exercises = [factories.make_exercise(f"exercise-{number}-{n}") for n in range(number)]
        programme = factories.make_programme(priya, margaret, exercises, now=clock.now())
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(reverse("exercises:programme", args=[programme.pk])).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]

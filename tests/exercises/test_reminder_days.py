"""Why a patient got no reminder on a day, in one line a day."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import User
from exercises import actions, reminders
from exercises.models import Programme, Reminder
from exercises.outgoing.days import Day, reminder_days
from patients.models import ConsentChannel, Patient
from tests import factories
from tests.exercises.outgoing_world import EVENING, due_reminder
from tests.exercises.wishes_world import choose
from tests.moments import NOON, TODAY


def on(patient: Patient, day: date = TODAY, **asked: Any) -> Day:
    found = reminder_days(Patient.objects.get(pk=patient.pk), EVENING, asked.get("first"), asked.get("last"))
    return next(one for one in found if one.day == day)


@pytest.mark.hazard("HZ-22")
def test_a_day_that_was_logged(margaret: Patient, programme: Programme) -> None:
    factories.make_log(margaret, programme.items.get(), at=NOON)
    told = on(margaret)
    assert (told.label, told.at, told.why) == ("No e-mail", time(18), "The day was logged already.")


def test_what_the_mail_server_made_of_it(margaret: Patient, programme: Programme) -> None:
    due_reminder(programme)
    told = on(margaret)
    assert (told.label, told.tone) == ("Failed", "bad")
    assert told.why == "The mail server takes no mail for this address."
    due_reminder_sent = Reminder.objects.get(local_date=TODAY).email
    assert due_reminder_sent
    type(due_reminder_sent).objects.update(state="sent", sent_at=EVENING, reason="")
    assert on(margaret).why.startswith("The next mail server took it.")


def test_too_late_and_still_to_come(margaret: Patient, programme: Programme) -> None:
    assert reminders.post_due(EVENING + timedelta(hours=4)) == 0
    assert (on(margaret).label, on(margaret).why) == ("Expired", "The time to send it had passed.")
    assert on(margaret, TODAY + timedelta(days=1)).label == "Planned"


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("before", "No programme ran that day."),
        ("ended", "No programme ran that day."),
        ("paused", "The programme was paused."),
        ("rare", "No exercise was due that day."),
        ("no hour", "The programme has no time for reminders."),
        ("stopped", "Reminders are off: the patient did not agree to them, or stopped them."),
        ("days", "The patient wants no reminder on that day or at that time."),
        ("late", "The programme was assigned after the hour of the reminder."),
        ("gone", "None was planned. The plan or the reminder’s time may have been changed since."),
    ],
)
def test_why_none_was_planned(
    priya: User, margaret: Patient, programme: Programme, what: str, why: str
) -> None:
    Reminder.objects.all().delete()
    match what:
        case "before":
            Programme.objects.update(starts_on=TODAY + timedelta(days=1))
        case "ended":
            actions.end_programme(actor=Actor.staff(priya), programme=programme, now=NOON, reason="-")
        case "paused":
            actions.pause_programme(
                actor=Actor.staff(priya),
                programme=programme,
                first_day=TODAY,
                last_day=None,
                reason="",
                now=NOON,
            )
        case "rare":
            programme.items.update(days_per_week=None, every_n_days=2)
            Programme.objects.update(starts_on=TODAY - timedelta(days=1))
        case "no hour":
            Programme.objects.update(reminder_time=None)
        case "stopped":
            actions.stop_reminders(
                actor=Actor.patient(margaret), patient=margaret, channel=ConsentChannel.CLINIC
            )
        case "days":
            choose(margaret, weekdays=[2, 3])
        case "late":
            Programme.objects.update(reminder_time=time(8))
    told = on(margaret)
    assert told.why == why
    assert told.at is None


def test_at_most_a_month_and_no_further_than_tomorrow(margaret: Patient, programme: Programme) -> None:
    usual = reminder_days(margaret, EVENING, None, None)
    assert [usual[0].day, usual[-1].day] == [TODAY + timedelta(days=1), TODAY - timedelta(days=13)]
    wide = reminder_days(margaret, EVENING, date(2020, 1, 1), date(2030, 1, 1))
    assert len(wide) == 31
    asked = reminder_days(margaret, EVENING, TODAY, TODAY)
    assert [one.day for one in asked] == [TODAY]
    assert reminder_days(margaret, EVENING, TODAY + timedelta(days=9), None) == []


def test_of_two_programmes_the_one_that_spoke(priya: User, margaret: Patient, programme: Programme) -> None:
    factories.make_programme(
        priya, margaret, [programme.items.get().version.exercise], reminder_time=time(18, 30)
    )
    due_reminder(programme, state="sent", sent_at=EVENING)
    assert reminders.post_due(EVENING + timedelta(minutes=62)) == 0
    told = [one for one in reminder_days(margaret, EVENING, TODAY, TODAY) if one.day == TODAY]
    assert [one.label for one in told] == ["Sent"]


def test_it_stands_on_the_page_of_her_e_mail_alone(as_priya: Client, margaret: Patient) -> None:
    url = reverse("exercises:outgoing")
    assert "Reminders, day by day" in as_priya.get(url, {"patient": str(margaret.pk)}).content.decode()
    assert "Reminders, day by day" not in as_priya.get(url).content.decode()

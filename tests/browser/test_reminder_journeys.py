"""J10, counted: reminders stopped, moved, slowed and paused, the calendar and the carer; no sign-in on any of these ways.

One tap, completed field or ticked box is one interaction (see ``Person``); the figures are printed.
"""

import re
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.models import User
from exercises import emails
from exercises.models import CalendarFeed, Programme, Reminder, ReminderChoice, ReminderState, Routine
from patients.models import Carer, CarerState, Patient
from tests.browser.conftest import Person
from tests.browser.offline_world import enter
from tests.browser.test_journeys import opened, running


def counted(what: str, person: Person, most: int) -> None:
    """Prints what it took, and holds it to its bar."""
    print(f"J10 {what}: {person.count} of at most {most}")  # noqa: T201
    assert person.count <= most


@pytest.fixture
def plan(priya: User, margaret: Patient, basics: Routine) -> Programme:
    return running(priya, margaret, basics)


def planned(plan: Programme) -> list[Reminder]:
    soon = clock.now() + timedelta(minutes=1)
    return list(Reminder.objects.filter(programme=plan, state=ReminderState.PLANNED, due_at__gt=soon))


def at_reminders(phone: BrowserContext, link: str) -> tuple[Page, Person]:
    page = opened(phone, link)
    person = Person(page)
    person.press(page.get_by_role("link", name="Reminders"))
    return page, person


def save(page: Page, person: Person) -> None:
    person.press(page.get_by_role("button", name="Save days and hours"))
    expect(page.get_by_role("status")).to_contain_text("Saved")


def test_j10_quiet_hours_in_three(
    phone: BrowserContext, faults: list[str], margaret: Patient, plan: Programme, link: str
) -> None:
    """In force at once: a time outside them is refused on the same page."""
    page, person = at_reminders(phone, link)
    person.write(page.get_by_label("Not after"), "19:00")
    save(page, person)
    counted("quiet hours, from the plan", person, 3)
    assert ReminderChoice.objects.get(patient=margaret).quiet_from == time(19)
    page.get_by_label(re.compile("Remind me at")).fill("20:00")
    page.get_by_role("button", name="Save the time").click()
    expect(page.get_by_text("Reminders may come from 06:00 to 19:00 only.").first).to_be_visible()
    assert planned(plan)
    assert {reminder.local_time for reminder in planned(plan)} == {time(18)}
    assert [fault for fault in faults if "422" not in fault] == []


def test_j10_a_day_of_the_week_without_reminders_in_three(
    phone: BrowserContext, plan: Programme, link: str
) -> None:
    page, person = at_reminders(phone, link)
    person.press(page.get_by_label("Sunday"))
    save(page, person)
    counted("one day of the week less, from the plan", person, 3)
    assert planned(plan)
    assert 7 not in {reminder.local_date.isoweekday() for reminder in planned(plan)}


def test_j10_a_pause_until_a_date_in_three(
    phone: BrowserContext, margaret: Patient, plan: Programme, link: str
) -> None:
    until = margaret.local_day(clock.now()) + timedelta(days=5)
    assert [one for one in planned(plan) if one.local_date <= until]
    page, person = at_reminders(phone, link)
    person.write(page.get_by_label("No reminders until"), until.isoformat())
    save(page, person)
    counted("paused until a date, from the plan", person, 3)
    assert [one for one in planned(plan) if one.local_date <= until] == []


def test_j10_the_time_is_changed_from_the_mail_in_four(
    phone: BrowserContext,
    live_server: LiveServer,
    settings: Any,
    margaret: Patient,
    plan: Programme,
) -> None:
    """The tap in the mail, the button that scanners do not press, the time, and Save."""
    settings.SITE_URL = live_server.url
    reminder = planned(plan)[0]
    with transaction.atomic():  # as the worker does
        letter = emails.exercise_reminder(str(reminder.pk), reminder.due_at - timedelta(minutes=1))
    assert letter
    (address,) = re.findall(rf"{live_server.url}/t/\?to=reminders#\S+", letter.text)
    page = phone.new_page()
    person = Person(page)
    person.count += 1
    page.goto(address)
    person.press(page.get_by_role("main").get_by_role("button"))
    expect(page.get_by_role("heading", level=1, name="Reminders")).to_be_visible()
    person.write(page.get_by_label(re.compile("Remind me at")), "07:30")
    person.press(page.get_by_role("button", name="Save the time"))
    expect(page.get_by_role("status")).to_contain_text("Saved")
    counted("another time, from the mail", person, 4)
    assert {one.local_time for one in planned(plan)} == {time(7, 30)}


def test_j10_the_calendar_in_three(
    phone: BrowserContext, faults: list[str], margaret: Patient, plan: Programme
) -> None:
    enter(phone, margaret)
    page = phone.new_page()
    page.goto("/today/")
    person = Person(page)
    person.press(page.get_by_role("link", name="Reminders"))
    person.press(page.get_by_role("link", name="My plan in a calendar"))
    person.press(page.get_by_role("button", name="Make a calendar address"))
    expect(page.get_by_role("link", name="Open it in my calendar")).to_have_attribute(
        "href", re.compile("^webcals?://")
    )
    counted("the calendar, from the plan", person, 3)
    assert CalendarFeed.objects.count() == 1
    assert faults == []


def test_j10_a_carer_is_asked_agrees_and_stops(
    phone: BrowserContext,
    plain_phone: BrowserContext,
    live_server: LiveServer,
    settings: Any,
    margaret: Patient,
    plan: Programme,
) -> None:
    settings.SITE_URL = live_server.url
    enter(phone, margaret)
    page = phone.new_page()
    page.goto("/today/")
    person = Person(page)
    person.press(page.get_by_role("link", name="Reminders"))
    person.press(page.get_by_role("link", name="A person who helps me"))
    person.write(page.get_by_role("textbox", name=re.compile("name", re.IGNORECASE)), "Ann Hale")
    person.write(page.get_by_label("E-mail address"), "ann@patients.example")
    person.press(page.get_by_role("button", name="Ask this person"))
    expect(page.get_by_text("has not agreed yet")).to_be_visible()
    counted("a carer is named, from the plan", person, 5)

    letter = emails.carer_asked(str(Carer.objects.get().pk), clock.now())
    assert letter
    (address,) = set(re.findall(rf"{live_server.url}/carer/\S+", letter.text))
    other = plain_phone.new_page()  # signed in nowhere, without scripts
    other.goto(address)
    carer = Person(other)
    carer.press(other.get_by_role("button", name="Yes, send me copies"))
    counted("the carer agrees, from the mail", carer, 1)
    assert Carer.objects.get().state == CarerState.AGREED
    other.goto(address)
    stopping = Person(other)
    stopping.press(other.get_by_role("button", name="Stop the copies"))
    expect(other.get_by_text("You get no copies.")).to_be_visible()
    counted("the carer stops, from the mail", stopping, 1)
    assert not Carer.objects.agreed().exists()


def test_j10_reminders_start_again_in_two(
    phone: BrowserContext, margaret: Patient, plan: Programme, link: str
) -> None:
    page, stopping = at_reminders(phone, link)
    stopping.press(page.get_by_role("button", name="Stop reminders"))
    expect(page.get_by_text("Reminders are off.")).to_be_visible()
    counted("stopped, from the plan", stopping, 2)
    assert planned(plan) == []
    page.goto("/today/")
    person = Person(page)
    person.press(page.get_by_role("link", name="Reminders"))
    person.press(page.get_by_role("button", name="Start reminders again"))
    expect(page.get_by_text("Reminders are off.")).to_be_hidden()
    counted("started again, from the plan", person, 2)
    assert planned(plan)

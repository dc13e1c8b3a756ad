"""What a copy of the plan shows besides exercises when the network is off: what to wear, the next visit, whom to call."""

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from clinic import clock
from clinic.models import User
from exercises.models import LogEntry, Programme
from patients.models import Patient, SupportAdvice, WearEntry
from tests import factories
from tests.browser.conftest import Person
from tests.browser.guide_world import given, timed
from tests.browser.offline_world import SENT, WAITS, at_plan, away
from tests.browser.test_pages import examine


@pytest.fixture
def advice(priya: User, margaret: Patient) -> SupportAdvice:
    Patient.objects.filter(pk=margaret.pk).update(next_visit_at=clock.now() + timedelta(days=2))
    return factories.make_support(priya, margaret, hours_per_day=6, patient_note="In both shoes.")


@pytest.fixture
def plan(priya: User, margaret: Patient) -> Programme:
    return given(priya, margaret, timed())


def shows(page: Page, advice: SupportAdvice, patient: Patient) -> None:
    expect(page.get_by_text("There is no network.")).to_be_visible()
    expect(page.get_by_role("heading", name=advice.lay_words)).to_be_visible()
    expect(page.get_by_text("In both shoes.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name=patient.clinic.phone)).to_be_visible()


@pytest.mark.hazard("HZ-04")
def test_what_to_wear_the_next_visit_and_whom_to_call(
    phone: BrowserContext, margaret: Patient, plan: Programme, advice: SupportAdvice
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    shows(page, advice, margaret)
    expect(page.get_by_text("Your next visit:")).to_be_visible()
    expect(page.locator("li.ex")).to_have_count(1)
    page.clock.set_fixed_time(clock.now() + timedelta(days=3))
    page.reload()
    shows(page, advice, margaret)
    expect(page.get_by_text("Your next visit:")).to_be_hidden()


@pytest.mark.hazard("HZ-37")
def test_hours_worn_are_said_without_a_network(
    phone: BrowserContext, margaret: Patient, plan: Programme, advice: SupportAdvice
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    person = Person(page)
    person.press(page.get_by_role("group", name="Hours worn today").get_by_role("radio", name="8"))
    person.press(page.get_by_role("button", name="I did all of them"))
    expect(page.get_by_text(WAITS)).to_be_visible()
    assert person.count == 2
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text(SENT)).to_be_visible()
    assert [int(hours) for hours in WearEntry.objects.values_list("hours", flat=True)] == [8]
    assert LogEntry.objects.get().done == "done"


def test_a_day_without_exercises_still_says_what_to_wear(
    phone: BrowserContext, margaret: Patient, advice: SupportAdvice
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    shows(page, advice, margaret)
    expect(page.get_by_text("There is no exercise to do today.")).to_be_visible()
    expect(page.get_by_role("button", name="I did all of them")).to_be_hidden()
    expect(page.get_by_role("link", name="Start all with the guide")).to_be_hidden()
    page.get_by_role("group", name="Hours worn today").get_by_role("radio", name="4", exact=True).check()
    page.get_by_role("button", name="Save what I marked").click()
    expect(page.get_by_text(WAITS)).to_be_visible()


def test_with_nothing_to_wear_a_day_without_exercises_asks_nothing(
    phone: BrowserContext, priya: User, margaret: Patient
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    expect(page.get_by_text("There is no exercise to do today.")).to_be_visible()
    expect(page.get_by_role("heading", name="To wear")).to_have_count(0)
    expect(page.get_by_role("button", name="Save what I marked")).to_be_hidden()


def test_the_copy_is_accessible(
    phone: BrowserContext, faults: list[str], margaret: Patient, plan: Programme, advice: SupportAdvice
) -> None:
    page = at_plan(phone, margaret)
    examine(page, "/today/offline/", faults)

"""The page of today that was left open over midnight, under the browser's own clock."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from clinic import clock
from clinic.models import User
from exercises.models import LogEntry, Routine
from patients.models import Patient
from tests.browser.test_journeys import opened, running

pytestmark = pytest.mark.hazard("HZ-37")
BACK = "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))"


@pytest.fixture
def page(phone: BrowserContext, priya: User, margaret: Patient, basics: Routine, link: str) -> Page:
    running(priya, margaret, basics)
    phone.clock.install(time=clock.now())
    return opened(phone, link)


def tomorrow_comes(page: Page) -> None:
    page.clock.set_fixed_time(clock.now() + timedelta(days=1))
    page.evaluate("window.old = true")


def is_old(page: Page) -> Any:
    return page.evaluate("window.old === true")


@pytest.mark.parametrize("comes_back", ["sees", "touches"])
def test_turns_when_the_patient_comes_back(page: Page, comes_back: str) -> None:
    tomorrow_comes(page)
    with page.expect_navigation(url=re.compile("/today/$")):
        if comes_back == "sees":
            page.evaluate(BACK)
        else:
            page.mouse.click(5, 5)
    assert not is_old(page)
    # The server's day is still the old one here: a browser whose clock runs ahead is not turned again and again.
    page.evaluate("window.old = true")
    page.evaluate(BACK)
    page.wait_for_timeout(300)
    assert is_old(page)


def test_what_is_marked_stays_and_is_said_of_the_day_it_shows(page: Page, margaret: Patient) -> None:
    shown = margaret.local_day(clock.now())
    page.locator("input[value=partly]").first.click()
    tomorrow_comes(page)
    page.evaluate(BACK)
    page.wait_for_timeout(300)
    assert is_old(page)
    page.get_by_role("button", name="Save what I marked").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    assert set(LogEntry.objects.values_list("performed_on", flat=True)) == {shown}


def test_an_untouched_page_of_the_same_day_stays(page: Page) -> None:
    page.evaluate("window.old = true")
    page.evaluate(BACK)
    page.wait_for_timeout(300)
    assert is_old(page)

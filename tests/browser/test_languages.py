"""A patient takes the plan over into another language, and nothing breaks from right to left."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from clinic.models import User
from exercises.models import Routine
from patients.models import Patient
from tests.browser.conftest import Person, sign_in
from tests.browser.test_journeys import opened, running
from tests.browser.test_pages import examine


def order(page: Page, selector: str) -> list[float]:
    """Where boxes begin, in the order of the page."""
    return [box["x"] for element in page.locator(selector).all() if (box := element.bounding_box())]


def test_the_page_of_the_link_keeps_the_secret_in_another_language(
    phone: BrowserContext, priya: User, margaret: Patient, basics: Routine, link: str
) -> None:
    """The secret stands in the fragment: a link to the same page in other words must carry it along."""
    running(priya, margaret, basics)
    page = phone.new_page()
    page.goto(link)
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Abrir el plan de hoy")
    assert "#" not in page.url
    page.get_by_role("button", name="Abrir el plan de hoy").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today’s exercises")


@pytest.mark.parametrize("script", [True, False])
def test_one_tap_changes_the_language(
    browser: Browser,
    live_server: LiveServer,
    priya: User,
    margaret: Patient,
    basics: Routine,
    link: str,
    script: bool,
) -> None:
    running(priya, margaret, basics)
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, java_script_enabled=script
    )
    page = context.new_page()
    page.goto(link)
    if not script:
        page.get_by_label("Paste the link").fill(link)
    page.get_by_role("button", name="Open today’s plan").click()
    person = Person(page)
    person.press(page.get_by_role("button", name="Deutsch"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Die heutigen Übungen")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert person.count == 1
    page.get_by_role("link", name="Jetzt Hilfe holen").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Jetzt Hilfe holen")
    context.close()


def test_from_right_to_left_everything_begins_at_the_right_but_drawings(
    phone: BrowserContext, priya: User, margaret: Patient, basics: Routine, link: str
) -> None:
    running(priya, margaret, basics)
    page = opened(phone, link)
    picture = page.locator(".pic img").first
    before = picture.evaluate("image => getComputedStyle(image).transform")
    page.get_by_role("button", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    assert picture.evaluate("image => getComputedStyle(image).transform") == before == "none"
    answers = order(page, ".ex:first-of-type .pills label")
    assert answers == sorted(answers, reverse=True)
    scale = order(page, ".scale >> nth=0 >> label")
    assert scale[:4] == sorted(scale[:4], reverse=True)
    page.locator("details summary").first.click()
    steps, card = page.locator("ol.steps").first.bounding_box(), page.locator(".ex").first.bounding_box()
    assert steps
    assert card
    assert steps["x"] >= card["x"] + 8  # the figures of English steps stand inside the card
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_curator_translates_side_by_side(
    desk: BrowserContext, faults: list[str], carlos: User, toe_curls: Any
) -> None:
    sign_in(desk, carlos)
    page = desk.new_page()
    examine(page, reverse("exercises:missing_translations"), faults)
    examine(page, reverse("exercises:translations", args=[toe_curls.slug]) + "?language=ar", faults)
    expect(page.get_by_label("Steps – Arabic")).to_have_attribute("dir", "rtl")
    english = page.locator(".beside > div").nth(0).bounding_box()
    other = page.locator(".beside > .field").nth(0).bounding_box()
    assert english
    assert other
    assert other["x"] > english["x"] + 300  # beside it, not below

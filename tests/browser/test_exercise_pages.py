"""Drawings and steps as a browser shows and prints them."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.models import User
from exercises import figures
from patients.models import Patient
from tests import factories
from tests.browser.conftest import sign_in
from tests.browser.test_journeys import opened
from tests.browser.test_pages import examine

FULL: dict[str, Any] = {
    "purpose": "This stretch is for the sole of the foot.",
    "prepare": ["Sit on a steady chair.", "Take your shoes off."],
    "breathe": "Breathe calmly.",
    "feel": "A gentle pull.",
    "kit_options": ["tennis_ball", "frozen_bottle"],
    "cautions": ["fall_risk"],
    "sources": ["The article"],
}
A4_HEIGHT = 1032  # pixels between margins of 12 mm


def test_the_contact_sheet_of_a_curator(
    browser: Browser, live_server: LiveServer, faults: list[str], carlos: User
) -> None:
    factories.make_exercise("toe-yoga", picture="toe-yoga")
    context = browser.new_context(base_url=live_server.url)
    sign_in(context, carlos)
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    address = reverse("exercises:contact_sheet")
    for asked in ("", "?tone=3&moving=1"):
        examine(page, address + asked, faults)
        loaded = page.evaluate("[...document.images].filter(image => image.naturalWidth > 0).length")
        assert loaded == len(figures.slugs())
    page.emulate_media(reduced_motion="reduce")
    page.goto(address + "?moving=1")
    shown = page.evaluate("[...document.images].map(image => image.currentSrc)")
    assert all("-poses" in source for source in shown)
    context.close()


def test_a_full_exercise_for_staff(desk: BrowserContext, faults: list[str]) -> None:
    factories.make_exercise("arch", harder_exercises=["toe-yoga"], **FULL)
    factories.make_exercise("toe-yoga")
    page = desk.new_page()
    for asked in ("", "?moving=1"):
        examine(page, reverse("exercises:exercise", args=["arch"]) + asked, faults)


def printed(page: Page) -> list[float]:
    """Every step is to be seen; the height of each exercise, none of which may be cut by a page's end."""
    page.set_viewport_size({"width": 703, "height": A4_HEIGHT})
    page.emulate_media(media="print")
    steps = page.locator(".ex details :is(li, p)")
    assert steps.count() == 16  # eight of each
    assert all(step.is_visible() for step in steps.all())
    cards = page.locator(".ex")
    assert set(cards.evaluate_all("all => all.map(one => getComputedStyle(one).breakInside)")) == {"avoid"}
    heights: list[float] = cards.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    return heights


@pytest.mark.hazard("HZ-29")
def test_print_opens_the_steps_says_the_side_and_splits_no_exercise(
    phone: BrowserContext, desk: BrowserContext, link: str, priya: User, margaret: Patient
) -> None:
    exercises = [
        factories.make_exercise(slug, picture=slug, sides=["right"], **FULL | {"kit_options": []})
        for slug in ("toe-yoga", "short-foot")
    ]
    programme = factories.make_programme(priya, margaret, exercises, now=clock.now())
    patients = opened(phone, link)
    staffs = desk.new_page()
    staffs.goto(reverse("exercises:programme", args=[programme.pk]))
    for page in (patients, staffs):
        heights = printed(page)
        assert len(heights) == 2
        assert max(heights) < A4_HEIGHT
        captions = page.get_by_text("Shown on the left foot. Do it with the right.")
        assert captions.count() == 2
        assert all(caption.is_visible() for caption in captions.all())

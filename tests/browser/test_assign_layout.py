"""The page of a new programme scrolls as one; its bar stays in sight only where there is room for it."""

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext

from exercises.models import Routine
from patients.models import Patient

SCROLLERS = """() => [...document.querySelectorAll("main *")].filter(part =>
    ["auto", "scroll"].includes(getComputedStyle(part).overflowY) && part.scrollHeight > part.clientHeight + 1
).length"""
PLACE = 'getComputedStyle(document.querySelector(".assign")).position'


@pytest.mark.parametrize(
    ("width", "height", "place"), [(1280, 800, "sticky"), (640, 400, "static"), (390, 844, "static")]
)
def test_nothing_scrolls_inside_the_page(
    desk: BrowserContext, margaret: Patient, basics: Routine, width: int, height: int, place: str
) -> None:
    page = desk.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.goto(reverse("exercises:assign", args=[margaret.pk]) + f"?routine={basics.slug}")
    assert page.evaluate(SCROLLERS) == 0
    assert page.evaluate(PLACE) == place

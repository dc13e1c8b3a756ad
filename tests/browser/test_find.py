"""The search for a patient from every staff page: by key, without script, and on a phone."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from clinic.models import User
from patients.models import Patient
from tests import factories
from tests.browser.conftest import _open, sign_in

CATALOGUE = reverse("exercises:catalogue")
LIST = reverse("patients:list")


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_a_key_leads_to_the_search_and_enter_to_the_list(
    desk: BrowserContext, margaret: Patient, keys: str
) -> None:
    page = desk.new_page()
    page.goto(CATALOGUE)
    page.keyboard.press(keys)
    field = page.get_by_role("searchbox", name="Find a patient")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    page.keyboard.type("hlae")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"{LIST}\?q=hlae"))
    expect(page.get_by_role("heading", name="Similar names")).to_be_visible()
    page.get_by_role("link", name="Margaret Hale").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Margaret Hale")


def test_in_a_field_the_keys_belong_to_the_text(desk: BrowserContext, margaret: Patient) -> None:
    page = desk.new_page()
    page.goto(CATALOGUE)
    other = page.get_by_label("Name, finding or equipment")
    other.focus()
    page.keyboard.press("/")
    page.keyboard.press("Control+k")
    expect(other).to_be_focused()
    expect(other).to_have_value("/")


def test_switched_off_the_keys_do_nothing(desk: BrowserContext, priya: User) -> None:
    page = desk.new_page()
    page.goto(reverse("clinic:keys"))
    page.get_by_label("The keys / and Ctrl+K lead to the search for a patient").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    for address, field in ((CATALOGUE, "#find"), (LIST, "#q")):
        page.goto(address)
        for keys in ("/", "Control+k"):
            page.keyboard.press(keys)
        expect(page.locator(field)).not_to_be_focused()
        expect(page.locator(field)).to_have_value("")


def test_the_list_s_own_field_answers_on_the_list(
    desk: BrowserContext, priya: User, margaret: Patient
) -> None:
    factories.make_patient(priya, "Ana", "Quinn")
    page = desk.new_page()
    page.goto(LIST)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("quinn")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(rf"{LIST}\?q=quinn$"))
    page.get_by_label("Practitioner").select_option("me")
    expect(page).to_have_url(re.compile(rf"{LIST}\?q=quinn&practitioner=me$"))
    page.reload()
    expect(page.locator("#q")).to_have_value("quinn")
    expect(page.get_by_label("Practitioner")).to_have_value("me")


@pytest.mark.parametrize("width", [320, 390, 1024])
def test_it_fits_and_needs_no_script(
    browser: Browser, live_server: LiveServer, faults: list[str], priya: User, margaret: Patient, width: int
) -> None:
    viewport = {"width": width, "height": 800}
    for context in _open(browser, live_server.url, faults, viewport=viewport, java_script_enabled=False):
        sign_in(context, priya)
        page = context.new_page()
        page.goto(CATALOGUE)
        field = page.get_by_role("searchbox", name="Find a patient")
        box = field.bounding_box()
        assert box
        assert box["width"] >= 90
        assert box["x"] + box["width"] <= width
        field.fill("marg")
        field.press("Enter")
        expect(page.get_by_role("link", name="Margaret Hale").first).to_be_visible()

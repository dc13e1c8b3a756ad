"""The code on paper and the device it opens, in a real browser: scanners, addresses, scripts off, taps."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from clinic.models import User
from exercises.models import Programme
from patients.models import Device, Patient, PlanVisit
from tests import factories
from tests.browser.conftest import Person
from tests.browser.offline_world import wait_for_copy

PLAN = "Today’s exercises, Margaret"


@pytest.fixture
def code(priya: User, margaret: Patient, programme: Programme) -> str:
    return str(factories.make_code(priya, margaret))


@pytest.fixture
def scanned(live_server: LiveServer, code: str) -> str:
    """The address in the QR code."""
    return f"{live_server.url}/c/#{code}"


def open_with_code(page: Page, scanned: str) -> Person:
    person = Person(page)
    page.goto(scanned)
    person.press(page.get_by_role("radio", name="Yes."))
    person.press(page.get_by_role("button", name="Open my plan"))
    expect(page.get_by_role("heading", name=PLAN)).to_be_visible()
    return person


@pytest.mark.hazard("HZ-30")
def test_p1_a_scanner_that_opens_and_presses_nothing_writes_nothing(
    phone: BrowserContext, plain_phone: BrowserContext, scanned: str, link: str
) -> None:
    before = factories.count_rows()
    for context in (phone, plain_phone):
        for address in (scanned, link):
            page = context.new_page()
            page.goto(address)
            page.wait_for_load_state("networkidle")
    assert factories.count_rows() == before
    open_with_code(phone.new_page(), scanned)


@pytest.mark.hazard("HZ-30")
@pytest.mark.check(14, 42)
def test_p2_the_code_reaches_no_log_no_address_and_no_referer(
    phone: BrowserContext, scanned: str, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent: list[str] = []
    page = phone.new_page()
    page.on("request", lambda request: sent.append(f"{request.url} {request.headers.get('referer', '')}"))
    page.on("framenavigated", lambda frame: sent.append(frame.url))
    page.goto(scanned)
    expect(page.get_by_label("The code from your clinic")).to_have_value(code)
    assert "#" not in page.url
    sent.clear()  # Playwright shows the fragment of the address that it was given itself
    page.get_by_role("radio", name="Yes.").check()
    page.get_by_role("button", name="Open my plan").click()
    expect(page.get_by_role("heading", name=PLAN)).to_be_visible()
    page.go_back()
    assert sent
    for secret in (code, code.replace("-", ""), code[5:]):
        assert not [line for line in sent if secret in line]
        assert secret not in caplog.text


def test_p3_without_scripts_the_code_is_typed(
    plain_phone: BrowserContext, live_server: LiveServer, code: str
) -> None:
    page = plain_phone.new_page()
    page.goto(f"{live_server.url}/t/")
    page.get_by_role("link", name="Open your plan with a code").click()
    page.get_by_label("The code from your clinic").fill(code.lower())
    page.get_by_role("radio", name="No,").check()
    page.get_by_role("button", name="Open my plan").click()
    expect(page.get_by_role("heading", name=PLAN)).to_be_visible()
    assert not Device.objects.get().own


def test_j6_the_code_is_two_taps_after_the_camera_and_the_mail_one_from_then_on(
    phone: BrowserContext, faults: list[str], scanned: str, link: str
) -> None:
    person = open_with_code(phone.new_page(), scanned)
    assert person.count == 2
    later = phone.new_page()
    later.goto(link)  # one tap: the page goes on by itself
    expect(later.get_by_role("heading", name=PLAN)).to_be_visible()
    assert PlanVisit.objects.count() == 0
    assert faults == []


@pytest.mark.hazard("HZ-01")
def test_j6_the_mail_of_another_patient_waits_for_the_button(
    phone: BrowserContext, scanned: str, heinrich: Patient, live_server: LiveServer
) -> None:
    open_with_code(phone.new_page(), scanned)
    page = phone.new_page()
    with page.expect_response("**/t/match/") as answer:
        page.goto(f"{live_server.url}/t/#{factories.make_link(heinrich)}")
    assert answer.value.status == 404
    expect(page.get_by_role("button", name="Open today’s plan")).to_be_visible()
    page.get_by_role("button", name="Open today’s plan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Heinrich")
    assert Device.objects.get().revoked_at is None


@pytest.mark.hazard("HZ-30")
def test_signing_out_takes_the_key_and_what_the_browser_kept(phone: BrowserContext, scanned: str) -> None:
    page = phone.new_page()
    open_with_code(page, scanned)
    page.evaluate("localStorage.setItem('kept', 'plan'); caches.open('plan')")
    page.get_by_role("button", name="Close the plan on this device").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("not open on this device")
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("caches.keys()") == []
    names: set[str] = {cookie["name"] for cookie in phone.cookies()}
    assert settings.DEVICE_COOKIE_NAME not in names


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_is_wider_than_its_screen(
    phone: BrowserContext, faults: list[str], scanned: str, width: int
) -> None:
    page = phone.new_page()
    open_with_code(page, scanned)
    page.set_viewport_size({"width": width, "height": 800})
    addresses = [
        "/c/",
        "/c/email/",
        "/c/enter/",
        "/today/device/",
        "/today/devices/",
        "/today/confirm/?sent=1",
    ]
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert faults == []


def test_the_clinic_hands_over_a_code_that_opens_the_plan(
    desk: BrowserContext,
    phone: BrowserContext,
    faults: list[str],
    programme: Programme,
    margaret: Patient,
    settings: Any,
    live_server: LiveServer,
) -> None:
    settings.SITE_URL = live_server.url
    programme.__class__.objects.update(ends_on="2099-01-01")
    page = desk.new_page()
    page.goto(f"/patients/{margaret.pk}/")
    page.get_by_role("link", name="Access to the plan").click()
    page.get_by_role("button", name="Make a code").click()
    expect(page.get_by_role("img", name="QR code that opens the plan")).to_be_visible()
    shown: Callable[[], str] = page.locator("strong.code").inner_text
    assert re.fullmatch(r"(\w{4}-){2}\w{4}", shown())
    opened = phone.new_page()
    open_with_code(opened, f"{live_server.url}/c/#{shown()}")
    wait_for_copy(opened)  # a device that is signed out while it fetches its copy is answered "not found"
    page.goto(f"/patients/{margaret.pk}/access/")
    expect(page.get_by_text("Chrome on")).to_be_visible()
    page.get_by_role("button", name=re.compile("Sign out Chrome")).click()
    expect(page.get_by_text("The device is signed out.")).to_be_visible()
    assert faults == []

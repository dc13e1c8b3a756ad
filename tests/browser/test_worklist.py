"""J5 with its bar: who needs me is the first page, and to act on one takes at most three interactions."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.models import User
from exercises.alert_rules import Rule
from exercises.models import Alert, AlertClock, AlertNote, Programme
from patients.models import Patient
from tests import factories
from tests.alert_factories import make_alert
from tests.browser.conftest import Person, sign_in
from tests.browser.test_pages import RULES, examine

LIST = reverse("exercises:worklist")


@pytest.fixture(autouse=True)
def _counted(transactional_db: None) -> None:
    AlertClock.objects.create(heard_until=clock.now())


@pytest.fixture
def alert(margaret: Patient, programme: Programme) -> Alert:
    return make_alert(margaret, now=clock.now())


def landed(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/")
    assert page.url.endswith(LIST)
    expect(page.get_by_text(re.compile(r"Foot pain 9 out of 10 on"))).to_be_visible()
    return page


def test_j5_the_first_page_says_who_and_why_and_one_tap_marks_it_seen(
    desk: BrowserContext, faults: list[str], alert: Alert
) -> None:
    page = landed(desk)
    person = Person(page)
    person.press(page.get_by_role("button", name="Seen"))
    expect(page.get_by_text("Seen: Severe pain, Margaret Hale.")).to_be_visible()
    assert person.count == 1
    alert.refresh_from_db()
    assert alert.state == "acknowledged"
    assert faults == []


def test_j5_resolve_with_a_note_in_three_and_take_it_back_in_one(
    desk: BrowserContext, faults: list[str], alert: Alert
) -> None:
    page = landed(desk)
    person = Person(page)
    person.press(page.locator("summary", has_text="Resolve"))
    person.write(page.get_by_label("How it was resolved"), "Rest for two days, then half the dose.")
    person.press(page.get_by_role("button", name="Resolved"))
    expect(page.get_by_text("Resolved: Severe pain, Margaret Hale.")).to_be_visible()
    assert person.count == 3
    expect(page.get_by_role("heading", name="Nobody needs you now")).to_be_visible()
    undoing = Person(page)
    undoing.press(page.get_by_role("button", name="Undo"))
    expect(page.get_by_text("Open again: Severe pain, Margaret Hale.")).to_be_visible()
    assert undoing.count == 1
    assert faults == []


@pytest.mark.parametrize(
    ("button", "said"),
    [("Note the call", "The call is noted"), ("Put off", "Put off"), ("Hand on", "Handed on")],
)
def test_j5_call_put_off_or_hand_on_in_two(
    desk: BrowserContext, faults: list[str], alert: Alert, button: str, said: str
) -> None:
    """On the alert's own page the usual answer stands there already."""
    page = landed(desk)
    person = Person(page)
    person.press(page.get_by_role("link", name="Call, put off, hand on"))
    person.press(page.get_by_role("button", name=button))
    expect(page.get_by_text(f"{said}: Severe pain, Margaret Hale.")).to_be_visible()
    assert person.count == 2
    assert AlertNote.objects.count() == (button == "Note the call")
    assert faults == []


def test_j5_the_plan_is_one_tap_away(desk: BrowserContext, alert: Alert, programme: Programme) -> None:
    page = landed(desk)
    page.get_by_role("link", name="Change the plan").click()
    page.wait_for_url(re.compile(f"/programmes/{programme.pk}/"))


def test_by_keyboard_alone(desk: BrowserContext, alert: Alert) -> None:
    page = landed(desk)
    page.get_by_role("button", name="Seen").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Called.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Resolved: Severe pain, Margaret Hale.")).to_be_visible()


def test_without_scripts_on_a_phone(
    browser: Browser, live_server: LiveServer, priya: User, alert: Alert
) -> None:
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    sign_in(context, priya)
    page = landed(context)
    page.locator("summary", has_text="Resolve").click()
    page.get_by_role("button", name="Resolved").click()
    expect(page.get_by_text("This field is required.").first).to_be_visible()
    page.get_by_label("How it was resolved").fill("Called.")
    page.get_by_role("button", name="Resolved").click()
    expect(page.get_by_text("Resolved: Severe pain, Margaret Hale.")).to_be_visible()
    context.close()


def test_the_pages_are_accessible_at_every_width(
    desk: BrowserContext, faults: list[str], priya: User, olivia: User, margaret: Patient, alert: Alert
) -> None:
    then = clock.now() - timedelta(days=3)
    for place, rule in enumerate([Rule.NEW_NOTE, Rule.REMINDERS_STOPPED]):
        make_alert(factories.make_patient(priya, f"Given{place}", "Name"), rule, now=then)
    factories.make_flag(priya, margaret)
    page = desk.new_page()
    for address in (
        LIST,
        f"{LIST}?rule=no_log",
        f"{LIST}?show=snoozed",
        reverse("exercises:alert", args=[alert.pk]),
    ):
        examine(page, address, faults)
    page.goto(LIST)
    for opened in ("Resolve", "Why"):
        page.locator("summary", has_text=opened).first.click()
        result = Axe().run(page, options=RULES)
        assert result.violations_count == 0, f"{opened}\n{result.generate_report()}"
    for width in (320, 390, 1024):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    desk.clear_cookies()
    sign_in(desk, olivia)
    examine(page, reverse("exercises:alert_rules"), faults)

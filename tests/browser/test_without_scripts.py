"""Everything that a patient can do works with scripts switched off, but for the guide's clock and for use without a network.

One way through every form there is. The forms are counted on the pages themselves, so that a new one without its step
here is found.
"""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from clinic.models import Language
from exercises.models import Done, LogEntry
from patients.models import Carer, CarerState, Device, Message, SignReport, carer_token
from tests import factories
from tests.browser.patient_world import World, pages

pytestmark = pytest.mark.timeout(300)


class Walker:
    """Opens pages and presses buttons; remembers which forms stood there and which were sent."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: set[str] = set()
        self.sent: set[str] = set()
        page.on(
            "request", lambda one: self.sent.add(urlsplit(one.url).path) if one.method == "POST" else None
        )

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.look()

    def look(self) -> None:
        for form in self.page.locator("form[method=post]").all():
            self.seen.add(form.get_attribute("action") or urlsplit(self.page.url).path)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).first.click()
        self.look()

    def read(self, words: str) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible()


@pytest.fixture
def walker(plain_phone: BrowserContext, world: World) -> Walker:
    """The e-mail's link is open in this browser."""
    client = Client()
    factories.open_plan(client, world.patient, now=world.now)
    _give(plain_phone, settings.PATIENT_COOKIE_NAME, client)
    return Walker(plain_phone.new_page())


def _give(context: BrowserContext, name: str, client: Client) -> None:
    value = client.cookies[name].value
    context.add_cookies([{"name": name, "value": value, "domain": "localhost", "path": "/"}])


def test_every_form_of_the_plan(walker: Walker, world: World, record_property: Any) -> None:
    """In the order in which nothing is closed that is needed later."""
    for step in (_day, _reminders, _signs, _device, _private, _carer, _language, _leave):
        step(walker, world)
    walker.page.context.clear_cookies()
    client = Client()
    factories.open_plan(client, world.patient, now=world.now)
    _give(walker.page.context, settings.PATIENT_COOKIE_NAME, client)
    walker.open("/today/not-for-me/")
    walker.press("It was not meant for me")
    walker.open("/today/")
    walker.read("This plan is not open on this device")
    record_property(
        "figure", f"without scripts: {len(walker.seen & walker.sent)} of {len(walker.seen)} forms sent"
    )
    assert walker.seen - walker.sent == set(), "forms without a step in this test"


def _day(walker: Walker, world: World) -> None:
    walker.open("/today/")
    walker.press("I have seen what is new")
    expect(walker.page.get_by_text("New since")).to_have_count(0)
    exercise = walker.page.locator(".ex").first
    exercise.get_by_text("How to do it").click()
    expect(exercise.get_by_text("Curl your toes down.")).to_be_visible()
    exercise.get_by_role("radio", name="Not done").check()
    exercise.get_by_role("radio", name="It hurt").check()
    walker.page.locator("#id_pain_foot_24h_3").check()
    walker.press("Save what I marked")
    walker.read("1 not done")
    yesterday = pages(world)["exercises:earlier"]
    walker.open(yesterday)
    walker.page.locator(".ex").first.get_by_role("radio", name="Partly done").check()
    walker.press(
        "Save changes"
        if walker.page.get_by_role("button", name="Save changes").count()
        else "Save what I marked"
    )
    assert LogEntry.objects.filter(performed_on__lt=world.now.date(), done=Done.PARTLY).exists()
    walker.open("/today/more/")
    walker.open("/today/guide/")
    expect(walker.page.get_by_role("link", name="Back to my plan")).to_be_visible()


def _reminders(walker: Walker, world: World) -> None:
    walker.open("/today/reminders/")
    walker.page.get_by_label("Remind me at").first.fill("07:30")
    walker.press("Save the time")
    walker.read("Saved")
    walker.page.get_by_label("Monday").uncheck()
    walker.press("Save days and hours")
    walker.press("Stop reminders")
    walker.press("Start reminders again")
    world.patient.refresh_from_db()
    assert world.patient.reminders_allowed


def _signs(walker: Walker, world: World) -> None:
    walker.open("/today/signs/")
    walker.page.get_by_role("checkbox").last.check()
    walker.press("Tell my clinic")
    walker.read("Your clinic has been told.")
    assert SignReport.objects.count() == 1


def _device(walker: Walker, world: World) -> None:
    """From the link to a device of one's own, by the code of an e-mail."""
    walker.open("/today/device/")
    walker.press("Send me a code")
    walker.page.get_by_label("The code from the e-mail").fill(factories.emailed_codes()[-1])
    walker.page.get_by_role("radio", name="Yes.").check()
    walker.press("Open my plan")
    walker.read("Today’s exercises")
    assert Device.objects.get(patient=world.patient).own


def _private(walker: Walker, world: World) -> None:
    """What asks for a fresh code first."""
    walker.open("/today/confirm/?then=exercises:contact")
    walker.press("Send me a code")
    walker.page.get_by_label("The code from the e-mail").fill(factories.emailed_codes()[-1])
    walker.press("Go on")
    walker.page.get_by_label("Time zone").fill("Europe/Berlin")
    walker.page.get_by_label("Your e-mail address").fill("m.hale@patients.example")
    walker.press("Save")
    walker.page.get_by_label("The code from the e-mail").fill(factories.emailed_codes()[-1])
    walker.press("Use the new address")
    world.patient.refresh_from_db()
    assert (world.patient.email, world.patient.time_zone) == ("m.hale@patients.example", "Europe/Berlin")
    walker.open("/today/export/")
    with walker.page.expect_download() as download:
        walker.press("Save the file")
    assert download.value.suggested_filename == "my-plan.zip"
    other = factories.open_device(Client(), world.patient, label="Firefox on Windows")
    walker.open("/today/devices/")
    walker.press("Sign out Firefox on Windows")
    other.refresh_from_db()
    assert other.revoked_at
    walker.open("/today/messages/")
    walker.press("I have read it")
    assert not Message.objects.unread().exists()
    for name in ("exercises:my_progress", "exercises:my_sheet"):
        walker.open(reverse(name))
        expect(walker.page.get_by_role("heading", level=1).first).to_be_visible()
    walker.open("/today/calendar/")
    walker.press("Make a calendar address")
    walker.read("Your calendar address")
    walker.press("Close the address")


def _carer(walker: Walker, world: World) -> None:
    walker.open("/today/carer/")
    walker.press("Remove this person")
    walker.page.get_by_label("Name").fill("Tom Hale")
    walker.page.get_by_label("E-mail address").fill("tom.hale@families.example")
    walker.press("Ask this person")
    named = Carer.objects.get(name="Tom Hale")
    walker.open(reverse("patients:carer", args=[carer_token(named)]))
    walker.press("Yes, send me copies")
    walker.press("Stop the copies")
    named.refresh_from_db()
    assert named.state == CarerState.STOPPED
    walker.open(reverse("exercises:unsubscribe", args=[factories.stop_token(world.patient)]))
    walker.press("Stop reminders")
    world.patient.refresh_from_db()
    assert not world.patient.reminders_allowed


def _language(walker: Walker, world: World) -> None:
    walker.open("/today/progress/")
    walker.press("Deutsch")
    expect(walker.page.locator("html")).to_have_attribute("lang", "de")
    walker.press("English")
    world.patient.refresh_from_db()
    assert world.patient.language == Language.ENGLISH


def _leave(walker: Walker, world: World) -> None:
    """And every page there is shows its heading, with or without a key."""
    for address in pages(world).values():
        walker.open(address)
        expect(walker.page.get_by_role("heading", level=1).first).to_be_visible()
    walker.open("/today/")
    walker.press("Close the plan on this device")
    walker.read("This plan is not open on this device")
    walker.open("/t/")
    walker.page.get_by_label("Paste the link from your e-mail").fill(
        f"/t/#{factories.make_link(world.patient)}"
    )
    walker.press("Open today’s plan")
    walker.read("Today’s exercises")
    walker.open("/c/email/")
    walker.page.get_by_label("Your e-mail address").fill("m.hale@patients.example")
    walker.press("Send me a code")
    walker.page.get_by_label("The code from the e-mail").fill("ABCD-2345")
    walker.page.get_by_role("radio", name="No,").check()
    walker.press("Open my plan")
    walker.open("/c/")
    walker.page.get_by_label("The code from your clinic").fill("ABCD-2345-6789")
    walker.page.get_by_role("radio", name="No,").check()
    walker.press("Open my plan")
    walker.read("code")

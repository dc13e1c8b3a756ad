"""A message from the patient's page to the patient's telephone, counted; and the pages as a browser sees them."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Programme
from patients.models import Message, Patient
from tests import factories
from tests.browser.conftest import DESK, Person
from tests.browser.test_pages import examine
from tests.message_factories import WORDS, make_message, make_template


def _note(programme: Programme, words: str) -> None:
    now = clock.now()
    entry = actions.DayLog(performed_on=programme.patient.local_day(now), done={}, note=words)
    actions.log_day(actor=Actor.patient(programme.patient), patient=programme.patient, entry=entry, now=now)


def test_write_to_a_patient_in_three_interactions(
    desk: BrowserContext, faults: list[str], margaret: Patient, programme: Programme, record_property: Any
) -> None:
    """From the patient's page: the tab, the words, the button. A slip is taken back by one more."""
    _note(programme, "The stairs were hard.")
    page = desk.new_page()
    page.goto(reverse("exercises:patient", args=[margaret.pk]))
    person = Person(page)
    person.press(page.get_by_role("link", name="Messages", exact=True))
    expect(page.get_by_text("The stairs were hard.")).to_be_visible()
    person.write(page.get_by_label("Message to the patient"), WORDS)
    person.press(page.get_by_role("button", name="Send", exact=True))
    expect(page.get_by_text("The message is on its way.")).to_be_visible()
    assert person.count <= 3
    record_property("figure", f"a message to a patient: {person.count} interactions (at most 3)")
    assert Message.objects.get().text == WORDS
    person.press(page.get_by_role("button", name="Take back"))
    expect(page.get_by_text("the patient never saw it")).to_be_visible()
    assert faults == []


def test_a_template_and_the_day_it_answers(
    desk: BrowserContext, faults: list[str], priya: User, margaret: Patient, programme: Programme
) -> None:
    make_template(priya)
    _note(programme, "The stairs were hard.")
    page = desk.new_page()
    page.goto(reverse("exercises:messages", args=[margaret.pk]))
    person = Person(page)
    person.press(page.get_by_role("link", name="Reply to the note"))
    person.press(page.get_by_role("button", name="See you at the visit"))
    expect(page.get_by_text("Nothing is sent yet.")).to_be_in_viewport()
    expect(page.get_by_label("Message to the patient")).to_have_value("We look at it at your next visit.")
    person.press(page.get_by_role("button", name="Send", exact=True))
    expect(page.get_by_text("The message is on its way.")).to_be_visible()
    assert person.count <= 3
    assert Message.objects.get().about_day == programme.patient.local_day(clock.now())
    assert faults == []


def test_the_patient_reads_it(
    phone: BrowserContext, faults: list[str], priya: User, margaret: Patient, programme: Programme
) -> None:
    make_message(priya, margaret, now=clock.now() - timedelta(hours=1))
    client = Client()
    factories.open_device(client, margaret)
    name = settings.DEVICE_COOKIE_NAME
    value = client.cookies[name].value
    phone.add_cookies([{"name": name, "value": value, "domain": "localhost", "path": "/"}])
    page = phone.new_page()
    page.goto("/today/")
    reader = Person(page)
    reader.press(page.get_by_role("link", name="Your clinic wrote to you."))
    expect(page.get_by_text(WORDS)).to_be_visible()
    reader.press(page.get_by_role("button", name="I have read it"))
    expect(page.get_by_role("button", name="I have read it")).to_have_count(0)
    assert reader.count == 2
    assert Message.objects.exclude(seen_at=None).count() == 1
    page.goto("/today/")
    expect(page.get_by_text("Your clinic wrote to you.")).to_have_count(0)
    assert faults == []


def test_pages_of_staff(
    desk: BrowserContext, faults: list[str], priya: User, margaret: Patient, programme: Programme
) -> None:
    """Light and dark, wide and narrow, without anything that keeps somebody out."""
    template = make_template(priya)
    _note(programme, "The stairs were hard.")
    make_message(priya, margaret, now=clock.now() - timedelta(hours=1))
    make_message(priya, margaret, "Nearly forgotten.", now=clock.now())
    page = desk.new_page()
    for address in (
        reverse("exercises:messages", args=[margaret.pk]),
        reverse("exercises:message_templates"),
        reverse("exercises:message_template", args=[template.pk]),
    ):
        examine(page, address, faults)
        for width in (390, 1024):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        page.set_viewport_size(DESK)

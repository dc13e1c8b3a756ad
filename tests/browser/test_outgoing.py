"""Outgoing e-mail and the owner's page "System" in a browser: looked at in every width and theme, worked without scripts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock, mail_domain
from clinic.mail_domain import Finding, Verdict
from clinic.models import OutgoingEmail, User
from exercises.models import Exercise
from patients.models import Patient
from tests import factories
from tests.browser.conftest import DESK, _open, sign_in
from tests.browser.test_owner import judged
from tests.exercises.outgoing_world import plan_letter


@pytest.fixture
def office(
    browser: Browser, live_server: LiveServer, faults: list[str], olivia: User
) -> Iterator[BrowserContext]:
    """Olivia's computer, signed in, without scripts."""
    for context in _open(browser, live_server.url, faults, viewport=DESK, java_script_enabled=False):
        sign_in(context, olivia)
        yield context


@pytest.fixture
def failed(priya: User, margaret: Patient, toe_curls: Exercise) -> OutgoingEmail:
    now = clock.now()
    programme = factories.make_programme(priya, margaret, [toe_curls], now=now)
    return plan_letter(programme, not_before=now - timedelta(hours=1))


def test_every_width_and_theme(
    browser: Browser, live_server: LiveServer, faults: list[str], olivia: User, failed: OutgoingEmail
) -> None:
    found = [Finding("DMARC policy", Verdict.MISSING, "None.", "Add.", f'x. TXT "{"v=DMARC1; " * 9}"')]
    mail_domain.keep(found, clock.now())
    for context in _open(browser, live_server.url, faults, viewport=DESK):
        sign_in(context, olivia)
        page = context.new_page()
        for address in (
            reverse("exercises:outgoing"),
            f"{reverse('exercises:outgoing')}?patient={Patient.objects.get().pk}",
            f"{reverse('exercises:outgoing')}?letter=device_added",
            reverse("clinic:system"),
            reverse("patients:records_over"),
        ):
            judged(page, address, faults)


def test_from_the_worklist_to_sent_again_and_taken_back(
    office: BrowserContext, faults: list[str], failed: OutgoingEmail
) -> None:
    page = office.new_page()
    page.goto(reverse("exercises:worklist"))
    page.get_by_role("link", name="Look at them").click()
    expect(page.get_by_role("heading", name="Outgoing e-mail")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Sent again. It leaves")).to_be_visible()
    expect(page.get_by_text("Nothing failed and nothing is in doubt in these days.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: it is not sent.")).to_be_visible()
    expect(page.get_by_role("button", name="Send again")).to_be_visible()
    assert OutgoingEmail.objects.get(generation=1).state == "cancelled"
    assert faults == []

"""An owner deletes records whose time is over, with and without scripts; and what the two pages look like."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.models import Clinic, User
from patients.models import Patient
from tests import factories
from tests.browser.conftest import DESK, _open, sign_in
from tests.browser.test_owner import judged, office

__all__ = ["office"]  # a fixture
LIST = reverse("patients:records_over")


@pytest.fixture
def quiet(priya: User, olivia: User, riverside: Clinic) -> list[Patient]:
    """Two records in which nothing was written for twelve years."""
    Clinic.objects.filter(pk=riverside.pk).update(retention_years=8)
    made = [
        factories.make_patient(priya, name, "Quiet", email="", reminders_allowed=False, cautions=None)
        for name in ("Agnes", "Berta")
    ]
    Patient.objects.update(created_at=clock.now() - timedelta(days=365 * 12))
    return made


def test_the_pages(office: BrowserContext, faults: list[str], quiet: list[Patient]) -> None:
    page = office.new_page()
    judged(page, LIST, faults)
    both = "&".join(f"record={one.pk}" for one in quiet)
    judged(page, f"{reverse('exercises:delete_records')}?{both}", faults)


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_list_to_the_deed(
    browser: Browser,
    live_server: LiveServer,
    faults: list[str],
    olivia: User,
    quiet: list[Patient],
    scripts: bool,
) -> None:
    for context in _open(browser, live_server.url, faults, viewport=DESK, java_script_enabled=scripts):
        sign_in(context, olivia)
        page = context.new_page()
        page.goto(LIST)
        page.get_by_role("checkbox", name="Agnes Quiet").check()
        page.get_by_role("button", name="See what would go").click()
        expect(page.get_by_role("heading", name="Delete records")).to_be_visible()
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Delete 1 record", exact=True).click()
        expect(page.get_by_text("1 record was deleted.")).to_be_visible()
        expect(page.get_by_text("Agnes Quiet")).to_have_count(0)
        expect(page.get_by_text("Berta Quiet")).to_be_visible()
    assert Patient.objects.get().given_name == "Berta"

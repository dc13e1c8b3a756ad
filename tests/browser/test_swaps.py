"""When htmx has no answer to show, nothing is swapped in and nothing typed is lost; the reason is said."""

from django.conf import settings
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from clinic.models import User
from patients.models import Finding, FindingType, Patient
from tests.browser.conftest import sign_in


def typed(desk: BrowserContext, margaret: Patient) -> Page:
    page = desk.new_page()
    page.goto(reverse("exercises:patient", args=[margaret.pk]))
    page.get_by_label("Finding", exact=True).select_option("plantar_fasciitis")
    page.get_by_role("radio", name="Left").check(force=True)
    return page


def still_there(page: Page) -> None:
    expect(page.get_by_label("Finding", exact=True)).to_have_value("plantar_fasciitis")
    expect(page.get_by_role("radio", name="Left")).to_be_checked()


def test_without_a_network_a_finding_is_kept_and_the_reason_said(
    desk: BrowserContext, margaret: Patient, fasciitis: FindingType
) -> None:
    page = typed(desk, margaret)
    desk.set_offline(True)
    page.get_by_role("button", name="Save finding").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved: there is no connection.")
    still_there(page)
    desk.set_offline(False)
    page.get_by_role("button", name="Save finding").click()
    expect(page.get_by_text("Recorded: Plantar fasciitis, left.")).to_be_attached()
    expect(page.get_by_role("alert")).to_be_hidden()
    assert Finding.objects.get().side == "left"


def test_after_the_session_ended_a_finding_is_kept_until_somebody_signs_in_again(
    desk: BrowserContext, margaret: Patient, fasciitis: FindingType, priya: User
) -> None:
    page = typed(desk, margaret)
    desk.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Save finding").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved: you are signed out.")
    still_there(page)
    assert Finding.objects.count() == 0
    desk.clear_cookies()
    sign_in(desk, priya)
    page.evaluate(
        "document.dispatchEvent(new Event('visibilitychange'))"
    )  # the person comes back to this tab
    expect(page.get_by_role("alert")).to_contain_text("You are signed in again.")
    page.get_by_role("button", name="Save finding").click()
    expect(page.get_by_text("Recorded: Plantar fasciitis, left.")).to_be_attached()
    assert Finding.objects.get().side == "left"

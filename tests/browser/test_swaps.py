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


def test_after_the_session_ended_a_plain_form_comes_back_and_is_sent_again(
    desk: BrowserContext, priya: User
) -> None:
    page = desk.new_page()
    page.goto(reverse("patients:new"))
    page.get_by_label("First name").fill("Wilma")
    page.get_by_label("Last name").fill("Example")
    page.get_by_label("Date of birth").fill("1950-02-03")
    page.locator("[name=note]").fill("Walks with a stick.\nSlowly.")
    desk.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Add the patient").click()
    expect(page.get_by_role("heading", name="Not saved yet")).to_be_visible()
    assert not Patient.objects.exists()
    desk.clear_cookies()
    sign_in(desk, priya)  # in another tab
    page.get_by_role("button", name="2. Come back here and send it again").click()
    page.get_by_role("button", name="Send it again", exact=True).click()
    expect(page.get_by_text("Wilma Example was added.")).to_be_visible()
    assert Patient.objects.get().note.split() == ["Walks", "with", "a", "stick.", "Slowly."]

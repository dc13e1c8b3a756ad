"""Findings in a browser: fields that appear with the type, pages that are accessible, all of it without script too."""

from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from clinic.actors import Actor
from clinic.models import User
from patients import actions
from patients.models import Finding, Patient
from tests import factories
from tests.browser.conftest import sign_in
from tests.browser.test_pages import RULES, examine


def amended(priya: User, finding: Finding) -> Finding:
    entry = actions.FindingEntry.of(finding).but(severity="severe", note="Limps\nsince Friday")
    return actions.amend_finding(
        actor=Actor.staff(priya),
        finding=finding,
        entry=entry,
        version=finding.version,
        reason="Seen again",
        now=factories.NOON,
    )


def types() -> None:
    factories.make_finding_type("flat_foot", label="Flat foot", extra_fields=["flexibility"])
    factories.make_finding_type("hallux", label="Hallux valgus", extra_fields=["origin"])
    back = ["left", "right", "bilateral", "unknown"]
    factories.make_finding_type("sciatica", label="Sciatica", site="back", sides=back)


def shown(page: Page) -> list[str]:
    """What the form asks beyond what it always asks."""
    some = ("Flexibility", "Origin", "Date of the picture", "Not applicable", "Not known")
    return [label for label in some if page.get_by_text(label, exact=False).first.is_visible()]


def test_fields_and_sides_appear_with_what_they_belong_to(
    desk: BrowserContext, faults: list[str], margaret: Patient, finding: Finding
) -> None:
    types()
    page = desk.new_page()
    page.goto(f"/patients/{margaret.pk}/")
    assert shown(page) == []
    kind = page.get_by_label("Finding", exact=True)
    kind.select_option("flat_foot")
    assert shown(page) == ["Flexibility"]
    kind.select_option("hallux")
    page.get_by_label("Confirmed by").select_option("x_ray")
    assert shown(page) == ["Origin", "Date of the picture"]
    page.get_by_label("Origin").select_option("acquired")
    kind.select_option("sciatica")
    assert shown(page) == ["Date of the picture", "Not known"]
    page.get_by_role("radio", name="Not known").check(force=True)
    page.get_by_role("button", name="Save finding").click()
    # An answer that went out of sight comes back with the reason why it cannot stay.
    expect(page.get_by_text("“Origin” is not asked for “Sciatica”").first).to_be_visible()
    assert "Origin" in shown(page)
    assert [fault for fault in faults if "422" not in fault] == []


def test_the_pages_of_a_finding(
    desk: BrowserContext, faults: list[str], priya: User, margaret: Patient, finding: Finding
) -> None:
    types()
    amended(priya, finding)
    page = desk.new_page()
    for name in ("finding_edit", "finding_history"):
        examine(page, reverse(f"patients:{name}", args=[finding.pk]), faults)
    page.goto(f"/patients/{margaret.pk}/")
    page.get_by_text("Close", exact=False).first.click()
    assert page.get_by_role("button", name="Resolved").is_visible()
    result = Axe().run(page, options=RULES)
    assert result.violations_count == 0, result.generate_report()


def test_two_people_at_one_finding_without_script(
    browser: Browser, live_server: LiveServer, priya: User, finding: Finding
) -> None:
    types()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, priya)
    page = context.new_page()
    page.goto(reverse("patients:finding_edit", args=[finding.pk]))
    amended(priya, finding)
    page.get_by_role("textbox", name="Note").fill("Mine")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_role("heading", name="Somebody else changed this finding meanwhile")).to_be_visible()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("Mine")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Changed: Plantar fasciitis, left.")).to_be_visible()
    page.get_by_role("link", name="History Plantar fasciitis, left").click()
    expect(page.get_by_role("heading", name="Version 3 stands now")).to_be_visible()
    context.close()

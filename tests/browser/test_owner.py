"""The owner's journey, counted: invite, hand over, and an answer from the audit; and what all of it looks like."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock, emails
from clinic.actors import Actor
from clinic.models import Clinic, Invitation, OutgoingEmail, User
from clinic.roles import Role
from exercises import actions
from exercises.models import Programme
from patients.models import Patient
from tests import factories
from tests.browser.conftest import DESK, Person, _open, sign_in
from tests.browser.test_pages import RULES
from tests.restricted_world import make_opening, make_restriction
from tests.staff_factories import make_invitation, make_patients

PASSWORD = "seven plain words are quite enough"


@pytest.fixture
def office(
    browser: Browser, live_server: LiveServer, faults: list[str], olivia: User
) -> Iterator[BrowserContext]:
    """Olivia's computer, signed in."""
    for context in _open(browser, live_server.url, faults, viewport=DESK):
        sign_in(context, olivia)
        yield context


@pytest.fixture
def nils(riverside: Clinic) -> User:
    return factories.make_staff(riverside, Role.PRACTITIONER, "Nils Berg")


def test_j12_invite_a_practitioner_in_four_interactions(office: BrowserContext, faults: list[str]) -> None:
    page = office.new_page()
    page.goto(reverse("patients:list"))
    person = Person(page)
    person.press(page.get_by_role("link", name="Clinic"))
    person.write(page.get_by_label("Name"), "Nora Quinn")
    person.write(page.get_by_label("E-mail address"), "nora@riverside.example")
    person.press(page.get_by_role("button", name="Invite", exact=True))
    expect(page.get_by_text("Nora Quinn is invited: the e-mail is on its way.")).to_be_visible()
    assert person.count <= 4
    made = Invitation.objects.get()
    assert (made.email, made.role) == ("nora@riverside.example", "practitioner")
    assert OutgoingEmail.objects.get().letter == "staff_invited"
    assert faults == []


@pytest.mark.parametrize("scripts", [True, False])
def test_the_invited_person_chooses_a_password_and_signs_in(
    browser: Browser, live_server: LiveServer, faults: list[str], olivia: User, scripts: bool
) -> None:
    """Without scripts the link is pasted."""
    with transaction.atomic():
        letter = emails.staff_invited(str(make_invitation(olivia).pk), clock.now())
    assert letter
    found = re.search(r"/invitation/#[\w-]{43}", letter.text)
    assert found
    for context in _open(browser, live_server.url, faults, java_script_enabled=scripts):
        page = context.new_page()
        page.goto(found.group())
        if scripts:
            expect(page.get_by_label("Paste the link from your e-mail")).to_be_hidden()
            assert "#" not in page.url.rstrip("#")
        else:
            page.get_by_label("Paste the link from your e-mail").fill(letter.text)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Password again").fill(PASSWORD)
        page.get_by_role("button", name="Save and go to sign-in").click()
        expect(page.get_by_text("Your account is ready.")).to_be_visible()
        page.get_by_label("E-mail address").fill("nora@riverside.example")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", name="Who needs you")).to_be_visible()
        page.goto(found.group())
        page.reload()
        assert User.objects.get(email="nora@riverside.example").last_login is not None
    assert faults == []


def test_j12_hand_over_two_hundred_patients_in_one_action(
    office: BrowserContext, faults: list[str], priya: User, nils: User
) -> None:
    make_patients(priya, 200)
    page = office.new_page()
    page.goto(reverse("patients:people"))
    person = Person(page)
    person.press(page.get_by_role("link", name=re.compile("Hand over patients.*Priya Nair")))
    person.choose(page.get_by_label("Patients go to"), "Nils Berg")
    person.press(page.get_by_label("Close the account afterwards"))
    person.press(page.get_by_role("button", name="Hand over 200 patients"))
    expect(page.get_by_text("200 patients are with Nils Berg now.")).to_be_visible()
    assert person.count <= 4
    assert Patient.objects.filter(practitioner=nils).count() == Patient.objects.count() == 200
    assert faults == []


def test_j12_an_answer_from_the_audit_in_three_interactions(
    office: BrowserContext, faults: list[str], priya: User, margaret: Patient
) -> None:
    """Who opened Margaret's record? From her page; and what did Priya do? From the list of staff."""
    factories.make_finding(priya, margaret)
    page = office.new_page()
    page.goto(reverse("exercises:patient", args=[margaret.pk]))
    person = Person(page)
    person.press(page.get_by_role("link", name="Record", exact=True))
    person.press(page.get_by_role("link", name="Who did what in this record"))
    expect(page.get_by_role("cell", name="finding: recorded")).to_be_visible()
    assert person.count <= 3
    page.goto(reverse("patients:people"))
    other = Person(page)
    other.press(page.get_by_role("link", name="Priya Nair", exact=True))
    other.press(page.get_by_role("link", name="What this person did"))
    expect(page.get_by_role("cell", name="finding: recorded")).to_be_visible()
    assert other.count <= 3
    assert faults == []


def judged(page: Page, address: str, faults: list[str]) -> None:
    """No rule of axe broken in light or dark, and nothing beyond the edge at three widths."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(address)
        result = Axe().run(page, options=RULES)
        assert result.violations_count == 0, f"{address} {scheme}: {result.generate_report()}"
    for width in (1280, 1024, 390):
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{address} is {wide} wide at {width}"
    assert faults == [], address


def test_the_owners_pages(
    office: BrowserContext,
    faults: list[str],
    olivia: User,
    priya: User,
    nils: User,
    margaret: Patient,
    programme: Programme,
) -> None:
    export = actions.ask_export(actor=Actor.staff(olivia), now=clock.now())
    make_invitation(olivia)
    make_restriction(olivia, margaret)
    make_opening(priya, margaret)
    page = office.new_page()
    for address in (
        reverse("patients:people"),
        reverse("patients:member", args=[priya.staff_membership.pk]),
        reverse("patients:hand_over", args=[priya.staff_membership.pk]),
        reverse("patients:hand_over_nobody"),
        reverse("clinic:settings"),
        reverse("exercises:usage"),
        reverse("patients:restrictions"),
        reverse("exercises:clinic_exports"),
        reverse("exercises:clinic_export", args=[export.pk]),
        reverse("clinic:audit"),
        reverse("clinic:audit") + "?kind=logs",
        reverse("clinic:invitation"),
    ):
        judged(page, address, faults)


def test_a_refused_form_says_what_and_where(office: BrowserContext) -> None:
    page = office.new_page()
    page.goto(reverse("clinic:settings"))
    page.get_by_label("Telephone").fill("")
    page.get_by_role("button", name="Save").click()
    assert page.title().startswith("Error: ")
    assert page.get_by_role("alert").locator("a").count() == 1
    result = Axe().run(page, options=RULES)
    assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize("colour", ["plum", "olive", "slate"])
def test_a_patients_page_in_the_clinics_colour(
    phone: BrowserContext, faults: list[str], riverside: Clinic, programme: Programme, link: str, colour: str
) -> None:
    Clinic.objects.update(colour=colour, short_name="Feet First")
    page = phone.new_page()
    page.goto(link)
    page.get_by_role("button", name="Open today’s plan").click()
    expect(page.get_by_text("Feet First").first).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        result = Axe().run(page, options=RULES)
        assert result.violations_count == 0, f"{scheme}: {result.generate_report()}"
    assert faults == []

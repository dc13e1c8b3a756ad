"""Every page of staff as a browser sees it: accessible, within 320 px, obeying the policy, in light and dark.

Those of patients are in test_patient_pages.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Programme, Routine
from patients.models import Finding, Patient
from patients.red_flags import Region
from tests import factories
from tests.browser.conftest import sign_in
from tests.browser.test_journeys import opened, running

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    # Every rule is run on every element as before; of what passes, axe describes and sends one element only.
    "resultTypes": ["violations"],
}
# What depends on the colour scheme: both style sheets give values to names there, and nothing else.
CONTRAST = {**RULES, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def examine(page: Page, path: str, faults: list[str]) -> None:
    """The page at a desk and at 320 px, in both colour schemes.

    Only style sheets know the scheme, so the second one needs no second load and is asked for colours alone; without
    motion, because a button would still be changing its colour.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    response = page.goto(path)
    assert response
    assert response.status < 400 or response.status in {404, 422}, f"{path}: {response.status}"
    light = Axe().run(page, options=RULES)
    assert light.violations_count == 0, f"{path} light\n{light.generate_report()}"
    page.emulate_media(color_scheme="dark")
    dark = Axe("0").run(page, options=CONTRAST)  # the page has the script already
    assert dark.violations_count == 0, f"{path} dark\n{dark.generate_report()}"
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path} scrolls sideways at 320 px"
    assert page.locator("[style]").count() == 0, f"{path} has inline styles"
    if size:
        page.set_viewport_size(size)
    unexpected = [fault for fault in faults if "404" not in fault]
    assert unexpected == [], path


def test_staff_pages(
    desk: BrowserContext,
    faults: list[str],
    margaret: Patient,
    finding: Finding,
    programme: Programme,
    basics: Routine,
) -> None:
    exercise = programme.items.get().version.exercise
    addresses = [
        reverse("patients:list"),
        reverse("patients:list") + "?q=nobody",
        reverse("patients:new"),
        reverse("exercises:patient", args=[margaret.pk]),
        reverse("exercises:patient_edit", args=[margaret.pk]),
        reverse("exercises:patient_export", args=[margaret.pk]),
        reverse("exercises:assign", args=[margaret.pk]),
        reverse("exercises:assign", args=[margaret.pk]) + f"?routine={basics.slug}",
        reverse("exercises:programme", args=[programme.pk]),
        reverse("exercises:programme_end", args=[programme.pk]),
        reverse("exercises:catalogue"),
        reverse("exercises:exercise", args=[exercise.slug]),
        reverse("clinic:api_reference"),
        "/nowhere/",
    ]
    page = desk.new_page()
    for address in addresses:
        examine(page, address, faults)


def test_routine_pages(
    desk: BrowserContext,
    faults: list[str],
    priya: User,
    margaret: Patient,
    basics: Routine,
    staged: Routine,
    personal: Routine,
) -> None:
    """With stages and doses of their own, in their editor, and where the next one is given."""
    exercises = [item.exercise for item in basics.items.select_related("exercise__current")]
    given = factories.make_programme(priya, margaret, exercises, routine=staged, stage=1, now=clock.now())
    actions.retire_routine(actor=Actor.staff(priya), routine=personal)
    routine = reverse("exercises:routine", args=[staged.slug])
    stage = f"?routine={staged.slug}&stage=2&ending={given.pk}"
    addresses = [
        reverse("exercises:routines"),
        reverse("exercises:routines") + "?q=nothing",
        reverse("exercises:routines") + "?state=retired",
        reverse("exercises:routine_new"),
        routine,
        routine + "?done=made",
        reverse("exercises:routine", args=[personal.slug]) + "?done=retired",
        reverse("exercises:routine_edit", args=[staged.slug]),
        reverse("exercises:routine_from_programme", args=[given.pk]),
        reverse("exercises:programme", args=[given.pk]),
        reverse("exercises:assign", args=[margaret.pk]) + stage,
    ]
    page = desk.new_page()
    for address in addresses:
        examine(page, address, faults)


def test_safety_pages(desk: BrowserContext, faults: list[str], priya: User, margaret: Patient) -> None:
    factories.make_decision(priya, factories.make_flag(priya, margaret, "back_fever", region=Region.BACK))
    flag = factories.make_flag(priya, margaret)
    referral = factories.make_referral(priya, margaret)
    addresses = [
        reverse("patients:safety", args=[margaret.pk]),
        reverse("patients:screening_foot", args=[margaret.pk]),
        reverse("patients:screening_back", args=[margaret.pk]),
        reverse("patients:screening_error", args=[flag.screening_id]),
        reverse("patients:referral_new", args=[margaret.pk]) + f"?flag={flag.pk}",
        reverse("patients:referral_edit", args=[referral.pk]),
        reverse("patients:referral_close", args=[referral.pk]),
        reverse("patients:referral_history", args=[referral.pk]),
        reverse("exercises:assign", args=[margaret.pk]),
        reverse("exercises:patient", args=[margaret.pk]),
    ]
    page = desk.new_page()
    for address in addresses:
        examine(page, address, faults)


@pytest.mark.hazard("HZ-25")
def test_advice_appears_with_the_answer_and_stays_in_the_refused_form(
    desk: BrowserContext, margaret: Patient
) -> None:
    page = desk.new_page()
    page.goto(reverse("patients:screening_foot", args=[margaret.pk]))
    advice = page.get_by_text("Call 112 now.").first
    assert not advice.is_visible()
    page.get_by_role("group", name="A swollen or painful calf").get_by_role("radio", name="Yes").check()
    assert advice.is_visible()
    page.get_by_role("button", name="Save the screening").click()
    assert page.title().startswith("Error: ")
    assert page.get_by_role("heading", name="Answered with yes: what to do").is_visible()
    result = Axe().run(page, options=RULES)
    assert result.violations_count == 0, result.generate_report()


def test_account_pages(desk: BrowserContext, phone: BrowserContext, faults: list[str]) -> None:
    for context, names in (
        (phone, ["clinic:home", "account_login", "account_reset_password"]),
        (desk, ["mfa_index", "account_change_password"]),
    ):
        page = context.new_page()
        for name in names:
            examine(page, reverse(name), faults)


def test_a_refused_form_shows_what_is_wrong_and_where(desk: BrowserContext, margaret: Patient) -> None:
    page = desk.new_page()
    page.goto(reverse("patients:new"))
    page.get_by_label("First name").fill("Ada")
    page.get_by_role("button", name="Add").first.click()
    summary = page.get_by_role("alert")
    assert summary.locator("a").count() >= 2
    assert page.title().startswith("Error: ")
    assert page.get_by_label("First name").input_value() == "Ada"
    result = Axe().run(page, options=RULES)
    assert result.violations_count == 0, result.generate_report()


@pytest.mark.check(9)
def test_the_admin_obeys_the_policy(
    desk: BrowserContext, faults: list[str], carlos: User, basics: Routine
) -> None:
    sign_in(desk, carlos)
    page = desk.new_page()
    exercise = basics.items.select_related("exercise")[0].exercise
    for address in (
        reverse("admin:index"),
        reverse("admin:exercises_exercise_changelist"),
        reverse("admin:exercises_exercise_change", args=[exercise.pk]),
        reverse("admin:exercises_routine_change", args=[basics.pk]),
        reverse("admin:patients_findingtype_changelist"),
        reverse("admin:patients_findingtype_add"),
        reverse("admin:patients_questionnaire_add"),
        reverse("admin:patients_questionnaire_change", args=[factories.make_questionnaire(carlos).pk]),
    ):
        response = page.goto(address)
        assert response
        assert response.status == 200, address
    assert faults == []


@pytest.mark.parametrize("name", ["exercises:today", "exercises:my_reminders"])
def test_pages_turn_round_for_right_to_left(
    phone: BrowserContext, priya: User, programme: Programme, link: str, name: str
) -> None:
    """Nothing sticks out when the direction is turned."""
    factories.make_support(priya, programme.patient, hours_per_day=8)
    page = opened(phone, link)
    page.goto(reverse(name))
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_first_opening_is_light(
    phone: BrowserContext, priya: User, margaret: Patient, basics: Routine, link: str
) -> None:
    """What the phone transfers from the tap to the plan, pictures included; compression comes on top in production."""
    running(priya, margaret, basics)
    sizes: list[int] = []
    page = phone.new_page()
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(link)
    page.get_by_role("button", name="Open today’s plan").click()
    page.wait_for_load_state("networkidle")
    assert sum(sizes) < 150_000
    assert len(sizes) >= 5

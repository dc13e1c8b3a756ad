"""The patient's cautions on the page on which exercises are assigned, with JavaScript and without."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from clinic.models import User
from exercises.models import CautionOverride, Exercise, Programme, Routine
from patients.models import Patient
from tests import factories
from tests.browser.conftest import sign_in

REASON = "Holds on with both hands."
NOTE = "Hold on to the kitchen worktop."


@pytest.fixture
def shelf(basics: Routine) -> list[Exercise]:
    """Heel raises that speak of falls, and an arch stretch with a choice of what it is done with."""
    raises = factories.make_exercise(
        "heel-raise-both-feet", name="Heel raise, both feet", cautions=["fall_risk"]
    )
    arch = factories.make_exercise(
        "arch-stretch-ball-or-bottle",
        name="Arch stretch",
        picture="arch-stretch-ball-or-bottle",
        kit_options=["tennis_ball", "frozen_bottle"],
    )
    return [raises, arch]


def address(patient: Patient, *exercises: Exercise) -> str:
    return reverse("exercises:assign", args=[patient.pk]) + "".join(
        f"{'&' if n else '?'}items={exercise.slug}" for n, exercise in enumerate(exercises)
    )


def fill(page: Page) -> None:
    page.get_by_label("How often").select_option("1x7")
    for side in page.get_by_label("Side").all():
        side.select_option("left")


def shoot(page: Page, name: str) -> None:
    """For looking at; the directory is named by whoever wants to."""
    if folder := os.environ.get("PICTURES_TO"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.hazard("HZ-14")
def test_a_choice_of_kit_brings_its_block_at_once_and_a_caution_its_reason(
    desk: BrowserContext, priya: User, margaret: Patient, shelf: list[Exercise], faults: list[str]
) -> None:
    factories.make_check(priya, margaret, "fall_risk", "poor_circulation")
    page = desk.new_page()
    page.goto(address(margaret, *shelf))
    fill(page)
    cautions = page.locator("#cautions")
    expect(cautions).to_contain_text("Caution, “Fall risk”")
    expect(cautions).not_to_contain_text("No ice")
    page.get_by_label("Why it may go ahead in spite of “Fall risk”").fill(REASON)
    page.get_by_label("With", exact=True).select_option("frozen_bottle")
    expect(cautions).to_contain_text("Not with “No ice”")
    expect(page.get_by_label("Why it may go ahead in spite of “Fall risk”")).to_have_value(REASON)
    shoot(page, "block")
    page.get_by_label("With", exact=True).select_option("tennis_ball")
    expect(cautions).not_to_contain_text("No ice")
    page.get_by_label("Note for the patient").first.fill(NOTE)
    page.get_by_role("button", name="Assign and send").click()
    expect(page.get_by_text("Plan sent to")).to_be_visible()
    assert CautionOverride.objects.get().reason == REASON
    assert [item.note for item in Programme.objects.get().items.all()] == [NOTE, ""]
    assert faults == []


@pytest.mark.hazard("HZ-14")
def test_without_javascript_the_same_is_said_by_the_page(
    browser: Browser, live_server: LiveServer, priya: User, margaret: Patient, shelf: list[Exercise]
) -> None:
    factories.make_check(priya, margaret, "fall_risk", "poor_circulation")
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, priya)
    page = context.new_page()
    page.goto(address(margaret, *shelf))
    fill(page)
    page.get_by_label("With", exact=True).select_option("frozen_bottle")
    page.get_by_role("button", name="Assign and send").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing frozen on the foot.")
    expect(page.get_by_role("alert")).to_contain_text("Say why it may go ahead.")
    expect(page.get_by_role("alert")).to_contain_text("Say what to hold on to.")
    assert not Programme.objects.exists()
    page.locator("#cautions").get_by_role("button", name="Remove Arch stretch").click()
    expect(page.locator("#cautions")).not_to_contain_text("No ice")
    page.get_by_label("Why it may go ahead in spite of “Fall risk”").fill(REASON)
    page.get_by_label("Note for the patient").first.fill(NOTE)
    page.get_by_role("button", name="Assign and send").click()
    expect(page.get_by_text("Plan sent to")).to_be_visible()
    assert CautionOverride.objects.get().reason == REASON
    context.close()


@pytest.mark.hazard("HZ-14")
def test_a_patient_whom_nobody_asked_is_asked_first(
    desk: BrowserContext, priya: User, basics: Routine, faults: list[str]
) -> None:
    tom = factories.make_patient(priya, "Tom", "Reed", cautions=None)
    page = desk.new_page()
    page.goto(reverse("exercises:assign", args=[tom.pk]) + f"?routine={basics.slug}")
    expect(page.get_by_role("button", name="Assign and send")).to_have_count(0)
    shoot(page, "asking")
    page.get_by_label("I asked: none of these").check()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("button", name="Assign and send")).to_be_visible()
    expect(page.get_by_label("Name, as the patient reads it")).to_have_value(basics.name)
    assert faults == []

"""From an idea to all clinics: written with a photo, published, assigned, read by the patient, proposed, accepted."""

from pathlib import Path

from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.models import User
from exercises.models import Exercise, Proposal
from patients.models import Patient
from tests import factories, uploads
from tests.browser.conftest import sign_in


def test_an_own_exercise_reaches_the_patient_and_then_all_clinics(
    desk: BrowserContext,
    phone: BrowserContext,
    browser: Browser,
    live_server: LiveServer,
    faults: list[str],
    priya: User,
    carlos: User,
    margaret: Patient,
    link: str,
    tmp_path: Path,
) -> None:
    factories.make_finding_type("tight_calf", label="Tight calf", position=99)
    photo = tmp_path / "step.jpg"
    photo.write_bytes(uploads.with_place())
    page = desk.new_page()
    page.goto(reverse("exercises:catalogue"))
    page.get_by_role("link", name="Write an exercise").click()
    page.get_by_label("Name", exact=True).fill("Step tap")
    page.locator("[name=steps]").fill("Stand before a step.\nTap it.")
    page.locator("[name=photo_first]").set_input_files(photo)
    page.locator("[name=alt_text]").fill("First: feet on the floor. Second: toes on the step.")
    page.locator("[name=body_part]").select_option("lower_leg")
    page.locator("[name=position]").select_option("on_step")
    page.get_by_label("Left", exact=True).check()
    page.get_by_label("Tight calf").check()
    page.get_by_label("I looked through these").check()
    page.get_by_label("Repetitions", exact=True).fill("10")
    page.get_by_role("button", name="Publish, signed by you").click()
    expect(page.get_by_text("Step tap is published as version 1.")).to_be_visible()
    exercise = Exercise.objects.get()
    factories.make_programme(priya, margaret, [exercise], now=clock.now())

    plan = phone.new_page()
    plan.goto(link)
    plan.get_by_role("button", name="Open today’s plan").click()
    shown = plan.get_by_alt_text("First: feet on the floor. Second: toes on the step.")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 480

    page.get_by_role("link", name="Propose to the shared catalogue").click()
    expect(page.get_by_text("The photo is copied too")).to_be_visible()
    page.get_by_role("button", name="Propose it").click()
    context = browser.new_context(base_url=live_server.url)
    sign_in(context, carlos)
    queue = context.new_page()
    queue.goto(reverse("exercises:proposals"))
    queue.get_by_label("I looked through the cautions").check()
    queue.get_by_role("button", name="Accept and publish, signed by you").click()
    expect(queue.get_by_text("is in the shared catalogue, signed by you.")).to_be_visible()
    context.close()
    assert Proposal.objects.get().copy.current is not None
    assert faults == []

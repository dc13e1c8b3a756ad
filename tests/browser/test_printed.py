"""The plan on paper: the PDF that Chromium prints, its words page by page, and what a camera reads from its picture."""

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any, Literal

import pypdfium2
import pytest
import zxingcpp
from django.core.management import call_command
from django.urls import reverse
from PIL import Image
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.models import Clinic, Language, User
from clinic.roles import Role
from exercises.models import Exercise, Programme
from patients.models import Measure, Patient
from tests import factories
from tests.browser.test_device_access import open_with_code
from tests.browser.test_journeys import opened

PAPERS = ("A4", "Letter")
DOTS_PER_INCH = 150


@pytest.fixture
def shipped(priya: User) -> list[Exercise]:
    """All that is published of the catalogue, what takes most words on paper first."""
    carlos = factories.make_staff(Clinic.objects.get(), Role.CURATOR, "Carlos Vega")
    call_command("load_vocabularies", stdout=StringIO())
    call_command("load_catalogue", publish_as=carlos.email, stdout=StringIO())
    found = Exercise.objects.filter(current__isnull=False).select_related("current").order_by("slug")
    return sorted(found, key=lambda exercise: -_words(exercise))


def _words(exercise: Exercise) -> int:
    version = exercise.current
    assert version
    dose = [value for value in version.dose_fields().values() if value]
    return len(version.name + version.movement) + sum(len(str(value)) + 10 for value in dose)


def plan_of(staff: User, exercises: Sequence[Exercise], **fields: Any) -> Patient:
    """Of a new patient, with all that a sheet may carry: something to wear, every measure, the next visit."""
    now, patient = (
        clock.now(),
        factories.make_patient(staff, email="", reminders_allowed=False, same_person_checked=True),
    )
    asked = {"daily_measures": [*Measure], "next_visit_at": now + timedelta(days=9)}
    Patient.objects.filter(pk=patient.pk).update(**asked | fields)
    versions = [exercise.current for exercise in exercises if exercise.current]
    items = [factories.item_plan(one, kit=one.kit_options[0] if one.kit_options else "") for one in versions]
    factories.make_programme(staff, patient, [], items=items, now=now, reminder_time=None)
    factories.make_support(staff, patient)
    return patient


def with_new_code(desk: BrowserContext, patient: Patient) -> Page:
    page = desk.new_page()
    page.goto(f"/patients/{patient.pk}/sheet/")
    page.locator("article").wait_for()
    page.get_by_role("button", name="Print with a new access code").click()
    page.locator("svg.qr").wait_for()
    return page


def printed(page: Page, paper: str) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(page.pdf(format=paper))


def words_of(pdf: pypdfium2.PdfDocument) -> list[str]:
    """Page by page; a line that ends within a sentence is no end of it."""
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pdf]


def decoded(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def same_page(pages: list[str], page: Page) -> list[bool]:
    """Of each exercise: whether its name, its dose and what to do stand on one page."""
    shown = page.locator(".item").evaluate_all(
        "items => items.map(item => [...item.querySelectorAll('h3, .dose span, .how p')].map(one => one.textContent.trim()))"
    )
    return [any(all(words in text for words in item) for text in pages) for item in shown]


def test_up_to_five_exercises_are_one_page(
    desk: BrowserContext, priya: User, shipped: list[Exercise]
) -> None:
    """Those with the most words, with code, week, something to wear, every scale and what to do if it hurts."""
    for number in (1, 3, 5):
        page = with_new_code(desk, plan_of(priya, shipped[:number]))
        code = page.locator(".code").inner_text()
        for paper in PAPERS:
            pages = words_of(printed(page, paper))
            assert len(pages) == 1, (number, paper)
            assert same_page(pages, page) == [True] * number
            for said in (
                code,
                "Stop and get advice",
                "First-step pain",
                "Insole, both feet",
                "Your next visit",
            ):
                assert said in pages[0], (paper, said)


def test_a_usual_plan_is_one_page_in_every_language(
    desk: BrowserContext, priya: User, shipped: list[Exercise]
) -> None:
    """Four exercises from the middle of the list, and the two scales that are asked if nobody says otherwise."""
    usual = [Measure.PAIN_FOOT, Measure.PAIN_BACK]
    for language in Language.values:
        page = with_new_code(desk, plan_of(priya, shipped[10:14], language=language, daily_measures=usual))
        for paper in PAPERS:
            assert len(printed(page, paper)) == 1, (language, paper)


@pytest.mark.slow
def test_what_runs_over_breaks_between_exercises(
    desk: BrowserContext, priya: User, shipped: list[Exercise]
) -> None:
    """More than five, or a language with longer words: the next page begins with a whole exercise, or the whole week."""
    for number, language in ((5, "de"), (5, "ar"), (8, "en-gb"), (8, "ar"), (14, "en-gb")):
        page = with_new_code(desk, plan_of(priya, shipped[:number], language=language))
        for paper in PAPERS:
            pages = words_of(printed(page, paper))
            assert 2 <= len(pages) <= 3, (number, language, paper)
            if language != "ar":  # the order of words that run both ways is not kept in a PDF
                assert all(same_page(pages, page)), (number, language, paper)


def test_a_camera_reads_the_sheet_and_the_plan_opens(
    desk: BrowserContext,
    phone: BrowserContext,
    live_server: LiveServer,
    settings: Any,
    priya: User,
    shipped: list[Exercise],
) -> None:
    settings.SITE_URL = live_server.url
    page = with_new_code(desk, plan_of(priya, shipped[:5]))
    code = page.locator(".code").inner_text()
    for paper in PAPERS:
        (address,) = decoded(printed(page, paper)[0].render(scale=DOTS_PER_INCH / 72).to_pil())
        assert address.lower() == f"{live_server.url}/c/#{code}".lower()
    open_with_code(phone.new_page(), address)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_camera_reads_the_code_from_the_screen_of_the_clinic(
    desk: BrowserContext,
    phone: BrowserContext,
    live_server: LiveServer,
    settings: Any,
    margaret: Patient,
    programme: Programme,
    scheme: Literal["light", "dark"],
) -> None:
    settings.SITE_URL = live_server.url
    page = desk.new_page()
    page.emulate_media(color_scheme=scheme)
    page.goto(f"/patients/{margaret.pk}/access/")
    page.get_by_role("button", name="Make a code").click()
    page.get_by_role("img", name="QR code that opens the plan").wait_for()
    (address,) = decoded(Image.open(BytesIO(page.screenshot(full_page=True))))
    code = page.locator(".code").first.inner_text()
    assert address.lower() == f"{live_server.url}/c/#{code}".lower()
    open_with_code(phone.new_page(), address)


def overprinted(pdf: pypdfium2.PdfDocument) -> list[str]:
    """What is printed over something else, line by line."""
    found = []
    for page in pdf:
        words = page.get_textpage()
        boxes = [words.get_rect(number) for number in range(words.count_rects())]
        for number, (left, bottom, right, top) in enumerate(boxes):
            found += [
                f"{words.get_text_bounded(left, bottom, right, top)} / {words.get_text_bounded(*other)}"
                for other in boxes[number + 1 :]
                if min(right, other[2]) - max(left, other[0]) > 1
                and min(top, other[3]) - max(bottom, other[1]) > 0.5 * min(top - bottom, other[3] - other[1])
            ]
    return found


def test_nothing_is_printed_over_something_else(
    desk: BrowserContext, phone: BrowserContext, live_server: LiveServer, priya: User, shipped: list[Exercise]
) -> None:
    """The plan of the day with its steps, whose cards move to the next page as a whole, and the sheet."""
    patient = plan_of(priya, shipped[:4])
    page = opened(phone, f"{live_server.url}/t/#{factories.make_link(patient)}")
    for paper in PAPERS:
        pdf = printed(page, paper)
        assert len(pdf) >= 3
        assert overprinted(pdf) == [], paper
        assert overprinted(printed(with_new_code(desk, patient), paper)) == [], paper


@pytest.mark.hazard("HZ-24")
def test_the_numbers_to_call_are_on_paper(phone: BrowserContext, margaret: Patient) -> None:
    page = phone.new_page()
    page.goto(reverse("patients:help", args=[margaret.clinic_id]))
    (first, *_rest) = words_of(printed(page, "A4"))
    for said in ("In an emergency Call 112", "Urgent, but no emergency Call 111", "Call 000 0000 0000"):
        assert said in first

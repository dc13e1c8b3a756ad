"""The plan on paper as Chromium prints it, and a returned sheet typed in by keyboard alone."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.models import User
from exercises.models import Done, LogEntry, Programme
from patients.models import PainScore, Patient
from tests import factories
from tests.browser.conftest import DESK, _open, sign_in
from tests.browser.test_pages import examine

PAPERS = ("A4", "Letter")
MOST_KEYS, SECONDS = 40, 60


@pytest.fixture
def front_desk(
    browser: Browser, live_server: LiveServer, faults: list[str], asha: User
) -> Iterator[BrowserContext]:
    """The assistant's computer, signed in."""
    for context in _open(browser, live_server.url, faults, viewport=DESK):
        sign_in(context, asha)
        yield context


def plan_of(staff: User, patient: Patient, number: int, days_ago: int = 0) -> Programme:
    exercises = [factories.make_exercise(f"exercise-number-{n}") for n in range(number)]
    return factories.make_programme(staff, patient, exercises, now=clock.now() - timedelta(days=days_ago))


def pages_of(page: Page, paper: str) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format=paper)))


@pytest.mark.slow
@pytest.mark.parametrize(("number", "most"), [(1, 1), (4, 2), (6, 2), (12, 4)])
def test_no_exercise_is_split_between_pages(
    desk: BrowserContext, priya: User, margaret: Patient, faults: list[str], number: int, most: int
) -> None:
    plan_of(priya, margaret, number)
    page = desk.new_page()
    page.goto(f"/patients/{margaret.pk}/sheet/")
    page.emulate_media(media="print")
    inside = page.locator(".item, .whole").evaluate_all(
        "parts => parts.map(part => getComputedStyle(part).breakInside)"
    )
    assert set(inside) == {"avoid"}
    small = page.locator(".paper").evaluate(
        "paper => [...paper.querySelectorAll('*')].filter(one => one.textContent.trim() && !one.closest('.vh')"
        " && parseFloat(getComputedStyle(one).fontSize) < 14.6).map(one => one.outerHTML.slice(0, 80))"
    )
    assert small == []  # 11 points
    hidden = page.locator(".noprint, footer, .help").evaluate_all(
        "parts => parts.every(part => getComputedStyle(part).display === 'none')"
    )
    assert hidden
    for paper in PAPERS:
        assert 1 <= pages_of(page, paper) <= most, paper
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_code_is_black_on_white_and_the_page_fits(
    desk: BrowserContext, priya: User, margaret: Patient, scheme: str
) -> None:
    plan_of(priya, margaret, 2)
    page = desk.new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"/patients/{margaret.pk}/sheet/")
    page.get_by_role("button", name="Print with a new access code").click()
    code = page.get_by_role("img", name="QR code that opens your plan")
    assert code.evaluate("code => getComputedStyle(code).backgroundColor") == "rgb(255, 255, 255)"
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_the_pages_are_accessible(
    desk: BrowserContext, faults: list[str], priya: User, margaret: Patient
) -> None:
    page = desk.new_page()
    examine(page, f"/patients/{margaret.pk}/sheet/", faults)
    plan_of(priya, margaret, 2, days_ago=3)
    factories.make_support(priya, margaret)
    for address in ("sheet/?weeks=2", "week/"):
        examine(page, f"/patients/{margaret.pk}/{address}", faults)
    Patient.objects.filter(pk=margaret.pk).update(language="ar")
    examine(page, f"/patients/{margaret.pk}/sheet/", faults)


def test_a_sheet_from_right_to_left(desk: BrowserContext, priya: User, margaret: Patient) -> None:
    plan_of(priya, margaret, 1)
    Patient.objects.filter(pk=margaret.pk).update(language="ar")
    page = desk.new_page()
    page.goto(f"/patients/{margaret.pk}/sheet/")
    picture, words = page.locator(".item .pic").bounding_box(), page.locator(".item h3").bounding_box()
    assert picture
    assert words
    assert picture["x"] > words["x"]


def test_35_cells_in_at_most_40_keys(
    front_desk: BrowserContext, priya: User, margaret: Patient, faults: list[str]
) -> None:
    """Four exercises and one pain scale, seven days; by an assistant, who never touches the mouse."""
    plan_of(priya, margaret, 4, days_ago=6)
    Patient.objects.filter(pk=margaret.pk).update(daily_measures=["pain_foot_24h"])
    page = front_desk.new_page()
    page.goto(f"/patients/{margaret.pk}/week/")
    expect(page.locator("[data-cell]")).to_have_count(35)
    expect(page.locator("[data-cell]").first).to_be_focused()
    keys = [*"dddpddn" * 4, *"4332204", "Enter"]
    began = time.monotonic()
    for key in keys:
        page.keyboard.press(key)
    expect(page.get_by_text("Saved: 35 answers of the sheet.")).to_be_visible()
    took = time.monotonic() - began
    print(f"paper week: 35 cells, {len(keys)} keys, {took:.1f} s by machine")  # noqa: T201
    assert len(keys) <= MOST_KEYS
    assert took < SECONDS
    answers = list(LogEntry.objects.values_list("done", flat=True))
    assert [answers.count(done) for done in Done] == [20, 4, 4]
    assert list(PainScore.objects.order_by("on").values_list("score", flat=True)) == [4, 3, 3, 2, 2, 0, 4]
    assert faults == []


def test_keys_that_move(front_desk: BrowserContext, priya: User, margaret: Patient) -> None:
    plan_of(priya, margaret, 2, days_ago=6)
    page = front_desk.new_page()
    page.goto(f"/patients/{margaret.pk}/week/")
    cell = page.locator("[data-cell]")
    for key, at in (
        ("ArrowRight", 1),
        ("ArrowDown", 8),
        ("ArrowLeft", 7),
        ("ArrowUp", 0),
        ("Enter", 1),
        ("Tab", 2),
        ("x", 2),  # no answer: it stays
    ):
        page.keyboard.press(key)
        expect(cell.nth(at)).to_be_focused()
    cell.nth(14).focus()
    page.keyboard.type("10")  # a 1 waits for what follows
    expect(cell.nth(15)).to_be_focused()
    expect(cell.nth(14)).to_have_value("10")


def test_the_sheet_is_typed_in_without_script(
    browser: Browser, live_server: LiveServer, faults: list[str], asha: User, priya: User, margaret: Patient
) -> None:
    plan_of(priya, margaret, 1, days_ago=6)
    for context in _open(browser, live_server.url, faults, viewport=DESK, java_script_enabled=False):
        sign_in(context, asha)
        page = context.new_page()
        page.goto(f"/patients/{margaret.pk}/week/")
        page.locator("[data-cell]").nth(0).fill("d")
        page.keyboard.press("Tab")
        page.keyboard.type("n")
        page.get_by_role("button", name="Save the sheet").click()
        expect(page.get_by_text("Saved: 2 answers of the sheet.")).to_be_visible()

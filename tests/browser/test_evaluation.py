"""The form of an evaluation in a browser: kept while typing, with a poor connection, in two windows, without script."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from patients import actions
from patients.models import FPI_ITEMS, Evaluation, EvaluationDraft, Foot, Patient
from tests import factories
from tests.browser.conftest import DESK, PHONE, _open, sign_in
from tests.browser.test_pages import RULES, examine

SAVED = re.compile(r"^Draft saved \d\d:\d\d$")
NO_CONNECTION = "Not saved yet: no connection. Keep this page open; it is tried again."


@pytest.fixture
def plain_desk(
    browser: Browser, live_server: LiveServer, faults: list[str], priya: User
) -> Iterator[BrowserContext]:
    """Priya's computer without JavaScript."""
    for context in _open(browser, live_server.url, faults, viewport=DESK, java_script_enabled=False):
        sign_in(context, priya)
        yield context


def begin(context: BrowserContext, patient: Patient) -> Page:
    page = context.new_page()
    page.goto(reverse("patients:evaluations", args=[patient.pk]))
    page.get_by_role("button", name="New evaluation").click()
    expect(page.get_by_role("heading", name="Left foot")).to_be_visible()
    page.wait_for_load_state()  # what is typed from here on the script hears
    return page


def status(page: Page) -> Locator:
    return page.locator("[data-status]")


def gait(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Gait")


def choose(page: Page, group: str, answer: str) -> None:
    page.get_by_role("group", name=group, exact=True).get_by_role("radio", name=answer, exact=True).check()


def stored() -> dict[str, object]:
    return dict(EvaluationDraft.objects.get().answers)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_fill_in_and_sign(
    desk: BrowserContext, faults: list[str], margaret: Patient, size: dict[str, int]
) -> None:
    page = begin(desk, margaret)
    page.set_viewport_size(size)  # type: ignore[arg-type]
    assert page.locator("input[type=radio]:checked").count() == 0, "nothing may be chosen beforehand"
    labels = ["talar head", "curves at the outer ankle bone", "heel tilt", "bulge at the inner midfoot"]
    for label in [*labels, "arch shape"]:
        choose(page, f"Left foot: {label}", "+1")
    expect(page.locator("[data-total=left]")).to_have_text("No total: 5 of 6 items are scored.")
    choose(page, "Left foot: forefoot turn", "+2")
    words = "FPI-6 total +7. Published band: pronated. This describes posture; it is not a diagnosis."
    expect(page.locator("[data-total=left]")).to_have_text(words)
    expect(page.locator("[data-total=right]")).to_have_text("No total: 0 of 6 items are scored.")
    page.get_by_label("Right foot: weight-bearing lunge").fill("10,5")
    choose(page, "Right foot: unit of the lunge", "cm")
    choose(page, "Right foot: windlass test", "Negative")
    choose(page, "Right foot: windlass test", "Not stated")  # taken back
    expect(status(page)).to_have_text(SAVED)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("heading", name="Biomechanical evaluation, ")).to_be_visible()
    feet = {foot.foot: foot for foot in Evaluation.objects.get().feet.all()}
    assert [getattr(feet[Foot.LEFT], name) for name in FPI_ITEMS] == [1, 1, 1, 1, 1, 2]
    assert (feet[Foot.RIGHT].lunge, feet[Foot.RIGHT].windlass) == (Decimal("10.5"), "")
    assert faults == []


def test_a_value_that_cannot_be_right_is_kept_and_shown_at_its_field(
    desk: BrowserContext, faults: list[str], margaret: Patient
) -> None:
    page = begin(desk, margaret)
    drop = page.get_by_label("Left foot: navicular drop")
    drop.fill("95")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("alert").locator("a")).to_have_count(1)
    expect(drop).to_have_value("95")
    result = Axe().run(page, options=RULES)
    assert result.violations_count == 0, result.generate_report()
    drop.fill("9.5")  # saving goes on after the server's page
    expect(status(page)).to_have_text("Not saved yet.")
    expect(status(page)).to_have_text(SAVED)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("cell", name="9.5 mm")).to_be_visible()
    assert faults == [
        "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
    ]


def test_a_lost_connection_loses_nothing(desk: BrowserContext, margaret: Patient) -> None:
    page = begin(desk, margaret)
    note = gait(page)
    desk.set_offline(True)
    note.fill("Short steps on the left.")
    expect(status(page)).to_have_text(NO_CONNECTION)
    assert page.evaluate("dispatchEvent(new Event('beforeunload', {cancelable: true}))") is False, "guarded"
    page.get_by_role("button", name="Sign", exact=True).click()  # must not leave the page
    note.fill("Short steps on the left. Toes turn out.")
    expect(status(page)).to_have_text(NO_CONNECTION)
    assert "gait_note" not in stored()
    desk.set_offline(False)
    expect(status(page)).to_have_text(SAVED)
    expect(note).to_have_value("Short steps on the left. Toes turn out.")
    assert stored()["gait_note"] == "Short steps on the left. Toes turn out."
    assert page.evaluate("dispatchEvent(new Event('beforeunload', {cancelable: true}))") is True
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Toes turn out.")).to_be_visible()


def test_what_was_typed_before_the_script_came_is_saved(desk: BrowserContext, margaret: Patient) -> None:
    page = begin(desk, margaret)
    held: list[Route] = []
    page.route("**/draft*.js", lambda route: held.append(route))  # noqa: PLW0108 - a builtin takes no marks
    with page.expect_request("**/draft*.js"):
        page.reload(wait_until="commit")
    gait(page).fill("Short steps on the left.")
    with page.expect_event("load"):
        held.pop().continue_()
    expect(status(page)).to_have_text(SAVED)
    assert stored()["gait_note"] == "Short steps on the left."


def test_what_was_typed_during_a_slow_save_is_saved_next(desk: BrowserContext, margaret: Patient) -> None:
    page = begin(desk, margaret)
    running: list[int] = []

    def slowly(route: object) -> None:
        running.append(1)
        page.wait_for_timeout(1200)
        route.continue_()  # type: ignore[attr-defined]

    page.route("**/save/", slowly)
    note = gait(page)
    note.press_sequentially("first")
    page.wait_for_timeout(1000)
    note.press_sequentially(" second")
    expect(status(page)).to_have_text("Not saved yet.")
    expect(status(page)).to_have_text(SAVED)
    assert stored()["gait_note"] == "first second"
    assert len(running) == 2
    assert EvaluationDraft.objects.get().version == 3


def test_another_window_is_told_and_stops(desk: BrowserContext, margaret: Patient) -> None:
    first, second = begin(desk, margaret), begin(desk, margaret)
    gait(first).fill("first window")
    expect(status(first)).to_have_text(SAVED)
    gait(second).fill("second window")
    expect(status(second)).to_contain_text("This draft was changed in another window.")
    expect(second.get_by_role("link", name="Show what is saved instead")).to_be_visible()
    assert stored()["gait_note"] == "first window"
    second.get_by_role("button", name="Sign", exact=True).click()
    expect(second.get_by_role("link", name="Open what is saved in a new tab")).to_be_visible()
    expect(gait(second)).to_have_value("second window")
    assert (Evaluation.objects.count(), stored()["gait_note"]) == (0, "first window")


def test_a_record_archived_meanwhile_is_said_and_saving_stops(
    desk: BrowserContext, margaret: Patient, priya: User
) -> None:
    page = begin(desk, margaret)
    saves: list[str] = []
    page.on("request", lambda request: saves.append(request.url) if request.url.endswith("/save/") else None)
    actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=clock.now(), reason="Moved away.")
    gait(page).fill("Short steps")
    refused = "This record is archived. Restore it before you write in it."
    expect(status(page)).to_have_text(refused, timeout=15_000)
    expect(page.get_by_role("link", name="Show what is saved instead")).to_be_hidden()
    gait(page).fill("Short steps on the left.")
    page.wait_for_timeout(3500)  # longer than the pause, and than the wait before the next attempt
    assert len(saves) == 1
    expect(status(page)).to_have_text(refused)
    assert page.evaluate("dispatchEvent(new Event('beforeunload', {cancelable: true}))") is False, "guarded"
    page.get_by_role("button", name="Save draft and leave").click()
    expect(page.get_by_role("alert")).to_contain_text(refused)
    expect(gait(page)).to_have_value("Short steps on the left.")
    assert "gait_note" not in stored()


@pytest.mark.parametrize(
    ("answer", "words", "again"),
    [
        (503, "Not saved yet: the server has a problem. Keep this page open; it is tried again.", True),
        (404, "Not saved: this draft cannot be found any more. Copy what you typed", False),
    ],
)
def test_other_answers_have_their_own_words(
    desk: BrowserContext, margaret: Patient, answer: int, words: str, again: bool
) -> None:
    page = begin(desk, margaret)
    page.route("**/save/", lambda route: route.fulfill(status=answer, body="<p>No</p>"))
    gait(page).fill("Short steps")
    expect(status(page)).to_contain_text(words)
    page.unroute("**/save/")
    page.wait_for_timeout(3500)
    if again:
        expect(status(page)).to_have_text(SAVED)
    assert ("gait_note" in stored()) == again


def test_signing_in_again_in_another_tab_saves_what_waited(
    desk: BrowserContext, margaret: Patient, priya: User
) -> None:
    page = begin(desk, margaret)
    Session.objects.all().delete()
    gait(page).fill("typed after the session ended")
    expect(status(page)).to_contain_text("you are signed out. Keep this page open")
    tab = desk.new_page()
    tab.goto(reverse("account_login"))
    tab.get_by_label("E-mail address").fill(priya.email)
    tab.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.wait_for_url(lambda url: "login" not in url)
    expect(status(page)).to_have_text(SAVED, timeout=15_000)
    assert stored()["gait_note"] == "typed after the session ended"
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("typed after the session ended")).to_be_visible()


def test_without_script(plain_desk: BrowserContext, margaret: Patient) -> None:
    page = begin(plain_desk, margaret)
    choose(page, "Left foot: heel tilt", "+1")
    page.get_by_label("Left foot: single-leg heel raises").fill("12")
    page.get_by_role("button", name="Save draft and leave").click()
    page.get_by_role("link", name="Continue draft").click()
    expect(page.get_by_label("Left foot: single-leg heel raises")).to_have_value("12")
    expect(page.locator("[data-total=left]")).to_have_text("No total: 1 of 6 items is scored.")
    page.get_by_role("button", name="Discard draft").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("cell", name="12 raises")).to_be_visible()
    assert Evaluation.objects.get().feet.get().fpi_heel_tilt == 1


def test_pages_are_accessible_and_fit(
    desk: BrowserContext, faults: list[str], priya: User, margaret: Patient
) -> None:
    feet = {foot: {"heel_raises": 12, "heel_raise_pain": 3, "fpi_heel_tilt": 1} for foot in Foot}
    first = factories.make_evaluation(priya, margaret, feet)
    second = factories.make_evaluation(priya, margaret, {Foot.LEFT: {"heel_raises": 24}}, amends=first)
    third = factories.make_evaluation(priya, margaret, feet)
    page = begin(desk, margaret)
    draft = page.url
    for address in (
        draft,
        reverse("patients:evaluations", args=[margaret.pk]),
        *(reverse("patients:evaluation", args=[row.pk]) for row in (first, second, third)),
    ):
        examine(page, address, faults)


def test_rows_of_both_feet_are_in_line_on_a_wide_screen_and_stacked_on_a_phone(
    desk: BrowserContext, priya: User, margaret: Patient
) -> None:
    factories.make_evaluation(priya, margaret)
    page = begin(desk, margaret)
    tops = """() => [".names", "#left-heading", "#right-heading"].map(start => {
        const part = document.querySelector(start).closest(".names, .foot");
        return [...part.children].map(row => Math.round(row.getBoundingClientRect().top));
    })"""
    names, left, right = page.evaluate(tops)
    assert names == left == right
    assert len(names) == 18
    page.set_viewport_size(PHONE)
    _, left, right = page.evaluate(tops)
    assert max(left) < min(right)
    page.evaluate("document.documentElement.dir = 'rtl'")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320

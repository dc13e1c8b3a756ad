"""The guided exercise on a phone whose clock the test turns."""

import re
import time
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from clinic.models import User
from patients.models import Patient
from tests.browser.conftest import Person
from tests.browser.guide_world import COUNTED, LENGTH, Guide, at_guide, given, say_done, timed
from tests.browser.test_journeys import opened
from tests.browser.test_pages import RULES


@pytest.mark.hazard("HZ-02")
def test_j7_a_timed_exercise_runs_both_sides_alike_after_one_tap(
    phone: BrowserContext, faults: list[str], priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed())
    guide = at_guide(phone, link)
    person = Person(guide.page)
    person.press(guide.main)
    began = time.monotonic()
    guide.run(LENGTH - 1)
    assert guide.state == "running"
    guide.run(1.5)
    assert time.monotonic() - began < 5, "the fake clock is what runs"
    expect(guide.question).to_be_visible()
    assert person.count == 1
    worked = guide.spy("worked")
    assert abs(worked["hold left foot"] - worked["hold right foot"]) < 1
    assert worked["hold left foot"] == pytest.approx(20, abs=0.5)
    assert worked["rest"] == pytest.approx(30, abs=0.5)
    said = guide.spy("said")
    assert said.count("Change sides: right foot") == 2
    assert said.count("Change sides: left foot") == 1
    assert said.count("Hold") == 8
    assert said[0] == "Get ready: left foot"
    assert faults == []


def test_j7_from_today_one_tap_starts_it(
    phone: BrowserContext, faults: list[str], priya: User, margaret: Patient, link: str
) -> None:
    """Of one exercise, or of all; and what is due is there in the plan's order."""
    given(priya, margaret, timed(), timed("left"))
    page = opened(phone, link)
    person = Person(page)
    person.press(page.get_by_role("link", name=re.compile(r"Start\s?: Exercise 1")))
    expect(page.locator("#guide")).to_have_attribute("data-state", "running")
    expect(page.get_by_role("heading", level=2, name="Exercise 1")).to_be_visible()
    assert person.count == 1
    page.goto("/today/")
    all_of_them = Person(page)
    all_of_them.press(page.get_by_role("link", name="Start all with the guide"))
    expect(page.locator("#guide")).to_have_attribute("data-state", "running")
    expect(page.get_by_text("Exercise 1 of 2")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name="Exercise 0")).to_be_visible()
    assert all_of_them.count == 1
    assert faults == []


def test_j7_a_session_of_timed_exercises_takes_a_start_and_an_answer_each(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    """Between start and question nothing is tapped; the answer starts the next exercise."""
    given(priya, margaret, timed(), timed("left"), timed())
    guide = at_guide(phone, link)
    person = Person(guide.page)
    person.press(guide.main)
    for number in range(3):
        guide.run(LENGTH + 1)
        expect(guide.question).to_be_visible()
        assert person.count == 1 + number
        person.press(guide.page.locator("#ask").get_by_role("button", name="Done", exact=True))
    person.press(guide.page.get_by_role("button", name="Save my answers"))
    expect(guide.page.get_by_role("status")).to_contain_text("3 of 3 done")
    print(f"J7: three timed exercises, {person.count} taps with the saving")  # noqa: T201
    assert person.count == 5


def test_j7_a_counted_exercise_takes_one_tap_a_set_or_one_for_all(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, {"side": "left", **COUNTED})
    guide = at_guide(phone, link)
    guide.main.click()
    expect(guide.page.get_by_text("Now do it: 8–12 times")).to_be_visible()
    guide.run(600)
    assert (guide.state, guide.page.locator("#count").inner_text()) == ("running", "Set 1 of 2")
    person = Person(guide.page)
    person.press(guide.main)
    expect(guide.page.locator("#count")).to_have_text("Set 2 of 2")
    person.press(guide.main)
    expect(guide.question).to_be_visible()
    assert person.count == 2

    guide.page.reload()
    guide.main.click()
    person = Person(guide.page)
    person.press(guide.page.get_by_role("button", name="End this exercise"))
    expect(guide.question).to_be_visible()
    assert person.count == 1


def test_a_rest_that_nobody_stated_waits(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed("left", rest_s=None))
    guide = at_guide(phone, link)
    guide.main.click()
    guide.run(600)
    assert guide.phase == "Rest as long as you like"
    assert guide.main.inner_text() == "Go on"
    guide.main.click()
    assert guide.phase == "Get ready: left foot"
    guide.run(6)
    assert guide.phase == "Hold"


def test_open_sets_go_on_until_the_patient_ends_them(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed("left", sets_min=None, sets_open=True))
    guide = at_guide(phone, link)
    guide.main.click()
    counts = []
    for _ in range(3):
        guide.run(12)
        counts.append(guide.page.locator("#count").inner_text())
        guide.run(LENGTH_OF_ONE_SIDE - 12 + 30)
    assert counts == [f"Set {number}, number 1 of 2" for number in (1, 2, 3)]
    guide.page.get_by_role("button", name="End this exercise").click()
    expect(guide.question).to_be_visible()


LENGTH_OF_ONE_SIDE = 2 * (5 + 3)


def test_pause_stops_clock_picture_and_wake_lock(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed(), picture="short-foot")
    guide = at_guide(phone, link)
    assert guide.picture.endswith("short-foot-poses.svg")
    guide.main.click()
    guide.run(12)
    assert (guide.phase, guide.left) == ("Hold", "3")
    assert guide.picture.endswith("short-foot.svg")
    assert guide.spy("held") == 1
    guide.main.click()
    assert (guide.phase, guide.main.inner_text()) == ("Paused", "Continue")
    before = guide.page.screenshot()
    guide.run(600)
    assert guide.left == "3"
    assert guide.picture.endswith("short-foot-poses.svg")
    assert guide.spy("held") == 0
    assert guide.page.screenshot() == before
    guide.main.click()
    assert (guide.phase, guide.left) == ("Hold", "3")
    assert guide.spy("held") == 1
    guide.run(3.1)
    assert guide.phase == "Relax"
    guide.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert guide.spy("held") == 1, "held again, once, after the page was away"
    guide.run(600)
    expect(guide.question).to_be_visible()
    assert guide.spy("held") == 0
    assert guide.picture.endswith("short-foot-poses.svg")


def test_a_late_tick_loses_no_time(phone: BrowserContext, priya: User, margaret: Patient, link: str) -> None:
    """As in a tab that was put aside: the clock jumps, and the position is where it would be."""
    given(priya, margaret, timed())
    guide = at_guide(phone, link)
    guide.main.click()
    guide.page.clock.fast_forward(21_000)  # ready 10, hold 5, release 3: three seconds into the second hold
    assert (guide.phase, guide.left) == ("Hold", "2")
    assert guide.page.locator("#count").inner_text() == "Set 1 of 2, number 2 of 2"


def test_only_changes_of_what_to_do_are_spoken(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed())
    guide = at_guide(phone, link)
    timer = guide.page.get_by_role("timer")
    assert timer.get_attribute("aria-live") == "off"
    assert guide.page.locator("[aria-live=assertive]").count() == 1
    guide.main.click()
    guide.run(14)
    assert guide.spy("said") == ["Get ready: left foot", "Hold"]


def test_tones_and_buzzes_come_with_a_change_and_tones_can_be_switched_off(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed())
    guide = at_guide(phone, link)
    assert guide.spy("tones") == 0
    guide.main.click()
    guide.run(10.5)
    assert (guide.spy("tones"), guide.spy("buzzes")) == (1, 1)
    guide.page.get_by_role("checkbox", name="Sound").uncheck()
    guide.run(5)
    assert (guide.spy("tones"), guide.spy("buzzes")) == (1, 2)


def test_by_keyboard_alone(phone: BrowserContext, priya: User, margaret: Patient, link: str) -> None:
    given(priya, margaret, timed())
    guide = at_guide(phone, link)
    keys = guide.page.keyboard
    keys.press("Space")
    assert guide.state == "running"
    keys.press("Space")
    assert guide.state == "paused"
    keys.press("Space")
    keys.press("ArrowRight")
    assert guide.phase == "Hold"
    keys.press("ArrowRight")
    assert guide.phase == "Relax"
    keys.press("ArrowLeft")
    assert (guide.phase, guide.left) == ("Hold", "5")
    guide.main.focus()
    keys.press("Space")  # on the button itself: pressed once, not twice
    assert guide.state == "paused"
    guide.page.get_by_role("button", name="End this exercise").focus()
    keys.press("Enter")
    expect(guide.question).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    expect(guide.page.get_by_role("heading", name="What you did")).to_be_focused()
    guide.page.get_by_role("button", name="Save my answers").focus()
    keys.press("Enter")
    expect(guide.page.get_by_role("status")).to_contain_text("1 of 1 done")


def test_back_and_skip_and_back_from_the_question(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed("left"))
    guide = at_guide(phone, link)
    guide.main.click()
    skip = guide.page.get_by_role("button", name="Skip")
    skip.click()
    assert guide.phase == "Hold"
    guide.page.get_by_role("button", name="Back", exact=True).click()
    assert guide.phase == "Get ready: left foot"
    for _ in range(9):
        skip.click()
    assert guide.phase == "Relax"
    skip.click()
    expect(guide.question).to_be_visible()
    guide.page.get_by_role("button", name="Back to the exercise").click()
    assert guide.phase == "Paused"
    guide.main.click()
    assert guide.phase == "Relax"


@pytest.mark.hazard("HZ-29", "HZ-02")
def test_the_words_under_the_picture_name_the_side_that_is_being_done(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed(), picture="short-foot")
    guide = at_guide(phone, link)
    caption = guide.page.locator(".pic p")
    guide.main.click()
    guide.run(12)
    expect(caption).to_have_text("Shown on the left foot.")
    guide.run(20)
    assert guide.page.locator("#side").inner_text().lower() == "right foot"
    expect(caption).to_have_text("Shown on the left foot. Do it with the right.")


def sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.hazard("HZ-29")
def test_right_to_left_turns_the_page_and_no_picture(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed(), picture="short-foot")
    Patient.objects.filter(pk=margaret.pk).update(language="ar")
    page = phone.new_page()
    page.goto(link)
    page.locator("form button").first.click()
    page.wait_for_url("**/today/**")
    page.clock.install()
    page.goto("/today/guide/")
    guide = Guide(page)
    assert page.evaluate("[document.dir, document.documentElement.lang]") == ["rtl", "ar"]
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")  # onwards is to the left here
    expect(page.locator("#guide")).to_have_attribute("data-kind", "hold")
    image = page.locator("section:visible img")
    assert (
        image.evaluate("one => [getComputedStyle(one).transform, getComputedStyle(one).scale]")
        == ["none"] * 2
    )
    assert guide.picture.endswith("short-foot.svg")
    assert sideways(page) <= 0


def test_at_twice_the_size_nothing_scrolls_sideways(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    """200 % on a phone of 390 px leaves 195."""
    given(priya, margaret, timed(), {"side": "left", **COUNTED})
    guide = at_guide(phone, link)
    guide.page.set_viewport_size({"width": 195, "height": 422})
    assert sideways(guide.page) <= 0
    guide.main.click()
    guide.run(12)
    assert sideways(guide.page) <= 0
    expect(guide.main).to_be_in_viewport()
    say_done(guide)
    assert sideways(guide.page) <= 0
    guide.page.get_by_role("button", name="End this exercise").click()
    assert sideways(guide.page) <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_in_every_state(
    phone: BrowserContext,
    faults: list[str],
    priya: User,
    margaret: Patient,
    link: str,
    scheme: Literal["light", "dark"],
) -> None:
    given(priya, margaret, timed(), timed("left"), picture="short-foot")
    guide = at_guide(phone, link, still=False)
    page = guide.page
    page.emulate_media(color_scheme=scheme)

    def examine(state: str) -> None:
        result = Axe().run(page, options=RULES)
        assert result.violations_count == 0, f"{state} {scheme}\n{result.generate_report()}"
        assert page.locator("[style]").count() == 0, state

    examine("idle")
    guide.main.click()
    examine("running")
    guide.main.click()
    examine("paused")
    page.get_by_role("button", name="End this exercise").click()
    examine("asking")
    page.get_by_role("button", name="Finish here").click()
    examine("the end")
    assert faults == []


def test_without_scripts_it_points_back_to_the_plan(
    plain_phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed())
    page = plain_phone.new_page()
    page.goto(link)
    page.get_by_label("Paste the link from your e-mail").fill(link)
    page.get_by_role("button", name="Open today’s plan").click()
    page.get_by_role("link", name=re.compile(r"Start\s?: Exercise 0")).click()
    expect(page.get_by_text("The clock needs JavaScript.")).to_be_visible()
    expect(page.locator("#guide")).to_be_hidden()
    expect(page.locator("#report")).to_be_hidden()
    page.get_by_role("link", name="Your plan works without it.").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today’s exercises")


def test_who_asked_for_less_motion_sees_the_stills(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed(), picture="short-foot")
    guide = at_guide(phone, link)
    guide.page.emulate_media(reduced_motion="reduce")
    guide.main.click()
    guide.run(12)
    assert (guide.state, guide.phase) == ("running", "Hold")
    assert guide.picture.endswith("short-foot-poses.svg")
    assert guide.page.evaluate("document.getAnimations().length") == 0

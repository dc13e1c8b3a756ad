"""What was done is said by the person who did it, once, and never by the clock."""

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from clinic.models import User
from exercises.models import DayReport, LogEntry, Way
from patients.models import Measure, PainScore, Patient
from tests import factories
from tests.browser.conftest import Person
from tests.browser.guide_world import LENGTH, Guide, at_guide, given, say_done, timed


@pytest.mark.hazard("HZ-23")
def test_the_end_of_the_countdown_writes_nothing(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed())
    guide = at_guide(phone, link)
    before = factories.count_rows()
    sent: list[str] = []
    guide.page.on("request", lambda request: sent.append(request.method) if request.method != "GET" else None)
    guide.main.click()
    guide.run(LENGTH + 60)
    expect(guide.question).to_be_visible()
    guide.page.keyboard.press("Space")
    guide.page.keyboard.press("Enter")
    expect(guide.question).to_be_visible()
    assert guide.page.locator("#report input:checked").count() == 0
    assert factories.count_rows() == before
    assert sent == []


def test_what_was_done_is_said_in_one_tap_each_and_saved_with_pain(
    phone: BrowserContext, faults: list[str], priya: User, margaret: Patient, link: str
) -> None:
    programme = given(priya, margaret, timed(), timed("left"), timed("right"))
    guide = at_guide(phone, link)
    guide.main.click()
    say_done(guide)
    expect(guide.page.get_by_role("heading", level=2, name="Exercise 1")).to_be_focused()
    assert guide.state == "running", "the next one begins by itself"
    guide.page.get_by_role("button", name="End this exercise").click()
    guide.page.locator("#ask").get_by_role("button", name="Partly done").click()
    guide.page.get_by_role("button", name="End this exercise").click()
    guide.page.locator("#ask").get_by_role("button", name="Not done").click()
    page = guide.page
    expect(page.get_by_role("heading", name="What you did")).to_be_focused()
    assert page.locator("#report input[name^=pain]:checked").count() == 0
    page.locator("#id_pain_foot_24h_3").check()
    page.get_by_role("button", name="Save my answers").click()
    expect(page.get_by_role("status")).to_contain_text("1 of 3 done")
    stored = dict(LogEntry.objects.values_list("item__order", "done"))
    assert stored == {1: "done", 2: "partly", 3: "not_done"}
    assert list(PainScore.objects.values_list("measure", "score")) == [("pain_foot_24h", 3)]
    assert list(DayReport.objects.values_list("way", flat=True)) == [Way.GUIDE]
    assert LogEntry.objects.filter(programme=programme).count() == 3
    assert faults == []


def test_what_was_not_answered_is_not_stored(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed(), timed("left"), timed("right"))
    guide = at_guide(phone, link)
    guide.main.click()
    say_done(guide)
    guide.page.get_by_role("button", name="End this exercise").click()
    guide.page.get_by_role("button", name="Finish here").click()
    report = guide.page.locator("#report")
    assert report.locator("input:checked").count() == 1, (
        "those not reached may be answered, and are not by themselves"
    )
    guide.page.get_by_role("button", name="Save my answers").click()
    expect(guide.page.get_by_role("status")).to_contain_text("1 of 3 done")
    assert list(LogEntry.objects.values_list("item__order", "done")) == [(1, "done")]


@pytest.mark.hazard("HZ-37")
def test_two_presses_are_one_entry(phone: BrowserContext, priya: User, margaret: Patient, link: str) -> None:
    given(priya, margaret, timed())
    guide = at_guide(phone, link)
    guide.main.click()
    say_done(guide)
    twice = """() => {
      const report = document.getElementById("report"), body = new URLSearchParams(new FormData(report));
      return Promise.all([1, 2].map(() => fetch(report.action, { method: "POST", body }))).then((all) => all.map((one) => one.status));
    }"""
    assert guide.page.evaluate(twice) == [200, 200]
    guide.page.get_by_role("button", name="Save my answers").click()
    expect(guide.page.get_by_role("status")).to_contain_text("1 of 1 done")
    assert LogEntry.objects.count() == DayReport.objects.count() == 1


@pytest.mark.hazard("HZ-37")
def test_answers_that_are_not_saved_yet_are_not_lost_in_silence(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed(), timed("left"))
    guide = at_guide(phone, link)
    guide.main.click()
    say_done(guide)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    guide.page.once("dialog", stay)
    guide.page.get_by_role("link", name="Back to my plan").click()
    expect(guide.page.locator("#guide")).to_be_visible()
    assert asked == ["beforeunload"]


def finished(guide: Guide, *answers: str) -> Page:
    """One answer after the other, then the form at the end."""
    guide.main.click()
    for answer in answers:
        guide.page.get_by_role("button", name="End this exercise").click()
        guide.page.locator("#ask").get_by_role("button", name=answer, exact=True).click()
    expect(guide.page.get_by_role("heading", name="What you did")).to_be_focused()
    return guide.page


def test_why_something_was_left_out_is_one_tap_and_answered(
    phone: BrowserContext, faults: list[str], priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed(), timed("left"), timed("right"))
    page = finished(at_guide(phone, link), "Done", "Not done", "Partly done")
    reasons = page.get_by_role("group", name="What came in between?")
    expect(reasons).to_have_count(2)  # nobody is asked why something was done
    assert reasons.get_by_role("radio", checked=True).count() == 0
    person = Person(page)
    person.press(reasons.first.get_by_role("radio", name="I was not sure how"))
    assert person.count == 1
    page.get_by_role("button", name="Save my answers").click()
    expect(page.get_by_text("Here are the steps again.")).to_be_visible()
    stored = list(LogEntry.objects.order_by("item__order").values_list("done", "reason"))
    assert stored == [("done", ""), ("not_done", "unsure"), ("partly", "")]
    assert faults == []


def test_those_that_were_not_reached_get_their_reason_too(
    phone: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed(), timed("left"), timed("right"))
    guide = at_guide(phone, link)
    guide.main.click()
    say_done(guide)
    guide.page.get_by_role("button", name="End this exercise").click()
    guide.page.get_by_role("button", name="Finish here").click()
    last = guide.page.locator(".said").nth(2)
    expect(last.get_by_role("heading", name="Exercise 2")).to_be_visible()
    last.get_by_role("radio", name="Not done").check()
    last.get_by_role("radio", name="No time").check()
    guide.page.get_by_role("button", name="Save my answers").click()
    expect(guide.page.get_by_text("If it is too much for your day, tell your clinic")).to_be_visible()
    stored = list(LogEntry.objects.order_by("item__order").values_list("item__order", "done", "reason"))
    assert stored == [(1, "done", ""), (3, "not_done", "no_time")]


def test_a_reason_is_given_by_keyboard(
    desk: BrowserContext, priya: User, margaret: Patient, link: str
) -> None:
    given(priya, margaret, timed())
    page = finished(at_guide(desk, link), "Not done")
    for key in ("Tab", "Tab", "Space"):
        page.keyboard.press(key)
    expect(page.get_by_role("radio", name="I forgot")).to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="No time")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_text("If it is too much for your day, tell your clinic")).to_be_visible()
    assert LogEntry.objects.get().reason == "no_time"


@pytest.mark.parametrize(
    "asked", [["pain_first_step", "pain_foot_24h"], ["pain_back_24h"], [*Measure], []], ids=len
)
def test_the_scales_are_those_that_the_clinic_asks_for(
    phone: BrowserContext, priya: User, margaret: Patient, link: str, asked: list[str]
) -> None:
    given(priya, margaret, timed())
    Patient.objects.filter(pk=margaret.pk).update(daily_measures=asked)
    page = finished(at_guide(phone, link), "Done")
    shown = page.locator("#report .scale input[value='0']").evaluate_all("all => all.map((one) => one.name)")
    assert sorted(shown) == sorted(asked)
    for measure in asked:
        page.locator(f"#id_{measure}_2").check()
    page.get_by_role("button", name="Save my answers").click()
    expect(page.get_by_role("status")).to_contain_text("1 of 1 done")
    assert sorted(PainScore.objects.values_list("measure", "score")) == sorted((one, 2) for one in asked)

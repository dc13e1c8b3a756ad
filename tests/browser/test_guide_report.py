"""What was done is said by the person who did it, once, and never by the clock."""

import pytest
from playwright.sync_api import BrowserContext, Dialog, expect

from clinic.models import User
from exercises.models import DayReport, LogEntry, Way
from patients.models import PainScore, Patient
from tests import factories
from tests.browser.guide_world import LENGTH, at_guide, given, say_done, timed


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
    expect(report.get_by_role("group", name="Exercise 1")).to_be_visible()
    expect(report.get_by_role("group", name="Exercise 2")).to_be_hidden()
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

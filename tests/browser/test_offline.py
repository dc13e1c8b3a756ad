"""The patient's own phone without a network: what it shows, what it keeps, and what it sends later."""

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises.models import DayReport, LogEntry, Programme
from patients import actions
from patients.models import Device, Patient, SignReport
from patients.red_flags import red_flags
from tests import factories
from tests.browser.guide_world import COUNTED, given, timed
from tests.browser.offline_world import (
    SENT,
    WAITS,
    at_plan,
    away,
    cut,
    enter,
    say_done,
    wait_for_copy,
    wait_for_copy_of,
    wait_until_sent,
)


@pytest.fixture
def plan(priya: User, margaret: Patient) -> Programme:
    return given(priya, margaret, timed(), {"side": "left", **COUNTED})


@pytest.mark.hazard("HZ-04")
def test_plan_guide_signs_and_help_open_without_a_network(
    phone: BrowserContext, margaret: Patient, plan: Programme
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    expect(page.get_by_text("There is no network.")).to_be_visible()
    today = margaret.local_day(clock.now())
    expect(page.get_by_text(f"as it was on {today.day} ")).to_be_visible()
    expect(page.locator("li.ex")).to_have_count(2)
    assert page.locator("li.ex img").first.evaluate("image => image.complete") in (True, False)
    assert "Margaret" not in page.content()
    page.goto("/today/guide/#start")
    expect(page.locator("#guide")).to_have_attribute("data-state", "running")
    page.goto("/today/signs/")
    page.get_by_label(red_flags()[0].text).check()
    expect(page.locator(".advice:visible").first).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="Get help now").click()
    expect(page.get_by_text(margaret.clinic.emergency_number).first).to_be_visible()
    page.goto("/today/progress/")
    expect(page.get_by_text("There is no network.")).to_be_visible()


@pytest.mark.parametrize("how", ["shared", "link"])
def test_nothing_is_kept_on_a_shared_device_or_by_a_link(
    phone: BrowserContext, margaret: Patient, plan: Programme, link: str, how: str
) -> None:
    page = phone.new_page()
    if how == "shared":
        enter(phone, margaret, own=False)
        page.goto("/today/")
    else:
        page.goto(link)
        page.get_by_role("button", name="Open today’s plan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today’s exercises")
    page.wait_for_load_state("networkidle")
    assert left(page) == []


def left(page: Page) -> list[str]:
    """What scripts kept in this browser."""
    found: list[str] = page.evaluate(
        """async () => [
          ...(await caches.keys()),
          ...(await indexedDB.databases()).map((one) => one.name),
          ...(await navigator.serviceWorker.getRegistrations()).map((one) => one.scope),
        ]"""
    )
    return found


@pytest.mark.hazard("HZ-37")
def test_an_entry_waits_and_arrives_once_under_its_day(
    phone: BrowserContext, margaret: Patient, plan: Programme
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    said = clock.now()
    say_done(page)
    expect(page.get_by_text(WAITS)).to_be_visible()
    say_done(page)  # pressed again: the same answers
    page.goto("/today/")
    expect(page.get_by_text(WAITS)).to_be_visible()
    assert not DayReport.objects.exists()
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text(SENT)).to_be_visible()
    report = DayReport.objects.get()
    assert report.on == margaret.local_day(said)
    assert report.way == "offline"
    assert abs(report.made_at - said) < timedelta(seconds=30)
    assert LogEntry.objects.filter(done="done", report=report).count() == 2
    page.goto("/today/")
    expect(page.get_by_text("2 of 2 done").first).to_be_visible()


@pytest.mark.hazard("HZ-37")
def test_a_page_from_before_the_tunnel_keeps_its_answers_too(
    phone: BrowserContext, margaret: Patient, plan: Programme
) -> None:
    page = at_plan(phone, margaret)
    phone.set_offline(True)
    say_done(page)
    expect(page.get_by_text(WAITS)).to_be_visible()
    phone.set_offline(False)
    page.goto("/today/")
    wait_until_sent(page)
    assert DayReport.objects.count() == 1


def test_with_a_network_the_page_works_as_ever(
    phone: BrowserContext, margaret: Patient, plan: Programme
) -> None:
    page = at_plan(phone, margaret)
    say_done(page)
    expect(page.get_by_text("Saved: 2 of 2 done.")).to_be_visible()
    assert DayReport.objects.get().way == "page"


@pytest.mark.hazard("HZ-37")
def test_a_crash_between_sending_and_the_answer_leaves_one_row(
    phone: BrowserContext, margaret: Patient, plan: Programme
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    say_done(page)
    expect(page.get_by_text(WAITS)).to_be_visible()

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    cut(page, lose_the_answer)
    phone.set_offline(False)
    with page.expect_event("requestfailed", lambda request: "/reports/" in request.url):
        page.goto("/today/")
    expect(page.get_by_text(WAITS)).to_be_visible()
    assert DayReport.objects.count() == 1
    phone.unroute("**/today/reports/**")
    page.goto("/today/")
    wait_until_sent(page)
    assert DayReport.objects.count() == 1
    assert LogEntry.objects.count() == 2


@pytest.mark.hazard("HZ-37")
def test_two_tabs_send_an_entry_once(phone: BrowserContext, margaret: Patient, plan: Programme) -> None:
    page = at_plan(phone, margaret)
    other = phone.new_page()
    other.goto("/today/")
    away(phone, page)
    say_done(page)
    expect(page.get_by_text(WAITS)).to_be_visible()
    sent: list[str] = []
    phone.on("request", lambda request: sent.append(request.url) if "/reports/" in request.url else None)
    phone.set_offline(False)
    for tab in (page, other, page, other):
        tab.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text(WAITS)).to_have_count(0)
    expect(other.get_by_text(WAITS)).to_have_count(0)
    assert len(sent) == 1
    assert DayReport.objects.count() == 1


@pytest.mark.hazard("HZ-37")
@pytest.mark.parametrize(
    ("status", "told"),
    [
        (500, WAITS),
        (429, WAITS),
        (404, "Open your plan again with your code."),
        (403, "Open your plan again"),
    ],
)
def test_what_the_server_cannot_take_now_is_kept(
    phone: BrowserContext, margaret: Patient, plan: Programme, status: int, told: str
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    say_done(page)
    expect(page.get_by_text(WAITS)).to_be_visible()
    cut(page, lambda route: route.fulfill(status=status, body="{}"))
    phone.set_offline(False)
    page.goto("/today/")
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_text(WAITS)).to_be_visible()
    phone.unroute("**/today/reports/**")
    page.goto("/today/")
    wait_until_sent(page)
    assert DayReport.objects.count() == 1


@pytest.mark.hazard("HZ-04", "HZ-37")
def test_a_plan_that_changed_meanwhile_loses_nothing(
    phone: BrowserContext, priya: User, margaret: Patient, plan: Programme
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    say_done(page)
    expect(page.get_by_text(WAITS)).to_be_visible()
    Programme.objects.filter(pk=plan.pk).update(version=plan.version + 1)
    version = factories.make_exercise("another", name="Another").current
    assert version
    items = [factories.item_plan(version)]
    factories.make_programme(priya, margaret, [], items=items, now=clock.now())
    phone.set_offline(False)
    page.goto("/today/")
    wait_until_sent(page)
    assert LogEntry.objects.count() == 2
    wait_for_copy_of(page, "Another")
    away(phone, page)
    expect(page.locator("li.ex")).to_have_count(3)


def test_a_refused_entry_is_shown_and_can_be_put_away(
    phone: BrowserContext, margaret: Patient, plan: Programme
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    page.locator("[name=performed_on]").evaluate("field => { field.value = '2020-01-01'; }")
    say_done(page)
    expect(page.get_by_text(WAITS)).to_be_visible()
    phone.set_offline(False)
    page.goto("/today/")
    expect(page.get_by_text("This day can no longer be changed here.")).to_be_visible()
    page.goto("/today/")
    expect(page.get_by_text("Your answers of 2020-01-01 could not be saved.")).to_be_visible()
    page.get_by_role("button", name="Take this message away").click()
    expect(page.get_by_text("could not be saved")).to_have_count(0)
    assert not DayReport.objects.exists()


@pytest.mark.hazard("HZ-37")
def test_signs_ticked_without_a_network_say_that_nobody_was_told(
    phone: BrowserContext, margaret: Patient, plan: Programme
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page, "/today/signs/")
    page.get_by_label(red_flags()[0].text).check()
    page.get_by_role("button", name="Tell my clinic").click()
    expect(page.get_by_text("Your clinic has not been told yet. Please call.")).to_be_visible()
    phone.set_offline(False)
    page.goto("/today/")
    wait_until_sent(page)
    assert SignReport.objects.get().ticked == [red_flags()[0].key]


def test_signing_out_leaves_nothing(phone: BrowserContext, margaret: Patient, plan: Programme) -> None:
    page = at_plan(phone, margaret)
    phone.set_offline(True)
    say_done(page)
    expect(page.get_by_text(WAITS)).to_be_visible()
    phone.set_offline(False)
    page.get_by_role("button", name="Close the plan on this device").click()
    expect(page.get_by_role("heading", name="This plan is not open on this device")).to_be_visible()
    assert left(page) == []


def test_a_revoked_device_throws_its_copy_away(
    phone: BrowserContext, margaret: Patient, plan: Programme
) -> None:
    page = at_plan(phone, margaret)
    device = Device.objects.get()
    actions.revoke_device(actor=Actor.patient(margaret), device=device, now=clock.now())
    page.goto("/today/")
    expect(page.get_by_role("heading", name="This plan is not open on this device")).to_be_visible()
    page.wait_for_timeout(500)
    # What was not sent waits for the code; the worker has nothing to show.
    assert [one for one in left(page) if one.startswith("plan-")] == []


@pytest.mark.hazard("HZ-01")
def test_another_patient_of_this_browser_sees_neither_copy_nor_queue(
    phone: BrowserContext, priya: User, margaret: Patient, plan: Programme
) -> None:
    page = at_plan(phone, margaret)
    away(phone, page)
    say_done(page)
    expect(page.get_by_text(WAITS)).to_be_visible()
    other = factories.make_patient(priya, "Omar", "Aziz")
    given_to = factories.make_exercise("another", name="Another").current
    assert given_to
    factories.make_programme(priya, other, [], items=[factories.item_plan(given_to)], now=clock.now())
    enter(phone, other)
    phone.set_offline(False)
    page.goto("/today/")
    page.wait_for_load_state("networkidle")
    page.goto("/today/")
    wait_for_copy(page)
    expect(page.get_by_text(WAITS)).to_have_count(0)
    assert not DayReport.objects.exists()
    away(phone, page)
    expect(page.get_by_text("Another").first).to_be_visible()
    expect(page.locator("li.ex")).to_have_count(1)
    phone.set_offline(False)
    enter(phone, margaret)
    page.goto("/today/")
    wait_until_sent(page)
    assert DayReport.objects.get().patient_id == margaret.pk


@pytest.mark.hazard("HZ-04")
def test_a_copy_of_two_weeks_is_not_shown(phone: BrowserContext, margaret: Patient, plan: Programme) -> None:
    page = at_plan(phone, margaret)
    page.evaluate(
        """async () => {
          const [name] = await caches.keys(), cache = await caches.open(name);
          for (const path of ["/today/", "/today/guide/"]) {
            const page = await cache.match(path), headers = new Headers(page.headers);
            headers.set("X-Show-Until", Date.now() - 1);
            await cache.put(path, new Response(await page.text(), { headers }));
          }
        }"""
    )
    phone.set_offline(True)
    for path in ("/today/guide/", "/today/"):
        page.goto(path)
        expect(page.get_by_role("heading", name="Your plan needs a network now")).to_be_visible()
    page.goto("/today/signs/")
    expect(page.get_by_role("button", name="Tell my clinic")).to_be_visible()


def test_a_server_in_trouble_gets_the_copy_shown(
    phone: BrowserContext, margaret: Patient, plan: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = at_plan(phone, margaret)

    def broken() -> None:
        raise RuntimeError

    monkeypatch.setattr("patients.access.clock.now", broken)
    page.goto("/today/")
    expect(page.get_by_text("There is no network.")).to_be_visible()

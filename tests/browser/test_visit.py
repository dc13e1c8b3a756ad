"""Before the visit, as a browser lays it out: one interaction away, one screen, one sheet of paper, copied as text."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Done, MissReason, Programme
from patients.models import Finding, Measure, PainScore, Patient
from tests.browser.conftest import DESK, Person
from tests.browser.test_pages import examine
from tests.exercises.record_world import (
    make_activities,
    make_change,
    make_evaluation,
    make_referral,
    make_screening,
    make_support,
)
from tests.factories import make_exercise, make_programme


@pytest.fixture
def url(priya: User, margaret: Patient, finding: Finding) -> str:
    """Margaret with five weeks of everything, and a visit five days ago."""
    now = clock.now()
    today = margaret.local_day(now)
    programme = make_programme(
        priya,
        margaret,
        [make_exercise(), make_exercise("heel-raises-near-wall")],
        now=now - timedelta(days=34),
        weeks=6,
    )
    for days in range(34):
        if days % 4:
            _log(margaret, programme, now - timedelta(days=days), days)
    PainScore.objects.bulk_create(
        PainScore(
            clinic=margaret.clinic,
            patient=margaret,
            measure=measure,
            on=today - timedelta(days=days),
            score=days % 11,
        )
        for measure in Measure
        for days in range(34)
        if days % 6
    )
    make_evaluation(priya, margaret, 0, left=[1] * 6, right=[1, 1, 1, 1, 1, 0])
    make_activities(margaret, 5, 4, 6, 7)
    make_change(margaret, 5, 2)
    make_support(priya, finding, kind="prefabricated_insole", hours_per_day=8)
    make_referral(priya, margaret)
    make_screening(priya, margaret)
    return reverse("exercises:visit", args=[margaret.pk])


def _log(margaret: Patient, programme: Programme, at: object, days: int) -> None:
    items = [item.pk for item in programme.items.all()]
    done = Done.NOT_DONE if days % 7 == 1 else Done.DONE
    reasons = dict.fromkeys(items, MissReason.PAIN) if done == Done.NOT_DONE else {}
    actions.log_day(
        actor=Actor.patient(margaret),
        patient=margaret,
        entry=actions.DayLog(
            performed_on=margaret.local_day(at),  # type: ignore[arg-type]
            done=dict.fromkeys(items, done),
            reasons=reasons,
            note="Walked to the market and back." if days in {2, 9} else "",
        ),
        now=at,  # type: ignore[arg-type]
    )


def test_one_interaction_from_the_patients_page(
    desk: BrowserContext, faults: list[str], margaret: Patient, url: str
) -> None:
    """Journey J4."""
    page = desk.new_page()
    page.goto(reverse("exercises:patient", args=[margaret.pk]))
    person = Person(page)
    person.press(page.locator(".record").get_by_role("link", name="Before the visit"))
    expect(page).to_have_url(re.compile(re.escape(url) + "$"))
    assert person.count == 1
    for target in (
        page.locator(".sum .lead"),
        page.get_by_role("img", name="Pain from 0 to 10"),
        page.get_by_role("heading", name="Exercises by week"),
        page.get_by_role("heading", name="The patient wrote"),
        page.get_by_role("heading", name="Measures"),
    ):
        expect(target).to_be_in_viewport(ratio=0.9)
    assert faults == []


def test_in_both_schemes_and_at_every_width(desk: BrowserContext, faults: list[str], url: str) -> None:
    page = desk.new_page()
    examine(page, url, faults)
    examine(page, url + "?span=12&days=1", faults)
    for width in (390, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(url + "?span=12")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_a_drawing_shows_stands_in_a_table_too(desk: BrowserContext, url: str) -> None:
    page = desk.new_page()
    page.goto(url + "?span=4")
    page.get_by_text("Day by day, as a table").click()
    table = page.get_by_role("table", name="Exercises and pain day by day")
    assert table.get_by_role("row").count() == 29
    marks = page.locator(".timeline .series-0 .marks").get_attribute("d") or ""
    column = [cell.inner_text() for cell in table.locator('td[data-label="Foot pain"]').all()]
    assert marks.count("M") == sum("no score" not in cell for cell in column) > 10


@pytest.mark.parametrize("span", ["2", "4"])
def test_it_prints_on_one_sheet(desk: BrowserContext, url: str, span: str) -> None:
    page = desk.new_page()
    page.goto(f"{url}?span={span}")
    sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True))
    assert len(sheets) == 1
    page.emulate_media(media="print")
    expect(page.get_by_text("Copy as text")).to_be_hidden()
    expect(page.get_by_role("img", name="Pain from 0 to 10")).to_be_visible()


def test_the_text_is_copied_or_marked(desk: BrowserContext, faults: list[str], url: str) -> None:
    desk.grant_permissions(["clipboard-read", "clipboard-write"])
    page = desk.new_page()
    page.goto(url)
    page.get_by_text("Copy as text").click()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("BEFORE THE VISIT\nMargaret Hale, born 14 March 1956\n")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Marked")).to_be_visible()
    assert page.evaluate("document.activeElement.selectionEnd") == len(copied)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a text file").click()
    assert download.value.path().read_text(encoding="utf-8") == copied
    assert faults == []


def test_without_script_nothing_useless_is_offered(desk: BrowserContext, url: str) -> None:
    page: Page = desk.new_page()
    page.route("**/*.js", lambda route: route.abort())
    page.goto(url)
    page.get_by_text("Copy as text").click()
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_hidden()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_label("For your own record system")).to_be_visible()
    assert page.viewport_size == DESK

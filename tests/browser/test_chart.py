"""The overview of a patient as a browser lays it out: left stays left, one screen at a desk, one column on a phone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Locator, Page, expect

from clinic import clock
from clinic.models import User
from exercises.models import Programme
from patients.models import Finding, FindingType, Measure, PainScore, Patient, Side, Site
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import examine
from tests.exercises.record_world import (
    make_activities,
    make_change,
    make_evaluation,
    make_referral,
    make_screening,
    make_support,
)
from tests.factories import make_finding, make_finding_type


@pytest.fixture
def url(priya: User, margaret: Patient, finding: Finding, programme: Programme) -> str:
    """Margaret with something in every section: heel left, arch of both feet, big toe right, lower back."""
    arch = make_finding_type("flat_foot_acquired", label="Flat foot, acquired", position=2)
    toe = make_finding_type("hallux_valgus", label="Hallux valgus", position=3)
    back = make_finding_type("low_back_pain", label="Low-back pain", site=Site.BACK, position=4)
    make_finding(priya, margaret, arch, Side.BILATERAL)
    make_finding(priya, margaret, toe, Side.RIGHT)
    make_finding(priya, margaret, back, Side.NOT_APPLICABLE)
    today = margaret.local_day(clock.now())
    PainScore.objects.bulk_create(
        PainScore(
            clinic=margaret.clinic,
            patient=margaret,
            measure=measure,
            on=today - timedelta(days=days),
            score=days % 11,
        )
        for measure in Measure
        for days in range(40)
        if days % 6
    )
    make_evaluation(priya, margaret, 20, left=[1] * 6, right=[1, 1, 1, 1, 1, None])
    make_activities(margaret, 5, 4, 6, 7)
    make_change(margaret, 5, 2)
    make_support(priya, finding, kind="prefabricated_insole")
    make_referral(priya, margaret)
    make_screening(priya, margaret)
    return reverse("exercises:patient", args=[margaret.pk])


def middle(target: Locator) -> float:
    box = target.bounding_box()
    assert box
    return box["x"] + box["width"] / 2


def bottom(target: Locator) -> float:
    box = target.bounding_box()
    assert box
    return box["y"] + box["height"]


def sides(page: Page) -> dict[str, list[float]]:
    """Where the marks and the words stand, from the left of the window."""
    found = {
        place: [middle(mark) for mark in page.locator(f'.pin[data-place="{place}"]').all()]
        for place in ("left", "right", "back")
    }
    words = {word: [middle(page.locator(".feet text.side", has_text=word))] for word in ("Left", "Right")}
    return found | words


@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_left_stays_left_whatever_the_language(
    desk: BrowserContext, url: str, direction: str, size: dict[str, int]
) -> None:
    page = desk.new_page()
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(url)
    page.evaluate(f"document.documentElement.dir = '{direction}'")
    drawing = page.locator(".feet svg").bounding_box()
    assert drawing
    where = sides(page)
    assert (len(where["left"]), len(where["right"]), len(where["back"])) == (2, 2, 1)
    midline = drawing["x"] + drawing["width"] * 112 / 312
    assert max(where["left"]) < midline < min(where["right"]) < max(where["right"]) < where["back"][0]
    assert where["Left"][0] < midline < where["Right"][0]
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_what_matters_is_on_one_screen(desk: BrowserContext, faults: list[str], url: str) -> None:
    page = desk.new_page()
    page.goto(url)
    for heading in ("Findings", "Since the last visit", "Programmes"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_in_viewport(ratio=1)
    for target in (
        page.get_by_role("img", name="Drawing of both feet"),
        page.locator(".places"),
        page.get_by_role("link", name="Assign a routine"),
        page.get_by_role("button", name="Save finding"),
    ):
        assert bottom(target) <= DESK["height"], target
    assert faults == []


def test_in_both_schemes_and_within_320_px(desk: BrowserContext, faults: list[str], url: str) -> None:
    examine(desk.new_page(), url, faults)


def test_a_number_ties_each_mark_to_its_line(desk: BrowserContext, url: str) -> None:
    page = desk.new_page()
    page.goto(url)
    lines = page.locator(".places dd").all_inner_texts()
    assert [" ".join(line.split()) for line in lines] == [
        "1 Plantar fasciitis",
        "2 Flat foot, acquired",
        "2 Flat foot, acquired",
        "3 Hallux valgus",
        "4 Low-back pain",
    ]
    marks = page.locator(".pin")
    drawn = [(mark.get_attribute("data-region"), mark.text_content()) for mark in marks.all()]
    assert sorted(drawn) == [
        ("arch", "2"),
        ("arch", "2"),
        ("big_toe", "3"),
        ("heel", "1"),
        ("low_back", "4"),
    ]


def test_the_drawing_follows_a_saved_finding_without_leaving_the_page(
    desk: BrowserContext, faults: list[str], margaret: Patient, fasciitis: FindingType
) -> None:
    page = desk.new_page()
    page.goto(reverse("exercises:patient", args=[margaret.pk]))
    expect(page.locator(".pin")).to_have_count(0)
    page.get_by_label("Finding", exact=True).select_option("plantar_fasciitis")
    page.get_by_role("radio", name="Both").click()
    page.get_by_role("button", name="Save finding").click()
    expect(page.locator('.pin[data-place="left"]')).to_have_count(1)
    expect(page.locator('.pin[data-place="right"]')).to_have_count(1)
    assert faults == []


def test_tabs_can_be_hit_with_a_thumb(desk: BrowserContext, url: str) -> None:
    page = desk.new_page()
    page.set_viewport_size(PHONE)
    page.goto(url)
    boxes = [tab.bounding_box() for tab in page.locator(".tabs a").all()]
    assert len(boxes) >= 3
    assert all(box and box["height"] >= 44 for box in boxes)
    assert page.locator(".tabs [aria-current=page]").all_inner_texts() == ["Overview"]


def test_on_paper_the_form_stays_away_and_the_drawing_stays(desk: BrowserContext, url: str) -> None:
    page = desk.new_page()
    page.goto(url)
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Save finding")).to_be_hidden()
    expect(page.locator(".feet svg")).to_be_visible()
    expect(page.locator(".tabs")).to_be_hidden()

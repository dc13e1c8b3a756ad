"""The side that is contrary to what is recorded, on the page and before sending; and what prints of a programme."""

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from clinic.models import User
from exercises.models import Exercise
from patients.models import Patient
from tests import factories
from tests.browser.test_cautions import REASON, shoot
from tests.factories import item_plan

WORDS = "Plantar fasciitis is recorded on the left; this exercise is set for the right foot."


@pytest.fixture
def heel(priya: User, margaret: Patient) -> Exercise:
    """Tagged for what is recorded on the left."""
    exercise = factories.make_exercise("heel", name="Heel drop")
    exercise.findings.set([factories.make_finding(priya, margaret).type])
    return exercise


@pytest.mark.hazard("HZ-02")
def test_the_sentence_comes_and_goes_with_the_side(
    desk: BrowserContext, margaret: Patient, heel: Exercise, faults: list[str]
) -> None:
    other = factories.make_exercise("toes", name="Toe curls")  # not tagged for it
    page = desk.new_page()
    page.goto(f"{reverse('exercises:assign', args=[margaret.pk])}?items={heel.slug}&items={other.slug}")
    side, line = page.locator("#id_heel-side"), page.locator("li.line", has_text="Heel drop")
    expect(side).to_have_value("left")
    expect(line).not_to_contain_text("Check the side:")
    side.focus()
    side.select_option("right")
    expect(line).to_contain_text(WORDS)
    expect(side).to_have_value("right")
    expect(side).to_be_focused()
    page.locator("#id_toes-side").select_option("right")
    shoot(page, "side")
    page.get_by_role("button", name="Move Heel drop down").click()
    expect(page.locator("li.line").nth(1)).to_contain_text(
        WORDS
    )  # the whole part came anew, with what it says
    side.select_option("both_in_turn")
    expect(line).not_to_contain_text("Check the side:")
    side.select_option("right")
    expect(line).to_contain_text(WORDS)
    expect(page.get_by_text("Check the side:")).to_have_count(1)
    page.get_by_label("How often").select_option("1x7")
    page.get_by_role("button", name="Assign and send").click()
    expect(page.get_by_text("Plan sent to")).to_be_visible()
    assert faults == []


def test_what_staff_note_does_not_print_with_the_programme(
    desk: BrowserContext, priya: User, margaret: Patient, faults: list[str]
) -> None:
    raises = factories.make_exercise(
        "raises", name="Heel raise", cautions=["hallux_rigidus", "recent_surgery"]
    )
    factories.make_check(priya, margaret, "hallux_rigidus")
    assert raises.current
    items = [item_plan(raises.current)]
    programme = factories.make_programme(priya, margaret, [], items=items, reasons={"hallux_rigidus": REASON})
    factories.make_check(priya, margaret, "recent_surgery")
    page = desk.new_page()
    page.goto(reverse("exercises:programme", args=[programme.pk]))
    ours = [
        page.get_by_text(words).first
        for words in (
            REASON,
            "Given in spite of a caution",
            "about 2 min a day",
            "E-mails",
            "Dose from the article",
            "speak against",
            "End this programme",
            "Save as a routine",
        )
    ]
    ours.append(page.get_by_label("You are here"))
    theirs = [
        page.get_by_role("heading", name="Heel raise"),
        *(page.get_by_text(words).first for words in ("10–15 times", "Version 1 of", "Review on")),
    ]
    for found in (*ours, *theirs):
        expect(found).to_be_visible()
    page.emulate_media(media="print")
    shoot(page, "print")
    for found in ours:
        expect(found).to_be_hidden()
    for found in theirs:
        expect(found).to_be_visible()
    assert faults == []

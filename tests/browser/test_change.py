"""Journey J3: a running programme is changed. A click, a tap, a committing key or a completed field is one interaction."""

from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from clinic import clock
from clinic.actors import Actor
from clinic.models import OutgoingEmail, User
from exercises import actions
from exercises.actions.succession import as_planned
from exercises.models import Exercise, Programme, ProgrammeItem, ProgrammeRevision
from patients.models import Patient
from tests import factories
from tests.browser.conftest import DESK, Person
from tests.browser.test_pages import RULES, examine


@pytest.fixture
def running(priya: User, margaret: Patient, toe_curls: Exercise) -> Programme:
    heels = factories.make_exercise("heel-raises", name="Heel raises")
    factories.make_exercise("towel-scrunch", name="Towel scrunch", sides=["left", "right", "both_in_turn"])
    started = clock.now() - timedelta(days=3)
    programme = factories.make_programme(priya, margaret, [toe_curls, heels], now=started)
    OutgoingEmail.objects.update(state="sent", sent_at=started)
    return programme


def reps() -> list[tuple[str, int | None]]:
    items = ProgrammeItem.objects.in_force().select_related("version").in_order()
    return [(item.version.name, item.reps_min) for item in items]


def saved(page: Page) -> None:
    expect(page.get_by_text("Saved. One e-mail tells")).to_be_visible()


def test_j3_one_dose_across_the_whole_plan_in_four_interactions(
    desk: BrowserContext, phone: BrowserContext, faults: list[str], running: Programme, link: str
) -> None:
    """The patient sees it at the same address; the old version can be read; one e-mail is on its way."""
    plan = phone.new_page()
    plan.goto(link)
    plan.get_by_role("button", name="Open today’s plan").click()
    expect(plan.get_by_text("10–15 times").first).to_be_visible()
    page = desk.new_page()
    page.goto(f"/programmes/{running.pk}/")
    person = Person(page)
    person.press(page.get_by_role("link", name="Edit", exact=True))
    person.write(page.get_by_role("group", name="The same for all").get_by_label("Repetitions"), "20")
    person.press(page.get_by_role("button", name="Save and tell the patient"))
    saved(page)
    assert person.count <= 4
    assert reps() == [("Toe curls and spreads", 20), ("Heel raises", 20)]
    assert OutgoingEmail.objects.filter(letter="plan_changed").count() == 1
    plan.reload()
    expect(plan.get_by_text("Heel raises: 20 times")).to_be_visible()
    page.get_by_role("link", name="2: who, when, why").click()
    expect(page.get_by_role("heading", name="Versions 1 and 2 side by side")).to_be_visible()
    expect(page.get_by_role("cell", name="10–15 times").first).to_be_visible()
    assert faults == []


def test_j3_an_exercise_is_swapped_in_four_interactions(
    desk: BrowserContext, faults: list[str], running: Programme
) -> None:
    page = desk.new_page()
    page.goto(f"/programmes/{running.pk}/")
    person = Person(page)
    person.press(page.get_by_role("link", name="Edit", exact=True))
    person.press(page.get_by_role("button", name="Swap Toe curls and spreads"))
    person.press(page.get_by_role("button", name="Take this Towel scrunch"))
    expect(page.locator("ol.list h3").first).to_have_text("Towel scrunch")
    person.press(page.get_by_role("button", name="Save and tell the patient"))
    saved(page)
    assert person.count <= 4
    assert reps() == [("Towel scrunch", 10), ("Heel raises", 10)]
    new = ProgrammeItem.objects.in_force().get(version__name="Towel scrunch")
    assert (new.side, new.times_per_day, new.days_per_week) == ("both_in_turn", 1, 7)
    assert faults == []


def test_j3_by_keyboard_alone(desk: BrowserContext, faults: list[str], running: Programme) -> None:
    page = desk.new_page()
    page.goto(f"/programmes/{running.pk}/edit/")
    page.locator("#id_all_reps").focus()
    page.keyboard.type("12")
    page.keyboard.press("Tab")
    expect(page.locator("#id_heel-raises-reps")).to_have_value("12")
    page.get_by_role("button", name="Move Heel raises up").focus()
    page.keyboard.press("Enter")
    expect(page.locator("ol.list h3").first).to_have_text("Heel raises")
    page.get_by_role("button", name="Save and tell the patient").focus()
    page.keyboard.press("Enter")
    saved(page)
    assert reps() == [("Heel raises", 12), ("Toe curls and spreads", 12)]
    assert faults == []


def test_what_was_typed_before_the_connection_or_the_session_ended_is_still_there(
    desk: BrowserContext, running: Programme
) -> None:
    page = desk.new_page()
    page.goto(f"/programmes/{running.pk}/edit/")
    page.locator("#id_heel-raises-reps").fill("12")
    with page.expect_response(lambda answer: "part=budget" in answer.url):
        page.locator("#id_why").click()
    page.close()
    again = desk.new_page()
    again.goto(f"/programmes/{running.pk}/edit/")
    expect(again.get_by_text("You left this unfinished on")).to_be_visible()
    expect(again.locator("#id_heel-raises-reps")).to_have_value("10–15")
    again.get_by_role("link", name="Go on").click()
    expect(again.locator("#id_heel-raises-reps")).to_have_value("12")
    assert not ProgrammeRevision.objects.exists()


@pytest.mark.parametrize("width", [1024, 390, 320])
@pytest.mark.parametrize("name", ["", "edit/", "revisions/", "extend/"])
def test_nothing_is_wider_than_the_window(
    desk: BrowserContext, running: Programme, width: int, name: str
) -> None:
    page = desk.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/programmes/{running.pk}/{name}")
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) == 0


def give_more(by: User, programme: Programme) -> None:
    """Another dose of the last exercise."""
    programme.refresh_from_db()
    items = [
        as_planned(item, item.version)
        for item in programme.items.in_force().select_related("version").in_order()
    ]
    items[-1] = replace(items[-1], dose=items[-1].dose | {"reps_min": 20, "reps_max": None})
    plan = actions.ProgrammeChange(
        name=programme.name, items=items, ends_on=programme.ends_on, why="The calf is stronger."
    )
    actions.change_programme(
        actor=Actor.staff(by), programme=programme, plan=plan, seen_version=programme.version, now=clock.now()
    )


def test_the_pages_are_accessible_in_both_schemes(
    desk: BrowserContext, faults: list[str], priya: User, running: Programme
) -> None:
    give_more(priya, running)
    page = desk.new_page()
    for name in ("", "edit/", "revisions/", "extend/"):
        examine(page, f"/programmes/{running.pk}/{name}", faults)


def test_a_swap_and_a_refusal_are_accessible_too(
    desk: BrowserContext, faults: list[str], running: Programme
) -> None:
    page = desk.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/programmes/{running.pk}/edit/")
    page.get_by_role("button", name="Swap Toe curls and spreads").click()
    expect(page.get_by_role("button", name="Take this Towel scrunch")).to_be_visible()
    as_it_stands(page)
    page.goto(f"/programmes/{running.pk}/extend/")
    page.get_by_label("Last day").fill("2020-01-01")
    page.get_by_role("button", name="Save and tell the patient").click()
    expect(page.get_by_role("alert")).to_be_visible()
    as_it_stands(page)


@pytest.mark.hazard("HZ-26")
def test_two_plans_side_by_side_are_accessible_at_every_width(
    desk: BrowserContext, priya: User, running: Programme
) -> None:
    page = desk.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/programmes/{running.pk}/edit/")
    page.locator("#id_heel-raises-reps").fill("12")
    give_more(priya, running)
    page.get_by_role("button", name="Save and tell the patient").click()
    expect(page.get_by_role("heading", name="Both plans side by side")).to_be_visible()
    expect(page.locator("#id_heel-raises-reps")).to_have_value("12")
    as_it_stands(page)


def as_it_stands(page: Page) -> None:
    """A page that cannot be opened by its address alone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        result = Axe().run(page, options=RULES)
        assert result.violations_count == 0, f"{page.url} {scheme}\n{result.generate_report()}"
    for width in (1024, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width} px"
    page.set_viewport_size(DESK)

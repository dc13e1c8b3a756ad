"""Journeys with routines in a real browser: keeping a plan for others, and going on to the next stage."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.models import User
from exercises.models import Exercise, Programme, Routine, Scope, Stage
from patients.models import Patient
from tests import factories
from tests.browser.conftest import DESK, Person, sign_in
from tests.browser.conftest import _open as open_browser


def test_a_plan_is_kept_as_a_routine_and_given_to_another_patient(
    desk: BrowserContext, faults: list[str], priya: User, margaret: Patient, toe_curls: Exercise
) -> None:
    """How often comes with it, so that it is not asked again; the side is chosen anew."""
    version = toe_curls.current
    assert version is not None
    item = factories.item_plan(version, side="left", times_per_day=2, days_per_week=5)
    first = factories.make_programme(priya, margaret, [], items=[item], name="Heels", now=clock.now())
    ana = factories.make_patient(priya, "Ana", "Quinn")
    page = desk.new_page()
    page.goto(f"/programmes/{first.pk}/")
    person = Person(page)
    person.press(page.get_by_role("link", name="Save as a routine"))
    person.press(page.get_by_role("button", name="Save and sign off"))
    expect(page.get_by_text("Saved as a routine, signed off by you.")).to_be_visible()
    assert person.count == 2
    routine = Routine.objects.get()
    assert (routine.scope, routine.stage) == (Scope.PERSONAL, Stage.PUBLISHED)
    page.goto(f"/patients/{ana.pk}/programmes/new/")
    page.get_by_role("link", name="Use Heels").click()
    page.get_by_label("Side").select_option("right")
    page.get_by_role("button", name="Assign and send").click()
    expect(page.get_by_text(f"Plan sent to {ana.email}")).to_be_visible()
    given = Programme.objects.get(patient=ana).items.get()
    assert (given.side, given.times_per_day, given.days_per_week) == ("right", 2, 5)
    page.goto(f"/routines/{routine.slug}/?done=made")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Retired. Programmes made from it go on.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("can be assigned again")).to_be_visible()
    assert faults == []


def test_the_next_stage_is_given_from_the_programmes_page(
    desk: BrowserContext,
    faults: list[str],
    priya: User,
    margaret: Patient,
    staged: Routine,
    toe_curls: Exercise,
) -> None:
    plan: dict[str, Any] = {"routine": staged, "stage": 1, "name": "Loading", "weeks": 2}
    first = factories.make_programme(priya, margaret, [toe_curls], now=clock.now(), **plan)
    page = desk.new_page()
    page.goto(f"/programmes/{first.pk}/")
    expect(page.get_by_text("No pain above 3 in the morning.")).to_be_visible()
    page.get_by_role("link", name="Give stage 2").click()
    expect(page.get_by_role("checkbox", name=re.compile("End “Loading”"))).to_be_checked()
    for number in range(2):
        page.get_by_label("Side").nth(number).select_option("left")
    page.get_by_label("How often").select_option("1x7")
    page.get_by_label("Why this stage now").fill("No pain above 3 for a week.")
    page.get_by_role("button", name="Assign and send").click()
    expect(page.get_by_text(f"Plan sent to {margaret.email}")).to_be_visible()
    expect(page.get_by_text("Stage 2: Weeks 3 to 8")).to_be_visible()
    first.refresh_from_db()
    assert not first.is_active
    assert Programme.objects.get(stage_number=2).items.count() == 2
    assert faults == []


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def any_desk(
    browser: Browser, live_server: LiveServer, faults: list[str], priya: User, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    for context in open_browser(
        browser, live_server.url, faults, viewport=DESK, java_script_enabled=request.param
    ):
        sign_in(context, priya)
        yield context


def test_a_routine_is_written_with_and_without_scripts(
    any_desk: BrowserContext, faults: list[str], toe_curls: Exercise
) -> None:
    """Every button is a plain post that keeps what was typed."""
    factories.make_exercise("short-foot")
    page = any_desk.new_page()
    page.goto("/routines/new/")
    page.get_by_label("Name", exact=True).fill("Two steps")
    for slug in ("toe-curls-and-spreads", "short-foot"):
        page.get_by_label("Exercise", exact=True).select_option(slug)
        page.get_by_role("button", name="Add the exercise").click()
    page.get_by_role("button", name="Divide into stages").click()
    expect(page).to_have_url(re.compile("#adding$"))
    page.get_by_role("button", name="Move Short foot down").click()
    page.get_by_label("To week").first.fill("2")
    page.get_by_label("From week").nth(1).fill("3")
    page.get_by_role("button", name="Save and sign off").click()
    expect(page.get_by_role("alert")).to_contain_text("Say when to go on from “Stage 1”.")
    page.get_by_label("When to go on").first.fill("No pain in the morning.")
    page.get_by_role("button", name="Save and sign off").click()
    expect(page.get_by_text("is signed off by you and can be assigned")).to_be_visible()
    made = Routine.objects.get(name="Two steps")
    assert list(made.items.values_list("exercise__slug", "stage")) == [
        ("toe-curls-and-spreads", 1),
        ("short-foot", 2),
    ]
    assert [fault for fault in faults if "422" not in fault] == []  # the refusal above

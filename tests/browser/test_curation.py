"""J11: a curator writes or revises an exercise and publishes it, in a real browser, counted and timed."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from clinic.models import User
from exercises.models import Exercise, Programme, Stage
from patients.models import FindingType
from tests import factories
from tests.browser.conftest import Person, sign_in
from tests.browser.test_pages import RULES

LONGEST = 90  # seconds, scripted
ADD, LIST = "admin:exercises_exercise_add", "admin:exercises_exercise_changelist"
# Django's own pages, which we do not draw: landmarks and heading order of its templates.
OWN_TEMPLATES = ["region", "heading-order", "landmark-unique", "page-has-heading-one", "empty-table-header"]


@pytest.fixture
def curator(desk: BrowserContext, carlos: User) -> Page:
    sign_in(desk, carlos)
    return desk.new_page()


def publish(person: Person) -> None:
    person.press(person.page.get_by_role("button", name="Save and publish"))


def test_j11_add_an_exercise_and_publish(curator: Page, faults: list[str], fasciitis: FindingType) -> None:
    began, person = time.monotonic(), Person(curator)
    curator.goto(reverse(LIST))
    person.press(curator.get_by_role("link", name="Add exercise"))
    person.write(curator.locator("#id_name"), "Towel scrunch")
    curator.locator("#id_name").blur()
    expect(curator.locator("#id_slug")).to_have_value("towel-scrunch")
    person.write(curator.locator("#id_steps"), "Sit down.\nPull the towel in with your toes.")
    person.write(curator.locator("#id_stop_rules"), "Stop if pain turns sharp and tell your clinic.")
    person.choose(curator.locator("#id_picture"), "toe-curls-and-spreads")
    person.write(curator.locator("#id_alt_text"), "First: towel flat. Second: towel gathered under the toes.")
    person.choose(curator.locator("#id_body_part"), "foot")
    person.choose(curator.locator("#id_position"), "sitting")
    person.press(curator.get_by_label("Each in turn"))
    person.press(curator.get_by_label("Small children at home"))
    person.choose(curator.locator("#id_dose_source"), "A")
    person.write(curator.locator("#id_reps_min"), "10")
    person.write(curator.locator("#id_sources"), "Clinic handout 12.")
    person.press(curator.get_by_label("Plantar fasciitis"))
    publish(person)
    expect(curator.get_by_text("Published, signed by you: Towel scrunch.")).to_be_visible()
    took = time.monotonic() - began
    print(f"J11 add and publish: {person.count} interactions, {took:.1f} s")  # noqa: T201
    exercise = Exercise.objects.get(slug="towel-scrunch")
    assert (exercise.stage, exercise.cautions) == (Stage.PUBLISHED, ["small_objects"])
    assert took <= LONGEST
    assert person.count <= 16
    assert faults == []


@pytest.mark.hazard("HZ-03", "HZ-12")
def test_j11_revise_an_exercise_and_publish(
    curator: Page, faults: list[str], toe_curls: Exercise, programme: Programme
) -> None:
    began, person = time.monotonic(), Person(curator)
    curator.goto(reverse(LIST))
    person.press(curator.get_by_role("link", name="Toe curls and spreads"))
    person.write(curator.locator("#id_steps"), "Sit.\nCurl your toes.\nSpread them wide.")
    publish(person)
    expect(curator.get_by_text("Published, signed by you: Toe curls and spreads.")).to_be_visible()
    took = time.monotonic() - began
    print(f"J11 revise and publish: {person.count} interactions, {took:.1f} s")  # noqa: T201
    item = programme.items.get()
    assert (item.version.number, item.version.steps[0]) == (
        1,
        "Sit comfortably with both feet flat on the floor.",
    )
    assert Exercise.objects.get().current.number == 2  # type: ignore[union-attr]
    assert took <= LONGEST
    assert person.count <= 3
    assert faults == []


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("alt_text", "Publishing needs the picture in words."),
        ("steps", "Publishing needs the steps."),
        ("stop_rules", "Publishing needs the stop rules."),
    ],
)
@pytest.mark.hazard("HZ-12")
def test_an_incomplete_text_is_refused_at_its_field(
    curator: Page, toe_curls: Exercise, field: str, words: str
) -> None:
    before = factories.count_rows()
    curator.goto(reverse("admin:exercises_exercise_change", args=[toe_curls.pk]))
    curator.locator(f"#id_{field}").fill("")
    curator.locator("#id_name").fill("Toe curling")
    publish(Person(curator))
    expect(curator.locator(f".field-{field} .errorlist")).to_have_text(words)
    expect(curator.locator("#id_name")).to_have_value("Toe curling")
    assert factories.count_rows() == before
    assert Exercise.objects.get().name == "Toe curls and spreads"


def test_the_pages_of_our_own_are_accessible_and_narrow(
    curator: Page, faults: list[str], carlos: User, toe_curls: Exercise
) -> None:
    toe_curls.movement, toe_curls.steps = "curl, then fan", ["Sit.", "Curl your toes slowly."]
    toe_curls.save()
    addresses = [
        reverse(f"admin:exercises_exercise_{name}", args=[toe_curls.pk])
        for name in ("compare", "retire", "send_back", "preview")
    ]
    addresses += [f"{addresses[3]}?medium=dark", f"{addresses[3]}?medium=phone&dir=rtl"]
    addresses += [reverse("admin:exercises_exercise_import")]
    rules = {**RULES, "rules": {name: {"enabled": False} for name in OWN_TEMPLATES}}
    for scheme in ("light", "dark"):
        curator.emulate_media(color_scheme=scheme)
        for address in addresses:
            curator.set_viewport_size({"width": 390, "height": 844})
            curator.goto(address)
            assert faults == [], address
            result = Axe().run(curator, options=rules)
            assert result.violations_count == 0, f"{address} {scheme}\n{result.generate_report()}"
            wide = curator.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, f"{address}: {wide}"
            faults.clear()  # axe itself tries a style on these pages


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_of_the_preview_is_cut_off(curator: Page, toe_curls: Exercise, width: int) -> None:
    """The card as wide as on a phone, whatever the window: nothing in it is squeezed or reaches beyond it."""
    curator.set_viewport_size({"width": width, "height": 900})
    address = reverse("admin:exercises_exercise_preview", args=[toe_curls.pk])
    for asked in ("", "?medium=dark", "?medium=phone&dir=rtl", "?medium=print"):
        curator.goto(address + asked)
        card, words = curator.locator(".ex").bounding_box(), curator.locator(".ex .txt").bounding_box()
        assert card is not None
        assert words is not None
        assert words["x"] >= card["x"] - 1, asked
        assert words["x"] + words["width"] <= card["x"] + card["width"] + 1, asked
        assert words["width"] >= 240, asked


def test_the_list_fits_beside_its_filters(curator: Page, toe_curls: Exercise) -> None:
    factories.make_exercise("short-foot", published=False, picture="", alt_text="", sides=[], sources=[])
    curator.set_viewport_size({"width": 1280, "height": 900})
    curator.goto(reverse(LIST))
    for box in ("document.documentElement", "document.querySelector('#changelist .results')"):
        wide, shown = curator.evaluate(f"[{box}.scrollWidth, {box}.clientWidth]")
        assert wide <= shown, box

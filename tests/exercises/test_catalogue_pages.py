"""The published catalogue, as staff read it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import Clinic, User
from exercises import actions
from exercises.models import Exercise
from exercises.views.catalogue import A_PAGE
from patients.models import FindingType
from tests import factories
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
CATALOGUE = "/exercises/"


@pytest.fixture
def heel_raises(db: None) -> Exercise:
    return factories.make_exercise(
        "heel-raises-near-wall",
        movement="rise on to the toes, pause, lower slowly",
        reps_min=15,
        reps_max=None,
        hold_s_min=3,
        hold_s_max=5,
        dose_source="D",
        position="standing_wall",
        equipment=["wall"],
        cautions=["fall_risk", "tendon_rupture"],
        evidence="trials mixed",
        sources=["article"],
    )


def names(client: Client, **query: str) -> list[str]:
    response = client.get(CATALOGUE, query)
    assert response.status_code == 200
    return [exercise.current.name for exercise in response.context["exercises"]]


def test_what_is_published_is_listed_by_name(
    as_priya: Client, toe_curls: Exercise, heel_raises: Exercise
) -> None:
    factories.make_exercise("draft", published=False)
    retired = factories.make_exercise("retired")
    actions.retire_exercise(actor=Actor.system("test"), exercise=retired)
    assert names(as_priya) == ["Heel raises near wall", "Toe curls and spreads"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("RAISES", ["Heel raises near wall"]),
        ("lower slowly", ["Heel raises near wall"]),
        ("toes", ["Toe curls and spreads", "Heel raises near wall"]),
        ("wall", ["Heel raises near wall"]),
        ("knee", []),
        ("%", []),
        ("a\x00b", ["Heel raises near wall", "Toe curls and spreads"]),
        ("x" * 200, ["Heel raises near wall", "Toe curls and spreads"]),
    ],
)
def test_text_filters_and_what_cannot_be_read_does_not(
    as_priya: Client, toe_curls: Exercise, heel_raises: Exercise, query: str, found: list[str]
) -> None:
    assert names(as_priya, q=query) == found


def test_equipment_is_found_by_its_key_in_words(as_priya: Client, toe_curls: Exercise) -> None:
    factories.make_exercise("arch-stretch", equipment=["tennis_ball", "frozen_bottle"])
    assert names(as_priya, q="frozen") == ["Arch stretch"]


def test_a_finding_filters_by_the_tags_of_curators(
    as_priya: Client, toe_curls: Exercise, heel_raises: Exercise, fasciitis: FindingType
) -> None:
    heel_raises.findings.add(fasciitis, factories.make_finding_type("flat_foot", label="Flat foot"))
    assert names(as_priya, finding=fasciitis.pk) == ["Heel raises near wall"]
    assert len(names(as_priya, finding="unheard_of")) == 2


@pytest.fixture
def three(db: None) -> None:
    factories.make_exercise(
        "balance",
        kind="balance",
        position="one_leg",
        body_part="lower_leg",
        difficulty=2,
        cautions=["fall_risk"],
    )
    factories.make_exercise(
        "bottle-roll", kind="release", body_part="foot", equipment=["frozen_bottle"], difficulty=1
    )
    factories.make_exercise(
        "arch-stretch", kind="stretch", body_part="foot", kit_options=["tennis_ball", "frozen_bottle"]
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "balance"}, ["Balance"]),
        ({"body_part": "foot"}, ["Arch stretch", "Bottle roll"]),
        ({"position": "one_leg"}, ["Balance"]),
        ({"difficulty": "1"}, ["Bottle roll"]),
        ({"equipment": "frozen_bottle"}, ["Arch stretch", "Bottle roll"]),
        ({"equipment": "tennis_ball"}, ["Arch stretch"]),
        ({"equipment": "none"}, ["Balance"]),
        ({"without": "fall_risk"}, ["Arch stretch", "Bottle roll"]),
        ({"without": "no_ice"}, ["Arch stretch", "Balance"]),  # a ball will do for the stretch
        ({"q": "frozen", "without": "no_ice"}, ["Arch stretch"]),
        ({"body_part": "foot", "kind": "balance"}, []),
        ({"kind": "magic"}, ["Arch stretch", "Balance", "Bottle roll"]),
        ({"difficulty": "nine"}, ["Arch stretch", "Balance", "Bottle roll"]),
        ({"equipment": "a\x00b", "without": "\ud800"}, ["Arch stretch", "Balance", "Bottle roll"]),
    ],
)
def test_filters_narrow_and_nonsense_is_not_asked(
    as_priya: Client, three: None, query: dict[str, str], found: list[str]
) -> None:
    query = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    assert names(as_priya, **query) == found


def test_what_offers_only_things_that_bring_a_caution_is_left_out(as_priya: Client, three: None) -> None:
    factories.make_exercise("ice", kit_options=["frozen_bottle"])
    assert "Ice" not in names(as_priya, without="no_ice")


def test_each_filter_in_use_is_named_with_the_way_back_without_it(as_priya: Client, three: None) -> None:
    response = as_priya.get(CATALOGUE, {"q": "roll", "kind": "release", "finding": "", "page": "1"})
    chips = {(chip.label, chip.value): chip.address for chip in response.context["form"].chips()}
    assert chips == {
        ("Words", "roll"): "kind=release",
        ("Kind", "release"): "q=roll",
    }
    page = text(response)
    assert 'href="/exercises/?kind=release"' in page
    assert "Clear all" in page
    assert 'role="status">1 exercise for what you asked' in page
    assert "<details open>" in page


def test_nothing_found_says_what_to_loosen(as_priya: Client, three: None) -> None:
    assert "Type fewer, or only the beginning of a word." in text(as_priya.get(CATALOGUE, {"q": "xylophone"}))
    page = text(as_priya.get(CATALOGUE, {"q": "roll", "kind": "balance"}))
    assert "No exercise fits all of this. Leave out one of the filters above" in page
    assert "You have no favourites yet." in text(as_priya.get(CATALOGUE, {"favourites": "on"}))


def test_an_empty_catalogue_says_so(as_priya: Client) -> None:
    assert "Nothing has been published yet." in text(as_priya.get(CATALOGUE))


def test_long_lists_come_in_pages_that_keep_what_was_asked(as_priya: Client) -> None:
    for number in range(A_PAGE + 1):
        factories.make_exercise(f"roll-{number:02}", kind="release")
    first = as_priya.get(CATALOGUE, {"kind": "release"})
    assert len(first.context["exercises"]) == A_PAGE
    assert 'href="?kind=release&amp;page=2"' in first.content.decode()
    assert names(as_priya, kind="release", page="2") == [f"Roll {A_PAGE}"]
    assert names(as_priya, kind="release", page="nonsense")[0] == "Roll 00"


def test_the_address_follows_what_is_typed(as_priya: Client, three: None) -> None:
    htmx = {"HX-Request": "true"}
    typed = as_priya.get(CATALOGUE, {"q": "roll", "kind": "", "finding": ""}, headers=htmx)
    assert typed["HX-Replace-Url"] == "/exercises/?q=roll"
    assert as_priya.get(CATALOGUE, {"q": ""}, headers=htmx)["HX-Replace-Url"] == "/exercises/"


def test_another_clinics_own_exercise_is_not_there(as_priya: Client, hilltop: Clinic, three: None) -> None:
    factories.make_exercise("hilltop-roll", clinic=hilltop)
    assert names(as_priya, q="hilltop") == []
    assert "Hilltop roll" not in names(as_priya)


def test_htmx_gets_the_list_alone(as_priya: Client, toe_curls: Exercise) -> None:
    response = as_priya.get(CATALOGUE, headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    assert b"Toe curls and spreads" in response.content


def test_the_page_of_an_exercise_tells_staff_everything(
    as_priya: Client, heel_raises: Exercise, fasciitis: FindingType
) -> None:
    heel_raises.findings.add(fasciitis)
    page = as_priya.get(reverse("exercises:exercise", args=[heel_raises.slug])).content.decode()
    for shown in (
        "15 times",
        "hold 3–5 seconds",
        "Starting value without a source: confirm before use",
        "Fall risk",
        "Achilles tear suspected",
        "trials mixed",
        "Left, Right, Each in turn",
        "standing at a wall",
        "1, published 23 Nov 2026",
        "Plantar fasciitis",
        "Sit comfortably with both feet flat on the floor.",
        "Stop this exercise and contact your clinic",
    ):
        assert shown in page, shown
    assert "None" not in page


def test_the_version_in_use_is_shown_not_the_draft_of_the_next(as_priya: Client, toe_curls: Exercise) -> None:
    toe_curls.name = "Unpublished name"
    actions.save_exercise(actor=Actor.system("test"), exercise=toe_curls)
    assert names(as_priya) == ["Toe curls and spreads"]
    page = as_priya.get(reverse("exercises:exercise", args=[toe_curls.slug])).content.decode()
    assert "Unpublished name" not in page


def test_a_retired_exercise_stays_readable_and_says_so(as_priya: Client, toe_curls: Exercise) -> None:
    actions.retire_exercise(actor=Actor.system("test"), exercise=toe_curls)
    page = as_priya.get(reverse("exercises:exercise", args=[toe_curls.slug])).content.decode()
    assert "Retired: it cannot be assigned any more." in page


def test_drafts_and_unknown_names_do_not_exist(as_priya: Client) -> None:
    factories.make_exercise("draft", published=False)
    for slug in ("draft", "unheard-of"):
        assert as_priya.get(reverse("exercises:exercise", args=[slug])).status_code == 404


@pytest.mark.parametrize("person", ["olivia", "asha", "carlos"])
def test_who_works_with_it_reads_the_catalogue(
    request: pytest.FixtureRequest, toe_curls: Exercise, person: str
) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(person))
    assert names(client) == ["Toe curls and spreads"]
    assert client.get(reverse("exercises:exercise", args=[toe_curls.slug])).status_code == 200


def test_nobody_else_does_and_nothing_is_posted(as_priya: Client, audrey: User, toe_curls: Exercise) -> None:
    assert signed_in(audrey).get(CATALOGUE).status_code == 403
    assert Client().get(CATALOGUE).status_code == 302
    assert as_priya.post(CATALOGUE).status_code == 405
    assert as_priya.post(reverse("exercises:exercise", args=[toe_curls.slug])).status_code == 405


@pytest.mark.parametrize("query", [{}, {"q": "exercise"}, {"kind": "release"}, {"favourites": "on"}])
def test_the_list_costs_the_same_for_one_and_for_ten(
    as_priya: Client, priya: User, query: dict[str, str]
) -> None:
    counts = []
    for number in (1, 10):
        for n in range(number):
            made = factories.make_exercise(f"exercise-{number}-{n}", kind="release")
            actions.add_favourite(actor=Actor.staff(priya), exercise=made)
        with CaptureQueriesContext(connection) as queries:
            assert names(as_priya, **query)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def page_of(client: Client, slug: str, **asked: str) -> str:
    response = client.get(reverse("exercises:exercise", args=[slug]), asked)
    assert response.status_code == 200
    return str(response.content.decode())


def test_what_to_do_is_told_by_role_in_the_order_in_which_it_is_done(as_priya: Client) -> None:
    factories.make_exercise(
        "by-role",
        purpose="This stretch is for the calf.",
        prepare=["Stand at a wall.", "Take your shoes off."],
        steps=["Lean in.", "Come back."],
        breathe="Breathe calmly.",
        feel="A pull in the calf.",
        stop_rules=["Stop if pain turns sharp."],
    )
    page = page_of(as_priya, "by-role")
    told = [
        "This stretch is for the calf.",
        "<h3>Get ready</h3>",
        "<li>Stand at a wall.</li>",
        "<h3>What to do</h3>",
        '<ol class="steps"><li>Lean in.</li><li>Come back.</li></ol>',
        "<h3>Breathing</h3>",
        "<p>Breathe calmly.</p>",
        "<h3>What you may feel</h3>",
        "<h3>When to stop</h3>",
        "<p>Stop if pain turns sharp.</p>",
    ]
    assert [page.index(part) for part in told] == sorted(page.index(part) for part in told)


def test_a_version_that_says_nothing_of_a_role_has_no_heading_for_it(
    as_priya: Client, toe_curls: Exercise
) -> None:
    page = page_of(as_priya, toe_curls.slug)
    assert "<h3>What to do</h3>" in page
    for absent in ("Get ready", "Breathing", "What you may feel", "Harder", "Easier", "One of", "Barefoot"):
        assert f">{absent}<" not in page


def test_staff_see_what_it_is_done_with_what_speaks_against_it_and_what_stands_behind_it(
    as_priya: Client,
) -> None:
    factories.make_exercise(
        "arch-stretch",
        dose_source="A",
        kind="release",
        body_part="foot",
        difficulty=1,
        equipment=["step"],
        kit_options=["tennis_ball", "frozen_bottle"],
        barefoot=True,
        cautions=["skin_wound", "one_of_our_own"],
        times_per_day_min=2,
        times_per_day_max=3,
        every_n_days=2,
        weeks_min=12,
        dose_note="The article gives no sets.",
        evidence_tag="mixed",
        evidence="Two small trials.",
        sources=["The article", "A second source"],
        video_url="https://video.example/arch",
    )
    page = page_of(as_priya, "arch-stretch")
    for shown in (
        "From the article</span>",
        ">release<",
        ">foot<",
        ">gentle<",
        "tennis ball, frozen water bottle",
        "done barefoot",
        "<li>Skin not whole</li><li>one of our own</li><li>With frozen water bottle: No ice, Not barefoot</li>",
        "<li>2–3 times a day</li><li>every second day</li><li>for 12 weeks</li>",
        "The article gives no sets.",
        ">trials with mixed results<",
        "Two small trials.",
        "<li>The article</li><li>A second source</li>",
        'href="https://video.example/arch" rel="noopener noreferrer"',
    ):
        assert shown in page, shown
    assert "None" not in page


def test_harder_and_easier_lead_to_what_may_be_assigned(as_priya: Client) -> None:
    factories.make_exercise("easy-one")
    factories.make_exercise("unpublished-one", published=False)
    retired = factories.make_exercise("old-one")
    actions.retire_exercise(actor=Actor.system("test"), exercise=retired)
    factories.make_exercise(
        "middle",
        harder="Take a step.",
        harder_exercises=["unpublished-one", "old-one", "unheard-of"],
        easier_exercises=["easy-one"],
    )
    page = page_of(as_priya, "middle")
    assert "Take a step." in page
    assert '<a href="/exercises/easy-one/">Easy one</a>' in page
    for missing in ("unpublished-one", "old-one", "unheard-of"):
        assert missing not in page


def test_the_drawing_moves_on_demand_only(as_priya: Client, toe_curls: Exercise) -> None:
    still = page_of(as_priya, toe_curls.slug)
    assert "toe-curls-and-spreads.svg" not in still
    assert 'href="?moving=1"' in still
    moving = page_of(as_priya, toe_curls.slug, moving="1")
    assert '<img src="/static/img/exercises/toe-curls-and-spreads.svg"' in moving
    assert 'media="(prefers-reduced-motion: reduce)"' in moving


def test_the_page_costs_the_same_with_one_harder_exercise_and_with_ten(as_priya: Client) -> None:
    counts = []
    for number in (1, 10):
        names = [factories.make_exercise(f"harder-{number}-{n}").slug for n in range(number)]
        factories.make_exercise(f"first-{number}", harder_exercises=names)
        with CaptureQueriesContext(connection) as queries:
            assert page_of(as_priya, f"first-{number}").count("Harder ") >= number
        counts.append(len(queries))
    assert counts[0] == counts[1]

"""The published catalogue, as staff read it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from exercises import actions
from exercises.models import Exercise
from patients.models import FindingType
from tests import factories

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
        ("toes", ["Heel raises near wall", "Toe curls and spreads"]),
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
        "fall risk, tendon rupture",
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


@pytest.mark.parametrize("person", ["olivia", "asha", "carlos", "audrey"])
def test_every_role_reads_the_catalogue(
    request: pytest.FixtureRequest, toe_curls: Exercise, person: str
) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(person))
    assert names(client) == ["Toe curls and spreads"]
    assert client.get(reverse("exercises:exercise", args=[toe_curls.slug])).status_code == 200


def test_nobody_else_does_and_nothing_is_posted(as_priya: Client, toe_curls: Exercise) -> None:
    assert Client().get(CATALOGUE).status_code == 302
    assert as_priya.post(CATALOGUE).status_code == 405
    assert as_priya.post(reverse("exercises:exercise", args=[toe_curls.slug])).status_code == 405


def test_the_list_costs_the_same_for_one_and_for_ten(as_priya: Client) -> None:
    counts = []
    for number in (1, 10):
        for n in range(number):
            factories.make_exercise(f"exercise-{number}-{n}")
        with CaptureQueriesContext(connection) as queries:
            names(as_priya)
        counts.append(len(queries))
    assert counts[0] == counts[1]

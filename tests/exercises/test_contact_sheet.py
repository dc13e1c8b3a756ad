"""Every drawing on one page, for those who curate."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from clinic.actors import Actor
from clinic.models import User
from exercises import actions, figures
from exercises.models import Exercise
from tests import factories

pytestmark = pytest.mark.django_db
SHEET = "/exercises/contact-sheet/"


@pytest.fixture
def desk(client: Client, carlos: User) -> Client:
    client.force_login(carlos)
    return client


def read(client: Client, **asked: str) -> str:
    response = client.get(SHEET, asked)
    assert response.status_code == 200
    return response.content.decode()


def entry(page: str, slug: str) -> str:
    found = re.search(rf'<li class="card stack close" id="{slug}">.*?</li>', page, re.DOTALL)
    assert found, slug
    return found[0]


def test_every_drawing_stands_there_with_its_name_side_words_and_file(desk: Client) -> None:
    page = read(desk)
    for slug in figures.slugs():
        shown = entry(page, slug)
        words = figures.description(slug)
        for part in (
            figures.title(slug),
            f"<code>{slug}</code>",
            f"{slug}-poses.svg",
            f'alt="{escape(words)}"',
        ):
            assert part in shown, slug
        assert "Not used in the catalogue" in shown
    for slug, side in (
        ("heel-drop", "Shown on the right foot."),
        ("walking", "Shows both sides."),
        ("pelvic-tilt", "Shows no side."),
    ):
        assert side in entry(page, slug)
    assert len(re.findall(r"<img ", page)) == len(figures.slugs())


def test_the_catalogue_says_who_uses_a_drawing_and_how_far_it_is(desk: Client, toe_curls: Exercise) -> None:
    factories.make_exercise("draft-of-it", picture="toe-yoga", published=False)
    retired = factories.make_exercise("old-one", picture="toe-yoga")
    actions.retire_exercise(actor=Actor.system("test"), exercise=retired)
    toe_curls.picture = "short-foot"  # not published yet: both drawings are in use
    actions.save_exercise(actor=Actor.system("test"), exercise=toe_curls)
    page = read(desk)
    for slug in ("toe-curls-and-spreads", "short-foot"):
        assert '<a href="/exercises/toe-curls-and-spreads/">Toe curls and spreads</a>' in entry(page, slug)
        assert "published" in entry(page, slug)
    shown = entry(page, "toe-yoga")
    assert "Draft of it" in shown
    assert "/exercises/draft-of-it/" not in shown  # a draft has no page
    assert '<a href="/exercises/old-one/">' in shown
    assert shown.index("draft") < shown.index("retired")


@pytest.mark.parametrize(
    ("asked", "file"),
    [
        ({}, "short-foot-poses.svg"),
        ({"tone": "2"}, "short-foot-poses-2.svg"),
        ({"tone": "3", "moving": "1"}, "short-foot-3.svg"),
        ({"tone": "4"}, "short-foot-poses.svg"),
        ({"tone": "1e9"}, "short-foot-poses.svg"),
        ({"tone": "²", "moving": "yes"}, "short-foot-poses.svg"),
    ],
)
def test_people_and_movement_are_asked_for_by_link(desk: Client, asked: dict[str, str], file: str) -> None:
    shown = entry(read(desk, **asked), "short-foot")
    assert f'<img src="/static/img/exercises/{file}"' in shown
    if "moving" in asked and file == "short-foot-3.svg":
        assert (
            '<source media="(prefers-reduced-motion: reduce)" srcset="/static/img/exercises/short-foot-poses-3.svg"'
            in shown
        )


def test_the_catalogue_shows_the_way_to_curators_only(
    desk: Client, priya: User, cora: User, toe_curls: Exercise
) -> None:
    link = f'href="{SHEET}"'
    assert link in desk.get("/exercises/").content.decode()
    for person, may in ((cora, True), (priya, False)):
        other = Client()
        other.force_login(person)
        assert (link in other.get("/exercises/").content.decode()) == may
        assert other.get(SHEET).status_code == (200 if may else 403)


def test_the_sheet_costs_the_same_for_one_exercise_and_for_ten(desk: Client) -> None:
    counts = []
    for number in (1, 10):
        for n in range(number):
            factories.make_exercise(f"exercise-{number}-{n}", picture=figures.slugs()[n])
        with CaptureQueriesContext(connection) as queries:
            read(desk)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_drawing_that_stands_in_for_another_belongs_to_the_same_exercise(desk: Client) -> None:
    factories.make_exercise("arch", name="Arch stretch", picture="arch-stretch-ball-or-bottle")
    page = read(desk)
    for slug in ("arch-stretch-ball-or-bottle", "arch-stretch-bottle"):
        assert "Arch stretch</a>" in entry(page, slug)

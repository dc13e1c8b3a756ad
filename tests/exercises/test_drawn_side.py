"""A drawing is never mirrored: the words under it say which side it shows, and which side it is to be done with."""

import math
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.models import User
from exercises import figures, kit
from exercises.doses import Side
from exercises.figures import body, drawing, feet, solve
from patients.models import Patient
from tests import factories
from tests.factories import NOON

SLUGS = figures.slugs()
ONE = {"left": "right", "right": "left"}


def said(caption: str) -> tuple[str, str]:
    """The side that is shown and what is to be done, as somebody would read them out of the sentences."""
    shown = re.match(r"Shown on the (left|right) (?:foot|leg)\.|Shown on (both) (?:feet|legs)\.", caption)
    rest = caption[shown.end() :].strip() if shown else caption
    return next((side for side in (shown.groups() if shown else ()) if side), ""), rest


@pytest.mark.hazard("HZ-29")
@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("slug", SLUGS)
def test_the_caption_agrees_with_the_drawing_and_with_what_is_assigned(slug: str, side: Side) -> None:
    drawn = figures.drawn_side(slug)
    shown, to_do = said(figures.side_caption(slug, side.value))
    if drawn in ONE:
        assert shown == drawn
    elif drawn == "both":
        assert shown == ("both" if side.value in {*ONE, "both_in_turn"} else "")
    else:
        assert shown == ""
    if not shown or side.value in {drawn, "not_sided"}:
        assert to_do == ""
    else:
        word = {"both_in_turn": "in turn", "together": "together"}.get(side.value, f"the {side.value}")
        assert word in to_do
        assert not (side.value in ONE and f"the {ONE[side.value]}" in to_do)


@pytest.mark.parametrize("slug", SLUGS)
def test_where_no_side_is_assigned_the_drawn_one_is_still_said(slug: str) -> None:
    drawn = figures.drawn_side(slug)
    assert said(figures.side_caption(slug)) == (drawn if drawn in ONE else "", "")


def travel(slug: str, side: str) -> float:
    """How far a foot and a knee of a figure go between the two positions, seen from the hips; in units."""
    picture = drawing.drawing_of(slug)
    gone = 0.0
    for chain in _chains(side):
        places = []
        for position in (picture.first, picture.second):
            pose: Any = position.pose()
            places.append(solve.place(pose, chain)[0])
        gone += math.dist(*places)
    return gone


def _chains(side: str) -> list[list[tuple[str, Any]]]:
    leg = [("hip", (0, 0)), (f"thigh-{side}", (0, 0)), (f"knee-{side}", (0, body.THIGH))]
    return [leg, [*leg, (f"foot-{side}", (0, feet.SHIN_LENGTH))]]


# Figures face right: the nearer leg is the right one. In these the leg that works is the one that moves. In a stretch
# at a wall and on one leg the other one may move as well or instead.
MOVING = [
    "ankle-alphabet",
    "arch-roll",
    "arch-stretch-ball-or-bottle",
    "arch-stretch-bottle",
    "bird-dog",
    "calf-stretch-towel",
    "frozen-bottle-roll",
    "heel-raise-both-feet",
    "heel-raises-near-wall",
    "kneeling-toe-stretch",
    "shin-raise",
    "toe-press",
]


@pytest.mark.hazard("HZ-29")
@pytest.mark.parametrize("slug", MOVING)
def test_the_side_that_is_said_is_the_side_that_moves(slug: str) -> None:
    picture = drawing.drawing_of(slug)
    turns = {}
    for side in ("near", "far"):
        first, second = picture.first.pose(), picture.second.pose()
        joints = [f"{joint}-{side}" for joint in solve.LEG]
        turned = sum(abs(first[joint].degrees - second[joint].degrees) for joint in joints)
        turns[side] = turned + travel(slug, side)
    drawn = {"right": {"near"}, "left": {"far"}, "both": {"near", "far"}}[figures.drawn_side(slug)]
    assert {side for side, most in turns.items() if most > 10} == drawn


@pytest.mark.parametrize("name", ["", "hops", "../poses/heel-drop"])
def test_what_nobody_has_drawn_shows_no_side(name: str) -> None:
    assert figures.side_caption(name, "left") == ""


@pytest.fixture
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.mark.django_db
@pytest.mark.hazard("HZ-29")
@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize(
    ("picture", "side", "caption"),
    [
        ("heel-drop", "left", "Shown on the right foot. Do it with the left."),
        ("heel-drop", "right", "Shown on the right foot."),
        ("side-leg-lift", "right", "Shown on the left leg. Do it with the right."),
        ("short-foot", "both_in_turn", "Shown on the left foot. Do it with each foot in turn."),
        ("heel-raises-near-wall", "left", "Shown on both feet. Do it with the left foot."),
        ("heel-raises-near-wall", "together", ""),
        ("pelvic-tilt", "not_sided", ""),
    ],
)
def test_plan_and_programme_say_it_under_the_picture(
    priya: User, margaret: Patient, picture: str, side: str, caption: str
) -> None:
    exercise = factories.make_exercise("shown", picture=picture, sides=[side])
    programme = factories.make_programme(priya, margaret, [exercise])
    phone, desk = Client(), Client()
    factories.open_plan(phone, margaret)
    desk.force_login(priya)
    for client, address in (
        (phone, "/today/"),
        (desk, reverse("exercises:programme", args=[programme.pk])),
    ):
        page = client.get(address).content.decode()
        shown = re.findall(r'<div class="pic">.*?</div>', page, re.DOTALL)
        assert len(shown) == 1
        assert re.findall(r"<p>(.*?)</p>", shown[0]) == ([caption] if caption else [])
        assert f"{picture}-poses.svg" in shown[0]
    drawn = figures.drawn_side(picture)
    page = desk.get(reverse("exercises:exercise", args=["shown"])).content.decode()
    assert (f"Shown on the {drawn}" in page) == (drawn in ONE)
    assert "Do it with" not in page


ARCH, BOTTLE = "arch-stretch-ball-or-bottle", "arch-stretch-bottle"


@pytest.mark.hazard("HZ-29")
def test_a_drawing_with_another_thing_shows_the_same_side_of_the_same_part() -> None:
    pairs = [(slug, other) for slug in SLUGS for other in figures.variants(slug)]
    assert pairs == [(ARCH, BOTTLE)]
    for slug, other in pairs:
        assert other in SLUGS
        assert figures.side_caption(slug, "left") == figures.side_caption(other, "left")
        assert set(drawing.drawing_of(slug).with_kit) <= set(kit.known())
    assert figures.drawn_with(ARCH, "frozen_bottle") == BOTTLE
    assert figures.drawn_with(ARCH, "tennis_ball") == figures.drawn_with(ARCH, "") == ARCH
    assert figures.drawn_with("hops", "frozen_bottle") == "hops"
    assert "bottle" in figures.description(BOTTLE)
    assert "ball" not in figures.description(BOTTLE)


@pytest.mark.django_db
@pytest.mark.hazard("HZ-29")
@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize(("chosen", "drawn"), [("tennis_ball", ARCH), ("frozen_bottle", BOTTLE)])
def test_plan_and_programme_draw_the_thing_that_was_chosen(
    priya: User, margaret: Patient, chosen: str, drawn: str
) -> None:
    exercise = factories.make_exercise(
        "arch", picture=ARCH, alt_text=figures.description(ARCH), kit_options=["tennis_ball", "frozen_bottle"]
    )
    assert exercise.current
    item = factories.item_plan(exercise.current, kit=chosen, side="right")
    programme = factories.make_programme(priya, margaret, [], items=[item])
    phone, desk = Client(), Client()
    factories.open_plan(phone, margaret)
    desk.force_login(priya)
    for client, address in (
        (phone, "/today/"),
        (desk, reverse("exercises:programme", args=[programme.pk])),
    ):
        page = client.get(address).content.decode()
        assert re.findall(r"exercises/([a-z-]+)-poses\.svg", page) == [drawn]
        assert f'alt="{figures.description(drawn)}"' in page
        assert "Shown on the right foot." in page

"""The pose rig: bodies that bend as bodies do, files that are small, safe, described and up to date."""

import gzip
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from exercises import figures
from exercises.figures import body, document, drawing, feet, geometry, solve
from exercises.figures.drawing import Drawing, Position

SVG = "{http://www.w3.org/2000/svg}"
STATIC = Path(settings.BASE_DIR) / "static" / "img" / "exercises"
CATALOGUE = Path(settings.BASE_DIR) / "exercises" / "data" / "exercises"
SLUGS = ["arch-stretch-ball-or-bottle", "heel-raises-near-wall", "toe-curls-and-spreads"]
NAMES = [f"{slug}{end}.svg" for slug in SLUGS for end in ("-poses", "")]
CLOSE_UP, WHOLE_FIGURE = 3 * 1024, 5 * 1024  # bytes, compressed as the web server sends them


def all_frames(picture: Drawing) -> list[tuple[Position, Any]]:
    first, second = picture.first, picture.second
    if not picture.in_turn:
        return [(first, pose) for pose in document.frames(first.scene, first.contacts, second.contacts)]
    both = [(p, document.frames(p.scene, p.rest, p.contacts)) for p in (first, second)]
    return [(position, pose) for position, poses in both for pose in poses]


def test_the_article_is_drawn() -> None:
    assert figures.slugs() == SLUGS
    assert sorted(figures.files()) == sorted(NAMES)


@pytest.mark.hazard("HZ-29")
@pytest.mark.parametrize("slug", SLUGS)
def test_no_joint_bends_further_than_a_body_bends(slug: str) -> None:
    seen = 0
    for position, pose in all_frames(drawing.drawing_of(slug)):
        for name, angle in position.scene.angles(pose).items():
            least, most = solve.RANGES[name.split(" ")[0]]
            assert least <= angle <= most, name
            seen += 1
    assert seen >= 16


@pytest.mark.hazard("HZ-29")
@pytest.mark.parametrize(
    ("slug", "right", "wrong", "message"),
    [
        ("toe-curls-and-spreads", "toe-tip = 88", "toe-tip = 120", "toe-tip 120° is not within -10..90"),
        ("toe-curls-and-spreads", "toe-5 = 31", "toe-5 = 50", "spread toe-5 50° is not within -25..35"),
        ("heel-raises-near-wall", "-15, 40]", "-15, 75]", "toes near -75° is not within -65..45"),
        ("heel-raises-near-wall", "palm = -178", "palm = -30", "wrist near"),
        ("arch-stretch-ball-or-bottle", "-50, 0, 0]", "-50, -40, 0]", "ankle far"),
    ],
)
def test_a_pose_that_no_body_can_take_is_not_drawn(slug: str, right: str, wrong: str, message: str) -> None:
    text = (drawing.FOLDER / f"{slug}.toml").read_text(encoding="utf-8")
    assert right in text
    mistyped = drawing.parse(slug, text.replace(right, wrong))
    with pytest.raises(figures.Unnatural, match=re.escape(message)):
        document.draw_stills(mistyped)
    with pytest.raises(figures.Unnatural):  # on the way there, other joints may be the first to complain
        document.draw_animation(mistyped)


def test_feet_stay_on_the_floor_while_the_heels_rise() -> None:
    picture = drawing.drawing_of("heel-raises-near-wall")
    heels = []
    for _, pose in all_frames(picture):
        hip = pose["hip"].x, pose["hip"].y
        thigh, knee = pose["thigh-near"].degrees, pose["knee-near"].degrees
        ankle = geometry.add(hip, geometry.rotate((0, body.THIGH), thigh))
        ankle = geometry.add(ankle, geometry.rotate((0, feet.SHIN_LENGTH), thigh + knee))
        tilt = thigh + knee + pose["foot-near"].degrees
        ball = geometry.add(ankle, geometry.rotate(feet.BALL, tilt))
        assert ball == pytest.approx((0, -15), abs=3)
        heels.append(ankle[1])
    assert all(later < earlier for earlier, later in pairwise(heels))
    assert heels[0] - heels[-1] > 40


def test_the_tennis_ball_rolls_half_as_far_as_the_foot_on_it() -> None:
    picture = drawing.drawing_of("arch-stretch-ball-or-bottle")
    start, end = picture.first.contacts, picture.second.contacts
    assert end["foot-near"][0] - start["foot-near"][0] == 2 * (end["ball"][0] - start["ball"][0])
    assert start["foot-far"] == end["foot-far"]


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_small_described_and_free_of_code(name: str) -> None:
    text = figures.files()[name]
    slug = name.removesuffix(".svg").removesuffix("-poses")
    root = ElementTree.fromstring(text)  # noqa: S314 - our own drawing
    words = figures.description(slug)
    assert root.tag == f"{SVG}svg"
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert root[1].text == words
    assert re.fullmatch(r"First: .+\. Second: .+\.", words)
    assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
    assert not re.search(r"<script|<foreignObject|<image|href=|\son[a-z]+=|\sstyle=|<animate|<set\b", text)
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids)) >= 2
    limit = WHOLE_FIGURE if slug == "heel-raises-near-wall" else CLOSE_UP
    assert len(gzip.compress(text.encode())) <= limit


@pytest.mark.parametrize("slug", SLUGS)
def test_stills_show_two_numbered_positions_without_any_style(slug: str) -> None:
    text = figures.stills(slug)
    root = ElementTree.fromstring(text)  # noqa: S314
    assert "<style" not in text
    assert [label.text for label in root.iter(f"{SVG}text")] == ["1", "2"]
    assert len(root.findall(f"{SVG}svg")) == 2
    assert figures.size_of(slug) == (int(root.attrib["width"]), int(root.attrib["height"]))


@pytest.mark.parametrize("slug", SLUGS)
def test_animations_move_named_joints_and_respect_reduced_motion(slug: str) -> None:
    text = figures.animation(slug)
    assert "@media (prefers-reduced-motion:reduce){*{animation:none!important}}" in text
    moved = set(re.findall(r"\.j-([a-z0-9-]+)\{animation", text))
    assert moved
    assert moved <= set(re.findall(r'class="j-([a-z0-9-]+)"', text))


def test_a_picture_nobody_has_drawn_has_no_size() -> None:
    assert figures.size_of("short-foot") is None
    assert figures.size_of("../poses/heel-raises-near-wall") is None
    with pytest.raises(KeyError):
        figures.stills("short-foot")


@pytest.mark.hazard("HZ-29")
def test_the_catalogue_says_in_words_what_its_pictures_show() -> None:
    entries = [tomllib.loads(path.read_text(encoding="utf-8")) for path in CATALOGUE.glob("*.toml")]
    pictures = {
        e["picture"]["name"]: e["picture"]["alt_text"] for e in entries if e["picture"]["name"] in SLUGS
    }
    assert pictures == {slug: figures.description(slug) for slug in SLUGS}


@pytest.mark.hazard("HZ-29")
def test_the_files_are_what_the_poses_draw_now() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in STATIC.iterdir()} == figures.files()


def test_the_command_draws_once_and_removes_what_no_pose_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "forgotten.svg").write_text("<svg/>")
    call_command("draw_figures", folder=tmp_path)
    call_command("draw_figures", folder=tmp_path)
    assert capsys.readouterr().out.splitlines() == [
        "6 drawings: 6 drawn, 1 removed.",
        "6 drawings: 0 drawn, 0 removed.",
    ]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == figures.files()


def test_the_check_names_what_is_out_of_date_and_writes_nothing(tmp_path: Path) -> None:
    call_command("draw_figures", folder=tmp_path, verbosity=0)
    stale = tmp_path / "toe-curls-and-spreads.svg"
    stale.write_text("<svg/>")
    with pytest.raises(CommandError, match=r"out of date: toe-curls-and-spreads\.svg$"):
        call_command("draw_figures", folder=tmp_path, check=True)
    assert stale.read_text() == "<svg/>"

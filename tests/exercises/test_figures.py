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
from exercises.figures import body, document, drawing, feet, paint, solve
from exercises.figures.drawing import Drawing, Position

pytestmark = pytest.mark.slow  # tries everything there is

SVG = "{http://www.w3.org/2000/svg}"
STATIC = Path(settings.BASE_DIR) / "static" / "img" / "exercises"
CATALOGUE = Path(settings.BASE_DIR) / "exercises" / "data" / "exercises"
SLUGS = [
    "ankle-alphabet",
    "arch-roll",
    "arch-stretch-ball-or-bottle",
    "arch-stretch-bottle",
    "banded-eversion",
    "banded-inversion",
    "bird-dog",
    "calf-stretch-bent-knee",
    "calf-stretch-straight-knee",
    "calf-stretch-towel",
    "cat-camel",
    "clam-shell",
    "frozen-bottle-roll",
    "glute-bridge",
    "heel-drop",
    "heel-raise-both-feet",
    "heel-raise-self-dosed",
    "heel-raise-towel-loaded",
    "heel-raises-near-wall",
    "knee-to-wall",
    "kneeling-toe-stretch",
    "marble-pick-up",
    "pelvic-tilt",
    "plantar-fascia-stretch",
    "shin-raise",
    "short-foot",
    "side-leg-lift",
    "single-leg-balance",
    "toe-curls-and-spreads",
    "toe-press",
    "toe-spread-out",
    "toe-yoga",
    "towel-scrunch",
    "walking",
]
ENDINGS = ["-poses.svg", ".svg", "-poses-2.svg", "-2.svg", "-poses-3.svg", "-3.svg"]
CLOSE_UP, WHOLE_FIGURE = 3 * 1024, 5 * 1024  # bytes, compressed as the web server sends them


FORBIDDEN = re.compile(
    r"<script|<foreignObject|<image|href=|\son[a-z]+=|\sstyle=|<animate|<set\b|Gradient|url\((?!#)|@import|https?://(?!www\.w3\.org/2000/svg)"
)


def drawn_positions(slug: str) -> tuple[Position, Position]:
    picture = drawing.drawing_of(slug)
    return picture.first, picture.second


def all_frames(picture: Drawing) -> list[tuple[Position, Any]]:
    first, second = picture.first, picture.second
    if not picture.in_turn:
        return [(first, pose) for pose in document.frames(first.scene, first.contacts, second.contacts)]
    both = [(p, document.frames(p.scene, p.rest, p.contacts)) for p in (first, second)]
    return [(position, pose) for position, poses in both for pose in poses]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return figures.files()


def test_every_exercise_of_the_catalogue_is_drawn_for_three_people(files: dict[str, str]) -> None:
    assert figures.slugs() == SLUGS
    assert len(SLUGS) == 34
    assert sorted(files) == sorted(slug + ending for slug in SLUGS for ending in ENDINGS)


@pytest.mark.hazard("HZ-29")
@pytest.mark.parametrize("slug", SLUGS)
def test_no_joint_bends_further_than_a_body_bends(slug: str) -> None:
    seen: set[str] = set()
    for position, pose in all_frames(drawing.drawing_of(slug)):
        for name, angle in position.scene.angles(pose).items():
            least, most = solve.RANGES[name.split(" ")[0]]
            assert least <= angle <= most, name
            seen.add(name)
    assert len(seen) >= 4


@pytest.mark.hazard("HZ-29")
@pytest.mark.parametrize(
    ("slug", "right", "wrong", "message"),
    [
        ("toe-curls-and-spreads", "toe-tip = 88", "toe-tip = 120", "toe-tip 120° is not within -10..90"),
        ("toe-curls-and-spreads", "toe-5 = 31", "toe-5 = 50", "spread toe-5 50° is not within -25..35"),
        ("heel-raises-near-wall", "-15, 40]", "-15, 75]", "toes near -75° is not within -65..45"),
        ("heel-raises-near-wall", "-770, 182, 0]", "-770, 30, 0]", "wrist near"),
        ("cat-camel", "[36, 26]", "[60, 26]", "back belly 60° is not within -30..45"),
        ("glute-bridge", "head = 40", "head = 70", "neck 70°"),
        ("kneeling-toe-stretch", "151, -18", "170, -18", "knee near 170°"),
        ("clam-shell", "[176, -140]", "[176, -340]", "length thigh top 137.2"),
        ("banded-inversion", "foot = -26", "foot = -60", "turned -60°"),
        ("short-foot", "[15, -4, 1]", "[30, -4, 1]", "arch 30°"),
        ("arch-stretch-ball-or-bottle", "120, -50, 0, 0]", "120, -50, -60, 0]", "ankle far"),
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
    heels = []
    for _, pose in all_frames(drawing.drawing_of("heel-raises-near-wall")):
        ball, _ = solve.place(pose, [*solve.NEAR_LEG, ("toes-near", feet.BALL)])
        ankle, _ = solve.place(pose, solve.NEAR_LEG)
        assert ball == pytest.approx((0, -15), abs=3)
        heels.append(ankle[1])
    assert all(later < earlier for earlier, later in pairwise(heels))
    assert heels[0] - heels[-1] > 40


def limbs(pose: Any, side: str) -> dict[str, tuple[float, float]]:
    """Where the ends and middles of a figure's limbs are."""
    leg = [("hip", (0, 0)), (f"thigh-{side}", (0, 0)), (f"knee-{side}", (0, body.THIGH))]
    foot = [*leg, (f"foot-{side}", (0, feet.SHIN_LENGTH))]
    chains: dict[str, Any] = {"knee": leg, "foot": foot, "ball": [*foot, (f"toes-{side}", feet.BALL)]}
    if "torso" in pose:
        arm = [*solve.TRUNK, (f"arm-{side}", body.SHOULDERS[side]), (f"forearm-{side}", (0, body.UPPER_ARM))]
        chains |= {"elbow": arm, "hand": [*arm, (f"hand-{side}", (0, body.FOREARM))]}
    return {name: solve.place(pose, chain)[0] for name, chain in chains.items()}


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("side", body.SIDES)
def test_no_hand_or_foot_reaches_further_than_its_limb(slug: str, side: str) -> None:
    """What a pose says about a contact is where the drawing has it; the solver would fall short in silence."""
    for position in drawn_positions(slug):
        for name in ("hand", "foot"):
            if f"{name}-{side}" in position.contacts and "hip" in position.contacts:
                wanted = position.contacts[f"{name}-{side}"][:2]
                assert limbs(position.pose(), side)[name] == pytest.approx(wanted, abs=4)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("side", body.SIDES)
def test_nobody_sinks_through_the_floor(slug: str, side: str) -> None:
    for position in drawn_positions(slug):
        if "hip" in position.contacts:
            for name, (_, y) in limbs(position.pose(), side).items():
                assert y <= -6, name


@pytest.mark.parametrize("slug", SLUGS)
def test_two_positions_differ_and_arrows_stay_inside_the_picture(slug: str) -> None:
    picture = drawing.drawing_of(slug)
    width, height = picture.panel
    first, second = picture.first, picture.second
    assert first.contacts != second.contacts or first.stage != second.stage
    for bow in (*first.arrows, *second.arrows):
        assert len(bow) == 6
        assert all(0 <= x <= width for x in bow[::2])
        assert all(0 <= y <= height for y in bow[1::2])


@pytest.mark.hazard("HZ-29")
@pytest.mark.parametrize("slug", SLUGS)
def test_the_drawn_side_is_data(slug: str) -> None:
    side = figures.drawn_side(slug)
    assert side in {"left", "right", "both", "none"}
    text = (drawing.FOLDER / f"{slug}.toml").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="side must be one of"):
        drawing.parse(slug, text.replace(f'side = "{side}"', 'side = "inner"', 1))


def test_the_tennis_ball_rolls_half_as_far_as_the_foot_on_it() -> None:
    picture = drawing.drawing_of("arch-stretch-ball-or-bottle")
    start, end = picture.first.contacts, picture.second.contacts
    assert end["foot-near"][0] - start["foot-near"][0] == 2 * (end["prop-ball"][0] - start["prop-ball"][0])
    assert start["foot-far"] == end["foot-far"]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_file_is_small_described_and_free_of_code(files: dict[str, str], slug: str) -> None:
    words = figures.description(slug)
    assert re.fullmatch(r"First: [^.]+\. Second: [^.]+\.", words)
    close_up = all(position.scene.close_up for position in drawn_positions(slug))
    for ending in ENDINGS:
        text = files[slug + ending]
        root = ElementTree.fromstring(text)  # noqa: S314 - our own drawing
        assert root.tag == f"{SVG}svg"
        assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
        assert root[0].text
        assert root[1].text == words
        assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
        assert not FORBIDDEN.search(text)
        ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
        assert len(ids) == len(set(ids)) >= 2
        assert len(gzip.compress(text.encode())) <= (CLOSE_UP if close_up else WHOLE_FIGURE)


def test_both_kinds_of_pictures_are_measured() -> None:
    close_ups = [s for s in SLUGS if all(position.scene.close_up for position in drawn_positions(s))]
    assert 12 <= len(close_ups) <= 16


@pytest.mark.parametrize("slug", SLUGS)
def test_three_people_differ_in_colours_only(files: dict[str, str], slug: str) -> None:
    colour = re.compile(r'class="fig-([a-z-]+)" fill="(#[0-9a-f]{6})"')
    for kind in ("-poses", ""):
        drawn = [files[f"{slug}{kind}{ending}"] for ending in (".svg", "-2.svg", "-3.svg")]
        assert len({colour.sub("", text) for text in drawn}) == 1
        skins = [dict(colour.findall(text))["skin"] for text in drawn]
        assert skins == [paint.FILLS["skin"], paint.TONES[2]["skin"], paint.TONES[3]["skin"]]


@pytest.mark.parametrize("slug", SLUGS)
def test_stills_show_two_numbered_positions_without_any_style(files: dict[str, str], slug: str) -> None:
    text = files[f"{slug}-poses.svg"]
    root = ElementTree.fromstring(text)  # noqa: S314
    assert "<style" not in text
    assert [label.text for label in root.iter(f"{SVG}text")] == ["1", "2"]
    assert len(root.findall(f"{SVG}svg")) == 2
    assert figures.size_of(slug) == (int(root.attrib["width"]), int(root.attrib["height"]))


@pytest.mark.parametrize("slug", SLUGS)
def test_animations_move_named_joints_and_respect_reduced_motion(files: dict[str, str], slug: str) -> None:
    text = files[f"{slug}.svg"]
    assert "@media (prefers-reduced-motion:reduce){*{animation:none!important}}" in text
    moved = set(re.findall(r"\.j-([a-z0-9-]+)\{animation", text))
    assert moved
    assert moved <= set(re.findall(r'class="j-([a-z0-9-]+)"', text))


def test_a_picture_nobody_has_drawn_has_no_size() -> None:
    assert figures.size_of("hops") is None
    assert figures.size_of("../poses/heel-raises-near-wall") is None
    with pytest.raises(KeyError):
        figures.stills("hops")


@pytest.mark.hazard("HZ-29")
def test_the_catalogue_says_in_words_what_its_pictures_show() -> None:
    entries = [tomllib.loads(path.read_text(encoding="utf-8")) for path in CATALOGUE.glob("*.toml")]
    pictures = {
        e["picture"]["name"]: e["picture"]["alt_text"] for e in entries if e["picture"]["name"] in SLUGS
    }
    assert len(pictures) >= 3
    assert pictures == {slug: figures.description(slug) for slug in pictures}


@pytest.mark.hazard("HZ-29")
def test_the_files_are_what_the_poses_draw_now(files: dict[str, str]) -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in STATIC.iterdir()} == files


def test_the_command_draws_once_and_removes_what_no_pose_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "forgotten.svg").write_text("<svg/>")
    call_command("draw_figures", folder=tmp_path)
    call_command("draw_figures", folder=tmp_path)
    assert capsys.readouterr().out.splitlines() == [
        "204 drawings: 204 drawn, 1 removed.",
        "204 drawings: 0 drawn, 0 removed.",
    ]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == figures.files()


def test_the_check_names_what_is_out_of_date_and_writes_nothing(tmp_path: Path) -> None:
    call_command("draw_figures", folder=tmp_path, verbosity=0)
    stale = tmp_path / "toe-curls-and-spreads.svg"
    stale.write_text("<svg/>")
    with pytest.raises(CommandError, match=r"out of date: toe-curls-and-spreads\.svg$"):
        call_command("draw_figures", folder=tmp_path, check=True)
    assert stale.read_text() == "<svg/>"

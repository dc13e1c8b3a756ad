"""Every caution against every exercise of the catalogue that is shipped: what is blocked, asked a reason for, or shown.

The tables are the reviewed list of cautions, typed by hand; the exercises are read from the shipped files.
"""

import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from exercises.cautions import met, told
from exercises.figures import variants
from patients.cautions import Effect, answers, flags

FILES = sorted((Path(settings.BASE_DIR) / "exercises/data/exercises").glob("*.toml"))
DRAWN = {
    path.name.removesuffix("-poses.svg")
    for path in (Path(settings.BASE_DIR) / "static/img/exercises").glob("*-poses.svg")
}
CALF_LOADING = {
    "heel-raises-near-wall",
    "heel-raise-towel-loaded",
    "heel-raise-self-dosed",
    "heel-drop",
    "heel-raise-both-feet",
}
ICE = {("arch-stretch-ball-or-bottle", "frozen_bottle"), ("frozen-bottle-roll", "")}
# The exercises that a flag speaks against, by their short names; "(slug, kit)" where it hangs on what is chosen.
NAMED: dict[str, set[Any]] = {
    "no_ice": ICE,
    "no_barefoot": ICE,
    "skin_wound": {"arch-stretch-ball-or-bottle", "arch-roll", "frozen-bottle-roll"},
    "fall_risk": CALF_LOADING
    | {
        "toe-press",
        "calf-stretch-straight-knee",
        "calf-stretch-bent-knee",
        "shin-raise",
        "single-leg-balance",
        "knee-to-wall",
    },
    "recent_surgery": CALF_LOADING | {"banded-inversion", "banded-eversion"},
    "tendon_rupture": CALF_LOADING,
    "hallux_rigidus": {
        "toe-curls-and-spreads",
        "plantar-fascia-stretch",
        "heel-raise-towel-loaded",
        "heel-raise-self-dosed",
        "toe-spread-out",
        "toe-yoga",
        "kneeling-toe-stretch",
    },
    "insertional_achilles": {"heel-drop", "heel-raise-towel-loaded", "heel-raise-self-dosed"},
    "knee_pain": {"kneeling-toe-stretch", "cat-camel", "bird-dog"},
    "reach_limited": {"plantar-fascia-stretch"},
    "pregnancy_late": {"glute-bridge", "pelvic-tilt"},
    "small_objects": {"marble-pick-up"},
}
EFFECTS = {
    "no_ice": Effect.BLOCK,
    "no_barefoot": Effect.CONFIRM,
    "skin_wound": Effect.BLOCK,
    "fall_risk": Effect.CONFIRM,
    "recent_surgery": Effect.BLOCK,
    "tendon_rupture": Effect.BLOCK,
    "hallux_rigidus": Effect.CONFIRM,
    "insertional_achilles": Effect.CONFIRM,
    "knee_pain": Effect.CONFIRM,
    "reach_limited": Effect.INFORM,
    "pregnancy_late": Effect.CONFIRM,
    "small_objects": Effect.INFORM,
}


def exercise(path: Path) -> Any:
    stated = tomllib.loads(path.read_text(encoding="utf-8"))
    asked = {"cautions": [], "equipment": [], "kit_options": [], "barefoot": False, "body_part": ""}
    return SimpleNamespace(
        slug=path.stem, position=stated["position"], **{k: stated.get(k, v) for k, v in asked.items()}
    )


def expected(flag: str, entry: Any, kit: str) -> Effect | None:
    """By the tables: the exercise or what it is done with is named, or it belongs to a group that the flag speaks of."""
    named = entry.slug in NAMED[flag] or (entry.slug, kit) in NAMED[flag] or (entry.slug, "") in NAMED[flag]
    if named:
        return EFFECTS[flag]
    of_group = (
        (flag == "no_barefoot" and entry.barefoot)
        or (flag == "skin_wound" and entry.body_part in {"foot", "lower_leg"})
        or (flag == "pregnancy_late" and entry.position == "lying_back")
    )
    return Effect.CONFIRM if of_group else None


@pytest.mark.hazard("HZ-14")
def test_every_exercise_that_is_drawn_has_its_file() -> None:
    shown_with = {name for path in FILES for name in variants(path.stem)}
    assert {path.stem for path in FILES} == DRAWN - shown_with
    assert len(DRAWN) == 34


@pytest.mark.hazard("HZ-14")
@pytest.mark.parametrize("flag", NAMED)
def test_a_flag_does_to_each_exercise_what_the_list_says(flag: str) -> None:
    wrong, seen = [], set()
    for path in FILES:
        entry = exercise(path)
        for kit in entry.kit_options or [""]:
            found = {one.flag.key: one.effect for one in met(entry, frozenset({flag}), kit)}
            seen |= {entry.slug, (entry.slug, kit)} & NAMED[flag]
            if found.get(flag) is not expected(flag, entry, kit) or found.keys() - {flag}:
                wrong.append(f"{entry.slug} {kit}: {found.get(flag)}, not {expected(flag, entry, kit)}")
    assert wrong == []
    assert seen == NAMED[flag]


@pytest.mark.hazard("HZ-14")
def test_without_a_flag_nothing_is_asked_and_all_together_each_exercise_meets_its_own() -> None:
    everything = frozenset(NAMED)
    for path in FILES:
        entry = exercise(path)
        for kit in entry.kit_options or [""]:
            assert met(entry, frozenset(), kit) == []
            assert {one.flag.key for one in met(entry, everything, kit)} == {
                flag for flag in NAMED if expected(flag, entry, kit)
            }


def test_the_tables_speak_of_every_flag_and_every_answer_leads_to_one() -> None:
    assert NAMED.keys() == EFFECTS.keys() == flags().keys() - {"active_red_flag"}
    assert {flag: flags()[flag].effect for flag in EFFECTS} == EFFECTS
    assert frozenset().union(*(answer.flags for answer in answers().values())) == EFFECTS.keys()


@pytest.mark.hazard("HZ-41")
def test_small_objects_are_spoken_of_whoever_lives_in_the_house() -> None:
    marbles = next(exercise(path) for path in FILES if path.stem == "marble-pick-up")
    assert told(marbles, frozenset()) == ["Small parts: choking risk. Keep them away from children."]

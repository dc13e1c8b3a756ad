"""Routines as files: exercises with doses of their own, stages by weeks, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest

from exercises.catalogue_files import BadFiles, RoutineFile
from tests.exercises.catalogue_world import ARCH, ARTICLE, HEELS, ROUTINE, TOES, change, folder, read, shipped

__all__ = ["folder"]  # fixture
FILE = f"routines/{ROUTINE}.toml"
STAGES = f"""
name = "Loading"
basis = "For the tests."
findings = []

[[stages]]
name = "Weeks 1 to 2"
weeks = [1, 2]
criteria = "When 3 sets of 12 are no effort."
exercises = [
  "{TOES}",
  {{ exercise = "{HEELS}", sets = 3, reps = [10, 12], load = "a backpack", times_per_day = 1, every_n_days = 2 }},
]

[[stages]]
name = "From week 3"
weeks = [3]
exercises = [{{ exercise = "{ARCH}", kit = "tennis_ball", note = "Roll it." }}]
"""


def faults(folder: Path) -> list[str]:
    with pytest.raises(BadFiles) as refusal:
        read(folder)
    return refusal.value.faults


def stated(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if value not in (None, "", False)}


def routine(folder: Path) -> RoutineFile:
    [found] = read(folder).routines
    return found


def test_the_articles_routine_has_no_stages_and_no_doses_of_its_own() -> None:
    basics = next(found for found in read().routines if found.slug == ROUTINE)
    [stage] = basics.stages
    assert stage.columns == {}
    assert [(entry.exercise, stated(entry.columns)) for entry in stage.entries] == [
        (slug, {}) for slug in ARTICLE
    ]


def test_no_shipped_routine_holds_more_than_four_at_a_time() -> None:
    for found in read().routines:
        for stage in found.stages:
            assert 1 <= len(stage.entries) <= 4
            assert {entry.exercise for entry in stage.entries} <= set(shipped("exercises"))


def test_stages_with_doses_kit_and_notes(folder: Path) -> None:
    (folder / FILE).write_text(STAGES)
    first, second = routine(folder).stages
    assert first.columns == {
        "name": "Weeks 1 to 2",
        "from_week": 1,
        "to_week": 2,
        "criteria": "When 3 sets of 12 are no effort.",
    }
    assert second.columns == {"name": "From week 3", "from_week": 3, "to_week": None, "criteria": ""}
    assert [(entry.exercise, stated(entry.columns)) for entry in first.entries] == [
        (TOES, {}),
        (
            HEELS,
            {
                "sets_min": 3,
                "reps_min": 10,
                "reps_max": 12,
                "load_note": "a backpack",
                "times_per_day": 1,
                "every_n_days": 2,
            },
        ),
    ]
    [entry] = second.entries
    assert stated(entry.columns) == {"kit": "tennis_ball", "note": "Roll it."}


LIST = f'exercises = ["{TOES}", "{ARCH}", "{HEELS}"]'
FAULTS = [
    ('name = "Article basics"\n', "", "name: missing"),
    ('basis = "', f'basis = "{"x" * 600}', "basis: must have at most 600 characters, has "),
    (LIST, f'stage = ["{TOES}"]', "exercises: missing"),
    (LIST, f'stage = ["{TOES}"]', "stage: unknown field"),
    (LIST, "exercises = []", "exercises: must not be empty"),
    (
        LIST,
        f'exercises = "{TOES}"',
        "exercises: must be a list of short names, or of tables with a short name",
    ),
    (
        LIST,
        'exercises = ["hops"]',
        f"exercises[1].exercise: unknown: hops; known are {ARCH}, {HEELS}, {TOES}",
    ),
    (LIST, "exercises = [{ reps = 3 }]", "exercises[1].exercise: missing"),
    (LIST, f'exercises = ["{TOES}", "{TOES}"]', f"exercises: holds twice: {TOES}"),
    (LIST, f"exercises = {[TOES] * 5}".replace("'", '"'), "exercises: holds more than 4 exercises"),
    ('"overpronation"', '"underpronation"', "findings: unknown: underpronation; known are achilles"),
    (LIST, "stages = []", "stages: must be written as [[stages]]"),
    (LIST, 'stages = "all"', "stages: must be written as [[stages]]"),
    (LIST, f"{LIST}\nstages = [{{}}]", "exercises: stand in the stages"),
]
ENTRY_FAULTS = [
    ("rips = 1", "rips: unknown field"),
    ("reps = [3, 1]", "reps: the range begins with its larger end"),
    ("sets = 3, open_sets = true", "open_sets: excludes sets"),
    ('load = "a backpack"', "load: replaces the exercise's dose: state the whole dose, or leave it out"),
    (
        'kit = "frozen_sock"',
        "kit: frozen_sock is none of the exercise's kit_options: tennis_ball, frozen_bottle",
    ),
    (f'note = "{"x" * 201}"', "note: Ensure this value has at most 200 characters (it has 201)."),
    ("times_per_day = 2", "times_per_day: needs days_per_week or every_n_days"),
    ("days_per_week = 3", "days_per_week: needs times_per_day"),
    ("every_n_days = 3", "every_n_days: needs times_per_day"),
    ("times_per_day = 1, days_per_week = 3, every_n_days = 2", "every_n_days: excludes days_per_week"),
    ("times_per_day = [1, 2], days_per_week = 7", "times_per_day: must be a whole number above zero"),
    ("times_per_day = 13, days_per_week = 7", "times_per_day: must be at most 12"),
]
STAGE_FAULTS = [
    ("weeks = [1, 2]", "weeks = [2, 2]", "stages[1].weeks: must begin with week 1"),
    ("weeks = [1, 2]", "weeks = [1]", "stages[1].weeks: only the last stage has no end"),
    ("weeks = [1, 2]", "weeks = [2, 1]", "stages[1].weeks: end before they begin"),
    ("weeks = [1, 2]", "weeks = 2", "stages[1].weeks: must be [from, to], or [from] when it has no end"),
    ("weeks = [3]", "weeks = [4]", "stages[2].weeks: must begin with week 3"),
    ("weeks = [3]", "weeks = [0, 4]", "stages[2].weeks: must be [from, to], or [from] when it has no end"),
    ("weeks = [3]", 'weeks = [3]\ncriteria = "x"', "stages[2].criteria: nothing follows the last stage"),
    ('criteria = "When 3 sets of 12 are no effort."', "", "stages[1].criteria: missing: say when to go on"),
    (
        'criteria = "',
        f'criteria = "{"x" * 600}',
        "stages[1].criteria: must have at most 600 characters, has 6",
    ),
    ('name = "From week 3"', f'name = "{"x" * 81}"', "stages[2].name: Ensure this value has at most 80 char"),
    ('name = "From week 3"', 'title = "x"', "stages[2].title: unknown field"),
    ("sets = 3", "sets = 0", "stages[1].exercises[2].sets: must be a whole number above zero, or a range"),
    (f'"{TOES}",', f'"{TOES}", "{TOES}",', f"stages[1].exercises: holds twice: {TOES}"),
    (f'"{TOES}",', f'"{TOES}",' * 4, "stages[1].exercises: holds more than 4 exercises"),
]


@pytest.mark.parametrize(("old", "new", "fault"), FAULTS)
def test_a_fault_of_a_routine(folder: Path, old: str, new: str, fault: str) -> None:
    change(folder, FILE, old, new)
    assert any(line.startswith(f"{ROUTINE}.toml: {fault}") for line in faults(folder)), faults(folder)


@pytest.mark.hazard("HZ-15")
@pytest.mark.parametrize(("fields", "fault"), ENTRY_FAULTS)
def test_a_fault_of_an_entry(folder: Path, fields: str, fault: str) -> None:
    change(folder, FILE, f'"{ARCH}"', f'{{ exercise = "{ARCH}", {fields} }}')
    assert f"{ROUTINE}.toml: exercises[2].{fault}" in faults(folder)


@pytest.mark.parametrize(("old", "new", "fault"), STAGE_FAULTS)
def test_a_fault_of_a_stage(folder: Path, old: str, new: str, fault: str) -> None:
    (folder / FILE).write_text(STAGES)
    change(folder, FILE, old, new)
    assert any(line.startswith(f"{ROUTINE}.toml: {fault}") for line in faults(folder)), faults(folder)


def test_an_exercise_with_faults_is_not_unknown_as_well(folder: Path) -> None:
    change(folder, f"exercises/{ARCH}.toml", "barefoot = false", "barefoot = 0")
    change(folder, FILE, f'"{ARCH}"', f'{{ exercise = "{ARCH}", kit = "tennis_ball" }}')
    assert faults(folder) == [f"{ARCH}.toml: barefoot: must be true or false"]

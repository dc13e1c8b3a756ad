"""The shipped catalogue keeps to its format, and whatever does not is named by file, field and reason."""

import shutil
from pathlib import Path

import pytest

from exercises import figures
from exercises.catalogue_files import BadFiles, ExerciseFile
from exercises.management.commands.load_catalogue import FOLDER
from exercises.models import CONTENT_COLUMNS, DoseSource
from tests.exercises.catalogue_world import ARCH, HEELS, ROUTINE, TOES, change, folder, read, shipped

__all__ = ["folder"]  # fixture
STOP_RULES = [
    (
        "Stop this exercise and contact your clinic if pain turns sharp or starts to spread, if your foot or leg"
        " goes numb, or if something swells that was not swollen before."
    ),
    (
        "Stop and open “Get help now” if your calf becomes painful or swollen, if you feel a snap, or if you feel"
        " dizzy or faint."
    ),
    "Tell us if it hurts more than 5 out of 10 while you do it, or is still worse the next morning.",
]


def faults(folder: Path) -> list[str]:
    with pytest.raises(BadFiles) as refusal:
        read(folder)
    return refusal.value.faults


@pytest.mark.hazard("HZ-15")
def test_every_shipped_file_keeps_to_the_format() -> None:
    catalogue = read()
    assert [exercise.slug for exercise in catalogue.exercises] == shipped("exercises")
    assert [routine.slug for routine in catalogue.routines] == shipped("routines")
    for exercise in catalogue.exercises:
        assert set(exercise.content) == set(CONTENT_COLUMNS) - {"photo", "video_url"}
        assert exercise.content["stop_rules"] == STOP_RULES, exercise.slug
        assert exercise.content["picture"] == exercise.slug


def test_each_drawing_has_its_exercise() -> None:
    others = {slug for exercise in figures.slugs() for slug in figures.variants(exercise)}
    assert set(figures.slugs()) - others == set(shipped("exercises"))
    assert len(figures.slugs()) == 34


def of(slug: str, folder: Path = FOLDER) -> ExerciseFile:
    return next(exercise for exercise in read(folder).exercises if exercise.slug == slug)


@pytest.mark.hazard("HZ-15")
@pytest.mark.parametrize(
    ("slug", "stated", "sides"),
    [
        (TOES, {"reps_min": 10, "reps_max": 15}, ["both_in_turn", "left", "right"]),
        (ARCH, {"hold_s_min": 30}, ["both_in_turn", "left", "right"]),
        (
            HEELS,
            {"reps_min": 15, "hold_s_min": 3, "hold_s_max": 5},
            ["left", "right", "both_in_turn", "together"],
        ),
    ],
)
def test_the_articles_doses_and_nothing_it_does_not_state(
    slug: str, stated: dict[str, int], sides: list[str]
) -> None:
    content = of(slug).content
    numbers = {name: value for name, value in content.items() if type(value) is int}
    assert numbers.pop("difficulty") in {1, 2, 3}
    assert numbers == stated
    assert (content["sides"], content["dose_source"]) == (sides, DoseSource.ARTICLE)
    assert (content["sets_open"], content["load_note"], content["cue"]) == (False, "", "")
    assert content["sources"][0] == "The article on foot health and back pain"


def test_only_the_bottle_brings_the_cautions_about_ice() -> None:
    content = of(ARCH).content
    assert content["kit_options"] == ["tennis_ball", "frozen_bottle"]
    assert content["cautions"] == ["skin_wound"]


WHOLE_DOSE = """
open_sets = true
reps = 8
hold_s = [3, 5]
tempo_up_s = 3
tempo_down_s = 4
rest_s = 120
load = "a backpack"
cue = "before the first step in the morning"
times_per_day = [3, 5]
every_n_days = 2
weeks = 8
note = "In the trial."
"""


def test_each_field_of_a_dose_has_its_column(folder: Path) -> None:
    before = of(TOES, folder).content
    change(folder, f"exercises/{TOES}.toml", "reps = [10, 15]", WHOLE_DOSE)
    content = of(TOES, folder).content
    assert {name: value for name, value in content.items() if value != before[name]} == {
        "sets_open": True,
        "reps_min": 8,
        "reps_max": None,
        "hold_s_min": 3,
        "hold_s_max": 5,
        "tempo_up_s": 3,
        "tempo_down_s": 4,
        "rest_s": 120,
        "load_note": "a backpack",
        "cue": "before the first step in the morning",
        "times_per_day_min": 3,
        "times_per_day_max": 5,
        "every_n_days": 2,
        "weeks_min": 8,
        "dose_note": "In the trial.",
    }


REPS, SIDE = "reps = [10, 15]", 'side = "left"'
WHOLE_NUMBER = "must be a whole number above zero, or a range such as [10, 15]"
EXERCISE_FAULTS = [
    ("[dose]", "[dose", "not readable as TOML"),
    ("aliases = []\n", "", "aliases: missing"),
    ('alt_text = "', 'alt_words = "', "picture.alt_text: missing"),
    ('alt_text = "', 'alt_words = "', "picture.alt_words: unknown field"),
    ('name = "Toe curls and spreads"', 'name = ""', "name: must be a text that is not empty"),
    ('harder = "standing"', 'harder = "standing "', "harder: begins or ends with an empty space"),
    (
        'harder = "standing"',
        f'harder = "{"x" * 201}"',
        "harder: Ensure this value has at most 200 characters",
    ),
    ('"Curl the toes towards', r'"Curl\nthe toes towards', "movement: Write this on one line."),
    ("aliases = []", 'aliases = ["a", "a"]', "aliases: holds twice: a"),
    ("aliases = []", 'aliases = "a"', "aliases: must be a list of texts"),
    ("aliases = []", 'aliases = ["a", " "]', "aliases: entry 2 must be a text that is not empty"),
    ('kind = "strength"', 'kind = "magic"', "kind: unknown: magic; known are balance, endurance, mobility"),
    (
        'body_part = "foot"',
        'body_part = "ear"',
        "body_part: unknown: ear; known are back, foot, hip, lower_leg",
    ),
    (
        'position = "sitting"',
        'position = "flying"',
        "position: unknown: flying; known are hands_knees, kneeling",
    ),
    ('difficulty = "gentle"', "difficulty = 1", "difficulty: must be a text that is not empty"),
    (
        'difficulty = "gentle"',
        'difficulty = "easy"',
        "difficulty: unknown: easy; known are demanding, gentle",
    ),
    ("barefoot = true", "barefoot = 1", "barefoot: must be true or false"),
    ("equipment = []", 'equipment = ["sofa"]', "equipment: unknown: sofa; known are backpack, ball, band"),
    ("equipment = []", 'equipment = []\nkit_options = ["sofa"]', "kit_options: unknown: sofa; known are"),
    ("equipment = []", 'equipment = ["mat"]\nkit_options = ["mat"]', "kit_options: needed anyway: mat"),
    ('"hallux_rigidus"', '"bad_luck"', "cautions: unknown: bad_luck; known are active_red_flag"),
    (
        'equipment = []\ncautions = ["hallux_rigidus"]',
        'equipment = ["frozen_bottle"]\ncautions = ["no_ice"]',
        "cautions: come with the kit: no_ice",
    ),
    ('"overpronation"', '"underpronation"', "findings: unknown: underpronation; known are achilles"),
    (
        'harder = "',
        'harder_exercises = ["hops"]\nharder = "',
        "harder_exercises: unknown: hops; known are arch",
    ),
    (
        'harder = "',
        f'easier_exercises = ["{TOES}"]\nharder = "',
        "easier_exercises: names the exercise itself",
    ),
    ("do = [", "do = []\nunread = [", "steps.do: must not be empty"),
    (f'name = "{TOES}"', 'name = "hops"', "picture.name: there is no drawing 'hops'"),
    (SIDE, 'side = "right"', "picture.side: the drawing says 'left'"),
    ("toes are curled down", "toes curl", "picture.alt_text: the drawing says 'First: the foot is flat"),
    ('source = "A"', 'source = "Z"', "dose.source: unknown: Z; known are A, D, H, R"),
    ('source = "A"', "", "dose.source: missing"),
    ('"left", "right"]', '"lefft"]', "dose.sides: unknown: lefft; known are both_in_turn, left, not_sided"),
    ('"both_in_turn", "left"', '"left", "left"', "dose.sides: holds twice: left"),
    ('["both_in_turn", "left", "right"]', "[]", "dose.sides: must not be empty"),
    (REPS, "rips = 1", "dose.rips: unknown field"),
    (REPS, "reps = [15, 10]", "dose.reps: the range begins with its larger end"),
    (REPS, "reps = [10, 10]", "dose.reps: is no range: write 10"),
    (REPS, "reps = 0", f"dose.reps: {WHOLE_NUMBER}"),
    (REPS, "reps = -1", f"dose.reps: {WHOLE_NUMBER}"),
    (REPS, "reps = 1.5", f"dose.reps: {WHOLE_NUMBER}"),
    (REPS, "reps = true", f"dose.reps: {WHOLE_NUMBER}"),
    (REPS, "reps = [1, 2, 3]", f"dose.reps: {WHOLE_NUMBER}"),
    (REPS, "reps = 40000", "dose.reps: Ensure this value is less than or equal to 32767."),
    (REPS, "rest_s = [1, 2]", "dose.rest_s: must be a whole number above zero"),
    (REPS, "sets = 3\nopen_sets = true", "dose.open_sets: excludes sets"),
    (REPS, "every_n_days = 2\ndays_per_week = 3", "dose.every_n_days: excludes days_per_week"),
    (REPS, "days_per_week = 8", "dose.days_per_week: must be at most 7"),
    (REPS, "every_n_days = 15", "dose.every_n_days: must be at most 14"),
    (REPS, "times_per_day = [3, 13]", "dose.times_per_day: must be at most 12"),
    (REPS, f'load = "{"x" * 81}"', "dose.load: Ensure this value has at most 80 characters (it has 81)."),
    ('tag = "handout"', 'tag = "rumour"', "evidence.tag: unknown: rumour; known are consensus, guideline"),
    ('sources = ["article"]', 'sources = ["hearsay"]', "evidence.sources: unknown: hearsay; known are a"),
    ('sources = ["article"]', "sources = []", "evidence.sources: must not be empty with a dose of A"),
]


@pytest.mark.hazard("HZ-15")
@pytest.mark.parametrize(("old", "new", "fault"), EXERCISE_FAULTS)
def test_a_fault_of_an_exercise(folder: Path, old: str, new: str, fault: str) -> None:
    change(folder, f"exercises/{TOES}.toml", old, new)
    assert any(line.startswith(f"{TOES}.toml: {fault}") for line in faults(folder)), faults(folder)


@pytest.mark.parametrize("source", ["R", "H"])
def test_a_dose_from_elsewhere_names_its_source(folder: Path, source: str) -> None:
    change(folder, f"exercises/{TOES}.toml", 'source = "A"', f'source = "{source}"')
    change(folder, f"exercises/{TOES}.toml", 'sources = ["article"]', "sources = []")
    change(folder, f"exercises/{TOES}.toml", 'tag = "handout"', 'tag = "practice"')
    assert faults(folder) == [f"{TOES}.toml: evidence.sources: must not be empty with a dose of {source}"]


def test_only_what_comes_from_practice_alone_needs_no_source(folder: Path) -> None:
    change(folder, f"exercises/{TOES}.toml", 'source = "A"', 'source = "D"')
    change(folder, f"exercises/{TOES}.toml", 'sources = ["article"]', "sources = []")
    assert faults(folder) == [f"{TOES}.toml: evidence.sources: may be empty only with the tag practice"]
    change(folder, f"exercises/{TOES}.toml", 'tag = "handout"', 'tag = "practice"')
    assert len(read(folder).exercises) == 3


def test_one_run_shows_every_fault_of_every_file(folder: Path) -> None:
    change(folder, "sources.toml", "cite", "quote")
    change(folder, f"exercises/{TOES}.toml", REPS, "reps = 0\nrips = 1")
    change(folder, f"exercises/{HEELS}.toml", 'kind = "strength"', f'kind = "{"x" * 90}"')
    change(folder, f"routines/{ROUTINE}.toml", 'name = "Article basics"', f'name = "{"x" * 81}"')
    change(folder, f"routines/{ROUTINE}.toml", f'"{ARCH}"', '"hops"')
    found = faults(folder)
    assert [line.split(": ")[:2] for line in found if not line.startswith("sources")] == [
        [f"{HEELS}.toml", "kind"],
        [f"{TOES}.toml", "dose.rips"],
        [f"{TOES}.toml", "dose.reps"],
        [f"{ROUTINE}.toml", "name"],
        [f"{ROUTINE}.toml", "exercises[2].exercise"],
    ]
    assert "sources.toml: article.cite: must be a text that is not empty" in found
    assert "sources.toml: article.quote: unknown field" in found


def test_a_files_name_is_an_address(folder: Path) -> None:
    (folder / f"exercises/{TOES}.toml").rename(folder / "exercises/Toe Curls.toml")
    assert "Toe Curls.toml: the file's name must be of small letters, digits and hyphens" in faults(folder)


def test_two_exercises_never_bear_one_name(folder: Path) -> None:
    shutil.copy(folder / f"exercises/{TOES}.toml", folder / "exercises/toe-hops.toml")
    assert faults(folder) == [f"toe-hops.toml: name: is the name of {TOES} already"]


def test_a_folder_without_files_is_a_slip(folder: Path) -> None:
    assert faults(folder / "nowhere") == [
        f"{folder / 'nowhere' / 'exercises'}: holds no file of an exercise",
        "sources.toml: missing",
    ]

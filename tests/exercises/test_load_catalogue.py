import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from exercises import actions, figures
from exercises.management.commands.load_catalogue import FOLDER
from exercises.models import DOSE_COLUMNS, Exercise, Routine, Stage
from patients.models import FindingType
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TOES, ARCH, HEELS = "toe-curls-and-spreads", "arch-stretch-ball-or-bottle", "heel-raises-near-wall"
STATED = dict.fromkeys([*DOSE_COLUMNS], None) | {"cue": ""}


@pytest.fixture(autouse=True)
def _vocabulary(db: None) -> None:
    call_command("load_vocabularies", stdout=StringIO())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped files that a test may change."""
    shutil.copytree(FOLDER, tmp_path / "data")
    return tmp_path / "data"


def load(**options: Any) -> list[str]:
    said = StringIO()
    call_command("load_catalogue", stdout=said, **options)
    return said.getvalue().splitlines()


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


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
    load()
    exercise = Exercise.objects.get(slug=slug)
    assert exercise.dose_fields() == STATED | stated
    assert exercise.sides == sides
    assert exercise.dose_source == "A"
    assert exercise.sources.startswith("The article")


def test_the_words_for_a_picture_say_what_is_drawn() -> None:
    load()
    described = {exercise.picture: exercise.alt_text for exercise in Exercise.objects.all()}
    assert described == {slug: figures.description(slug) for slug in (ARCH, HEELS, TOES)}


def test_the_articles_routine() -> None:
    assert load()[-1] == (
        "Loaded 4 files: 4 added, 0 changed, 0 unchanged, 0 left to their curators, 0 published."
    )
    routine = Routine.objects.get()
    assert list(routine.items.values_list("exercise__slug", "order")) == [(TOES, 1), (ARCH, 2), (HEELS, 3)]
    assert not routine.findings.filter(site="back").exists()
    assert routine.findings.count() == 11


@pytest.mark.hazard("HZ-17")
def test_what_is_loaded_is_a_draft_until_somebody_signs() -> None:
    load()
    assert set(Exercise.objects.values_list("stage", flat=True)) == {Stage.DRAFT}
    assert Routine.objects.get().stage == Stage.DRAFT


def test_publishing_is_signed(carlos: User) -> None:
    assert load(publish_as="carlos@riverside.example")[-1].endswith("4 published.")
    assert {e.current.published_by for e in Exercise.objects.all() if e.current} == {carlos}
    assert Exercise.objects.assignable().count() == 3
    assert Routine.objects.get().signed_off_by == carlos
    before = factories.count_rows()
    assert load(publish_as="carlos@riverside.example")[-1].endswith(
        "0 added, 0 changed, 4 unchanged, 0 left to their curators, 0 published."
    )
    assert factories.count_rows() == before


@pytest.mark.parametrize("email", ["priya@riverside.example", "nobody@riverside.example"])
def test_only_those_who_curate_can_sign(priya: User, email: str) -> None:
    before = factories.count_rows()
    with pytest.raises(CommandError, match="is not a curator or owner of a clinic"):
        load(publish_as=email)
    assert factories.count_rows() == before


def test_a_second_run_and_a_dry_run_write_nothing(folder: Path) -> None:
    before = factories.count_rows()
    assert load(dry_run=True)[-1].startswith("Would load 4 files: 4 added")
    assert factories.count_rows() == before
    load()
    before = factories.count_rows()
    load()
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-12")
def test_a_changed_file_changes_the_text_and_no_published_version(folder: Path, carlos: User) -> None:
    load(folder=folder, publish_as="carlos@riverside.example")
    change(folder, f"exercises/{TOES}.toml", "reps = [10, 15]", "reps = 12")
    change(folder, "routines/article-basics.toml", "Article basics", "Basics")
    assert load(folder=folder) == [
        f"{TOES}: reps_min: 10 → 12",
        f"{TOES}: reps_max: 15 → None",
        "article-basics: name: 'Article basics' → 'Basics'",
        "Loaded 4 files: 0 added, 2 changed, 2 unchanged, 0 left to their curators, 0 published.",
    ]
    exercise = Exercise.objects.get(slug=TOES)
    assert (exercise.reps_min, exercise.stage) == (12, Stage.PUBLISHED)
    assert exercise.current is not None
    assert (exercise.current.reps_min, exercise.current.number) == (10, 1)
    assert Routine.objects.get().stage == Stage.DRAFT  # somebody has to sign off what changed
    entry = AuditEntry.objects.get(verb="exercise.edited")
    assert (entry.actor_kind, entry.actor_label) == ("system", "load_catalogue")


def test_a_curators_text_is_left_alone(folder: Path, carlos: User) -> None:
    load(folder=folder)
    exercise = Exercise.objects.get(slug=HEELS)
    exercise.movement = "Up and down."
    actions.save_exercise(actor=Actor.staff(carlos), exercise=exercise)
    change(folder, f"exercises/{HEELS}.toml", "reps = 15", "reps = 20")
    said = load(folder=folder)
    assert said[0] == f"{HEELS}: edited by a curator; left alone: reps_min, movement"
    assert said[-1].endswith("0 added, 0 changed, 3 unchanged, 1 left to their curators, 0 published.")
    exercise.refresh_from_db()
    assert (exercise.movement, exercise.reps_min) == ("Up and down.", 15)


def test_what_was_retired_stays_retired_even_when_its_file_changes(folder: Path, carlos: User) -> None:
    load(folder=folder, publish_as="carlos@riverside.example")
    actions.retire_routine(actor=Actor.staff(carlos), routine=Routine.objects.get())
    actions.retire_exercise(actor=Actor.staff(carlos), exercise=Exercise.objects.get(slug=TOES))
    change(folder, f"exercises/{TOES}.toml", "reps = [10, 15]", "reps = 12")
    assert load(folder=folder, publish_as="carlos@riverside.example")[-1].endswith("0 published.")
    exercise = Exercise.objects.get(slug=TOES)
    assert (exercise.stage, exercise.reps_min, exercise.versions.count()) == (Stage.RETIRED, 12, 1)


def test_a_refused_signature_loads_nothing(folder: Path, carlos: User) -> None:
    load(folder=folder)
    signer, exercise = Actor.staff(carlos), Exercise.objects.get(slug=TOES)
    actions.publish_exercise(actor=signer, exercise=exercise, now=factories.NOON)
    actions.retire_exercise(actor=signer, exercise=exercise)
    change(folder, "routines/article-basics.toml", "Article basics", "Basics")
    before = factories.count_rows()
    with pytest.raises(CommandError, match="Nothing was loaded: Publish first: Toe curls and spreads"):
        load(folder=folder, publish_as="carlos@riverside.example")
    assert factories.count_rows() == before
    assert Routine.objects.get().name == "Article basics"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("reps = [10, 15]", "reps = [15, 10]", "dose.reps: the range begins with its larger end"),
        (
            "reps = [10, 15]",
            "reps = -1",
            "dose.reps: must be a whole number above zero, or a range such as [10, 15]",
        ),
        ("reps = [10, 15]", "rips = 1", "dose.rips: unknown field"),
        (
            'position = "sitting"',
            'position = "floating"',
            "position: Value 'floating' is not a valid choice.",
        ),
        ('source = "A"', 'source = "Z"', "dose.source: Value 'Z' is not a valid choice."),
        ('"left"', '"lefft"', "dose.sides: unknown: lefft; known are both_in_turn, left, not_sided"),
        ('"hallux_rigidus"', '"bad_luck"', "cautions: unknown: bad_luck; known are active_red_flag"),
        ("equipment = []", 'equipment = ["sofa"]', "equipment: unknown: sofa; known are backpack"),
        ('"overpronation"', '"underpronation"', "findings: unknown: underpronation; known are achilles"),
        (f'name = "{TOES}"', 'name = "hops"', "picture.name: there is no drawing 'hops'"),
        ('alt_text = "', 'alt_words = "', "picture.alt_text: missing"),
        ('name = "Toe curls and spreads"', 'name = ""', "name: must be a text that is not empty"),
        ('"both_in_turn", "left"', '"left", "left"', "dose.sides: holds twice: left"),
        ("[dose]", "[dose", "not readable as TOML"),
    ],
)
def test_a_fault_is_named_by_file_field_and_reason(folder: Path, old: str, new: str, fault: str) -> None:
    change(folder, f"exercises/{TOES}.toml", old, new)
    with pytest.raises(CommandError) as refusal:
        load(folder=folder)
    assert f"{TOES}.toml: {fault}" in str(refusal.value)
    assert Exercise.objects.count() == 0


def test_faults_of_routines(folder: Path) -> None:
    change(folder, "routines/article-basics.toml", f'"{TOES}"', '"hops"')
    change(folder, "routines/article-basics.toml", 'basis = "', f'basis = "{"x" * 600}')
    with pytest.raises(CommandError) as refusal:
        load(folder=folder)
    assert sorted(str(refusal.value).splitlines(), reverse=True) == [
        f"article-basics.toml: exercises: unknown: hops; known are {ARCH}, {HEELS}, {TOES}",
        "article-basics.toml: basis: must have at most 600 characters, has 784",
    ]
    assert Routine.objects.count() == 0


def test_a_routine_holds_four_exercises_at_most(folder: Path) -> None:
    for name in ("hop", "skip"):
        shutil.copy(folder / f"exercises/{TOES}.toml", folder / f"exercises/{name}.toml")
    change(folder, "routines/article-basics.toml", f'"{TOES}"', f'"{TOES}", "hop", "skip"')
    with pytest.raises(CommandError, match=r"article-basics\.toml: exercises: holds more than 4 exercises"):
        load(folder=folder)


def test_a_files_name_is_an_address(folder: Path) -> None:
    (folder / f"exercises/{TOES}.toml").rename(folder / "exercises/Toe Curls.toml")
    with pytest.raises(CommandError, match=r"Toe Curls\.toml: the file's name must be of small letters"):
        load(folder=folder)


def test_the_vocabulary_comes_first() -> None:
    FindingType.objects.all().delete()
    with pytest.raises(CommandError, match="run load_vocabularies first"):
        load()

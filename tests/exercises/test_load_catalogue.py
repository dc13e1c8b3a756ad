"""Loading the catalogue: again and again, with curators at work meanwhile; publishing as somebody who signs."""

import shutil
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.actors import Actor
from clinic.models import AuditEntry, Clinic, User
from exercises import actions
from exercises.models import Exercise, ExerciseVersion, Routine, RoutineItem, RoutineStage, Stage
from patients.models import FindingType
from tests import factories
from tests.exercises.catalogue_world import (
    ARCH,
    ARTICLE,
    HEELS,
    ROUTINE,
    TOES,
    change,
    folder,
    load,
    shipped,
)
from tests.exercises.test_routine_files import STAGES

__all__ = ["folder"]  # fixture
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CARLOS = "carlos@riverside.example"


@pytest.fixture(autouse=True)
def _vocabulary(db: None) -> None:
    call_command("load_vocabularies", stdout=StringIO())


def counts(said: str) -> dict[str, int]:
    return {
        words.split(" ", 1)[1]: int(words.split()[0]) for words in said.rstrip(".").split(": ")[1].split(", ")
    }


def test_the_whole_catalogue_is_loaded_and_published_in_no_time(carlos: User) -> None:
    begun = time.process_time()
    with CaptureQueriesContext(connection) as queries:
        said = load(publish_as=CARLOS)
    files = len(shipped("exercises")) + len(shipped("routines"))
    assert counts(said[-1])["added"] == files
    assert time.process_time() - begun < 3
    assert len(queries) < 40 * files
    assert sorted(Exercise.objects.values_list("slug", flat=True)) == shipped("exercises")
    assert sorted(Routine.objects.values_list("slug", flat=True)) == shipped("routines")
    drafts = Exercise.objects.filter(stage=Stage.DRAFT).order_by("slug")
    refused = [line.partition(":")[0] for line in said if ": stays a draft: " in line]
    assert [exercise.slug for exercise in drafts] == refused
    assert not any(exercise.findings.exists() for exercise in drafts)
    assert set(Routine.objects.values_list("stage", flat=True)) == {Stage.PUBLISHED}
    with CaptureQueriesContext(connection) as queries:
        load()
    assert len(queries) < 20  # however many files there are


def test_the_articles_routine(folder: Path) -> None:
    assert load(folder=folder)[-1] == (
        "Loaded 4 files: 4 added, 0 changed, 0 unchanged, 0 left to their curators, 0 published, 0 not published."
    )
    routine = Routine.objects.get()
    assert list(routine.items.values_list("exercise__slug", "stage", "order")) == [
        (slug, 1, order) for order, slug in enumerate(ARTICLE, start=1)
    ]
    assert not any(item.has_own_dose for item in routine.items.all())
    assert not routine.stages.exists()
    assert not routine.findings.filter(site="back").exists()
    assert routine.findings.count() == 11


def test_a_routine_with_stages_and_doses_of_its_own(folder: Path, carlos: User) -> None:
    (folder / f"routines/{ROUTINE}.toml").write_text(STAGES)
    load(folder=folder, publish_as=CARLOS)
    assert list(RoutineStage.objects.values_list("number", "name", "from_week", "to_week")) == [
        (1, "Weeks 1 to 2", 1, 2),
        (2, "From week 3", 3, None),
    ]
    items = RoutineItem.objects.order_by("order")
    assert [(item.stage, item.exercise.slug, item.has_own_dose) for item in items] == [
        (1, TOES, False),
        (1, HEELS, True),
        (2, ARCH, False),
    ]
    heels, arch = items[1], items[2]
    assert (heels.sets_min, heels.reps_min, heels.reps_max, heels.load_note) == (3, 10, 12, "a backpack")
    assert (heels.times_per_day, heels.days_per_week, heels.every_n_days) == (1, None, 2)
    assert (arch.kit, arch.note) == ("tennis_ball", "Roll it.")
    before = factories.count_rows()
    assert counts(load(folder=folder)[-1])["unchanged"] == 4
    assert factories.count_rows() == before
    change(folder, f"routines/{ROUTINE}.toml", "weeks = [3]", "weeks = [3, 4]")
    change(folder, f"routines/{ROUTINE}.toml", "sets = 3", "sets = 4")
    change(folder, f"routines/{ROUTINE}.toml", f'  "{TOES}",\n', "")
    given = "load_note “a backpack”"
    assert load(folder=folder)[:-1] == [
        f"{ROUTINE}: changed",
        "  exercises:",
        f"    - {TOES}",
        f"    - {HEELS} (times_per_day 1, every_n_days 2, sets 3, reps 10–12, {given})",
        "    - From week 3: weeks 3",
        f"    + {HEELS} (times_per_day 1, every_n_days 2, sets 4, reps 10–12, {given})",
        "    + From week 3: weeks 3–4",
    ]
    assert list(RoutineItem.objects.order_by("order").values_list("stage", "order")) == [(1, 1), (2, 2)]


@pytest.mark.hazard("HZ-17")
def test_what_is_loaded_is_a_draft_until_somebody_signs() -> None:
    load()
    assert set(Exercise.objects.values_list("stage", flat=True)) == {Stage.DRAFT}
    assert set(Routine.objects.values_list("stage", flat=True)) == {Stage.DRAFT}


def test_publishing_is_signed(folder: Path, carlos: User) -> None:
    said = load(folder=folder, publish_as=CARLOS)
    assert f"{TOES}: published as version 1, signed by Carlos Vega" in said
    assert counts(said[-1])["published"] == 4
    assert {e.current.published_by for e in Exercise.objects.all() if e.current} == {carlos}
    assert Exercise.objects.assignable().count() == 3
    assert Routine.objects.get().signed_off_by == carlos
    before = factories.count_rows()
    again = counts(load(folder=folder, publish_as=CARLOS)[-1])
    assert (again["unchanged"], again["published"]) == (4, 0)
    assert factories.count_rows() == before


def test_what_may_not_be_published_stays_a_draft_and_the_rest_goes_on(folder: Path, carlos: User) -> None:
    untagged(folder, TOES)
    change(folder, f"routines/{ROUTINE}.toml", f'"{TOES}", ', "")
    said = load(folder=folder, publish_as=CARLOS)
    reason = "Toe curls and spreads cannot be published without a finding that it is for."
    assert f"{TOES}: stays a draft: {reason}" in said
    assert counts(said[-1]) == {
        "added": 4,
        "changed": 0,
        "unchanged": 0,
        "left to their curators": 0,
        "published": 3,
        "not published": 1,
    }
    assert Exercise.objects.get(stage=Stage.DRAFT).slug == TOES
    assert Routine.objects.get().stage == Stage.PUBLISHED


def test_a_published_text_that_became_incomplete_stays_as_it_was(folder: Path, carlos: User) -> None:
    load(folder=folder, publish_as=CARLOS)
    untagged(folder, TOES)
    change(folder, f"exercises/{TOES}.toml", "reps = [10, 15]", "reps = 12")
    assert any(
        line.startswith(f"{TOES}: stays as it was published: ")
        for line in load(folder=folder, publish_as=CARLOS)
    )
    version = ExerciseVersion.objects.get(exercise__slug=TOES)
    assert (version.reps_min, version.exercise.reps_min) == (10, 12)


def test_a_routine_that_needs_a_draft_is_refused(folder: Path, carlos: User) -> None:
    untagged(folder, TOES)
    before = factories.count_rows()
    with pytest.raises(CommandError, match="Nothing was loaded: Publish first: Toe curls and spreads"):
        load(folder=folder, publish_as=CARLOS)
    assert factories.count_rows() == before


def untagged(folder: Path, slug: str) -> None:
    path = folder / f"exercises/{slug}.toml"
    start, _, rest = path.read_text().partition("findings = [")
    path.write_text(f"{start}findings = []\n{rest.partition(chr(10) + ']')[2]}")


@pytest.mark.parametrize("email", ["priya@riverside.example", "nobody@riverside.example"])
def test_only_those_who_curate_can_sign(priya: User, email: str) -> None:
    before = factories.count_rows()
    with pytest.raises(CommandError, match="is not a curator or owner of a clinic"):
        load(publish_as=email)
    assert factories.count_rows() == before


def test_a_second_run_and_a_dry_run_write_nothing(folder: Path, carlos: User) -> None:
    before = factories.count_rows()
    assert load(folder=folder, dry_run=True)[-1].startswith("Would load 4 files: 4 added")
    assert counts(load(folder=folder, dry_run=True, publish_as=CARLOS)[-1])["published"] == 4
    assert factories.count_rows() == before
    load(folder=folder)
    before = factories.count_rows()
    load(folder=folder)
    change(folder, f"exercises/{TOES}.toml", "reps = [10, 15]", "reps = 12")
    load(folder=folder, dry_run=True)
    assert factories.count_rows() == before
    assert Exercise.objects.get(slug=TOES).reps_min == 10


def test_a_dry_run_tells_field_by_field_and_entry_by_entry(folder: Path) -> None:
    load(folder=folder)
    toes = f"exercises/{TOES}.toml"
    change(folder, toes, "reps = [10, 15]", "reps = 12\nopen_sets = true\nrest_s = 60")
    change(folder, toes, "barefoot = true", "barefoot = false")
    change(folder, toes, 'difficulty = "gentle"', 'difficulty = "moderate"')
    change(folder, toes, 'harder = "standing"\n', "")
    change(folder, toes, "Curl the toes towards the floor, then", "Curl the toes, then")
    change(folder, toes, '  "Put the foot down flat and begin again, slowly.",\n', "")
    change(folder, toes, '  "Let go, then fan', '  "Rest.",\n  "Let go. Then fan')
    change(folder, toes, '  "overpronation",\n', "")
    assert load(folder=folder, dry_run=True)[:-1] == [
        f"{TOES}: changed",
        "  movement:",
        "    - Curl the toes towards the floor, then fan them apart.",
        "    + Curl the toes, then fan them apart.",
        "  barefoot: yes → no",
        "  harder: “standing” → not stated",
        "  steps:",
        "    - Let go, then fan the toes apart as wide as is comfortable.",
        "    - Put the foot down flat and begin again, slowly.",
        "    + Rest.",
        "    + Let go. Then fan the toes apart as wide as is comfortable.",
        "  difficulty: 1 → 2",
        "  reps: 10–15 → 12",
        "  sets_open: no → yes",
        "  rest_s: not stated → 60",
        "  findings:",
        "    - overpronation",
    ]


@pytest.mark.hazard("HZ-12")
def test_a_changed_file_changes_the_text_and_no_published_version(folder: Path, carlos: User) -> None:
    load(folder=folder, publish_as=CARLOS)
    change(folder, f"exercises/{TOES}.toml", "reps = [10, 15]", "reps = 12")
    change(folder, f"routines/{ROUTINE}.toml", "Article basics", "Basics")
    assert load(folder=folder)[:-1] == [
        f"{TOES}: changed",
        "  reps: 10–15 → 12",
        f"{ROUTINE}: changed",
        "  name: “Article basics” → “Basics”",
    ]
    exercise = Exercise.objects.get(slug=TOES)
    assert (exercise.reps_min, exercise.stage) == (12, Stage.PUBLISHED)
    assert exercise.current is not None
    assert (exercise.current.reps_min, exercise.current.number) == (10, 1)
    assert Routine.objects.get().stage == Stage.DRAFT  # somebody has to sign off what changed
    entry = AuditEntry.objects.get(verb="exercise.edited")
    assert (entry.actor_kind, entry.actor_label) == ("system", "load_catalogue")


def test_a_changed_file_that_is_signed_makes_the_next_version(folder: Path, carlos: User) -> None:
    load(folder=folder, publish_as=CARLOS)
    change(folder, f"exercises/{TOES}.toml", "reps = [10, 15]", "reps = 12")
    said = load(folder=folder, publish_as=CARLOS)
    assert f"{TOES}: published as version 2, signed by Carlos Vega" in said
    assert counts(said[-1])["published"] == 1
    versions = ExerciseVersion.objects.filter(exercise__slug=TOES).order_by("number")
    assert list(versions.values_list("reps_min", "reps_max")) == [(10, 15), (12, None)]
    assert ExerciseVersion.objects.count() == 4


def test_a_curators_text_is_left_alone(folder: Path, carlos: User) -> None:
    load(folder=folder)
    exercise = Exercise.objects.get(slug=HEELS)
    exercise.movement = "Up and down."
    actions.save_exercise(actor=Actor.staff(carlos), exercise=exercise)
    change(folder, f"exercises/{HEELS}.toml", "reps = 15", "reps = 20")
    said = load(folder=folder)
    assert said[0] == f"{HEELS}: edited by a curator; left alone: movement, reps"
    found = counts(said[-1])
    assert (found["changed"], found["unchanged"], found["left to their curators"]) == (0, 3, 1)
    exercise.refresh_from_db()
    assert (exercise.movement, exercise.reps_min) == ("Up and down.", 15)


def test_a_curators_routine_is_left_alone(folder: Path, carlos: User) -> None:
    load(folder=folder)
    routine = Routine.objects.get()
    actions.save_routine(actor=Actor.staff(carlos), routine=routine)
    change(folder, f"routines/{ROUTINE}.toml", f'"{TOES}", ', "")
    assert load(folder=folder)[0] == f"{ROUTINE}: edited by a curator; left alone: exercises"
    assert routine.items.count() == 3


def test_what_was_retired_stays_retired_even_when_its_file_changes(folder: Path, carlos: User) -> None:
    load(folder=folder, publish_as=CARLOS)
    actions.retire_routine(actor=Actor.staff(carlos), routine=Routine.objects.get())
    actions.retire_exercise(actor=Actor.staff(carlos), exercise=Exercise.objects.get(slug=TOES))
    change(folder, f"exercises/{TOES}.toml", "reps = [10, 15]", "reps = 12")
    assert counts(load(folder=folder, publish_as=CARLOS)[-1])["published"] == 0
    exercise = Exercise.objects.get(slug=TOES)
    assert (exercise.stage, exercise.reps_min, exercise.versions.count()) == (Stage.RETIRED, 12, 1)


def test_a_refused_signature_loads_nothing(folder: Path, carlos: User) -> None:
    load(folder=folder)
    signer, exercise = Actor.staff(carlos), Exercise.objects.get(slug=TOES)
    actions.publish_exercise(actor=signer, exercise=exercise, now=factories.NOON)
    actions.retire_exercise(actor=signer, exercise=exercise)
    change(folder, f"routines/{ROUTINE}.toml", "Article basics", "Basics")
    before = factories.count_rows()
    with pytest.raises(CommandError, match="Nothing was loaded: Publish first: Toe curls and spreads"):
        load(folder=folder, publish_as=CARLOS)
    assert factories.count_rows() == before
    assert Routine.objects.get().name == "Article basics"


def test_a_clinics_own_exercise_is_never_written_into(folder: Path, riverside: Clinic) -> None:
    own = factories.make_exercise(TOES, published=False, clinic=riverside, name="Ours")
    before = factories.count_rows()
    with pytest.raises(CommandError, match=f"a clinic has given these short names already: {TOES}"):
        load(folder=folder)
    assert factories.count_rows() == before
    own.refresh_from_db()
    assert own.name == "Ours"


def test_a_file_that_was_renamed_is_told(folder: Path) -> None:
    load(folder=folder)
    change(folder, f"routines/{ROUTINE}.toml", f'"{TOES}"', '"toe-curls"')
    (folder / f"exercises/{TOES}.toml").rename(folder / "exercises/toe-curls.toml")
    said = load(folder=folder)
    assert said[:2] == [
        f"{TOES}: has no file any more; kept, for plans may hold it",
        "toe-curls: new, a draft",
    ]
    assert Exercise.objects.count() == 4


def test_faulty_files_load_nothing_and_are_all_told(folder: Path) -> None:
    shutil.copy(folder / f"exercises/{TOES}.toml", folder / "exercises/hops.toml")
    change(folder, f"exercises/{TOES}.toml", "reps = [10, 15]", "reps = 0")
    change(folder, f"routines/{ROUTINE}.toml", f'"{HEELS}"', '"skips"')
    before = factories.count_rows()
    with pytest.raises(CommandError) as refusal:
        load(folder=folder)
    assert [line.split(": ")[:2] for line in str(refusal.value).splitlines()] == [
        [f"{TOES}.toml", "dose.reps"],
        [f"{ROUTINE}.toml", "exercises[3].exercise"],
    ]
    assert factories.count_rows() == before


def test_the_vocabulary_comes_first() -> None:
    FindingType.objects.all().delete()
    with pytest.raises(CommandError, match="run load_vocabularies first"):
        load()

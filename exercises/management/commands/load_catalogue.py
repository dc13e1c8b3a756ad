"""Load the catalogue's files (exercises/data/): a new file makes a draft, a changed one changes the curators' text.

A text that a curator has edited since is theirs: the file no longer touches it, and the command says so. Loading
publishes nothing unless ``--publish-as`` names the member of staff who signs. Running it again changes nothing.
"""

from argparse import ArgumentParser
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from clinic.roles import CURATES
from exercises import actions
from exercises.actions import search_index
from exercises.catalogue_files import BadFiles, ExerciseFile, RoutineFile, read_exercises, read_routines
from exercises.models import CONTENT_COLUMNS, Exercise, Routine, RoutineItem, Stage
from patients.models import FindingType

FOLDER = Path(__file__).parents[2] / "data"
ACTOR = Actor.system("load_catalogue")
OUTCOMES = ("added", "changed", "unchanged", "left to their curators", "published")


class Command(BaseCommand):
    help = "Load exercises and routines from their files. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=FOLDER, help="with exercises/ and routines/")
        parser.add_argument("--dry-run", action="store_true", help="check and tell, write nothing")
        parser.add_argument("--publish-as", metavar="EMAIL", help="publish, signed by this member of staff")

    def handle(self, *, folder: Path, dry_run: bool, publish_as: str | None, **options: Any) -> None:
        exercises, routines = _read(folder)
        self.told: Counter[str] = Counter()
        signer = _signer(publish_as) if publish_as else None
        with transaction.atomic():
            ours = [row for row in map(self._load_exercise, exercises) if row]
            ours_too = [row for row in map(self._load_routine, routines) if row]
            if signer:
                self._publish(signer, ours, ours_too, clock.now())
            search_index.index(Exercise.objects.only("pk"))  # of all: the words of findings may have changed
            transaction.set_rollback(dry_run)
        counts = ", ".join(f"{self.told[outcome]} {outcome}" for outcome in OUTCOMES)
        files = len(exercises) + len(routines)
        self.stdout.write(f"{'Would load' if dry_run else 'Loaded'} {files} files: {counts}.")

    def _load_exercise(self, file: ExerciseFile) -> Exercise | None:
        """The exercise with the file's text; None when a curator has taken it over."""
        stored = Exercise.objects.select_for_update(of=("self",)).filter(slug=file.slug).first()
        exercise = stored or Exercise(slug=file.slug)
        found = {name: getattr(exercise, name) for name in CONTENT_COLUMNS}
        tags = _tags(exercise) if stored else []
        wanted = file.content | {"findings": sorted(file.findings)}
        outcome = self._judge(stored, found | {"findings": tags}, wanted)
        if outcome in {"added", "changed"}:
            for name, value in file.content.items():
                setattr(exercise, name, value)
            actions.save_exercise(actor=ACTOR, exercise=exercise)
            exercise.findings.set(FindingType.objects.filter(pk__in=file.findings))
        return None if outcome == "left to their curators" else exercise

    def _load_routine(self, file: RoutineFile) -> Routine | None:
        """As ``_load_exercise``. A published routine whose file changed is a draft again, to be signed anew."""
        stored = Routine.objects.select_for_update(of=("self",)).filter(slug=file.slug).first()
        routine = stored or Routine(slug=file.slug)
        found = {"name": routine.name, "basis": routine.basis, "exercises": [], "findings": []}
        if stored:
            slugs = stored.items.order_by("order", "pk").values_list("exercise__slug", flat=True)
            found |= {"exercises": list(slugs), "findings": _tags(stored)}
        wanted = file.content | {"exercises": file.exercises, "findings": sorted(file.findings)}
        outcome = self._judge(stored, found, wanted)
        if outcome in {"added", "changed"}:
            routine.name, routine.basis = file.content["name"], file.content["basis"]
            actions.save_routine(actor=ACTOR, routine=routine)
            routine.findings.set(FindingType.objects.filter(pk__in=file.findings))
            _fill(routine, file.exercises)
        return None if outcome == "left to their curators" else routine

    def _judge(self, stored: Exercise | Routine | None, found: dict[str, Any], wanted: dict[str, Any]) -> str:
        """What is to be done with one file, told field by field."""
        changes = {name: value for name, value in wanted.items() if found[name] != value}
        if stored is None:
            outcome = "added"
            self.stdout.write(f"{wanted['name']}: new, a draft")
        elif not changes:
            outcome = "unchanged"
        elif _edited_by_a_person(stored):
            outcome = "left to their curators"
            self.stdout.write(f"{stored.slug}: edited by a curator; left alone: {', '.join(changes)}")
        else:
            outcome = "changed"
            for name, value in changes.items():
                self.stdout.write(f"{stored.slug}: {name}: {found[name]!r} → {value!r}")
        self.told[outcome] += 1
        return outcome

    def _publish(
        self, signer: User, exercises: list[Exercise], routines: list[Routine], now: datetime
    ) -> None:
        """Sign what is a draft or has changed; what was retired stays retired."""
        actor = Actor.staff(signer)
        try:
            for exercise in exercises:
                if exercise.stage != Stage.RETIRED and exercise.has_unpublished_changes:
                    actions.publish_exercise(actor=actor, exercise=exercise, now=now)
                    self._tell_published(exercise, signer)
            for routine in routines:
                if routine.stage == Stage.DRAFT:
                    actions.publish_routine(actor=actor, routine=routine, now=now)
                    self._tell_published(routine, signer)
        except Refused as refusal:
            raise CommandError(f"Nothing was loaded: {refusal.message}") from refusal

    def _tell_published(self, row: Exercise | Routine, signer: User) -> None:
        self.told["published"] += 1
        self.stdout.write(f"{row.slug}: published, signed by {signer.name}")


def _read(folder: Path) -> tuple[list[ExerciseFile], list[RoutineFile]]:
    keys = frozenset(FindingType.objects.shared().values_list("key", flat=True))
    if not keys:
        raise CommandError("There are no finding types yet: run load_vocabularies first.")
    try:
        exercises = read_exercises(folder / "exercises", keys)
        slugs = frozenset(file.slug for file in exercises)
        return exercises, read_routines(folder / "routines", keys, slugs)
    except BadFiles as error:
        raise CommandError(str(error)) from error


def _signer(email: str) -> User:
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None or not (user.is_superuser or Actor.staff(user).has_role(CURATES)):
        raise CommandError(f"{email} is not a curator or owner of a clinic.")
    return user


def _tags(row: Exercise | Routine) -> list[str]:
    return sorted(row.findings.values_list("pk", flat=True))


def _fill(routine: Routine, slugs: list[str]) -> None:
    keys = dict(Exercise.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    routine.items.all().delete()
    RoutineItem.objects.bulk_create(
        RoutineItem(routine=routine, exercise_id=keys[slug], order=order)
        for order, slug in enumerate(slugs, start=1)
    )


def _edited_by_a_person(row: Exercise | Routine) -> bool:
    """The audit knows: publishing and retiring leave the text alone, everything else that is not ours is an edit."""
    name = row._meta.model_name
    edits = AuditEntry.objects.filter(
        object_type=row._meta.label_lower,
        object_id=str(row.pk),
        verb__in=[f"{name}.created", f"{name}.edited"],
    )
    return edits.exclude(actor_kind=ACTOR.kind, actor_label=ACTOR.label).exists()

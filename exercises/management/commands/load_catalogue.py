"""Load the catalogue's files (exercises/data/): a new file makes a draft, a changed one changes the curators' text.

A text that a curator has edited since is theirs: the file no longer touches it, and the command says so. Loading
publishes nothing unless ``--publish-as`` names the member of staff who signs. Running it again changes nothing.
"""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Prefetch, Q

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from clinic.roles import CURATES
from exercises import actions
from exercises.actions import search_index
from exercises.catalogue_files import (
    BadFiles,
    Catalogue,
    Entry,
    ExerciseFile,
    RoutineFile,
    StageFile,
    read_catalogue,
)
from exercises.management.catalogue_diff import changed_fields, diff
from exercises.models import DOSE_COLUMNS, Exercise, Routine, RoutineItem, RoutineStage, Stage
from patients.models import FindingType

FOLDER = Path(__file__).parents[2] / "data"
ACTOR = Actor.system("load_catalogue")
OUTCOMES = ("added", "changed", "unchanged", "left to their curators", "published", "not published")
EDITS = ("created", "edited", "tagged", "untagged")  # publishing and retiring leave the text alone
STAGE_COLUMNS = ("name", "from_week", "to_week", "criteria")
ITEM_COLUMNS = ("kit", "note", "times_per_day", "days_per_week", "every_n_days", *DOSE_COLUMNS)


class Command(BaseCommand):
    help = "Load exercises and routines from their files. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=FOLDER, help="as exercises/data/ is arranged")
        parser.add_argument("--dry-run", action="store_true", help="check and tell, write nothing")
        parser.add_argument("--publish-as", metavar="EMAIL", help="publish, signed by this member of staff")

    def handle(self, *, folder: Path, dry_run: bool, publish_as: str | None, **options: Any) -> None:
        catalogue = _read(folder)
        self.told: Counter[str] = Counter()
        self.findings = FindingType.objects.shared().in_bulk()
        signer = _signer(publish_as) if publish_as else None
        with transaction.atomic():
            exercises = self._load_exercises(catalogue.exercises)
            routines = self._load_routines(catalogue.routines)
            if signer:
                self._publish(signer, exercises, routines, clock.now())
            search_index.index(Exercise.objects.only("pk"))  # of all: the words of findings may have changed
            transaction.set_rollback(dry_run)
        counts = ", ".join(f"{self.told[outcome]} {outcome}" for outcome in OUTCOMES)
        files = len(catalogue.exercises) + len(catalogue.routines)
        self.stdout.write(f"{'Would load' if dry_run else 'Loaded'} {files} files: {counts}.")

    def _load_exercises(self, files: list[ExerciseFile]) -> list[Exercise]:
        """Those that are the files' to write, with the files' text."""
        asked = Q(clinic=None) | Q(slug__in=[file.slug for file in files])
        rows = Exercise.objects.select_for_update(of=("self",)).select_related("current").filter(asked)
        known = {row.slug: row for row in rows.prefetch_related("findings").order_by("slug")}
        _refuse_taken(known.values())
        edited = _edited_by_people(known.values())
        self._tell_forgotten(known.values(), {file.slug for file in files}, edited)
        ours = []
        for file in files:
            exercise = known.get(file.slug) or Exercise(slug=file.slug)
            found = {name: getattr(exercise, name) for name in file.content} | {"findings": _tags(exercise)}
            wanted = file.content | {"findings": sorted(file.findings)}
            outcome = self._judge(exercise, found, wanted, edited)
            if outcome in {"added", "changed"}:
                for name, value in file.content.items():
                    setattr(exercise, name, value)
                actions.save_exercise(actor=ACTOR, exercise=exercise)
                self._set_tags(exercise, file.findings)
            ours += [exercise] if outcome != "left to their curators" else []
        return ours

    def _load_routines(self, files: list[RoutineFile]) -> list[Routine]:
        """As ``_load_exercises``. A published routine whose file changed is a draft again, to be signed anew."""
        rows = Routine.objects.select_for_update(of=("self",)).filter(slug__in=[file.slug for file in files])
        items = RoutineItem.objects.select_related("exercise").order_by("stage", "order", "pk")
        rows = rows.prefetch_related("findings", "stages", Prefetch("items", queryset=items))
        known = {row.slug: row for row in rows.order_by("slug")}
        _refuse_taken(known.values())
        edited = _edited_by_people(known.values())
        keys = dict(Exercise.objects.values_list("slug", "pk"))
        ours = []
        for file in files:
            routine = known.get(file.slug) or Routine(slug=file.slug)
            found: dict[str, Any] = {"name": routine.name, "basis": routine.basis}
            found |= {"findings": _tags(routine), "exercises": _contents(routine)}
            wanted = file.content | {"findings": sorted(file.findings), "exercises": file.stages}
            outcome = self._judge(routine, found, wanted, edited)
            if outcome in {"added", "changed"}:
                routine.name, routine.basis = file.content["name"], file.content["basis"]
                actions.save_routine(actor=ACTOR, routine=routine)
                self._set_tags(routine, file.findings)
                _fill(routine, file.stages, keys)
            ours += [routine] if outcome != "left to their curators" else []
        return ours

    def _judge(
        self, row: Exercise | Routine, found: dict[str, Any], wanted: dict[str, Any], edited: set[str]
    ) -> str:
        """What is to be done with one file, told field by field."""
        changes = changed_fields(found, wanted)
        if row._state.adding:
            outcome = "added"
            self.stdout.write(f"{row.slug}: new, a draft")
        elif not changes:
            outcome = "unchanged"
        elif str(row.pk) in edited:
            outcome = "left to their curators"
            self.stdout.write(f"{row.slug}: edited by a curator; left alone: {', '.join(changes)}")
        else:
            outcome = "changed"
            self.stdout.write(f"{row.slug}: changed")
            for line in diff(found, wanted):
                self.stdout.write(f"  {line}")
        self.told[outcome] += 1
        return outcome

    def _set_tags(self, row: Exercise | Routine, keys: list[str]) -> None:
        """Only when they differ: most changes of a file are not about tags."""
        if _tags(row) != sorted(keys):
            row.findings.set([self.findings[key] for key in keys])

    def _tell_forgotten(self, rows: Iterable[Exercise], slugs: set[str], edited: set[str]) -> None:
        """A file that was renamed makes a second exercise: whoever did it should read about the first."""
        for row in rows:
            if row.slug not in slugs and str(row.pk) not in edited:
                self.stdout.write(f"{row.slug}: has no file any more; kept, for plans may hold it")

    def _publish(
        self, signer: User, exercises: list[Exercise], routines: list[Routine], now: datetime
    ) -> None:
        """Sign what is a draft or has changed; what was retired stays retired, what is incomplete stays as it was."""
        actor = Actor.staff(signer)
        try:
            for exercise in exercises:
                if exercise.stage != Stage.RETIRED and exercise.has_unpublished_changes:
                    self._publish_exercise(actor, exercise, now)
            for routine in routines:
                if routine.stage == Stage.DRAFT:
                    actions.publish_routine(actor=actor, routine=routine, now=now)
                    self.told["published"] += 1
                    self.stdout.write(f"{routine.slug}: published, signed by {signer.name}")
        except Refused as refusal:
            raise CommandError(f"Nothing was loaded: {refusal.message}") from refusal

    def _publish_exercise(self, actor: Actor, exercise: Exercise, now: datetime) -> None:
        try:
            # The signer stands for the files, which list each exercise's cautions, none too.
            version = actions.publish_exercise(actor=actor, exercise=exercise, now=now, no_cautions=True)
        except Refused as refusal:
            if refusal.code != "incomplete":
                raise
            self.told["not published"] += 1
            stays = "stays as it was published" if exercise.current_id else "stays a draft"
            self.stdout.write(f"{exercise.slug}: {stays}: {refusal.message}")
        else:
            self.told["published"] += 1
            self.stdout.write(
                f"{exercise.slug}: published as version {version.number}, signed by {actor.label}"
            )


def _read(folder: Path) -> Catalogue:
    keys = frozenset(FindingType.objects.shared().values_list("key", flat=True))
    if not keys:
        raise CommandError("There are no finding types yet: run load_vocabularies first.")
    try:
        return read_catalogue(folder, keys)
    except BadFiles as error:
        raise CommandError(str(error)) from error


def _signer(email: str) -> User:
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None or not (user.is_superuser or Actor.staff(user).has_role(CURATES)):
        raise CommandError(f"{email} is not a curator or owner of a clinic.")
    return user


def _tags(row: Exercise | Routine) -> list[str]:
    return [] if row._state.adding else sorted(finding.pk for finding in row.findings.all())


def _contents(routine: Routine) -> list[StageFile]:
    """What is stored, as a file would say it."""
    if routine._state.adding:
        return []
    stages = {
        stage.number: StageFile({name: getattr(stage, name) for name in STAGE_COLUMNS}, [])
        for stage in routine.stages.all()
    }
    for item in routine.items.all():
        columns = {name: getattr(item, name) for name in ITEM_COLUMNS}
        stage = stages.setdefault(item.stage, StageFile({}, []))
        stage.entries.append(Entry(item.exercise.slug, columns))
    return [stages[number] for number in sorted(stages)]


def _fill(routine: Routine, stages: list[StageFile], keys: Mapping[str, Any]) -> None:
    routine.items.all().delete()
    routine.stages.all().delete()
    numbered = list(enumerate(stages, start=1))
    RoutineStage.objects.bulk_create(
        RoutineStage(routine=routine, number=number, **stage.columns)
        for number, stage in numbered
        if stage.columns
    )
    held = [(number, entry) for number, stage in numbered for entry in stage.entries]
    RoutineItem.objects.bulk_create(
        RoutineItem(
            routine=routine, exercise_id=keys[entry.exercise], stage=number, order=order, **entry.columns
        )
        for order, (number, entry) in enumerate(held, start=1)
    )


def _refuse_taken(rows: Iterable[Exercise | Routine]) -> None:
    """Short names are unique over all clinics, and a file never writes into what a clinic made."""
    if taken := [row.slug for row in rows if row.clinic_id]:
        raise CommandError(
            f"Nothing was loaded: a clinic has given these short names already: {', '.join(taken)}"
        )


def _edited_by_people(rows: Iterable[Exercise | Routine]) -> set[str]:
    """Their keys, as the audit knows them: every edit that is not ours is a curator's."""
    known = list(rows)
    if not known:
        return set()
    verbs = [f"{known[0]._meta.model_name}.{edit}" for edit in EDITS]
    edits = AuditEntry.objects.filter(object_type=known[0]._meta.label_lower, verb__in=verbs)
    edits = edits.filter(object_id__in=[str(row.pk) for row in known])
    return set(
        edits.exclude(actor_kind=ACTOR.kind, actor_label=ACTOR.label).values_list("object_id", flat=True)
    )

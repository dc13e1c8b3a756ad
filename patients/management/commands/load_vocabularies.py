"""Load the reviewed vocabulary of findings from patients/data/finding_types.json.

Reviewed data lives in a file, so that a change of wording is a change somebody can read and sign. Loading twice writes
nothing the second time. Nothing is ever deleted: a finding of the past keeps its type.
"""

import json
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from clinic.actors import Actor
from patients import actions
from patients.models import FindingType

FILE = Path(__file__).parents[2] / "data" / "finding_types.json"
ACTOR = Actor.system("load_vocabularies")
WORDS = ("label", "patient_wording", "group", "site", "exclusive_group", "source")
COLUMNS = (*WORDS, "sides", "extra_fields", "needs_imaging")
SHAPE: dict[str, type] = {
    **dict.fromkeys(("key", *WORDS, "reviewer"), str),
    **dict.fromkeys(("sides", "extra_fields"), list),
    "needs_imaging": bool,
}
KEY = re.compile(r"[a-z][a-z_]*")


class Command(BaseCommand):
    help = "Load the vocabulary of findings. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, default=FILE, help="another file of the same shape")
        parser.add_argument("--dry-run", action="store_true", help="check and tell, write nothing")

    def handle(self, *, file: Path, dry_run: bool, **options: Any) -> None:
        wanted = read(file)
        known = FindingType.objects.filter(clinic=None).in_bulk()
        try:
            with transaction.atomic():
                changes = {kind.key: self._save(kind, known.get(kind.key), dry_run) for kind in wanted}
        except IntegrityError as error:
            raise CommandError(
                f"{file.name}: findings on record contradict the new rules; nothing was loaded. {error}"
            ) from error
        for key in known.keys() - changes.keys():
            self.stdout.write(f"{key}: not in the file; kept, for findings may speak of it")
        added = sum(key not in known for key in changes)
        changed = sum(bool(names) for names in changes.values()) - added
        prefix = "Would load" if dry_run else "Loaded"
        self.stdout.write(
            f"{prefix} {len(wanted)} finding types: {added} added, {changed} changed,"
            f" {len(wanted) - added - changed} unchanged."
        )

    def _save(self, wanted: FindingType, known: FindingType | None, dry_run: bool) -> list[str]:
        """The names of the columns that differ; saved unless nothing does."""
        columns = [*COLUMNS, "position"]
        changed = [name for name in columns if known is None or getattr(known, name) != getattr(wanted, name)]
        if known is not None:
            for name in changed:
                self.stdout.write(f"{wanted.key}: {name}: {getattr(known, name)} → {getattr(wanted, name)}")
                setattr(known, name, getattr(wanted, name))
        if changed and not dry_run:
            actions.save_finding_type(actor=ACTOR, finding_type=known or wanted, changed=changed)
        return changed


def read(file: Path) -> list[FindingType]:
    """The entries in the order of the file; every fault of the file in one message."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))["finding_types"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{file.name}: cannot be read: {error!r}") from error
    faults = [fault for number, entry in enumerate(entries, start=1) for fault in _faults(entry, number)]
    if not faults:
        keys = [entry["key"] for entry in entries]
        faults = [f"{key}: key: stands twice" for key in sorted({k for k in keys if keys.count(k) > 1})]
    if faults:
        raise CommandError("\n".join(f"{file.name}: {fault}" for fault in faults))
    return [_finding_type(entry, number) for number, entry in enumerate(entries, start=1)]


def _finding_type(entry: dict[str, Any], position: int) -> FindingType:
    return FindingType(key=entry["key"], position=position, **{name: entry[name] for name in COLUMNS})


def _faults(entry: Any, number: int) -> list[str]:
    """What is wrong with one entry: "entry: field: why"."""
    if not isinstance(entry, dict):
        return [f"entry {number}: must be an object"]
    name = entry.get("key") or f"entry {number}"
    faults = [f"{name}: {field}: unknown field" for field in entry.keys() - SHAPE.keys()]
    for field, kind in SHAPE.items():
        if field not in entry:
            faults.append(f"{name}: {field}: missing")
        elif type(entry[field]) is not kind:
            faults.append(f"{name}: {field}: must be {kind.__name__}, not {entry[field]!r}")
        elif kind is str and not entry[field].strip():
            faults.append(f"{name}: {field}: empty")
    if faults:
        return sorted(faults)
    if not KEY.fullmatch(entry["key"]):
        faults.append(f"{name}: key: small letters and underscores only")
    try:
        _finding_type(entry, number).clean_fields()
    except ValidationError as error:
        for field, messages in error.message_dict.items():
            faults += [f"{name}: {field}: {message}" for message in messages]
    return faults

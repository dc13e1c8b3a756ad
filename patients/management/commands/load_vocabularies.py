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
from patients.actions.vocabularies import OWN
from patients.coding import is_snomed_id
from patients.models import CodeSystem, FindingCode, FindingType, Side, Site

FILE = Path(__file__).parents[2] / "data" / "finding_types.json"
ACTOR = Actor.system("load_vocabularies")
WORDS = ("label", "patient_wording", "group", "site", "exclusive_group", "source")
COLUMNS = (*WORDS, "sides", "extra_fields", "needs_imaging")
SHAPE: dict[str, type] = {
    **dict.fromkeys(("key", *WORDS, "reviewer"), str),
    **dict.fromkeys(("sides", "extra_fields", "codes"), list),
    "needs_imaging": bool,
}
CODE_SHAPE: dict[str, type] = {**dict.fromkeys(("system", "side", "code", "source"), str), "verified": bool}
MAY_BE_EMPTY = {"side"}
FOOT_SIDES = {Side.LEFT, Side.RIGHT, Side.BILATERAL}
KEY = re.compile(r"[a-z][a-z_]*")


class Command(BaseCommand):
    help = "Load the vocabulary of findings. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, default=FILE, help="another file of the same shape")
        parser.add_argument("--dry-run", action="store_true", help="check and tell, write nothing")

    def handle(self, *, file: Path, dry_run: bool, **options: Any) -> None:
        entries = read(file)
        known = FindingType.objects.shared().prefetch_related("codes").in_bulk()
        try:
            with transaction.atomic():
                changes = {
                    kind.key: self._save(kind, codes, known.get(kind.key), dry_run) for kind, codes in entries
                }
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
            f"{prefix} {len(entries)} finding types: {added} added, {changed} changed,"
            f" {len(entries) - added - changed} unchanged."
        )

    def _save(
        self, wanted: FindingType, codes: list[FindingCode], known: FindingType | None, dry_run: bool
    ) -> list[str]:
        """The names of the columns that differ, and "codes"; saved unless nothing does."""
        columns = [*COLUMNS, "position"]
        changed = [name for name in columns if known is None or getattr(known, name) != getattr(wanted, name)]
        if known is not None:
            for name in changed:
                self.stdout.write(f"{wanted.key}: {name}: {getattr(known, name)} → {getattr(wanted, name)}")
                setattr(known, name, getattr(wanted, name))
        if changed and not dry_run:
            actions.save_finding_type(actor=ACTOR, finding_type=known or wanted, changed=changed)
        if known is None or self._tell_codes(known, codes):
            changed.append("codes")
            if not dry_run:
                actions.save_finding_codes(actor=ACTOR, finding_type=known or wanted, codes=codes)
        return changed

    def _tell_codes(self, known: FindingType, codes: list[FindingCode]) -> bool:
        """One line for each code that comes, goes or was reviewed again."""
        before = {code.key: code.says for code in known.codes.all()}
        after = {code.key: code.says for code in codes}
        for key in sorted(before.keys() | after.keys()):
            name = f"{known.key}: code {' '.join(filter(None, key))}"
            if key not in before:
                self.stdout.write(f"{name}: added")
            elif key not in after:
                self.stdout.write(f"{name}: removed")
            else:
                for word, old, new in zip(("verified", "source"), before[key], after[key], strict=True):
                    if old != new:
                        self.stdout.write(f"{name}: {word}: {old} → {new}")
        return before != after


def read(file: Path) -> list[tuple[FindingType, list[FindingCode]]]:
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
    return [
        (_finding_type(entry, number), [FindingCode(**code) for code in entry["codes"]])
        for number, entry in enumerate(entries, start=1)
    ]


def _finding_type(entry: dict[str, Any], position: int) -> FindingType:
    return FindingType(key=entry["key"], position=position, **{name: entry[name] for name in COLUMNS})


def _faults(entry: Any, number: int) -> list[str]:
    """What is wrong with one entry: "entry: field: why"."""
    if not isinstance(entry, dict):
        return [f"entry {number}: must be an object"]
    name = entry.get("key") or f"entry {number}"
    if faults := _faults_of_shape(name, entry, SHAPE):
        return faults
    if not KEY.fullmatch(entry["key"]):
        faults.append(f"{name}: key: small letters and underscores only")
    if entry["key"].startswith(OWN):
        faults.append(f"{name}: key: {OWN} is for the types of one clinic")
    if entry["site"] == Site.FOOT and not FOOT_SIDES.issuperset(entry["sides"]):
        faults.append(f"{name}: sides: a foot has left, right or bilateral only")
    faults += _refused_by_model(name, _finding_type(entry, number))
    for place, code in enumerate(entry["codes"], start=1):
        faults += _faults_of_code(f"{name}: codes, number {place}", code)
    if not faults:
        seen = [tuple(code[word] for word in ("system", "side", "code")) for code in entry["codes"]]
        faults = [
            f"{name}: codes: {' '.join(key)} stands twice" for key in {k for k in seen if seen.count(k) > 1}
        ]
    return faults


def _faults_of_code(name: str, code: Any) -> list[str]:
    if not isinstance(code, dict):
        return [f"{name}: must be an object"]
    if faults := _faults_of_shape(name, code, CODE_SHAPE):
        return faults
    if code["system"] == CodeSystem.SNOMED and not is_snomed_id(code["code"]):
        return [f"{name}: code: {code['code']} fails its check digit"]
    return _refused_by_model(name, FindingCode(**code))


def _faults_of_shape(name: str, entry: dict[str, Any], shape: dict[str, type]) -> list[str]:
    faults = [f"{name}: {field}: unknown field" for field in entry.keys() - shape.keys()]
    for field, kind in shape.items():
        if field not in entry:
            faults.append(f"{name}: {field}: missing")
        elif type(entry[field]) is not kind:
            faults.append(f"{name}: {field}: must be {kind.__name__}, not {entry[field]!r}")
        elif kind is str and field not in MAY_BE_EMPTY and not entry[field].strip():
            faults.append(f"{name}: {field}: empty")
    return sorted(faults)


def _refused_by_model(name: str, row: FindingType | FindingCode) -> list[str]:
    try:
        row.clean_fields(exclude={"type"})
    except ValidationError as error:
        return [f"{name}: {field}: {why}" for field, reasons in error.message_dict.items() for why in reasons]
    return []

"""The catalogue's files: what is shipped, a copy that a test may change, and loading it."""

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from exercises.catalogue_files import Catalogue, read_catalogue
from exercises.management.commands.load_catalogue import FOLDER

FINDINGS = Path(__file__).parents[2] / "patients/data/finding_types.json"
TOES, ARCH, HEELS = "toe-curls-and-spreads", "arch-stretch-ball-or-bottle", "heel-raises-near-wall"
ARTICLE = (TOES, ARCH, HEELS)
ROUTINE = "article-basics"


def finding_keys() -> frozenset[str]:
    return frozenset(kind["key"] for kind in json.loads(FINDINGS.read_text())["finding_types"])


def read(folder: Path = FOLDER) -> Catalogue:
    return read_catalogue(folder, finding_keys())


def shipped(kind: str) -> list[str]:
    """Slugs of the files that are shipped: ``exercises`` or ``routines``."""
    return sorted(path.stem for path in (FOLDER / kind).glob("*.toml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The article's three exercises and their routine, for a test to change."""
    data = tmp_path / "data"
    for kind, slugs in (("exercises", ARTICLE), ("routines", (ROUTINE,))):
        (data / kind).mkdir(parents=True)
        for slug in slugs:
            shutil.copy(FOLDER / kind / f"{slug}.toml", data / kind)
    shutil.copy(FOLDER / "sources.toml", data)
    without_others(data / "exercises")
    return data


def without_others(exercises: Path) -> None:
    """The article's exercises name harder and easier ones that are not in the copy."""
    for path in exercises.glob("*.toml"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith(("harder_ex", "easier_ex"))))


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    assert old in path.read_text(), old
    path.write_text(path.read_text().replace(old, new))


def load(**options: Any) -> list[str]:
    said = StringIO()
    call_command("load_catalogue", stdout=said, **options)
    return said.getvalue().splitlines()

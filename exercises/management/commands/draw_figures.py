"""Draw every exercise of exercises/figures/poses into static/img/exercises.

The drawings are kept in the repository, so that a change of a pose is a picture somebody can look at before it is
released. `--check` writes nothing and fails when a file differs from what the poses draw now.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from exercises import figures


class Command(BaseCommand):
    help = "Draw the pictures of the exercises from their poses."
    requires_system_checks: list[str] = []  # it reads data and writes files; no database, no mail

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing, fail when a drawing is out of date"
        )
        parser.add_argument("--folder", type=Path, help="another folder than static/img/exercises")

    def handle(self, *, check: bool, folder: Path | None, **options: Any) -> None:
        folder = folder or Path(settings.BASE_DIR) / "static" / "img" / "exercises"
        try:
            wanted = figures.files()
        except figures.Unnatural as error:
            raise CommandError(str(error)) from error
        present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.svg")}
        stale = sorted(name for name, text in wanted.items() if present.get(name) != text)
        left_over = sorted(present.keys() - wanted.keys())
        if check and (stale or left_over):
            raise CommandError(f"Run manage.py draw_figures; out of date: {', '.join(stale + left_over)}")
        write(folder, {name: wanted[name] for name in stale}, left_over)
        self.stdout.write(f"{len(wanted)} drawings: {len(stale)} drawn, {len(left_over)} removed.")


def write(folder: Path, drawn: dict[str, str], left_over: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in drawn.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in left_over:
        (folder / name).unlink()

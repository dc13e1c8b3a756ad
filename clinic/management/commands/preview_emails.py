"""Render every letter with sample data to files, with an index page.

A letter is composed at the moment it is sent and stored nowhere, so this is where to look at one: HTML, text and
headers side by side, without a database, a mail server or a patient.
"""

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.html import format_html, format_html_join
from django.utils.module_loading import module_has_submodule

from clinic.mail import Letter

INDEX = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Letters</title></head>
<body><h1>Letters</h1>{}</body></html>
"""
ENTRY = """<h2>{}</h2><p>From: {}<br>Subject: {}</p><pre>{}</pre>
<p><a href="{}.html">HTML</a> · <a href="{}.txt">Text</a></p>
"""


class Command(BaseCommand):
    help = "Render every letter with sample data to files, with an index page."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--to",
            type=Path,
            default=settings.BASE_DIR / ".dev" / "mails",
            help="folder to write to; made when missing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        letters = sample_letters()
        if missing := set(settings.LETTERS) - set(letters):
            raise CommandError(
                f"no preview for {', '.join(sorted(missing))}: add it to the app's previews.py"
            )
        folder: Path = options["to"]
        folder.mkdir(parents=True, exist_ok=True)
        for name, letter in letters.items():
            (folder / f"{name}.html").write_text(letter.html, encoding="utf-8")
            (folder / f"{name}.txt").write_text(letter.text, encoding="utf-8")
        (folder / "index.html").write_text(index_page(letters), encoding="utf-8")
        if options["verbosity"] > 0:
            self.stdout.write(f"{len(letters)} letters: {folder / 'index.html'}")


def sample_letters() -> dict[str, Letter]:
    """What the previews module of each app offers; found by name, for this app may import no higher one."""
    found: dict[str, Letter] = {}
    for config in apps.get_app_configs():
        if config.module and module_has_submodule(config.module, "previews"):
            found |= import_module(f"{config.name}.previews").letters()
    return found


def index_page(letters: dict[str, Letter]) -> str:
    rows = (
        (name, letter.sender_name, letter.subject, _headers(letter), name, name)
        for name, letter in letters.items()
    )
    return format_html(INDEX, format_html_join("", ENTRY, rows))


def _headers(letter: Letter) -> str:
    return "\n".join(f"{name}: {value}" for name, value in letter.headers.items())

"""Render every letter with sample data to files, in every language, with an index page.

A letter is composed at the moment it is sent and stored nowhere, so this is where to look at one: HTML, text and
headers side by side, without a database, a mail server or a patient.
"""

import argparse
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html import unescape
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.html import format_html, format_html_join
from django.utils.module_loading import module_has_submodule
from django.utils.safestring import SafeString

from clinic.mail import Letter
from clinic.mail.messages import build, message_id

AT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
INDEX = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Letters</title><style>
:root {{ color-scheme: light dark; }}
body {{ margin: 1rem auto; padding: 0 1rem; max-width: 60rem; font: 16px/1.5 system-ui, sans-serif; }}
section {{ border-top: 1px solid; margin-top: 1.5rem; }} pre {{ overflow-x: auto; }} dd {{ margin: 0 0 .5rem; }}
</style></head>
<body><h1>Letters</h1><p>{} letters; those to patients and carers in each language.</p>{}</body></html>
"""
SECTION = """<section><h2>{}</h2>{}</section>
"""
ENTRY = """<h3 lang="{lang}" dir="auto">{lang}: {subject}</h3>
<dl><dt>From</dt><dd dir="auto">{sender}</dd><dt>Preheader</dt><dd lang="{lang}" dir="auto">{preheader}</dd></dl>
<p><a href="{file}.html">HTML</a> · <a href="{file}.txt">Text</a></p>
<details><summary>Headers</summary><pre>{headers}</pre></details>
"""
PREHEADER = re.compile(r'<div class="preheader"[^>]*>(.*?)</div>', re.DOTALL)


class Command(BaseCommand):
    help = "Render every letter with sample data to files, in every language, with an index page."

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
        for name, versions in letters.items():
            for language, letter in versions.items():
                (folder / f"{name}.{language}.html").write_text(letter.html, encoding="utf-8")
                (folder / f"{name}.{language}.txt").write_text(letter.text, encoding="utf-8")
        (folder / "index.html").write_text(index_page(letters), encoding="utf-8")
        if options["verbosity"] > 0:
            self.stdout.write(f"{len(letters)} letters: {folder / 'index.html'}")


def sample_letters() -> dict[str, dict[str, Letter]]:
    """By name and language, what the previews module of each app offers; found by name, for this app may import no higher
    one. What staff are told is in English only."""
    found: dict[str, dict[str, Letter]] = {}
    for config in apps.get_app_configs():
        if not config.module or not module_has_submodule(config.module, "previews"):
            continue
        for language, _name in settings.LANGUAGES:
            for name, letter in import_module(f"{config.name}.previews").letters(language).items():
                found.setdefault(name, {})[letter.language] = letter
    return found


def preheader_of(letter: Letter) -> str:
    """The line that a mail program shows beside the subject."""
    inside = PREHEADER.search(letter.html)
    return unescape(inside[1]).strip() if inside else ""


def headers_of(letter: Letter) -> list[tuple[str, str]]:
    """As they travel."""
    message = build(letter, message_id(1, 0), AT)
    return [
        (name, str(value))
        for name, value in message_from_bytes(message.content, policy=policy.default).items()
    ]


def index_page(letters: dict[str, dict[str, Letter]]) -> str:
    sections = [
        format_html(
            SECTION, name, format_html_join("", "{}", ((_entry(name, one),) for one in versions.values()))
        )
        for name, versions in letters.items()
    ]
    return format_html(INDEX, len(letters), format_html_join("", "{}", ((one,) for one in sections)))


def _entry(name: str, letter: Letter) -> SafeString:
    return format_html(
        ENTRY,
        lang=letter.language,
        subject=letter.subject,
        sender=letter.sender_name,
        preheader=preheader_of(letter),
        file=f"{name}.{letter.language}",
        headers="\n".join(f"{field}: {value}" for field, value in headers_of(letter)),
    )

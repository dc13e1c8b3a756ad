"""Translations are edited as text (.po); Django loads a binary form (.mo), which is made here and never committed.

Compiling is needed wherever Footwork starts, and GNU gettext is a system package: Babel reads and writes both forms.
Runs as a file too, before there are any settings:

    python -P clinic/po.py      # compile what is older than its source
"""

import os
from collections.abc import Iterable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def catalogues(folder: Path = LOCALE) -> list[Path]:
    return sorted(folder.glob("*/LC_MESSAGES/django.po"))


def compile_stale(paths: Iterable[Path] | None = None) -> list[Path]:
    """Compile each catalogue that is newer than its binary form. Several at once do no harm: the last rename counts."""
    made = []
    for source in catalogues() if paths is None else paths:
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        fresh = target.with_suffix(f".{os.getpid()}.new")
        with source.open("rb") as text, fresh.open("wb") as binary:
            write_mo(binary, read_po(text, abort_invalid=True))
        fresh.replace(target)
        made.append(target)
    return made


if __name__ == "__main__":
    compile_stale()

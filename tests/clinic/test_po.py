"""Translations in the form that Django loads; read back by the standard library's own reader."""

import gettext
import os
import subprocess
import sys
from pathlib import Path

from clinic import po
from clinic.dev.services import CHECKOUT

TEXT = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Language: ar\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);\n"

msgctxt "month"
msgid "May"
msgstr "مايو"

msgid "%(n)s day"
msgid_plural "%(n)s days"
msgstr[0] "0"
msgstr[1] "1"
msgstr[2] "2"
msgstr[3] "3"
msgstr[4] "4"
msgstr[5] "5"

#, fuzzy
msgid "Doubtful"
msgstr "لا"

#~ msgid "Dropped"
#~ msgstr "لا"
"""


def test_only_what_is_older_than_its_source_is_compiled(tmp_path: Path) -> None:
    source = tmp_path / "ar" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(TEXT)
    made = po.compile_stale(po.catalogues(tmp_path))
    assert made == [source.with_suffix(".mo")]
    assert po.compile_stale(po.catalogues(tmp_path)) == []
    os.utime(made[0], ns=(0, 0))
    assert po.compile_stale(po.catalogues(tmp_path)) == made
    assert sorted(path.name for path in source.parent.iterdir()) == ["django.mo", "django.po"]  # no scraps


def test_the_standard_library_reads_it_as_django_does(tmp_path: Path) -> None:
    source = tmp_path / "ar" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(TEXT)
    with po.compile_stale([source])[0].open("rb") as file:
        loaded = gettext.GNUTranslations(file)
    assert loaded.pgettext("month", "May") == "مايو"
    counts = {0: "0", 1: "1", 2: "2", 3: "3", 10: "3", 11: "4", 99: "4", 100: "5", 103: "3"}
    assert {n: loaded.ngettext("%(n)s day", "%(n)s days", n) for n in counts} == counts
    assert [loaded.gettext(word) for word in ("Doubtful", "Dropped", "Unknown")] == [
        "Doubtful",
        "Dropped",
        "Unknown",
    ]


def test_it_needs_no_settings_and_the_image_makes_it_so() -> None:
    command = [sys.executable, "-P", str(CHECKOUT / "clinic" / "po.py")]
    ran = subprocess.run(command, check=False, capture_output=True, env={"PATH": os.environ["PATH"]})
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "python -P clinic/po.py" in (CHECKOUT / "Dockerfile").read_text()
    assert "!locale" in (CHECKOUT / ".dockerignore").read_text().splitlines()

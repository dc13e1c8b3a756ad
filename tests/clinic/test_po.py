"""Catalogues of translations as text and as Django loads them; read back by the standard library's own reader."""

import gettext
import io
import os
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import po
from clinic.dev.services import CHECKOUT

ARABIC = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);"
HEADER = f"Content-Type: text/plain; charset=UTF-8\nPlural-Forms: {ARABIC}\n"
words = st.text(st.sampled_from(string.ascii_letters + ' "\\\n\t%()éß؟ق⟦'), min_size=1, max_size=150)


@st.composite
def catalogues(draw: st.DrawFn) -> po.Catalogue:
    found = po.Catalogue(HEADER, ["A note."], {})
    for sentence in draw(st.lists(words, max_size=6, unique=True)):
        plural = draw(st.one_of(st.just(""), words))
        said = draw(st.lists(words, min_size=6 if plural else 1, max_size=6 if plural else 1))
        entry = po.Entry(sentence, plural, draw(st.one_of(st.just(""), words)), said, ["a.py"], ["Say it."])
        found.entries[entry.key] = entry
    return found


@given(catalogues())
def test_what_is_written_is_read_back(catalogue: po.Catalogue) -> None:
    again = po.read(po.written(catalogue))
    assert again == catalogue
    assert po.written(again) == po.written(catalogue)


@given(catalogues(), st.integers(0, 200))
def test_the_standard_library_reads_what_is_compiled(catalogue: po.Catalogue, number: int) -> None:
    loaded = gettext.GNUTranslations(io.BytesIO(po.compiled(catalogue)))
    form = (
        [0, 1, 2][number] if number < 3 else 3 if 3 <= number % 100 <= 10 else 4 if number % 100 >= 11 else 5
    )
    for entry in catalogue.entries.values():
        if entry.plural and entry.context:
            said = loaded.npgettext(entry.context, entry.sentence, entry.plural, number)
        elif entry.plural:
            said = loaded.ngettext(entry.sentence, entry.plural, number)
        elif entry.context:
            said = loaded.pgettext(entry.context, entry.sentence)
        else:
            said = loaded.gettext(entry.sentence)
        assert said == entry.said[form if entry.plural else 0]


def test_doubtful_and_dropped_entries_are_kept_and_not_loaded() -> None:
    entries = [
        po.Entry("one", said=["eins"], fuzzy=True),
        po.Entry("two", said=["zwei"], gone=True),
        po.Entry("three", said=[""]),
        po.Entry("four", said=["vier"]),
    ]
    catalogue = po.Catalogue(HEADER, [], {entry.key: entry for entry in entries})
    text = po.written(catalogue)
    assert '#, fuzzy\nmsgid "one"' in text
    assert '#~ msgid "two"\n#~ msgstr "zwei"' in text
    assert po.read(text).entries == catalogue.entries
    loaded = gettext.GNUTranslations(io.BytesIO(po.compiled(catalogue)))
    assert [loaded.gettext(word) for word in ("one", "two", "three", "four")] == [
        "one",
        "two",
        "three",
        "vier",
    ]


def test_a_line_that_means_nothing_is_named() -> None:
    with pytest.raises(ValueError, match="msgid without quotes"):
        po.read("msgid without quotes")


def test_only_what_is_older_than_its_source_is_compiled(tmp_path: Path) -> None:
    source = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(po.written(po.Catalogue(HEADER, [], {})))
    made = po.compile_stale(po.catalogues(tmp_path))
    assert made == [source.with_suffix(".mo")]
    assert po.compile_stale(po.catalogues(tmp_path)) == []
    os.utime(made[0], ns=(0, 0))
    assert po.compile_stale(po.catalogues(tmp_path)) == made
    assert [path.name for path in source.parent.iterdir()].count("django.mo") == 1
    assert len(list(source.parent.iterdir())) == 2  # no scraps


def test_it_needs_no_package() -> None:
    """`make setup` and the image call it so, before and without anything installed."""
    command = [sys.executable, "-P", "-I", str(CHECKOUT / "clinic" / "po.py")]
    assert subprocess.run(command, check=False, capture_output=True).stderr == b""
    image = (CHECKOUT / "Dockerfile").read_text()
    assert "python -P clinic/po.py" in image
    assert "!locale" in (CHECKOUT / ".dockerignore").read_text().splitlines()

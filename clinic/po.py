"""Catalogues of translations: the text form (.po) that people edit, and the binary form (.mo) that Django loads. Pure.

GNU gettext is a system package, and compiling is needed wherever Footwork starts: so the little of it that we use is
here. Runs as a file too, before any package is installed: it imports nothing but the standard library.

    python -P clinic/po.py      # compile what is older than its source
"""

import ast
import os
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"
CONTEXT_END = "\x04"  # between context and sentence, as gettext has it
LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr(?:\[(\d+)\])?)\s+)?("(?:\\.|[^"\\])*")')
PLURALS = re.compile(r"nplurals\s*=\s*(\d+)")
Key = tuple[str, str]
WIDTH = 100


@dataclass(slots=True)
class Entry:
    """One sentence. ``said``: its translation, one for each plural form where there is a ``plural``."""

    sentence: str
    plural: str = ""
    context: str = ""
    said: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fuzzy: bool = False
    gone: bool = False  # nobody says it any more; kept, for it may come back

    @property
    def key(self) -> Key:
        return self.context, self.sentence

    @property
    def is_translated(self) -> bool:
        return bool(self.said) and all(self.said)


@dataclass(slots=True)
class Catalogue:
    """``header``: lines "Name: value"; ``notes``: what stands above them for people."""

    header: str = ""
    notes: list[str] = field(default_factory=list)
    entries: dict[Key, Entry] = field(default_factory=dict)

    @property
    def forms(self) -> int:
        """How many plural forms the language has."""
        found = PLURALS.search(self.header)
        return int(found[1]) if found else 2


def read(text: str) -> Catalogue:
    """A catalogue as people edit it. Raises ValueError for a line that says nothing we know."""
    catalogue = Catalogue()
    for block in re.split(r"\n\s*\n", text.strip()):
        entry = _entry(block)
        if entry is None:
            continue
        if entry.sentence == "" and not entry.context:
            catalogue.header, catalogue.notes = "".join(entry.said), entry.notes
        else:
            catalogue.entries[entry.key] = entry
    return catalogue


def _entry(block: str) -> Entry | None:
    entry, said, current, begun = Entry(""), dict[int, str](), "", False
    for raw in block.splitlines():
        line = raw.strip()
        if line.startswith("#~"):
            entry.gone, line = True, line[2:].strip()
        if line.startswith("#"):
            _comment(entry, line)
            continue
        found = LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"not a line of a catalogue: {raw}")
        begun, current = True, found[1] or current
        text = ast.literal_eval(found[3])
        if current == "msgctxt":
            entry.context += text
        elif current == "msgid":
            entry.sentence += text
        elif current == "msgid_plural":
            entry.plural += text
        else:
            form = int(found[2]) if found[1] and found[2] else (max(said, default=0) if not found[1] else 0)
            said[form] = said.get(form, "") + text
    entry.said = [said[form] for form in sorted(said)]
    return entry if begun else None


def _comment(entry: Entry, line: str) -> None:
    if line.startswith("#:"):
        entry.places += line[2:].split()
    elif line.startswith("#,"):
        entry.fuzzy = "fuzzy" in line
    else:
        entry.notes.append(line[1:].strip())


def written(catalogue: Catalogue) -> str:
    """As text again, in the order of the places: ``written(read(text)) == text`` for what this module wrote."""
    header = [f"# {note}".rstrip() for note in catalogue.notes]
    header += [
        'msgid ""',
        'msgstr ""',
        *(_quoted(line) for line in catalogue.header.splitlines(keepends=True)),
    ]
    blocks = ["\n".join(header)]
    in_order = sorted(catalogue.entries.values(), key=lambda e: (e.gone, e.places, e.sentence, e.context))
    blocks += ["\n".join(_lines(entry)) for entry in in_order]
    return "\n\n".join(blocks) + "\n"


def _lines(entry: Entry) -> Iterator[str]:
    yield from (f"# {note}".rstrip() for note in entry.notes)
    if not entry.gone:
        yield from (f"#: {place}" for place in entry.places)
    if entry.fuzzy:
        yield "#, fuzzy"
    old = "#~ " if entry.gone else ""
    if entry.context:
        yield from _field(old, "msgctxt", entry.context)
    yield from _field(old, "msgid", entry.sentence)
    if entry.plural:
        yield from _field(old, "msgid_plural", entry.plural)
        for number, text in enumerate(entry.said):
            yield from _field(old, f"msgstr[{number}]", text)
    else:
        yield from _field(old, "msgstr", entry.said[0] if entry.said else "")


def _field(old: str, name: str, text: str) -> Iterator[str]:
    if len(text) + len(name) < WIDTH and "\n" not in text.rstrip("\n"):
        yield f"{old}{name} {_quoted(text)}"
        return
    yield f'{old}{name} ""'
    for line in text.splitlines(keepends=True):
        yield from (f"{old}{_quoted(piece)}" for piece in _pieces(line))


def _pieces(line: str) -> Iterator[str]:
    """At most about WIDTH characters each, cut behind spaces."""
    piece = ""
    for word in re.findall(r"\S*\s*", line):
        if piece and len(piece) + len(word) > WIDTH:
            yield piece
            piece = ""
        piece += word
    if piece:
        yield piece


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def compiled(catalogue: Catalogue) -> bytes:
    """The binary form: two sorted tables of lengths and offsets, then the texts, each with a zero behind it."""
    texts = {"": catalogue.header}
    for entry in catalogue.entries.values():
        if entry.is_translated and not entry.fuzzy and not entry.gone:
            key = f"{entry.context}{CONTEXT_END}{entry.sentence}" if entry.context else entry.sentence
            texts[f"{key}\0{entry.plural}" if entry.plural else key] = "\0".join(entry.said)
    pairs = sorted((key.encode(), value.encode()) for key, value in texts.items())
    count, table, body = len(pairs), 7 * 4, b""
    start = table + 2 * 8 * count
    rows: list[tuple[int, int]] = []
    for part in [key for key, _ in pairs] + [value for _, value in pairs]:
        rows.append((len(part), start + len(body)))
        body += part + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, table, table + 8 * count, 0, start)
    return head + b"".join(struct.pack("<2I", *row) for row in rows) + body


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
        fresh.write_bytes(compiled(read(source.read_text(encoding="utf-8"))))
        fresh.replace(target)
        made.append(target)
    return made


if __name__ == "__main__":
    compile_stale()

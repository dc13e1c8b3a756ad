"""No shipped sentence claims what the evidence does not allow, and none blames or frightens a patient.

The list is data (tests/data/forbidden_wording.txt). Looked at: templates with those of letters, reviewed data, whatever
text stands in code and scripts, and translations. Documents about claims are exempt.
"""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
APPS = ("clinic", "patients", "exercises")
PATIENT_FRAMES = {
    "exercises/guide.html",
    "patients/code_base.html",
    "base_patient.html",
    "base_plain.html",
    "base_print.html",
}  # whoever extends them speaks to patients
PART = re.compile(r"""\{%-?\s*(?:extends|include)\s+["']([^"']+)["']""")
# Fields of data files that patients read, by their last names.
PATIENT_FIELDS = {
    *("name", "aliases", "movement", "purpose", "prepare", "do", "breathe", "feel", "stop_if", "alt_text"),
    *("load", "cue", "exercises.note", "patient_wording", "text"),
}
# What a script says stands between quotation marks; comments come first, so that an apostrophe in them opens nothing.
SCRIPT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`""", re.DOTALL
)
PO_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)\s+)?("(?:\\.|[^"\\])*")')


@cache
def rules() -> list[tuple[str, re.Pattern[str]]]:
    lines = (ROOT / "tests/data/forbidden_wording.txt").read_text().splitlines()
    pairs = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    return [(scope, re.compile(pattern, re.IGNORECASE)) for scope, pattern in pairs]


def offences(text: str, *, patient: bool) -> list[str]:
    return [m[0] for scope, rule in rules() if patient or scope == "all" for m in [rule.search(text)] if m]


def templates() -> Iterator[tuple[str, str, bool]]:
    read_by_patients = patient_templates()
    for name, text in sources().items():
        yield name, " ".join(text.split()), name in read_by_patients


@cache
def sources() -> dict[str, str]:
    folder = ROOT / "templates"
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*.*"))}


@cache
def patient_templates() -> set[str]:
    """Letters, error pages, pages in a frame for patients, and whatever parts those are made of; the rest is for staff."""
    parts = {name: set(PART.findall(text)) for name, text in sources().items()}
    found = {
        name
        for name, used in parts.items()
        if used & PATIENT_FRAMES or name.startswith(("emails/", "components/")) or name[:3].isdigit()
    }
    while more := {part for name in found for part in parts[name]} - found:
        found |= more
    return found


def data() -> Iterator[tuple[str, str, bool]]:
    for path in sorted(p for app in APPS for p in (ROOT / app).rglob("data/**/*") if p.is_file()):
        text = path.read_text()
        if path.suffix in {".toml", ".json"}:
            content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
            for field, said in _said(content, ""):
                yield f"{path.name}: {field}", said, read_by_patients(field)


def read_by_patients(field: str) -> bool:
    names = field.split(".")
    return names[-1] in PATIENT_FIELDS or ".".join(names[-2:]) in PATIENT_FIELDS


def _said(content: Any, field: str) -> Iterator[tuple[str, str]]:
    """Every text with the dotted name of its field."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from _said(value, f"{field}.{name}" if field else name)
    elif isinstance(content, list):
        for value in content:
            yield from _said(value, field)
    elif isinstance(content, str):
        yield field, content


def sentences() -> Iterator[tuple[str, str, bool]]:
    """Every text in code: labels, choices, messages, help. Which page shows it is not known, so the rules for everybody apply."""
    for path in (p for app in APPS for p in (ROOT / app).rglob("*.py")):
        for line, text in sentences_of(path.read_text()):
            yield f"{path.relative_to(ROOT)}:{line}", text, False


def sentences_of(code: str) -> Iterator[tuple[int, str]]:
    """Without docstrings, which users do not read."""
    tree = ast.parse(code)
    unread = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in unread:
            yield node.lineno, node.value


def scripts() -> Iterator[tuple[str, str, bool]]:
    for path in sorted((ROOT / "static/js").rglob("*.js")):
        for line, text in scripts_of(path.read_text()):
            yield f"{path.relative_to(ROOT)}:{line}", text, False


def scripts_of(code: str) -> Iterator[tuple[int, str]]:
    for found in SCRIPT.finditer(code):
        if found[0][0] != "/":
            yield code.count("\n", 0, found.start()) + 1, found[0][1:-1]


def translations() -> Iterator[tuple[str, str, bool]]:
    """Catalogues of every app and of the project, in every language; the source sentence and what was made of it."""
    for path in sorted(p for place in (".", *APPS) for p in (ROOT / place / "locale").rglob("*.po")):
        for line, text in translations_of(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ROOT)}:{line}", text, False


def translations_of(catalogue: str) -> Iterator[tuple[int, str]]:
    """Each entry's texts with the line on which they begin. Lines that begin with # are comments or were dropped."""
    begun, text = 0, ""
    for number, line in enumerate(catalogue.splitlines(), start=1):
        found = PO_LINE.fullmatch(line.strip())
        if found is None:
            continue
        if found[1]:
            if text:
                yield begun, text
            begun, text = number, ""
        text += ast.literal_eval(found[2])
    if text:
        yield begun, text


@pytest.mark.hazard("HZ-17", "HZ-38")
def test_no_shipped_wording_is_forbidden() -> None:
    found = {"templates": [*templates()], "data": [*data()], "code": [*sentences()]}
    found |= {"scripts": [*scripts()], "translations": [*translations()]}
    wrong = [
        f"{where}: {offence}"
        for texts in found.values()
        for where, text, patient in texts
        for offence in offences(text, patient=patient)
    ]
    assert wrong == []
    assert len(found["templates"]) > 60
    assert len(found["data"]) > 150
    assert len(found["code"]) > 5000
    assert len(found["scripts"]) > 4
    assert sum(patient for texts in found.values() for _, _, patient in texts) > 80


def test_the_rules_find_what_they_forbid() -> None:
    assert len(rules()) == 27
    claims = ["Heals your arch", "the ROOT CAUSE of pain", "clinically proven", "Footwork recommends rest"]
    assert [offences(claim, patient=False) != [] for claim in claims] == [True] * 4
    assert offences("your misalignment", patient=True) == ["misalignment"]
    assert offences("your misalignment", patient=False) == []
    allowed = "Foot problems and back pain often occur together. Your practitioner chose these exercises."
    assert offences(allowed, patient=True) == []


def test_every_text_of_the_catalogues_files_is_looked_at_as_its_readers_read_it() -> None:
    looked_at = {where: patient for where, _, patient in data()}
    toes, basics = "toe-curls-and-spreads.toml", "article-basics.toml"
    for field in ("movement", "purpose", "steps.prepare", "steps.do", "steps.stop_if", "picture.alt_text"):
        assert looked_at[f"{toes}: {field}"]
    for where in (
        f"{toes}: evidence.note",
        f"{toes}: harder",
        f"{basics}: basis",
        "sources.toml: bytes.cite",
    ):
        assert not looked_at[where]
    entry = {"stages": [{"exercises": [{"note": "a", "load": "b", "cue": "c"}]}], "dose": {"note": "d"}}
    assert [read_by_patients(field) for field, _ in _said(entry, "")] == [True, True, True, False]


def test_letters_and_patient_pages_with_their_parts_are_read_as_patients_read_them() -> None:
    letters = {name for name in sources() if name.startswith("emails/")}
    assert {name.partition(".")[2] for name in letters} == {"html", "txt", "subject.txt"}
    pages = {
        "exercises/today.html",
        "exercises/my_reminders.html",
        "patients/help.html",
        "patients/link.html",
    }
    parts = {"exercises/_plan_item.html", "patients/_red_flags.html", "patients/_call_now.html", "404.html"}
    assert letters | pages | parts <= patient_templates()
    assert not {"exercises/patient.html", "patients/_findings.html", "base.html"} & patient_templates()


CODE = '''
"""This module heals."""
class Kind(TextChoices):
    """It heals."""
    ONE = "one", _("A miracle")
name = CharField("root cause", help_text=f"{x} is proven to help")
_("Heals "
  "your arch")
'''


def test_every_text_in_code_is_found_whoever_says_it() -> None:
    assert [
        (line, *offences(text, patient=False))
        for line, text in sentences_of(CODE)
        if offences(text, patient=False)
    ] == [
        (6, "root cause"),
        (7, "Heals"),
        (5, "miracle"),
        (6, "proven to"),
    ]


SCRIPT_SAYS = """
// It's a miracle; nobody reads "root cause" here.
const a = "a cure", b = 'it\\'s guaranteed'; /* "proven to" */
show(`Clinically
proven: ${a}`);
"""


def test_texts_of_scripts_are_found_and_comments_are_not() -> None:
    found = [*scripts_of(SCRIPT_SAYS)]
    assert found == [(3, "a cure"), (3, "it\\'s guaranteed"), (4, "Clinically\nproven: ${a}")]
    assert [offences(text, patient=False) for _, text in found] == [
        ["cure"],
        ["guarantee"],
        ["Clinically\nproven"],
    ]


CATALOGUE = r"""
msgid ""
msgstr ""
"Language: de\n"

# translators: a miracle
#: templates/x.html:3
#, fuzzy
msgctxt "button"
msgid "Your exercises"
msgstr ""
"Deine \"24/7 "
"Support\"-Übungen"

msgid "%(n)s exercise"
msgid_plural "%(n)s exercises that heal"
msgstr[0] "%(n)s Übung"
msgstr[1] "%(n)s Übungen, GDPR-compliant"

#~ msgid "root cause"
#~ msgstr "root cause"
"""


def test_translations_are_found_in_every_form() -> None:
    found = [*translations_of(CATALOGUE)]
    assert found == [
        (3, "Language: de\n"),
        (9, "button"),
        (10, "Your exercises"),
        (11, 'Deine "24/7 Support"-Übungen'),
        (15, "%(n)s exercise"),
        (16, "%(n)s exercises that heal"),
        (17, "%(n)s Übung"),
        (18, "%(n)s Übungen, GDPR-compliant"),
    ]
    wrong = [(line, offence) for line, text in found for offence in offences(text, patient=False)]
    assert wrong == [(11, "24/7 Support"), (16, "heal"), (18, "GDPR-compliant")]

"""No shipped sentence claims what the evidence does not allow, and none blames or frightens a patient.

The list is data (tests/data/forbidden_wording.txt). Looked at: templates, reviewed data, and the sentences in code.
"""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
APPS = ("clinic", "patients", "exercises")
SPEAKS = {"_", "_t", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
# Pages, letters and data that patients read; the rest is for staff.
PATIENT_PAGES = re.compile(
    r"base_patient|base_print|emails/|patients/(link|help|plan_closed|_call)|components/"
    r"|exercises/(today|_day\b|_plan_(item|supports?)|_nothing_today|my_reminders|unsubscribe|_letter)"
)
PATIENT_FIELDS = {"name", "movement", "steps", "stop_rules", "alt_text", "patient_wording", "text"}


def rules() -> list[tuple[str, re.Pattern[str]]]:
    lines = (ROOT / "tests/data/forbidden_wording.txt").read_text().splitlines()
    pairs = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    return [(scope, re.compile(pattern, re.IGNORECASE)) for scope, pattern in pairs]


def offences(text: str, *, patient: bool) -> list[str]:
    return [m[0] for scope, rule in rules() if patient or scope == "all" for m in [rule.search(text)] if m]


def templates() -> Iterator[tuple[str, str, bool]]:
    for path in (ROOT / "templates").rglob("*.*"):
        name = str(path.relative_to(ROOT / "templates"))
        yield name, path.read_text(), bool(PATIENT_PAGES.search(name))


def data() -> Iterator[tuple[str, str, bool]]:
    for path in sorted(p for app in APPS for p in (ROOT / app).rglob("data/**/*") if p.is_file()):
        text = path.read_text()
        if path.suffix in {".toml", ".json"}:
            content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
            for field, said in _said(content, ""):
                yield f"{path.name}: {field}", said, field in PATIENT_FIELDS


def _said(content: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(content, dict):
        for name, value in content.items():
            yield from _said(value, name)
    elif isinstance(content, list):
        for value in content:
            yield from _said(value, field)
    elif isinstance(content, str):
        yield field, content


def sentences() -> Iterator[tuple[str, str, bool]]:
    """What code says through translation; which page shows it is not known, so the rules for everybody apply."""
    for path in (p for app in APPS for p in (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPEAKS:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", argument.value, False


def test_no_shipped_wording_is_forbidden() -> None:
    found = {"templates": [*templates()], "data": [*data()], "code": [*sentences()]}
    wrong = [
        f"{where}: {offence}"
        for texts in found.values()
        for where, text, patient in texts
        for offence in offences(text, patient=patient)
    ]
    assert wrong == []
    assert len(found["templates"]) > 60
    assert len(found["data"]) > 150
    assert len(found["code"]) > 250
    assert sum(patient for texts in found.values() for _, _, patient in texts) > 80


def test_the_rules_find_what_they_forbid() -> None:
    assert len(rules()) == 27
    claims = ["Heals your arch", "the ROOT CAUSE of pain", "clinically proven", "Footwork recommends rest"]
    assert [offences(claim, patient=False) != [] for claim in claims] == [True] * 4
    assert offences("your misalignment", patient=True) == ["misalignment"]
    assert offences("your misalignment", patient=False) == []
    allowed = "Foot problems and back pain often occur together. Your practitioner chose these exercises."
    assert offences(allowed, patient=True) == []

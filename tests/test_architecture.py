"""The house as it should stand: sizes, layers of what import contracts cannot see, constraints, vocabulary.

Each test says how many things it looked at, so that none can pass by looking at nothing.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db import models

from tests.exercises.test_constraints_catalogue import BREAKS as CATALOGUE_BREAKS
from tests.patients.test_constraints_record import BREAKS as RECORD_BREAKS

ROOT = Path(__file__).parent.parent
APPS = ("clinic", "patients", "exercises")
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_TASK = 400, 60, 10
LONGEST_TEMPLATE, LONGEST_COMPONENT = 150, 40


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (p for p in (ROOT / folder).rglob("*.py") if "migrations" not in p.parts)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_or_function_needs_another_room() -> None:
    files = [*sources(*APPS, "tests", "bench")]
    long_files = [p.relative_to(ROOT) for p in files if len(p.read_text().splitlines()) > LONGEST_FILE]
    assert long_files == []
    found = [(p, f) for p in files for f in functions(p)]
    assert [f"{p.relative_to(ROOT)}:{f.name}" for p, f in found if length(f) > LONGEST_FUNCTION] == []
    tasks = [f for p, f in found if p.name == "tasks.py" and f.decorator_list]
    assert [f.name for f in tasks if length(f) > LONGEST_TASK] == []
    assert len(files) > 100
    assert len(found) > 300
    assert len(tasks) >= 2


def test_templates_stay_small_and_free_of_inline_code() -> None:
    pages = [p for p in (ROOT / "templates").rglob("*.html") if "emails" not in p.parts]
    parts = [p for p in pages if "components" in p.parts]
    assert [p.name for p in pages if len(p.read_text().splitlines()) > LONGEST_TEMPLATE] == []
    assert [p.name for p in parts if len(p.read_text().splitlines()) > LONGEST_COMPONENT] == []
    inline = re.compile(r"\sstyle=|<script>|<style|\son[a-z]+=\"|\|safe\b|\{% autoescape off")
    assert [p.name for p in pages if inline.search(p.read_text())] == []
    assert len(pages) > 40
    assert len(parts) > 10


def test_domain_code_knows_no_requests_and_views_know_no_views() -> None:
    domain = [
        p
        for p in sources(*APPS)
        if {"models", "actions", "mail"} & set(p.parts)
        or p.name in {"reminders.py", "emails.py", "audit.py", "adherence.py", "doses.py", "schedule.py"}
    ]
    edges = re.compile(r"from django\.(http|shortcuts|contrib\.messages|contrib import messages)|HttpRequest")
    assert [str(p.relative_to(ROOT)) for p in domain if edges.search(p.read_text())] == []
    views = [p for p in sources(*APPS) if "views" in p.parts]
    siblings = re.compile(r"from (clinic|patients|exercises)\.views")
    assert [str(p.relative_to(ROOT)) for p in views if siblings.search(p.read_text())] == []
    assert [p.name for p in sources(*APPS) if re.search(r"import celery_app", p.read_text())] == []
    assert len(domain) > 25
    assert len(views) > 8


def test_pure_modules_import_no_models() -> None:
    pure = [
        ROOT / path
        for path in (
            "clinic/actors.py",
            "clinic/chain.py",
            "clinic/env.py",
            "clinic/errors.py",
            "clinic/logs.py",
            "clinic/retention_periods.py",
            "clinic/roles.py",
            "clinic/text.py",
            "exercises/adherence.py",
            "exercises/cautions.py",
            "exercises/doses.py",
            "exercises/kit.py",
            "clinic/photos.py",
            "exercises/schedule.py",
            "patients/cautions.py",
            "patients/coding.py",
            "patients/support_notes.py",
            "patients/wear.py",
            "patients/outcome_measures.py",
            "patients/questionnaire_scoring.py",
            "patients/scoring.py",
            "patients/charts.py",
            "patients/finding_people.py",
            "patients/folding.py",
            "patients/foot_map.py",
        )
    ]
    reach = re.compile(r"django\.db import|\.models import|django\.conf")
    assert [p.name for p in pure if reach.search(p.read_text())] == []


def own_models() -> list[type[models.Model]]:
    """Without the rows of history, which a trigger copies from rows that were checked."""
    return [
        m
        for m in apps.get_models()
        if m._meta.app_label in APPS and not m._meta.auto_created and not hasattr(m, "pgh_tracked_model")
    ]


def test_every_constraint_explains_itself_and_has_a_test_that_breaks_it() -> None:
    constraints = [c for model in own_models() for c in model._meta.constraints]
    default = models.CheckConstraint.default_violation_error_message
    assert [c.name for c in constraints if str(c.violation_error_message) == str(default)] == []
    tests = "\n".join(p.read_text() for p in (ROOT / "tests").rglob("test_*constraints*.py"))
    broken = {*RECORD_BREAKS, *CATALOGUE_BREAKS}  # some of its names are made from lists of fields
    assert sorted(c.name for c in constraints if c.name not in tests and c.name not in broken) == []
    assert len(constraints) > 160


def test_every_list_of_choices_is_repeated_as_a_check() -> None:
    missing, looked_at = [], 0
    for model in own_models():
        checks = " ".join(str(c) for c in model._meta.constraints)
        for field in model._meta.local_fields:
            if field.choices:
                looked_at += 1
                if f"'{field.name}__in'" not in checks and f"('{field.name}'" not in checks:
                    missing.append(f"{model.__name__}.{field.name}")
    assert missing == []
    assert looked_at > 20


def test_rows_that_speak_of_a_patient_carry_their_clinic() -> None:
    linked = [
        m
        for m in own_models()
        if any(f.name in {"patient", "programme"} and f.remote_field for f in m._meta.local_fields)
    ]
    assert [m.__name__ for m in linked if m._meta.get_field("clinic").null] == []
    assert len(linked) == 39


def test_the_project_speaks_of_itself_alone() -> None:
    """No path of a machine, no registry's host, no real e-mail domain."""
    texts = [
        p
        for p in ROOT.rglob("*")
        if p.suffix
        in {".py", ".md", ".html", ".txt", ".toml", ".json", ".yml", ".lock", ".css", ".js", ".svg"}
        and not {".venv", ".git", ".dev", ".cache", "staticfiles", "node_modules"}
        & set(p.relative_to(ROOT).parts)
        and not p.name.startswith(".")
    ]
    machine = re.compile(r"(?<![\w.~/-])/(root|home|work|farm)/[a-z.]|index-url|/simple/")
    address = re.compile(r"[\w.+-]+@(?!(?:[\w-]+\.)*example\b)[\w-]+\.(?:com|org|net|io|co|uk|de)\b")
    here = Path(__file__).name
    assert [str(p.relative_to(ROOT)) for p in texts if p.name != here and machine.search(p.read_text())] == []
    assert [
        str(p.relative_to(ROOT)) for p in texts if p.suffix != ".lock" and address.search(p.read_text())
    ] == []
    assert len(texts) > 200

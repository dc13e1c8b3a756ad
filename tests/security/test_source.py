"""What stands in the code, and what must not: ways past the template engine, past the ORM, out into the network."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from rest_framework import serializers

import exercises.urls
import patients.urls
from tests.test_architecture import sources

ROOT = Path(settings.BASE_DIR)
APPS = ("clinic", "patients", "exercises")


def code() -> Iterator[tuple[str, ast.Module]]:
    """Of the product, without the tools of developers."""
    for path in sources(*APPS):
        name = str(path.relative_to(ROOT))
        if not name.startswith("clinic/dev/"):
            yield name, ast.parse(path.read_text())


def called(tree: ast.AST) -> Iterator[str]:
    """The last part of each function's name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            yield function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{one.name}" for one in node.names)


def users(names: set[str], trees: list[tuple[str, ast.Module]]) -> set[str]:
    return {name for name, tree in trees if names & set(called(tree))}


PAST_ESCAPING = {"mark_safe", "SafeString", "SafeText", "html_safe"}
# What they mark was rendered by a template, or is a constant.
RENDERED = {"render_to_string", "render", "format_html", "join", "write"}
PAST_THE_ORM = {"RawSQL", "raw", "extra"}
MARKS_SAFE = {
    "exercises/templatetags/catalogue.py",
    "exercises/templatetags/plan.py",
    "exercises/forms/log.py",
    *("clinic/form_renderer.py", "clinic/templatetags/pills.py"),
    "patients/templatetags/chart.py",
}
EVALUATES = {"eval", "exec", "__import__"}
# Fragments of our own with names of columns, tables and roles; what somebody typed is passed beside it.
PUTS_TOGETHER = {
    "exercises/models/catalogue.py": 1,
    "clinic/app_role.py": 4,
    "clinic/drill.py": 3,
    "clinic/audit.py": 2,
    "clinic/management/commands/migrate.py": 2,
}


@pytest.mark.check(19)
def test_nothing_goes_past_escaping() -> None:
    trees = list(code())
    assert users(PAST_ESCAPING, trees) == MARKS_SAFE
    marked = [
        node.args[0]
        for _name, tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in PAST_ESCAPING
    ]
    strange = [one for one in marked if not isinstance(one, ast.Constant) and not _is_rendered(one)]
    assert [ast.unparse(one) for one in strange] == []
    assert len(marked) >= 4
    scripts = [path for path in (ROOT / "static" / "js").rglob("*.js") if "htmx" not in path.name]
    ways = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\(\s*[\"'`]|srcdoc"
    )
    assert [path.name for path in scripts if ways.search(path.read_text())] == []
    assert len(scripts) > 10
    pages = list((ROOT / "templates").rglob("*.html")) + list((ROOT / "templates").rglob("*.txt"))
    ways = re.compile(r"\|safe\b|\|safeseq|hx-on|hx-vals=.?js:|hx-headers=.?js:")
    assert [path.name for path in pages if ways.search(path.read_text())] == []
    open_blocks = {path.name for path in pages if "autoescape off" in path.read_text()}
    assert {name for name in open_blocks if not name.endswith(".txt")} == set()


def _is_rendered(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and set(called(node)) & RENDERED != set()


@pytest.mark.check(21)
def test_sql_is_written_with_values_beside_it() -> None:
    trees = list(code())
    assert users(PAST_THE_ORM, trees) == set()
    assert '"S"' in (ROOT / "pyproject.toml").read_text().partition("[tool.ruff.lint]")[2]  # S608 among them
    put_in = []
    for name, tree in trees:
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"execute", "executemany"}
            ):
                continue
            first = node.args[0] if node.args else None
            if isinstance(first, ast.BinOp) or _is_put_together(first):
                put_in.append(name)
    assert Counter(put_in) == PUTS_TOGETHER


def _is_put_together(node: ast.AST | None) -> bool:
    """By ``format``, or of parts that are neither constants of ours nor a table's name."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", "") == "format"
    parts = [part.value for part in getattr(node, "values", ()) if isinstance(part, ast.FormattedValue)]
    return any(
        not ast.unparse(part).isupper() and not ast.unparse(part).endswith("._meta.db_table")
        for part in parts
    )


@pytest.mark.check(26)
def test_nothing_fetches_an_address() -> None:
    """The mail server, the mailbox of returned mail, the name server and the broker are all that is called, and an
    address of theirs comes from the environment alone."""
    fetch = re.compile(
        r"^(requests|urllib3|httpx|aiohttp|urllib\.request|http\.client|ftplib|socket|pycurl|weasyprint)\b"
    )
    assert [(name, one) for name, tree in code() for one in imported(tree) if fetch.match(one)] == []
    outward = re.compile(r"^(smtplib|imaplib|dns\.resolver|redis)\b")
    found = {name for name, tree in code() for one in imported(tree) if outward.match(one)}
    assert found == {
        "clinic/mail/transport.py",
        "clinic/mail/delivery.py",
        "clinic/mail/mailboxes.py",
        "clinic/mail_domain/answers.py",
        "clinic/management/commands/read_bounces.py",
        "clinic/management/commands/keep_running.py",
    }


@pytest.mark.check(40)
def test_nothing_that_is_read_back_can_run() -> None:
    ways = re.compile(r"^(pickle|_pickle|cPickle|dill|marshal|shelve|yaml|jsonpickle)\b")
    trees = list(code())
    assert [(name, one) for name, tree in trees for one in imported(tree) if ways.match(one)] == []
    assert users(EVALUATES, trees) == set()
    assert settings.CELERY_TASK_SERIALIZER == "json"
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert {one["BACKEND"] for one in settings.CACHES.values()} == {"clinic.cache.JSONCache"}


@pytest.mark.check(40)
@pytest.mark.django_db
def test_the_cache_holds_json_and_takes_nothing_else() -> None:
    cache.set("kept", {"tries": [1.5, 2], "more": None}, 60)
    assert cache.get("kept") == {"tries": [1.5, 2], "more": None}
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM clinic_cache")
        assert cursor.fetchall() == [('{"tries": [1.5, 2], "more": null}',)]
    with pytest.raises(TypeError):
        cache.set("code", object(), 60)
    with connection.cursor() as cursor:  # what a pickle of Django's own cache looks like
        cursor.execute("UPDATE clinic_cache SET value = 'gASVCgAAAAAAAACMBnBvc2l4lC4='")
    with pytest.raises(ValueError, match="Expecting value"):
        cache.get("kept")


@pytest.mark.check(5)
def test_every_form_and_serializer_lists_its_fields() -> None:
    assert exercises.urls
    assert patients.urls  # with them every form is loaded
    found = [one for one in below(forms.ModelForm) if one.__module__.startswith(APPS)]
    found += [one for one in below(serializers.ModelSerializer) if one.__module__.startswith(APPS)]
    lax = [one.__name__ for one in found if hasattr(one, "Meta") and _takes_all(one.Meta)]
    assert lax == []
    assert len(found) >= 5


def below(base: type) -> Iterator[type]:
    one: type
    for one in base.__subclasses__():
        yield one
        yield from below(one)


def _takes_all(meta: Any) -> bool:
    return getattr(meta, "fields", None) in (None, "__all__") or getattr(meta, "exclude", None) is not None


@pytest.mark.check(31)
def test_a_password_can_be_pasted_and_filled_in() -> None:
    ways = re.compile(
        r"onpaste|addEventListener\(\s*[\"'](paste|copy|contextmenu)|autocomplete=\"off\"[^>]*password"
    )
    texts = [*(ROOT / "static" / "js").rglob("*.js"), *(ROOT / "templates").rglob("*.html")]
    assert [path.name for path in texts if ways.search(path.read_text())] == []


@pytest.mark.check(44)
@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_its_hashes(name: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text())
    named = [block for block in blocks if re.match(r"[a-z0-9][\w.\[\],-]*==", block)]
    assert [block.splitlines()[0] for block in named if "--hash=sha256:" not in block] == []
    assert len(named) > 40
    assert [
        block for block in blocks if block.strip() and block not in named and not block.startswith("#")
    ] == []

"""Names that travel as strings, which neither import-linter nor mypy follows: each one is resolved here."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from django.template.loader import get_template
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.module_loading import import_string

ROOT = Path(__file__).parent.parent
root = import_module(settings.ROOT_URLCONF)
CODE = [p for app in ("clinic", "patients", "exercises") for p in (ROOT / app).rglob("*.py")]
PAGES = [p for p in (ROOT / "templates").rglob("*") if p.is_file()]


def test_dotted_paths_of_the_settings() -> None:
    paths = [
        *(entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()),
        *settings.LETTERS.values(),
        *settings.REPLAYS.values(),
        settings.RECORDS_KEPT,
        *settings.RETENTION.values(),
        *settings.RETENTION_OF_ALL.values(),
        *settings.ON_CLINIC_CHANGE,
        *settings.ON_RETURNED_MAIL,
        *settings.MIDDLEWARE,
        *settings.AUTHENTICATION_BACKENDS,
        *engines["django"].engine.context_processors,  # type: ignore[attr-defined]
        settings.ACCOUNT_ADAPTER,
        settings.MFA_ADAPTER,
        settings.USERSESSIONS_ADAPTER,
        settings.WSGI_APPLICATION,
        str(root.handler500),
        settings.REST_FRAMEWORK["EXCEPTION_HANDLER"],
        settings.REST_FRAMEWORK["DEFAULT_PAGINATION_CLASS"],
    ]
    assert all(import_string(path) for path in paths)
    assert (
        len(paths)
        == len(settings.CELERY_BEAT_SCHEDULE)
        + len(settings.LETTERS)
        + len(settings.REPLAYS)
        + len(settings.RETENTION | settings.RETENTION_OF_ALL)
        + 3
        + len(settings.MIDDLEWARE)
        + 1
        + 5
        + 7
    )


def test_beat_ticks_by_interval_never_by_crontab() -> None:
    assert all(isinstance(entry["schedule"], float) for entry in settings.CELERY_BEAT_SCHEDULE.values())


def test_enqueued_tasks_exist() -> None:
    found = [m for p in CODE for m in re.findall(r"enqueue\(\s*\"([\w.]+)\"", p.read_text())]
    assert all(import_string(path) for path in found)
    assert len(found) >= 1


def test_templates_named_in_code_and_templates_exist() -> None:
    named = {m for p in CODE for m in re.findall(r"\"([\w-]+/[\w/-]+\.html)\"", p.read_text())}
    named |= {
        m for p in PAGES for m in re.findall(r"{% (?:include|extends) [\"']([\w/.-]+)[\"']", p.read_text())
    }
    for name in named:
        assert get_template(name), name
    assert len(named) > 30


def url_names() -> set[str]:
    names: set[str] = set()
    resolvers: list[Any] = [get_resolver(), *get_resolver().namespace_dict.values()]
    for resolver in resolvers:
        if isinstance(resolver, tuple):
            _, inner = resolver
            names |= {f"{inner.namespace}:{key}" for key in inner.reverse_dict if isinstance(key, str)}
        else:
            names |= {key for key in resolver.reverse_dict if isinstance(key, str)}
    return names


def test_urls_named_in_code_and_templates_exist() -> None:
    known = url_names()
    used = {m for p in PAGES for m in re.findall(r"{% url [\"']([\w:.-]+)[\"']", p.read_text())}
    used |= {
        m
        for p in CODE
        for m in re.findall(r"(?:reverse|redirect|reverse_lazy)\(\s*\"([\w:.-]+)\"", p.read_text())
    }
    assert sorted(used - known) == []
    assert len(used) > 25


def test_an_unknown_name_would_be_noticed() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("patients:nowhere")
    assert "patients:nowhere" not in url_names()
    assert "patients:list" in url_names()

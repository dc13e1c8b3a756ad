"""The OpenAPI document and the page that shows it."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.permissions import BasePermission

from clinic import roles
from clinic.api.permissions import IsStaffOfClinic, RolePermission
from clinic.models import User
from tests.api.conftest import Api

By = Callable[[User | None], Api]
SCHEMA, PAGE = reverse("clinic:api_schema"), reverse("clinic:api_reference")
OPERATIONS = {
    ("get", "/api/v1/exercises/"): roles.READS_CATALOGUE,
    ("get", "/api/v1/exercises/{slug}/"): roles.READS_CATALOGUE,
    ("get", "/api/v1/finding-types/"): roles.READS_CATALOGUE,
    ("get", "/api/v1/findings/"): roles.SEES_CLINICAL,
    ("post", "/api/v1/findings/"): roles.WRITES_CLINICAL,
    ("get", "/api/v1/findings/{id}/"): roles.SEES_CLINICAL,
    ("patch", "/api/v1/findings/{id}/"): roles.WRITES_CLINICAL,
    ("get", "/api/v1/logs/"): roles.SEES_CLINICAL,
    ("post", "/api/v1/logs/"): roles.WRITES_CLINICAL,
    ("get", "/api/v1/logs/{id}/"): roles.SEES_CLINICAL,
    ("get", "/api/v1/patients/"): roles.SEES_PATIENTS,
    ("post", "/api/v1/patients/"): roles.EDITS_CONTACT,
    ("get", "/api/v1/patients/{id}/"): roles.SEES_PATIENTS,
    ("get", "/api/v1/programmes/"): roles.SEES_PROGRAMMES,
    ("post", "/api/v1/programmes/"): roles.WRITES_CLINICAL,
    ("get", "/api/v1/programmes/{id}/"): roles.SEES_PROGRAMMES,
    ("get", "/api/v1/routines/"): roles.READS_CATALOGUE,
    ("get", "/api/v1/routines/{slug}/"): roles.READS_CATALOGUE,
}


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def schema(by: By, priya: User) -> dict[str, Any]:
    answer = by(priya).client.get(SCHEMA)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    document: dict[str, Any] = answer.json()
    return document


def views(patterns: list[URLPattern | URLResolver]) -> Iterator[Any]:
    """Every view class of the REST framework below these patterns."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        elif view := getattr(pattern.callback, "cls", None):
            yield view


def test_it_is_complete_and_without_warnings(tmp_path: Path) -> None:
    target = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(target))
    assert "/api/v1/patients/" in target.read_text()


def test_every_operation_names_its_roles(schema: dict[str, Any]) -> None:
    named = {
        (method, path): set(operation["x-roles"])
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
    assert named == {key: {role.value for role in allowed} for key, allowed in OPERATIONS.items()}


def test_every_operation_says_how_it_can_fail(schema: dict[str, Any]) -> None:
    def statuses(method: str, path: str) -> set[str]:
        return set(schema["paths"][path][method]["responses"])

    assert statuses("get", "/api/v1/patients/") == {"200", "400", "403", "404", "503"}
    assert statuses("post", "/api/v1/patients/") == {"201", "400", "403", "409", "503"}
    assert statuses("get", "/api/v1/patients/{id}/") == {"200", "403", "404", "503"}


def test_every_view_declares_who_may_read_it() -> None:
    found = set(views(get_resolver().url_patterns))
    assert len(found) == 8  # seven nouns and the schema
    by_permission: dict[type[BasePermission], set[str]] = {RolePermission: set(), IsStaffOfClinic: set()}
    for view in found:
        (permission,) = view.permission_classes
        by_permission[permission].add(view.__name__)
        if permission is RolePermission:
            assert view.read_roles
            assert hasattr(view, "create") == hasattr(view, "write_roles")
    assert by_permission[IsStaffOfClinic] == {"schema"}


def test_the_schema_is_for_staff_of_a_clinic(by: By, carlos: User, audrey: User) -> None:
    assert by(None).client.get(SCHEMA).status_code == 403
    for user in (carlos, audrey):
        assert by(user).client.get(SCHEMA).status_code == 200
    assert by(carlos).client.post(SCHEMA).status_code == 405


def test_the_page_shows_every_operation(by: By, carlos: User) -> None:
    page = by(carlos).client.get(PAGE).content.decode()
    for method, path in OPERATIONS:
        assert re.search(rf"<bdi>{method.upper()} {re.escape(path)}</bdi>", page)
    assert page.count("<article") == len(OPERATIONS)
    assert "items[].dose_in_words" in page
    assert "one of left, right, bilateral, not_applicable" in page
    assert "Roles: owner, practitioner" in page


def test_the_page_obeys_the_content_security_policy(by: By, priya: User) -> None:
    answer = by(priya).client.get(PAGE)
    assert "unsafe" not in answer["Content-Security-Policy"]
    tags = Tags(answer.content.decode()).found
    assert not [tag for tag, _ in tags if tag in {"style", "iframe", "object"}]
    assert not [attrs for tag, attrs in tags if tag == "script" and not attrs.get("src")]
    assert not [name for _, attrs in tags for name in attrs if name == "style" or name.startswith("on")]
    identifiers = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(identifiers) == len(set(identifiers))


def test_the_page_is_for_staff_of_a_clinic(by: By, db: None) -> None:
    assert by(None).client.get(PAGE).status_code == 302
    homeless = User.objects.create_superuser("root@riverside.example", name="Root")
    assert by(homeless).client.get(PAGE).status_code == 403
    assert by(homeless).client.get(SCHEMA).status_code == 403


def test_the_page_answers_to_reading_only(by: By, priya: User) -> None:
    assert by(priya).client.post(PAGE).status_code == 405
    assert Client(enforce_csrf_checks=True).post(PAGE).status_code == 403


def test_the_catalogues_filters_are_described(schema: dict[str, Any]) -> None:
    described = {one["name"] for one in schema["paths"]["/api/v1/exercises/"]["get"]["parameters"]}
    assert {"q", "finding", "kind", "body_part", "position", "equipment", "difficulty"} <= described

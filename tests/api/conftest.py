"""Callers of the API: JSON in, JSON out, everything else as a browser would send it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from clinic import clock
from clinic.models import AuditEntry, User

V1 = "/api/v1/"


@dataclass
class Api:
    client: Client

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(V1 + path, query)

    def post(self, path: str, body: Any) -> Any:
        return self.post_raw(path, json.dumps(body))

    def post_raw(self, path: str, body: str | bytes, content_type: str = "application/json") -> Any:
        # generic(): post() would encode the body in the charset that the header claims
        return self.client.generic("POST", V1 + path, body, content_type=content_type)

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content
        rows: list[dict[str, Any]] = answer.json()["results"]
        return rows


@pytest.fixture
def by() -> Callable[[User | None], Api]:
    """``by(priya).get("patients/")``; ``by(None)`` is a visitor who did not sign in."""

    def sign_in(user: User | None) -> Api:
        client = Client()
        if user is not None:
            client.force_login(user)
        return Api(client)

    return sign_in


@pytest.fixture
def today(db: None) -> datetime:
    """The database's clock decides, so worlds that must be current are built around it."""
    return clock.now()


@pytest.fixture
def yesterday(today: datetime) -> datetime:
    return today - timedelta(days=1)


def codes(answer: Any) -> dict[str, list[str]]:
    """The codes of a 400, by field."""
    assert answer.status_code == 400, answer.content
    return {field: [error["code"] for error in errors] for field, errors in answer.json()["errors"].items()}


def audited(verb: str) -> AuditEntry:
    return AuditEntry.objects.get(verb=verb)

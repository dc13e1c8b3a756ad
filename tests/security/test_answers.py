"""Every page and every answer, asked for by several people in production's settings, and held against each rule."""

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.forms import BaseForm, ModelChoiceField
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from clinic import clock, logs
from clinic.models import Clinic, User
from clinic.roles import Role
from patients.models import Patient
from tests import factories, test_access_matrix
from tests.browser.screens.pages import ACCOUNT, ADMIN
from tests.doors import DOORS
from tests.message_factories import make_message, make_template
from tests.patients.import_world import make_import
from tests.security import planting, production
from tests.security.rules import CANARY, VECTOR, Answer, faults
from tests.staff_factories import make_invitation

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # asks for everything there is
WHO = ("anonymous", "patient", "practitioner", "owner", "curator")
# Where somebody types what to look for.
SEARCHES = {
    "patients:list",
    "exercises:catalogue",
    "exercises:routines",
    "exercises:worklist",
    "exercises:outgoing",
}


@pytest.fixture(autouse=True)
def in_production(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    production.use(settings)
    with production.over_https(monkeypatch):
        yield


world, addresses = test_access_matrix.world, test_access_matrix.addresses  # fixtures


@pytest.fixture
def neighbours(hilltop: Clinic, hugo: User, heinrich: Patient, toe_curls: Any) -> Clinic:
    """Hilltop with rows of many kinds, and its mark in every text of theirs."""
    item = factories.make_programme(hugo, heinrich, [toe_curls]).items.get()
    factories.make_log(heinrich, item)
    factories.make_support(hugo, heinrich)
    factories.make_evaluation(hugo, heinrich)
    factories.make_activity(hugo, heinrich, CANARY)
    factories.make_own_exercise(hugo, name=f"Own {CANARY}")
    factories.make_referral(hugo, heinrich)
    factories.make_flag(hugo, heinrich)
    make_message(hugo, heinrich, CANARY, now=clock.now())
    make_template(hugo, CANARY, CANARY)
    make_import(hugo, f"First name,Last name,Date of birth\n{CANARY},{CANARY},1956-03-14\n")
    owner = factories.make_staff(hilltop, Role.OWNER, "Ida", email="ida@hilltop.example")
    make_invitation(owner, CANARY)
    assert planting.plant(hilltop, CANARY) > 20
    return hilltop


def every_address(addresses: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, door in DOORS.items():
        if "GET" in door.methods:
            yield name, addresses[name]
        if name in SEARCHES or (door.api and not door.about):
            yield name, f"{addresses[name]}?q={CANARY[:-4]}"
    for name in (*ACCOUNT, *ADMIN):
        yield name, reverse(name)
    yield "nowhere", "/nowhere/at/all/"


@contextmanager
def recorded(sql: list[str]) -> Iterator[None]:
    def note(execute: Any, statement: str, *rest: Any) -> Any:
        sql.append(statement)
        return execute(statement, *rest)

    with connection.execute_wrapper(note):
        yield


def ask(client: Client, name: str, identity: str, address: str) -> tuple[Answer, Any]:
    sql: list[str] = []
    with recorded(sql):
        response: Any = client.get(address)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    said, text = dict(response.items()), body.decode(errors="replace")
    return Answer(name, identity, response.status_code, said, text, response.cookies, sql), response


def forms_of(response: Any) -> Iterator[BaseForm]:
    for context in response.context or []:
        yield from (one for part in context.dicts for one in part.values() if isinstance(one, BaseForm))


def offered(response: Any, of: Clinic) -> Iterator[str]:
    """Choices of forms on this page that are another clinic's: what is offered is accepted."""
    for form in forms_of(response):
        for name, field in form.fields.items():
            rows = field.queryset if isinstance(field, ModelChoiceField) else None
            if rows is None or "clinic" not in {one.name for one in rows.model._meta.concrete_fields}:
                continue
            if rows.filter(clinic=of).exists():
                yield f"{type(form).__name__}.{name}"


@pytest.mark.check(3, 4, 7, 9, 10, 11, 12, 13, 14, 18, 19, 20, 26, 42)
def test_every_answer_to_everybody(
    neighbours: Clinic,
    world: dict[str, Client],
    addresses: dict[str, str],
    margaret: Patient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    record_property: Any,
) -> None:
    phone = world["patient"]
    factories.confirm_device(phone, factories.open_device(phone, margaret))
    assert planting.plant(margaret.clinic, VECTOR) > 20
    margaret.refresh_from_db()
    assert margaret.note == VECTOR
    caplog.set_level(logging.INFO)
    called: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, where: called.append(where))
    wrong, asked, pages = [], 0, 0
    for name, address in every_address(addresses):
        for identity in WHO:
            answer, response = ask(world[identity], name, identity, address)
            asked, pages = asked + 1, pages + answer.is_page
            wrong += faults(answer)
            wrong += [f"3: {name} as {identity} offers {one}" for one in offered(response, neighbours)]
            if answer.status >= 500:
                wrong.append(f"19: {name} as {identity}: {answer.status}")
    wrong += [f"26: somebody is called: {where}" for where in called]
    lines = [logs.JsonFormatter().format(record) for record in caplog.records]
    private = [margaret.given_name, margaret.family_name, margaret.email, CANARY, "<xq"]
    private += [
        morsel.value for client in world.values() for morsel in client.cookies.values() if morsel.value
    ]
    wrong += [f"42: {line}" for line in lines if any(word in line for word in private if word)]
    assert all(json.loads(line)["level"] for line in lines)
    for one in wrong:
        record_property("violation", one)
    record_property("asked", asked)
    assert not wrong, "\n".join(wrong)
    assert asked > 800
    assert pages > 400
    assert len(lines) >= asked
    assert configured.SESSION_COOKIE_NAME == "__Host-staff"

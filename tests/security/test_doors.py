"""Every door tried in ways that its own tests do not think of: odd methods, no token, no second step, a fault behind it."""

import functools
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from clinic import logs
from clinic.models import User
from patients.models import Patient
from tests import factories, test_access_matrix
from tests.doors import DOORS
from tests.pages import signed_in
from tests.test_access_matrix import ALL, OURS

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # tries everything there is

world, addresses = test_access_matrix.world, test_access_matrix.addresses  # fixtures
FORM = "application/x-www-form-urlencoded"
ODD = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE")
# Posted by machines that hold no cookie: two must work with one press of a mail program (RFC 8058), one signs instead.
WITHOUT_TOKEN = {"clinic:mail_events", "exercises:unsubscribe", "patients:carer"}
NOBODY = "00000000-0000-0000-0000-000000000000"
GUESSES: tuple[list[str], ...] = ([], ["1"], ["exercises"], ["1", "1"], ["1", "x-y"], [NOBODY])


@pytest.mark.check(2)
def test_odd_methods_open_nothing(
    world: dict[str, Client], addresses: dict[str, str], record_property: Any
) -> None:
    wrong, asked = [], 0
    before = factories.count_rows()
    for name, door in DOORS.items():
        for identity in ("anonymous", "patient", "practitioner"):
            for method in ODD:
                answer = world[identity].generic(method, addresses[name], content_type="application/json")
                asked += 1
                answers = (
                    method in door.methods
                    or (method == "HEAD" and "GET" in door.methods)
                    or method == "OPTIONS"
                )
                if answer.status_code >= 500 or (answer.status_code < 300 and not answers):
                    wrong.append(f"{identity} {method} {name}: {answer.status_code}")
    record_property("asked", asked)
    assert wrong == []
    after = factories.count_rows()
    changed = {table for table in before if after[table] != before[table]}
    assert changed <= {"clinic_auditentry", "django_session", "clinic_cache"}


def others() -> Iterator[tuple[str, str]]:
    """URLs that packages bring, with an address each."""
    for name in sorted(set(ALL) - OURS):
        if name.endswith("None"):
            continue
        yield name, next(filter(None, (_reversed(name, guess) for guess in GUESSES)))


def _reversed(name: str, arguments: list[str]) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


@pytest.mark.check(1, 2)
def test_what_packages_bring_asks_to_sign_in_and_never_fails(
    world: dict[str, Client], record_property: Any
) -> None:
    asked = 0
    for name, address in others():
        for identity in ("anonymous", "patient", "practitioner", "curator", "superuser"):
            for method in ("GET", "POST"):
                if name in {"account_logout", "admin:logout"} and method == "POST":
                    continue  # signs out, which is tried elsewhere
                answer = world[identity].generic(method, address, content_type=FORM)
                asked += 1
                assert answer.status_code < 500, (name, identity, method)
                locked = getattr(ALL[name], "login_required", True)
                if identity in {"anonymous", "patient"} and locked:
                    assert answer.status_code in {302, 403}, (name, identity, method)
    record_property("asked", asked)
    assert asked > 400


@pytest.mark.check(2, 4)
def test_a_patient_of_another_clinic_sees_nothing_of_ours(
    addresses: dict[str, str], margaret: Patient, heinrich: Patient, record_property: Any
) -> None:
    phone, asked = Client(), 0
    device = factories.open_device(phone, heinrich)
    for name, door in DOORS.items():
        if "GET" in door.methods and name != "clinic:reminders_health":  # red here: nothing has ticked
            factories.confirm_device(phone, device)
            answer = phone.get(addresses[name])
            asked += 1
            assert answer.status_code in door.expected("patient", "GET") | (
                {200, 302, 404} if door.patient else set()
            ), name
            body = b"" if answer.streaming else answer.content
            assert b"Margaret" not in body, name
            assert margaret.email.encode() not in body, name
    record_property("asked", asked)
    assert asked > 130


@pytest.mark.check(8)
def test_every_post_needs_the_forms_token(
    world: dict[str, Client], addresses: dict[str, str], priya: User, margaret: Patient, record_property: Any
) -> None:
    """Whoever is signed in, and whatever else the request holds: a page of a stranger can post, but knows no token."""
    strict = {name: Client(enforce_csrf_checks=True) for name in ("practitioner", "patient")}
    strict["practitioner"].force_login(priya)
    factories.confirm_device(strict["patient"], factories.open_device(strict["patient"], margaret))
    before, asked = factories.count_rows(), 0
    for name, door in DOORS.items():
        client = strict["patient" if door.patient else "practitioner"]
        for method in ("POST", "PUT"):
            if method in door.methods and name not in WITHOUT_TOKEN:
                answer = client.generic(method, addresses[name], content_type=FORM)
                asked += 1
                assert answer.status_code == 403, f"{method} {name}"
    record_property("asked", asked)
    assert factories.count_rows() == before
    assert asked > 100
    exempt = {name for name in DOORS if getattr(ALL[name], "csrf_exempt", False) and not DOORS[name].api}
    assert exempt - {"clinic:api_schema"} == WITHOUT_TOKEN


@pytest.mark.check(8)
def test_the_token_of_another_browser_is_none(priya: User) -> None:
    mine, theirs = Client(enforce_csrf_checks=True), Client()
    mine.force_login(priya)
    mine.get(reverse("patients:new"))
    theirs.get(reverse("account_login"))
    token = theirs.cookies["csrf"].value
    assert mine.post(reverse("patients:new"), {"csrfmiddlewaretoken": token}).status_code == 403
    own = mine.cookies["csrf"].value
    assert mine.post(reverse("patients:new"), {"csrfmiddlewaretoken": own}).status_code == 422


@pytest.mark.check(32)
def test_with_a_password_alone_no_door_opens(
    addresses: dict[str, str], priya: User, olivia: User, settings: Settings, record_property: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = True
    before, asked = factories.count_rows(), 0
    for user in (priya, olivia):
        half = signed_in(user)
        for name, door in DOORS.items():
            if door.roles is None:
                continue
            for method in ("GET", "POST"):
                answer = half.generic(method, addresses[name], content_type=FORM)
                asked += 1
                led = answer.status_code == 302 and answer["Location"] == reverse("mfa_index")
                assert led or (door.api and answer.status_code in {403, 405}), f"{method} {name}"
        for name, address in others():
            if name.startswith("admin:"):
                assert half.get(address).status_code == 302, name
    record_property("asked", asked)
    after = factories.count_rows()
    assert {table for table in before if after[table] != before[table]} <= {"django_session"}
    assert asked > 500


def patterns(within: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for one in within:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns)
        else:
            yield one


def failing(view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    def fails(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("Margaret Hale (margaret.hale@patients.example) stood in a row")

    return fails


@pytest.mark.check(43)
def test_a_fault_behind_any_door_shows_and_logs_nothing(
    world: dict[str, Client],
    addresses: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    record_property: Any,
) -> None:
    for pattern in patterns(get_resolver().url_patterns):
        monkeypatch.setattr(pattern, "callback", failing(pattern.callback))
    caplog.set_level(logging.ERROR)
    asked = 0
    for name, address in [*addresses.items(), ("admin:index", reverse("admin:index"))]:
        client = world["patient" if name in DOORS and DOORS[name].patient else "owner"]
        client.raise_request_exception = False
        answer = client.get(address)
        asked += 1
        assert answer.status_code == 500, name
        body = answer.content.decode()
        assert "Something went wrong" in body, name
        assert not [word for word in ("Margaret", "RuntimeError", "Traceback", ".py") if word in body], name
        assert len(answer["X-Request-Id"]) == 32
        assert "Content-Security-Policy" in answer
    record_property("asked", asked)
    lines = [logs.JsonFormatter().format(record) for record in caplog.records]
    assert len(lines) >= asked
    assert {json.loads(line).get("exception") for line in lines} >= {"RuntimeError"}
    assert not [line for line in lines if "Margaret" in line or "margaret" in line]

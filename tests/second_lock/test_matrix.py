"""The matrix of all URLs a second time, with the first lock taken off: ``visible_to`` lets everything through.

What is left is the database: staff of Hilltop in every role, a patient of Hilltop and another patient of Riverside try all
that belongs to Margaret's clinic, and get the answers of the first matrix.
"""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client

from clinic import clock, prepared
from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.roles import Role
from patients.models import Patient
from tests import factories
from tests.doors import DOORS, ENTERED, METHODS, OBJECTS_OF_A_CLINIC, ROLES, Door
from tests.second_lock.world import asking, count, digest, keys, names_clinic, one, tables
from tests.test_access_matrix import addresses as addresses
from tests.test_access_matrix import world as world

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.hazard("HZ-01", "HZ-31")]

CLINICAL = sorted(table for table, model in tables().items() if names_clinic(model))
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
NAMES = re.compile(r"Margaret|margaret\.hale|Quinn")
# What one clinic proposes is judged by the curators of all.
FOR_ALL_CURATORS = {
    "exercises:proposals",
    "exercises:proposal_accept",
    "exercises:proposal_decline",
    "exercises:proposal_withdraw",  # refused in words
}
# Who asks for words is answered by what is found.
QUESTIONS = {
    "patients:list": "?q=hale",
    "exercises:catalogue": "?q=step",
    "patients:api-patient-list": "?search=hale&page_size=100",
    "exercises:worklist": "?show=all",
}


@pytest.fixture
def wide_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every ``visible_to`` of the application shows every row. Questions that are composed once are composed anew."""
    classes = {
        kind
        for model in apps.get_models()
        for kind in type(model._default_manager.get_queryset()).__mro__
        if "visible_to" in vars(kind)
    }
    for kind in classes:
        monkeypatch.setattr(kind, "visible_to", lambda rows, actor: rows.all())
    assert len(classes) >= 5
    prepared.forget()
    yield
    prepared.forget()


@pytest.fixture
def strangers(
    margaret: Patient, hilltop: Clinic, hugo: User, heinrich: Patient, double: Patient
) -> dict[str, Client]:
    """Everybody who is not of Riverside, and a patient who is not Margaret."""
    found: dict[str, Client] = {}
    for name, role in ROLES.items():
        user = hugo if role == Role.PRACTITIONER else None
        found[name] = Client(raise_request_exception=False)
        found[name].force_login(
            user or factories.make_staff(hilltop, role, f"H{name}", email=f"{name}@hilltop.example")
        )
    for name, patient in (("patient", heinrich), ("other patient", double)):
        found[name] = Client(raise_request_exception=False)
        factories.open_plan(found[name], patient, now=clock.now())
    return found


@pytest.fixture
def marks(addresses: dict[str, str], riverside: Clinic) -> set[str]:
    """The key of every row of Riverside; its own stands on public pages."""
    found = set().union(*(keys(table, "clinic_id", riverside.pk) for table in CLINICAL))
    assert len(found) > 30
    return found


def ways(addresses: dict[str, str]) -> Iterator[tuple[str, Door, str, str]]:
    for name, door in DOORS.items():
        for method in METHODS:
            yield name, door, method, addresses[name] + (QUESTIONS.get(name, "") if method == "GET" else "")


def answer(client: Client, door: Door, method: str, address: str) -> Any:
    kind = "application/json" if door.api else "application/x-www-form-urlencoded"
    with transaction.atomic():  # what fails in the database ends this question alone
        return client.generic(method, address, content_type=kind)


def test_what_is_another_clinics_is_not_there(
    wide_open: None,
    strangers: dict[str, Client],
    world: dict[str, Client],
    addresses: dict[str, str],
    marks: set[str],
    riverside: Clinic,
    heinrich: Patient,
) -> None:
    before = {table: digest(table, riverside.pk) for table in CLINICAL}
    wrong, asked = [], 0
    for name, door, method, address in ways(addresses):
        for identity, client in strangers.items():
            if not is_asked(name, door, method, identity):
                continue
            if identity == "patient" and door.patient:  # some of these doors close the plan behind them
                factories.open_plan(client, heinrich, now=clock.now())
            response = answer(client, door, method, address)
            asked += 1
            said = response.content.decode(errors="replace")
            if NAMES.search(said) or not marks.isdisjoint(UUID.findall(said)):
                wrong.append(f"{identity} {method} {name} shows it")
            if response.status_code not in expected(door, identity, method):
                wrong.append(f"{identity} {method} {name}: {response.status_code}")
    assert wrong == []
    assert asked > 1000
    changed = [table for table, was in before.items() if digest(table, riverside.pk) != was]
    assert changed == []


def is_asked(name: str, door: Door, method: str, identity: str) -> bool:
    """Roles differ in what they may enter, which the first matrix tries; what is listed for each is asked here."""
    if name in FOR_ALL_CURATORS and identity in {"curator", "owner"}:
        return False
    everywhere = identity in {"practitioner", "owner"} or (identity == "patient" and door.roles is None)
    return identity != "other patient" and (everywhere or (method == "GET" and not door.about))


def expected(door: Door, identity: str, method: str) -> set[int]:
    found = door.expected(identity, method)
    if identity == "patient":
        return found | {404}
    return {404} if found == ENTERED and door.about in OBJECTS_OF_A_CLINIC else found


def test_another_patient_of_the_clinic_sees_nothing_of_hers(
    wide_open: None,
    strangers: dict[str, Client],
    addresses: dict[str, str],
    margaret: Patient,
    double: Patient,
) -> None:
    client, asked = strangers["other patient"], 0
    of_patients = [
        table for table in CLINICAL if "patient_id" in {f.column for f in tables()[table]._meta.fields}
    ]
    hers = set().union(*(keys(table, "patient_id", margaret.pk) for table in of_patients))
    assert len(hers) > 10
    for name, door, method, address in ways(addresses):
        if not door.patient and door.roles is not None:
            continue
        factories.open_plan(client, double, now=clock.now())
        response = answer(client, door, method, address)
        asked += 1
        assert hers.isdisjoint(UUID.findall(response.content.decode(errors="replace"))), name
    assert asked > 100


def test_the_first_lock_is_off_and_the_test_would_see_it(
    wide_open: None,
    strangers: dict[str, Client],
    addresses: dict[str, str],
    margaret: Patient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the owner of the tables, whom no policy binds, the same question shows Margaret to Hilltop."""
    client = strangers["practitioner"]
    assert client.get(addresses["exercises:patient"]).status_code == 404
    monkeypatch.setattr("tests.app_client.APPLICATION", "footwork")
    response = client.get(addresses["exercises:patient"])
    assert response.status_code == 200
    assert NAMES.search(response.content.decode())


def test_raw_sql_shows_reads_changes_and_deletes_nothing_of_another_clinic(
    addresses: dict[str, str], riverside: Clinic, strangers: dict[str, Client], hugo: User
) -> None:
    filled, theirs = 0, [riverside.pk]
    for table in CLINICAL:
        there = count(table, "clinic_id = %s", theirs)
        filled += there > 0
        with asking(Actor.staff(hugo)):
            assert count(table, "clinic_id = %s", theirs) == 0, table
            assert count(table, "clinic_id <> %s", [hugo.staff_membership.clinic_id]) == 0, table
            if table != "clinic_auditentry":  # which nobody may change or delete
                touch, delete = f"UPDATE {table} SET clinic_id = clinic_id", f"DELETE FROM {table}"  # noqa: S608
                assert [one(f"{what} WHERE clinic_id = %s", theirs) for what in (touch, delete)] == [0, 0], (
                    table
                )
        with asking(None):
            assert count(table) == 0, table
        assert count(table, "clinic_id = %s", theirs) == there
    assert filled > 40


def test_foreign_keys_in_what_is_sent_do_not_reach_another_clinic(
    wide_open: None, strangers: dict[str, Client], margaret: Patient, addresses: dict[str, str], finding: Any
) -> None:
    """Fields of the API offer, and take, whatever the database shows."""
    before = factories.count_rows()
    client = strangers["practitioner"]
    today = clock.now().date()
    bodies: dict[str, dict[str, Any]] = {
        "/api/v1/findings/": {"patient": str(margaret.pk), "type": "plantar_fasciitis", "side": "right"},
        "/api/v1/logs/": {
            "item": str(uuid.uuid4()),
            "performed_on": str(today - timedelta(days=1)),
            "done": "yes",
        },
        "/api/v1/programmes/": {
            "patient": str(margaret.pk),
            "routine": "article-basics",
            "starts_on": str(today),
        },
    }
    for address, body in bodies.items():
        with transaction.atomic():
            response = client.post(address, body, content_type="application/json")
        assert response.status_code in {400, 404, 422}, (address, response.status_code, response.content)
    assert factories.count_rows() == before

"""Every page of the staff asks the database at most 15 questions, and no more of a full record than of a thin one."""

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.models import User
from clinic.roles import Role
from exercises.models import Programme, Routine
from patients.models import Patient
from tests import test_access_matrix
from tests.crowded_world import Crowd
from tests.doors import DOORS, Door
from tests.factories import NOON

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
world, addresses = test_access_matrix.world, test_access_matrix.addresses  # fixtures

MOST = 15
# What an address asks for beside the page itself.
OTHERWISE = {
    "exercises:worklist": [
        "who=all",
        "who=all&show=snoozed",
        "who=all&show=closed",
        "who=mine&rule=plan_ending",
        "page=2",
    ],
    "exercises:visit": ["days=1", "span=4", "span=12&days=1"],
    "patients:list": ["q=ma", "q=margraet", "q=14.3.1956", "practitioner=me&sort=added", "page=2"],
    "exercises:catalogue": ["q=curls", "q=crowd&kind=stretch", "page=2"],
    "exercises:routines": ["q=crowd"],
    "clinic:audit": ["page=2"],
}


def reader(door: Door) -> str:
    """Who opens it: a practitioner where one may, else an owner; empty: it is no page of theirs."""
    if door.roles is None or "GET" not in door.methods:
        return ""
    names = {Role.PRACTITIONER: "practitioner", Role.OWNER: "owner"}
    return next((name for role, name in names.items() if role in door.roles), "")


def pages(addresses: dict[str, str], staged: Routine, programme: Programme) -> dict[str, tuple[str, str]]:
    """Name, reader and address of each page, and of what else one asks of it."""
    bench = [
        f"routine={staged.slug}&stage=2",
        f"routine={staged.slug}&add=crowd-0",
        f"from={programme.pk}",
        "q=curls",
    ]
    asked = OTHERWISE | {"exercises:assign": bench}
    found = {}
    for name, door in DOORS.items():
        if who := reader(door):
            found[name] = who, addresses[name]
            found |= {f"{name}?{part}": (who, f"{addresses[name]}?{part}") for part in asked.get(name, ())}
    return found


def questions(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    assert response.status_code in {200, 301, 302}, address
    asked = [query["sql"] for query in queries.captured_queries]
    return len([sql for sql in asked if not sql.startswith(("SAVEPOINT", "RELEASE"))])


@pytest.mark.check(38)
def test_every_page_asks_at_most_fifteen_questions_and_no_more_of_many_rows(
    world: dict[str, Client],
    addresses: dict[str, str],
    priya: User,
    olivia: User,
    carlos: User,
    margaret: Patient,
    programme: Programme,
    staged: Routine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = clock.now

    def asked_at_noon() -> datetime:
        now()  # is a question too
        return NOON

    monkeypatch.setattr(clock, "now", asked_at_noon)
    crowd = Crowd(priya, olivia, carlos, margaret, programme)
    crowd.grow(range(2))
    asked = pages(addresses, staged, programme)
    for who, address in asked.values():  # what was read lately stands on some of them
        world[who].get(address)
    few = {name: questions(world[who], address) for name, (who, address) in asked.items()}
    assert {name: number for name, number in few.items() if number > MOST} == {}
    assert len(few) > 80
    crowd.grow(range(2, 4))
    world["owner"].get(addresses["exercises:usage"])  # counts anew, for a record was restricted meanwhile
    many = {name: questions(world[who], address) for name, (who, address) in asked.items()}
    assert {name: number for name, number in many.items() if number > few[name]} == {}

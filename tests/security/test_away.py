"""What is left of a page when something behind it is not there, and of a password when it is long."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from clinic.models import User
from patients.models import Patient
from tests import test_access_matrix
from tests.doors import DOORS

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # tries everything there is
world, addresses = test_access_matrix.world, test_access_matrix.addresses  # fixtures
# Pages that ask the database nothing say what they always say; the lights say that they are red.
WITHOUT = {"clinic:live", "clinic:metrics", "patients:link", "clinic:mail_events", "exercises:worker"}


@pytest.mark.check(43)
def test_no_page_shows_anything_when_the_database_is_away(
    world: dict[str, Client], addresses: dict[str, str], margaret: Patient, record_property: Any
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("server closed the connection")

    wrong, asked = [], 0
    for name, door in DOORS.items():
        if "GET" not in door.methods:
            continue
        client = world["patient" if door.patient else "owner"]
        client.raise_request_exception = False
        with connection.execute_wrapper(away):
            answer: Any = client.get(addresses[name])
            body = (b"" if answer.streaming else answer.content).decode()
        asked += 1
        if answer.status_code != 503 and name not in WITHOUT:
            wrong.append(f"43: {name}: {answer.status_code}")
        if any(word in body for word in (margaret.family_name, "closed the connection", "Traceback", ".py")):
            wrong.append(f"43: {name} shows something")
    for one in wrong:
        record_property("violation", one)
    record_property("asked", asked)
    assert wrong == []
    assert asked > 100


@pytest.mark.check(31)
def test_every_letter_of_a_long_password_counts(priya: User) -> None:
    """Some hashes read the first 72 bytes and no more."""
    long = "four slow steps before breakfast, " * 4
    priya.set_password(long)
    priya.save(update_fields=["password"])
    address = reverse("account_login")
    assert len(long) > 128
    for short in (long[:72], long[:100], long[:-2], long + "x"):
        answer = Client().post(address, {"login": priya.email, "password": short})
        assert answer.status_code == 200, len(short)
    assert Client().post(address, {"login": priya.email, "password": long}).status_code == 302

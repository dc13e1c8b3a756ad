"""Fifty tries of a printed code at once: never more than five are looked at, and never more than twenty fail."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client

from clinic import clock
from clinic.limits import Limit
from clinic.models import Attempt, User
from exercises.models import Programme
from patients.access_codes import new_printed_code
from patients.actions import tries
from patients.models import AccessCode, Device, Patient
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads that wait for each other
AT_ONCE = 50


@pytest.fixture(autouse=True)
def one_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    connection.close()
    yield
    connection.close()


def at_once(codes: list[str]) -> list[int]:
    """Each typed in a browser and a network of its own, begun together."""
    start = threading.Barrier(len(codes))

    def enter(place: int, code: str) -> int:
        try:
            client = Client(REMOTE_ADDR=f"192.0.2.{place}")
            start.wait(30)
            return client.post("/c/", {"code": code, "own": "own"}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(codes)) as pool:
        return list(pool.map(enter, range(len(codes)), codes))


@pytest.mark.hazard("HZ-30")
@pytest.mark.check(29)
def test_p5_fifty_wrong_tries_at_once(priya: User, margaret: Patient, programme: Programme) -> None:
    made = factories.make_code(priya, margaret)
    wrong = str(made._replace(secret=new_printed_code().secret))
    statuses = at_once([wrong] * AT_ONCE)
    assert sorted(statuses) == [422] * 5 + [429] * 45
    assert AccessCode.objects.get().failures == 5
    assert max(Attempt.objects.values_list("count", flat=True)) == AT_ONCE


@pytest.mark.hazard("HZ-30")
@pytest.mark.check(29)
def test_p5_failures_are_counted_one_by_one(
    priya: User, margaret: Patient, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "PER_LOCATOR", Limit("test", 1000, tries.PER_LOCATOR.every))
    made = factories.make_code(priya, margaret)
    at_once([str(made._replace(secret=new_printed_code().secret))] * 30)
    assert AccessCode.objects.get().failures == 20
    assert at_once([str(made)]) == [422]


def test_never_more_than_five_devices(priya: User, margaret: Patient, programme: Programme) -> None:
    code = str(factories.make_code(priya, margaret))
    tries_of_all = at_once([code] * 5)
    assert tries_of_all == [303] * 5
    Attempt.objects.all().delete()
    at_once([code] * 5)
    assert Device.objects.live_at(clock.now()).count() == 5
    assert Device.objects.count() == 10

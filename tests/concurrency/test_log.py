"""A day sent twenty times at once, from one phone with a bad connection: each exercise has one answer, and it is the one sent."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client

from clinic import clock
from clinic.models import User
from exercises.models import Done, Exercise, LogEntry
from patients.models import PainScore, Patient
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads that wait for each other
AT_ONCE = 20


@pytest.fixture(autouse=True)
def one_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    connection.close()
    yield
    connection.close()


@pytest.mark.check(37)
def test_twenty_times_at_once_is_once(priya: User, margaret: Patient, toe_curls: Exercise) -> None:
    now = clock.now()
    programme = factories.make_programme(priya, margaret, [toe_curls], now=now)
    phone = Client()
    factories.open_device(phone, margaret)
    key = phone.cookies[settings.DEVICE_COOKIE_NAME].value
    item = str(programme.items.get().pk)
    day = margaret.local_day(now).isoformat()
    start = threading.Barrier(AT_ONCE)

    def send(_place: int) -> int:
        try:
            client = Client()
            client.cookies[settings.DEVICE_COOKIE_NAME] = key
            start.wait(30)
            said = {"performed_on": day, "item": item, f"done-{item}": "done", "pain_foot_24h": "4"}
            return client.post("/today/log/", said).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert set(pool.map(send, range(AT_ONCE))) == {303}
    assert LogEntry.objects.get().done == Done.DONE
    assert [(one.measure, one.score) for one in PainScore.objects.all()] == [("pain_foot_24h", 4)]

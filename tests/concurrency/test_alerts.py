"""Two workers look at one patient at the same moment: one of them raises the alert, the other finds it raised."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections

from clinic.actors import Actor
from exercises import actions, alert_facts, alerts
from exercises.actions import alerts as alert_actions
from exercises.models import Alert, AlertTrigger
from patients.models import Measure, Patient
from tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads that wait for each other


@pytest.fixture(autouse=True)
def one_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    connection.close()
    yield
    connection.close()


@pytest.fixture
def in_pain(margaret: Patient) -> Patient:
    entry = actions.DayLog(performed_on=TODAY, pain={Measure.PAIN_FOOT: 9})
    actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=entry, now=NOON)
    return margaret


def at_once(work: Callable[[], int], workers: int = 2) -> list[int | Exception]:
    def run(_number: int) -> int | Exception:
        try:
            return work()
        except IntegrityError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, range(workers)))


def both_have_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither writes before the other has looked: the worst moment."""
    ready, raise_alerts = threading.Barrier(2, timeout=10), actions.raise_alerts

    def waits(**given: Any) -> int:
        ready.wait()
        raised: int = raise_alerts(**given)
        return raised

    monkeypatch.setattr(actions, "raise_alerts", waits)


@pytest.mark.hazard("HZ-36")
def test_two_workers_raise_one_alert(in_pain: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    both_have_read(monkeypatch)
    found = at_once(lambda: alerts.evaluate([in_pain.pk], NOON))
    assert sorted(map(str, found)) == ["0", "1"]
    assert (Alert.objects.get().count, AlertTrigger.objects.count()) == (1, 1)


def test_without_the_lock_they_would_get_in_each_others_way(
    in_pain: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the lock is for. Even then the constraint lets only one alert stand."""
    both_have_read(monkeypatch)
    both_know = threading.Barrier(2, timeout=10)
    known = alert_facts.known

    def reads(patients: list[Any]) -> Any:
        told = known(patients)
        if len(patients) == 1 and connection.in_atomic_block:
            both_know.wait()
        return told

    monkeypatch.setattr(alert_actions, "open_for_writing", lambda pk: Patient.objects.get(pk=pk))
    monkeypatch.setattr(alert_facts, "known", reads)
    found = at_once(lambda: alerts.evaluate([in_pain.pk], NOON))
    assert sum(isinstance(one, IntegrityError) for one in found) == 1
    assert Alert.objects.count() == 1

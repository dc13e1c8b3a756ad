"""A screening and an assignment at the same moment: one after the other, and the later one knows of the earlier."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from clinic.errors import Refused
from clinic.models import OutgoingEmail, User
from exercises.models import Exercise, Programme
from patients.models import Decision, Patient, RaisedFlag
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads that wait for each other


@pytest.fixture(autouse=True)
def one_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    connection.close()
    yield
    connection.close()


def meanwhile(first: Callable[[], object], second: Callable[[], object]) -> tuple[bool, Exception | None]:
    """``second`` begins while ``first`` is done but not committed. Returns whether it waited, and what it raised."""
    begun, raised = threading.Event(), []

    def run() -> None:
        try:
            begun.set()
            second()
        except Refused as refused:
            raised.append(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            work = pool.submit(run)
            begun.wait(10)
            threading.Event().wait(0.7)  # time enough to finish, if nothing held it
            waited = not work.done()
        work.result(30)
    return waited, raised[0] if raised else None


@pytest.mark.hazard("HZ-05")
def test_an_assignment_waits_for_the_screening_and_sees_its_sign(
    priya: User, margaret: Patient, toe_curls: Exercise
) -> None:
    waited, refused = meanwhile(
        lambda: factories.make_flag(priya, margaret),
        lambda: factories.make_programme(priya, margaret, [toe_curls]),
    )
    assert waited
    assert isinstance(refused, Refused)
    assert refused.code == "red_flag"
    assert not Programme.objects.exists()
    assert not OutgoingEmail.objects.exists()


def test_a_screening_waits_for_the_assignment(priya: User, margaret: Patient, toe_curls: Exercise) -> None:
    waited, refused = meanwhile(
        lambda: factories.make_programme(priya, margaret, [toe_curls]),
        lambda: factories.make_flag(priya, margaret),
    )
    assert (waited, refused) == (True, None)
    assert (Programme.objects.count(), RaisedFlag.objects.undecided().count()) == (1, 1)


def test_an_assignment_waits_for_a_decision_against_it(
    priya: User, margaret: Patient, toe_curls: Exercise
) -> None:
    flag = factories.make_decision(priya, factories.make_flag(priya, margaret))
    waited, refused = meanwhile(
        lambda: factories.make_decision(priya, flag, Decision.HOLD, now=factories.NOON + timedelta(hours=1)),
        lambda: factories.make_programme(priya, margaret, [toe_curls]),
    )
    assert waited
    assert refused is not None
    assert not Programme.objects.exists()


@pytest.mark.hazard("HZ-26")
def test_two_decide_at_once_one_is_told(priya: User, margaret: Patient) -> None:
    flag = factories.make_flag(priya, margaret)
    theirs = RaisedFlag.objects.select_related("patient").get(pk=flag.pk)
    waited, refused = meanwhile(
        lambda: factories.make_decision(priya, flag, Decision.HOLD),
        lambda: factories.make_decision(priya, theirs, Decision.MAY_START),
    )
    assert waited
    assert isinstance(refused, Refused)
    assert refused.code == "stale"
    assert RaisedFlag.objects.get().decision == Decision.HOLD

"""Many senders at once: each row is claimed by exactly one of them; without the guard it is not."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection, connections, transaction
from django.db.models.functions import Now

from clinic.mail import circuit, outbox
from clinic.models import Clinic, MailCircuit, OutgoingEmail
from tests.outbox_world import claim_one, make_email

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads that wait for each other

T = TypeVar("T")
THREADS, ROWS = 8, 400


@pytest.fixture(autouse=True)
def one_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    """The pool of the settings would make eight threads wait for four connections."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    connection.close()
    yield
    connection.close()


@pytest.fixture
def due(riverside: Clinic) -> list[int]:
    first = make_email(riverside, "0")
    rows = [
        OutgoingEmail(
            clinic=riverside,
            letter="plain",
            object_id=str(number),
            not_before=first.not_before,
            expires_at=first.expires_at,
        )
        for number in range(1, ROWS)
    ]
    OutgoingEmail.objects.bulk_create(rows)
    return list(OutgoingEmail.objects.values_list("pk", flat=True))


def at_once(work: Callable[[], T]) -> list[T]:
    """The same work in every thread, begun together; each thread has its own connection."""
    start = threading.Barrier(THREADS)

    def run() -> T:
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET lock_timeout = '5s'"
                )  # whoever waits for a row fails the test, and does not hang it
            start.wait(10)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result(60) for future in [pool.submit(run) for _ in range(THREADS)]]


def drain() -> list[int]:
    found = []
    while claim := claim_one():
        found.append(claim.id)
    return found


@pytest.mark.hazard("HZ-07")
def test_every_row_is_claimed_exactly_once(due: list[int]) -> None:
    shares = at_once(drain)
    assert sorted(pk for share in shares for pk in share) == sorted(due)
    assert len([share for share in shares if share]) > 1  # they did work side by side
    tokens = OutgoingEmail.objects.filter(state="sending").values_list("lease_token", flat=True)
    assert len(set(tokens)) == ROWS


def test_reading_first_and_claiming_afterwards_claims_twice(due: list[int]) -> None:
    """The control: the race is there, and the claim's one statement is what removes it."""
    everybody_has_read = threading.Barrier(THREADS)

    def naive() -> int:
        (pk,) = OutgoingEmail.objects.due_at(Now()).values_list("pk", flat=True)[:1]
        everybody_has_read.wait(10)
        OutgoingEmail.objects.filter(pk=pk).update(reason="mine")
        return pk

    assert len(set(at_once(naive))) == 1


def test_a_row_that_another_holds_is_passed_over_not_waited_for(due: list[int]) -> None:
    with transaction.atomic():
        first = OutgoingEmail.objects.select_for_update().order_by("not_before", "pk")[0]
        found = at_once(claim_one)  # would wait for the end of this block
    assert len({claim.id for claim in found if claim} - {first.pk}) == THREADS


def test_reaping_at_once_counts_one_doubt(due: list[int]) -> None:
    while claim_one():
        pass
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clinic_outgoingemail SET lease_until = now() - interval '1 second'")
    assert sum(at_once(outbox.reap)) == ROWS
    assert set(OutgoingEmail.objects.values_list("doubt", "state")) == {(1, "pending")}


def test_one_process_wins_the_probe() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_mailcircuit (id, failures, open_until) VALUES (1, 3, now() - interval '1 second')"
        )
    assert sorted(at_once(circuit.may_try)) == [False] * (THREADS - 1) + [True]
    assert MailCircuit.objects.get().failures == 4


def test_failures_at_once_open_the_circuit_and_say_since_when() -> None:
    MailCircuit.objects.create()
    at_once(circuit.note_failure)
    state = MailCircuit.objects.get()
    assert state.failures == 3
    assert state.opened_at
    assert state.open_until > state.opened_at

"""Eight writers that commit and roll back at random, and a sealer beside them: no entry is skipped, none is sealed twice."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from clinic import clock
from clinic.models import AuditEntry, AuditSeal, Clinic
from clinic.proof import prove
from clinic.sealing import seal_audit
from tests.audit_world import only_this_database, write
from tests.concurrency.test_claim import at_once, one_connection_for_each_thread

__all__ = ["one_connection_for_each_thread", "only_this_database"]  # fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads beside each other
TRANSACTIONS = 60  # of each writer


class TakenBack(Exception):
    pass


def write_much(clinic: Clinic) -> int:
    kept, chance = 0, random.Random()  # noqa: S311 - no secret
    for _ in range(TRANSACTIONS):
        number = chance.randint(1, 3)
        try:
            with transaction.atomic():
                write(clinic, number)
                if chance.random() < 0.3:
                    raise TakenBack
        except TakenBack:
            continue
        kept += number
    return kept


def test_nothing_is_skipped_and_nothing_is_sealed_twice(riverside: Clinic) -> None:
    over = threading.Event()

    def seal_on_and_on() -> int:
        done = 0
        try:
            while not over.is_set():
                done += seal_audit(clock.now()) or 0
        finally:
            connections.close_all()
        return done

    with ThreadPoolExecutor(1) as beside:
        sealer = beside.submit(seal_on_and_on)
        try:
            kept = sum(at_once(lambda: write_much(riverside)))
        finally:
            over.set()
        done = sealer.result(60)
    done += seal_audit(clock.now()) or 0
    assert AuditEntry.objects.count() == kept == done
    assert AuditSeal.objects.count() > 5  # it did work beside them
    found = prove()
    assert (found.faults, found.entries, found.unsealed) == ([], kept, 0)

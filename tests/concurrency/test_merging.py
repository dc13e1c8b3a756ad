"""Two people at the same two records: one merge wins, and no row is written into a record that is being put away."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections, transaction

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import User
from exercises import actions
from exercises.models import Exercise, Programme
from patients import actions as patient_actions
from patients.actions.records import open_for_writing
from patients.models import Finding, Patient, PatientMerge
from tests import factories
from tests.factories import NOON
from tests.record_world import REASON, merge, other_type, take_back

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads that wait for each other


@pytest.fixture(autouse=True)
def one_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    connection.close()
    yield
    connection.close()


def at_once(*works: Callable[[], Any]) -> list[str]:
    """Each work in a thread of its own, begun together; "done", or the code with which it was refused."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")  # who waits for ever fails the test
            start.wait(10)
            work()
        except Refused as refused:
            return refused.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return sorted(future.result(30) for future in [pool.submit(run, work) for work in works])


@pytest.mark.parametrize("action", [actions.merge_patients, patient_actions.merge_patients])
def test_of_two_merges_one_wins(
    priya: User, olivia: User, margaret: Patient, double: Patient, action: Callable[..., Any]
) -> None:
    """Each the other way round: were the two rows locked in the order of the arguments, both could wait for ever."""

    def merge_by(who: User, kept: Patient, duplicate: Patient) -> None:
        action(actor=Actor.staff(who), kept=kept, duplicate=duplicate, now=NOON, reason=REASON)

    for patient, kind in ((margaret, "callus"), (double, "bunion")):
        factories.make_finding(priya, patient, other_type(kind))
    for _round in range(5):
        ends = at_once(
            partial(merge_by, priya, margaret, double), partial(merge_by, olivia, double, margaret)
        )
        assert ends == ["archived", "done"]
        merged = PatientMerge.objects.get(undone_at=None)
        assert Finding.objects.filter(patient=merged.kept).count() == 2
        ends = at_once(partial(take_back, priya, merged), partial(take_back, olivia, merged))
        assert ends == ["done", "undone"]
        assert Finding.objects.filter(patient=margaret).count() == 1


def test_a_merge_and_a_finding_end_in_one_record(priya: User, margaret: Patient, double: Patient) -> None:
    for number in range(6):
        kind = other_type(f"kind-{number}")
        write = partial(factories.make_finding, priya, double, kind)
        assert at_once(partial(merge, priya, margaret, double), write) in (
            ["archived", "done"],
            ["done", "done"],
        )
        assert not Finding.objects.filter(patient=double).exists()  # moved, or never written
        take_back(priya, PatientMerge.objects.get(undone_at=None))


def test_nobody_archives_a_record_in_which_somebody_writes(
    priya: User, margaret: Patient, toe_curls: Exercise
) -> None:
    """The lock, shown at work: the archiving waits for the writer, then sees the programme."""
    written, asked = threading.Event(), threading.Event()

    def assign() -> None:
        with transaction.atomic():
            open_for_writing(margaret.pk)
            asked.set()
            assert not written.wait(0.5)  # the archiving cannot be over: the row is held here
            factories.make_programme(priya, margaret, [toe_curls])

    def archive() -> None:
        assert asked.wait(5)
        try:
            actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="Old.")
        finally:
            written.set()

    assert at_once(assign, archive) == ["done", "running"]
    assert Programme.objects.active().count() == 1
    assert Patient.objects.get(pk=margaret.pk).is_open


def test_of_two_restorings_one_wins(priya: User, olivia: User, margaret: Patient) -> None:
    actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="Old.")

    def restore(who: User) -> None:
        patient = Patient.objects.get(pk=margaret.pk)
        patient_actions.restore_patient(actor=Actor.staff(who), patient=patient)

    assert at_once(partial(restore, priya), partial(restore, olivia)) == ["current", "done"]

"""A list that is confirmed twice, and two workers at one list: each row becomes one patient."""

import threading

import pytest
from django.db import connections

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry, User
from patients import actions, import_work
from patients.models import Patient, PatientImport
from tests.concurrency.test_screening import meanwhile, one_connection_for_each_thread  # noqa: F401
from tests.pages import signed_in
from tests.patients.import_world import checked, many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def listed(priya: User, monkeypatch: pytest.MonkeyPatch) -> PatientImport:
    """Forty rows in batches of ten, checked, to be added by a worker."""
    monkeypatch.setattr("patients.actions.import_writing.BATCH", 10)
    made = checked(signed_in(priya), many(40))
    monkeypatch.setattr("patients.actions.FEW_ROWS", 0)
    return made


def confirm(priya: User, listed: PatientImport) -> None:
    actor, seen = Actor.staff(priya), listed.version
    actions.confirm_import(actor=actor, patient_import=listed, seen=seen, now=clock.now())


def test_confirm_pressed_twice(priya: User, listed: PatientImport) -> None:
    waited, refused = meanwhile(lambda: confirm(priya, listed), lambda: confirm(priya, listed))
    assert waited
    assert refused is not None
    assert AuditEntry.objects.filter(verb="import.confirmed").count() == 1
    assert import_work.work() == 4
    assert Patient.objects.count() == 40


def test_a_second_worker_passes_by_a_batch_that_is_being_written(priya: User, listed: PatientImport) -> None:
    confirm(priya, listed)
    done: list[bool] = []
    waited, _none = meanwhile(import_work.step, lambda: done.append(import_work.step()))
    assert (waited, done) == (False, [False])
    assert Patient.objects.count() == 10


def test_workers_side_by_side_write_each_row_once(priya: User, listed: PatientImport) -> None:
    confirm(priya, listed)
    start = threading.Barrier(4)

    def worker() -> None:
        start.wait(10)
        try:
            for _again in range(40):
                import_work.step()
        finally:
            connections.close_all()

    workers = [threading.Thread(target=worker) for _number in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    listed.refresh_from_db()
    assert (listed.state, listed.done) == ("done", 40)
    assert Patient.objects.count() == AuditEntry.objects.filter(verb="patient.imported").count() == 40


def test_stopping_waits_for_the_batch_and_nothing_follows(priya: User, listed: PatientImport) -> None:
    confirm(priya, listed)
    actor = Actor.staff(priya)
    waited, refused = meanwhile(
        import_work.step,
        lambda: actions.stop_import(actor=actor, patient_import=listed, now=clock.now()),
    )
    assert (waited, refused) == (True, None)
    assert import_work.work() == 0
    listed.refresh_from_db()
    assert (listed.state, listed.done, Patient.objects.count()) == ("stopped", 10, 10)

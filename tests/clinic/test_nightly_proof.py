"""Each night the audit is compared with its seals; what is broken is a light, a number, a line in the log and a mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from pytest_django import Settings

from clinic import alarm, clock, metrics, nightly_proof, tasks
from clinic.lights import Light, lights
from clinic.models import Alarm, AuditEntry, AuditProof, Clinic, SchedulerBeat
from tests.audit_world import all_rights, only_this_database, sealed

__all__ = ["only_this_database"]  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def light() -> Light:
    return next(light for light in lights() if light.name == "audit_proof")


@pytest.fixture
def four(riverside: Clinic) -> Clinic:
    sealed(riverside, 3, 1)
    return riverside


def change_an_entry() -> None:
    with all_rights() as do:
        do.execute("UPDATE clinic_auditentry SET actor_label = 'nobody' WHERE id = %s", [first()])


def first() -> int:
    return AuditEntry.objects.order_by("pk").values_list("pk", flat=True)[0]


def test_what_is_whole_is_green_and_costs_one_look_a_day(four: Clinic) -> None:
    assert light().found == "It has not been compared with its seals yet."
    assert tasks.verify_audit() == 4
    proof = AuditProof.objects.get()
    assert (proof.seals, proof.entries, proof.faults) == (2, 4, 0)
    assert light().green
    assert light().found.startswith("No faults")
    assert tasks.verify_audit() == 0  # today it was done
    assert nightly_proof.prove_tonight(clock.now() + DAY) == 4
    assert AuditProof.objects.get().proved_at > proof.proved_at


def test_a_broken_chain_reaches_the_operator(
    four: Clinic, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OPERATOR_EMAIL = "operator@clinic.example"
    now = clock.now()
    SchedulerBeat.objects.create(last_tick_at=now, materialised_until=now + 2 * DAY)
    assert nightly_proof.prove_tonight(now) == 4
    change_an_entry()
    assert nightly_proof.prove_tonight(now) == 0  # nobody looks twice a day
    assert light().green
    assert nightly_proof.prove_tonight(now + DAY) == 4
    assert not light().green
    assert light().found.startswith("1 faults were found")
    (line,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert line.getMessage() == "the audit is not as it was sealed"
    assert "an entry was changed" in line.first[0]  # type: ignore[attr-defined]
    said = metrics.render().decode()
    assert "footwork_audit_faults 1.0" in said
    assert 'footwork_light{light="audit_proof"} 0.0' in said
    alarm.look()
    Alarm.objects.update(red_since=clock.now() - timedelta(minutes=11))
    alarm.look()
    (letter,) = mail.outbox
    assert letter.subject == "Footwork in trouble: the audit is not as it was sealed"
    assert "verify_audit --heads" in letter.body


def test_of_two_at_once_one_looks(four: Clinic) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [nightly_proof.ALONE])
            assert tasks.verify_audit() is None
            assert not AuditProof.objects.exists()
            cursor.execute("SELECT pg_advisory_unlock(%s)", [nightly_proof.ALONE])
    finally:
        other.close()
    assert tasks.verify_audit() == 4

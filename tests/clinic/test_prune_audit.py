"""manage.py prune_audit: whole ranges whose time is over; every other entry keeps its range."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from clinic import clock, pruning
from clinic.actors import Actor
from clinic.models import AuditEntry, AuditSeal, AuditTombstone, Clinic, User
from clinic.proof import PRUNED, prove
from clinic.sealing import seal_audit
from patients.models import Patient
from tests import factories
from tests.audit_world import only_this_database

__all__ = ["only_this_database"]  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)
YEAR = timedelta(days=366)


@pytest.fixture
def now(riverside: Clinic) -> datetime:
    Clinic.objects.update(retention_years=8)
    seal_audit(clock.now())  # what the fixtures wrote
    return clock.now()


def long_ago(clinic: Clinic | None, at: datetime, patient: Patient | None = None, **fields: Any) -> int:
    """An entry of then under a seal of then; returns the number of the seal."""
    AuditEntry.objects.create(
        at=at,
        clinic=clinic,
        actor_kind="system",
        actor_label="t",
        verb="a.b",
        object_type="c",
        object_id="1",
        patient_id=patient.pk if patient else None,
        **fields,
    )
    assert seal_audit(at) == 1
    return AuditSeal.objects.latest("number").number


def prune(*args: str) -> str:
    out = io.StringIO()
    call_command("prune_audit", *args, stdout=out)
    return out.getvalue()


def would_go(now: datetime) -> int:
    return pruning.prune_audit(actor=Actor.system("t"), now=now, dry_run=True).seals


def gone() -> list[int]:
    return [*AuditTombstone.objects.order_by("pk").values_list("pk", flat=True)]


def test_what_is_old_enough_goes_and_the_chain_still_holds(riverside: Clinic, now: datetime) -> None:
    old = [long_ago(riverside, now - 10 * YEAR), long_ago(None, now - 10 * YEAR)]
    young = long_ago(riverside, now - 8 * YEAR)
    before = AuditEntry.objects.count()
    assert prune("--dry-run").startswith("2 entries under 2 seals would go; 3 seals are older")
    assert (AuditEntry.objects.count(), gone()) == (before, [])
    assert prune().startswith("2 entries under 2 seals went")
    assert gone() == old
    assert young not in gone()
    entry = AuditEntry.objects.get(verb=PRUNED)
    assert (entry.clinic, entry.actor_label) == (riverside, "prune_audit")
    assert entry.changes == {"seals": [[old[0], old[1]]], "entries": 2}
    assert AuditEntry.objects.count() == before - 2 + 1
    seal_audit(clock.now())
    found = prove()
    assert (found.faults, found.pruned) == ([], 2)
    assert prune().startswith("0 entries under 0 seals went; 1 seals")


def test_what_tells_of_pruning_stays(riverside: Clinic, now: datetime) -> None:
    long_ago(riverside, now - 10 * YEAR, changes={"seals": []})
    AuditEntry.objects.create(
        at=now - 10 * YEAR,
        clinic=riverside,
        actor_kind="system",
        actor_label="t",
        verb=PRUNED,
        object_type="c",
        object_id="1",
        changes={"seals": []},
    )
    seal_audit(now - 10 * YEAR)
    prune()
    assert len(gone()) == 1


@pytest.mark.parametrize(
    ("years", "undecided", "goes"), [(9.5, False, True), (8.5, False, False), (40, True, False)]
)
def test_the_clinic_decides_how_long(
    riverside: Clinic, now: datetime, years: float, undecided: bool, goes: bool
) -> None:
    if undecided:
        Clinic.objects.update(retention_years=None)
    number = long_ago(riverside, now - years * YEAR)
    prune()
    assert (number in gone()) == goes


class TestOfPatients:
    @pytest.fixture
    def heinz(self, priya: User, now: datetime) -> Patient:
        """Registered just now, so that somebody had to do with the record."""
        made = factories.make_patient(priya)
        seal_audit(clock.now())
        return made

    def test_stays_as_long_as_the_record(self, riverside: Clinic, heinz: Patient, now: datetime) -> None:
        long_ago(riverside, now - 20 * YEAR, heinz)
        prune()
        assert gone() == []
        assert would_go(now + 8.9 * YEAR) == 0
        assert would_go(now + 9.1 * YEAR) == 2  # what was written just now is old then, too

    def test_of_a_child_to_the_25th_birthday_and_a_year(
        self, riverside: Clinic, heinz: Patient, now: datetime
    ) -> None:
        Patient.objects.update(date_of_birth=now.date() - timedelta(days=3 * 365))
        long_ago(riverside, now - 2 * YEAR, heinz)
        born = now - timedelta(days=3 * 365)
        for age, goes in ((24.9, False), (25.9, False), (26.2, True)):
            assert bool(would_go(born + age * timedelta(days=365.25))) == goes, age

    def test_of_a_record_that_is_gone_a_year_after_the_last_word(
        self, riverside: Clinic, now: datetime
    ) -> None:
        nobody = Patient(pk="9b2f0a52-9f8e-4a39-8d9d-3c5a7a0f1c11")
        long_ago(riverside, now - 10 * YEAR, nobody)
        AuditEntry.objects.create(
            clinic=riverside,
            actor_kind="system",
            actor_label="t",
            verb="patient.deleted",
            object_type="c",
            object_id="1",
            patient_id=nobody.pk,
        )
        seal_audit(clock.now())
        prune()
        assert gone() == []
        assert would_go(now + 1.1 * YEAR) == 1


def test_batches_cover_all(riverside: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    old = [long_ago(riverside, now - 10 * YEAR) for _ in range(5)]
    assert prune().startswith("5 entries under 5 seals went; 5 seals")
    assert gone() == old
    told = [entry.changes["seals"] for entry in AuditEntry.objects.filter(verb=PRUNED).order_by("pk")]
    assert told == [[[old[0], old[1]]], [[old[2], old[3]]], [[old[4], old[4]]]]

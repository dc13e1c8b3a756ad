"""Sealing: whole ranges of transactions that have ended, one after the other, whatever else goes on."""

import logging

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from clinic import clock, sealing, tasks
from clinic.chain import GENESIS, heads_in
from clinic.models import AuditEntry, AuditEpoch, AuditSeal, Clinic, JobBeat
from clinic.proof import prove
from clinic.sealing import OLDEST_RUNNING, begin_epoch, seal_audit
from tests.audit_world import begin_entry, only_this_database, sealed, someone_else, write

__all__ = ["only_this_database"]  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)


def ranges() -> list[tuple[int, int, int]]:
    return [*AuditSeal.objects.order_by("number").values_list("epoch", "from_xid", "to_xid")]


def test_each_range_goes_on_where_the_last_one_ended(riverside: Clinic) -> None:
    sealed(riverside, 3, 1)
    first, second = AuditSeal.objects.order_by("number")
    assert (first.number, second.number, first.previous, second.previous) == (1, 2, GENESIS, first.hash)
    assert first.from_xid == 0
    assert first.to_xid == second.from_xid
    assert (first.entries, second.entries) == (3, 1)
    assert AuditEpoch.objects.get().number == 1
    assert seal_audit(clock.now()) == 0  # nothing was written: no seal
    assert AuditSeal.objects.count() == 2
    assert prove().faults == []


def test_entries_of_one_transaction_share_a_seal(riverside: Clinic) -> None:
    with transaction.atomic():
        write(riverside, 2)
        with transaction.atomic():  # a savepoint has a number of its own, and is of the same transaction
            write(riverside, 1)
    assert len(set(AuditEntry.objects.values_list("xid", flat=True))) == 1
    assert seal_audit(clock.now()) == 3


def test_what_still_runs_is_waited_for_and_nothing_is_skipped(riverside: Clinic) -> None:
    with someone_else() as other:
        begin_entry(other, 9001)
        write(riverside, 2)  # later, and committed first
        assert seal_audit(clock.now()) == 0
        assert prove().unsealed == 2
        other.commit()
    assert AuditEntry.objects.get(pk=9001).epoch == 1  # whatever the insert said
    assert AuditEntry.objects.get(pk=9001).xid > 1
    assert seal_audit(clock.now()) == 3
    assert prove().faults == []


def test_the_oldest_transaction_of_the_server_is_the_end(
    riverside: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Production's own question, which other tests replace, for here others use the server too."""
    monkeypatch.setattr(sealing, "OLDEST_RUNNING", OLDEST_RUNNING)
    with someone_else() as other:
        begin_entry(other, 9001)
        write(riverside, 2)
        (running,) = other.execute("SELECT pg_current_xact_id()::text::bigint").fetchone() or ()
        with connection.cursor() as cursor:
            cursor.execute(OLDEST_RUNNING)
            assert cursor.fetchone()[0] <= running
        assert seal_audit(clock.now()) == 0


def test_a_seal_up_to_the_newest_entry_would_skip_one_and_that_shows(
    riverside: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the end of the range is what keeps it complete."""
    monkeypatch.setattr(sealing, "OLDEST_RUNNING", "SELECT max(xid) + 1 FROM clinic_auditentry")
    with someone_else() as other:
        begin_entry(other, 9001)
        write(riverside, 2)
        assert seal_audit(clock.now()) == 2
        other.commit()
    assert "2 entries were sealed, 3 are there" in prove().faults[0]


def test_what_was_rolled_back_is_in_no_seal(riverside: Clinic) -> None:
    with someone_else() as other:
        begin_entry(other, 9001)
        other.rollback()
    write(riverside)
    assert seal_audit(clock.now()) == 1


def test_of_two_sealers_one_leaves_it_to_the_other(riverside: Clinic) -> None:
    write(riverside)
    with someone_else() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [sealing.ALONE])
        assert seal_audit(clock.now()) is None
        assert tasks.seal_audit() is None
        assert AuditSeal.objects.count() == 0
    assert seal_audit(clock.now()) == 1


def test_heads_go_out_once_they_are_kept(riverside: Clinic, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "clinic.seal"):
        write(riverside)
        with transaction.atomic():
            assert seal_audit(clock.now()) == 1
            transaction.set_rollback(True)
        assert caplog.messages == []
        assert seal_audit(clock.now()) == 1
        (head,) = [seal.head for seal in AuditSeal.objects.all()]
    assert [*heads_in(caplog.messages)] == [head]


def test_the_schedule_seals_with_and_without_celery(riverside: Clinic) -> None:
    write(riverside)
    call_command("send_reminders", verbosity=0)
    assert AuditSeal.objects.count() == 1
    assert JobBeat.objects.filter(name="seal_audit").exists()


class TestEpochs:
    def test_a_restore_begins_the_next_and_the_one_before_is_sealed_to_its_end(
        self, riverside: Clinic
    ) -> None:
        sealed(riverside, 2)
        write(riverside, 3)  # not sealed yet
        assert begin_epoch() == 2
        write(riverside, 4)
        assert seal_audit(clock.now()) == 7
        assert [(epoch, first == 0) for epoch, first, _end in ranges()] == [(1, True), (1, False), (2, True)]
        assert begin_epoch() == 3
        assert prove().faults == []
        assert seal_audit(clock.now()) == 0

    def test_nobody_writes_into_the_old_one_any_more(self, riverside: Clinic) -> None:
        with someone_else() as other, transaction.atomic():
            begin_epoch()
            other.execute("SET lock_timeout = '50ms'")
            with pytest.raises(Exception, match="lock timeout"):
                begin_entry(other, 9001)
        write(riverside)
        assert AuditEntry.objects.get().epoch == 2

    def test_a_database_that_lies_elsewhere_is_in_the_next_before_anybody_says_so(
        self, riverside: Clinic
    ) -> None:
        AuditEpoch.objects.create(number=1, place="the server before")
        write(riverside)
        assert AuditEntry.objects.get().epoch == 2
        assert seal_audit(clock.now()) == 1
        assert [*AuditEpoch.objects.order_by("number").values_list("number", flat=True)] == [1, 2]
        write(riverside)
        assert {*AuditEntry.objects.values_list("epoch", flat=True)} == {2}
        assert ranges()[0][0] == 2

    def test_a_lower_count_of_transactions_is_no_fault_in_another_epoch(self, riverside: Clinic) -> None:
        """What a new server does."""
        sealed(riverside, 1)
        begin_epoch()
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "INSERT INTO clinic_auditentry (epoch, xid, actor_kind, actor_label, actor_role, verb, object_type,"
                " object_id, request_id, reason, changes) VALUES (2, 5, 'system', 't', '', 'a.b', 'c', '1', '', '', '{}')"
            )
            cursor.execute("SET session_replication_role = DEFAULT")
        assert seal_audit(clock.now()) == 1
        assert prove().faults == []

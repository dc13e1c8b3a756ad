"""manage.py verify_audit: whatever is changed afterwards, with all rights to the database, is found."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic import chain, clock, proof
from clinic.chain import Head
from clinic.models import AuditEntry, AuditSeal, Clinic
from clinic.proof import prove
from clinic.sealing import begin_epoch, seal_audit
from tests.audit_world import INSERT, all_rights, only_this_database, sealed, write

__all__ = ["only_this_database"]  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)


def verify(*args: Any, **options: Any) -> str:
    out = io.StringIO()
    try:
        call_command("verify_audit", *args, stdout=out, **options)
    except CommandError as refused:
        return f"{out.getvalue()}EXIT {refused.returncode}: {refused}"
    return out.getvalue()


@pytest.fixture
def heads(riverside: Clinic) -> list[Head]:
    """Three seals over three, four and two entries, and one entry that waits."""
    made = sealed(riverside, 3, 4, 2)
    write(riverside)
    assert prove(made).faults == []
    return made


def entries_of(number: int) -> list[AuditEntry]:
    seal = AuditSeal.objects.get(number=number)
    found = AuditEntry.objects.filter(xid__gte=seal.from_xid, xid__lt=seal.to_xid)
    return [*found.order_by("xid", "id")]


def _update(do: Any) -> None:
    do.execute("UPDATE clinic_auditentry SET actor_label = 'somebody' WHERE id = %s", [entries_of(2)[1].pk])


def _update_one_number_deep_inside(do: Any) -> None:
    change = "UPDATE clinic_auditentry SET changes = jsonb_set(changes, '{number}', '9') WHERE id = %s"
    do.execute(change, [entries_of(2)[1].pk])


def _delete(do: Any) -> None:
    do.execute("DELETE FROM clinic_auditentry WHERE id = %s", [entries_of(2)[0].pk])


def _insert_in_the_middle(do: Any) -> None:
    do.execute(INSERT, {"id": 9001, "epoch": 1, "xid": entries_of(2)[2].xid})


def _delete_one_and_insert_another(do: Any) -> None:
    gone = entries_of(2)[2]
    do.execute("DELETE FROM clinic_auditentry WHERE id = %s", [gone.pk])
    do.execute(INSERT, {"id": gone.pk, "epoch": 1, "xid": gone.xid})


def _swap(do: Any) -> None:
    """Two entries of one range change places, each as it was otherwise."""
    one, other = entries_of(2)[:2]
    swap = "UPDATE clinic_auditentry SET xid = CASE id WHEN %s THEN %s ELSE %s END WHERE id IN (%s, %s)"
    do.execute(swap, [one.pk, other.xid, one.xid, one.pk, other.pk])


def _swap_between_seals(do: Any) -> None:
    one, other = entries_of(2)[0], entries_of(3)[0]
    swap = "UPDATE clinic_auditentry SET xid = CASE id WHEN %s THEN %s ELSE %s END WHERE id IN (%s, %s)"
    do.execute(swap, [one.pk, other.xid, one.xid, one.pk, other.pk])


def _cut_the_tail(do: Any) -> None:
    do.execute("DELETE FROM clinic_auditentry WHERE id >= %s", [entries_of(3)[1].pk])


def _take_a_seal_out(do: Any) -> None:
    do.execute("DELETE FROM clinic_auditentry WHERE id = ANY(%s)", [[entry.pk for entry in entries_of(2)]])
    do.execute("DELETE FROM clinic_auditseal WHERE number = 2")


def _take_the_first_out(do: Any) -> None:
    do.execute("DELETE FROM clinic_auditseal WHERE number = 1")


def _narrow_a_range(do: Any) -> None:
    do.execute("UPDATE clinic_auditseal SET to_xid = to_xid - 1 WHERE number = 2")


def _seal_one_range_anew(do: Any) -> None:
    """With a hash of its own that is right: the next one does not follow it."""
    _update(do)
    lines = chain.Lines()
    ordered = AuditEntry.objects.filter(pk__in=[entry.pk for entry in entries_of(2)]).order_by("xid", "id")
    for values in ordered.values_list(*chain.FIELDS):
        lines.take(values)
    seal = AuditSeal.objects.get(number=2)
    seal.entries_hash = lines.hash
    change = "UPDATE clinic_auditseal SET entries_hash = %s, hash = %s WHERE number = 2"
    do.execute(change, [lines.hash, seal.header.hash])


def _insert_into_an_epoch_that_never_was(do: Any) -> None:
    do.execute(INSERT, {"id": 9001, "epoch": 0, "xid": 1})


def _a_tombstone_to_cover_a_deletion(do: Any) -> None:
    do.execute("DELETE FROM clinic_auditentry WHERE id = ANY(%s)", [[entry.pk for entry in entries_of(2)]])
    do.execute("INSERT INTO clinic_audittombstone VALUES (2, now())")


TAMPERED: dict[Callable[[Any], None], list[str]] = {
    _update: ["Seal 2", "an entry was changed"],
    _update_one_number_deep_inside: ["Seal 2", "an entry was changed"],
    _delete: ["4 entries were sealed, 3 are there"],
    _insert_in_the_middle: ["4 entries were sealed, 5 are there"],
    _delete_one_and_insert_another: ["an entry was changed"],
    _swap: ["an entry was changed"],
    _swap_between_seals: ["Seal 2", "Seal 3"],
    _cut_the_tail: ["2 entries were sealed, 1 are there"],
    _take_a_seal_out: ["Seal 3 is not the next", "does not follow the one before", "begin where"],
    _take_the_first_out: ["Seal 2 is not the next"],
    _narrow_a_range: [
        "Seal 2 does not have the hash",
        "Seal 3 does not begin where",
        "4 entries were sealed",
    ],
    _seal_one_range_anew: ["Seal 3 does not follow"],
    _insert_into_an_epoch_that_never_was: ["Entry 9001 lies before seal 1 and is in none."],
    _a_tombstone_to_cover_a_deletion: ["pruned within a year", "no entry tells of it"],
}


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda one: one.__name__.strip("_"))
def test_whatever_is_changed_is_found_without_any_help_from_outside(
    heads: list[Head], tamper: Callable[[Any], None]
) -> None:
    with all_rights() as do:
        tamper(do)
    said = verify()
    assert "EXIT 1: the audit is not as it was sealed" in said
    for words in TAMPERED[tamper]:
        assert words in said


def test_an_untouched_audit_is_said_to_be_so(heads: list[Head]) -> None:
    said = verify()
    assert "3 seals over 9 entries; 1 entries are not sealed yet." in said
    assert f"The newest is {heads[-1]}" in said
    assert "that everything was sealed anew would not be seen" in said
    assert "FAULT" not in said


class TestAgainstHeadsFromOutside:
    """What cannot be seen in the database alone."""

    def kept(self, heads: list[Head], tmp_path: Path) -> str:
        log = tmp_path / "log"
        log.write_text("\n".join(["nothing", *(f'{{"message": "audit {head}"}}' for head in heads)]))
        return f"--heads={log}"

    def test_all_sealed_anew(self, heads: list[Head], tmp_path: Path) -> None:
        with all_rights() as do:
            _update(do)
            do.execute("DELETE FROM clinic_auditseal")
        assert seal_audit(clock.now())
        assert "FAULT" not in verify()  # a chain like any other
        said = verify(self.kept(heads, tmp_path))
        assert f"Published was {heads[0]}; here it is seal 1 of epoch 1" in said
        assert f"Published was {heads[2]}; it is not here." in said
        assert "EXIT 1" in said

    def test_the_tail_cut_with_its_seals(self, heads: list[Head], tmp_path: Path) -> None:
        with all_rights() as do:
            do.execute("DELETE FROM clinic_auditentry WHERE id >= %s", [entries_of(3)[0].pk])
            do.execute("DELETE FROM clinic_auditseal WHERE number = 3")
        assert "FAULT" not in verify()
        assert f"Published was {heads[2]}; it is not here." in verify(self.kept(heads, tmp_path))

    def test_nothing_was_touched(self, heads: list[Head], tmp_path: Path) -> None:
        said = verify(self.kept([*heads, *heads], tmp_path))
        assert "3 published heads were compared." in said
        assert "FAULT" not in said

    def test_a_restored_backup_is_believed_when_a_person_says_so(
        self, riverside: Clinic, heads: list[Head], tmp_path: Path
    ) -> None:
        with all_rights() as do:  # the backup was made after the second seal
            do.execute("DELETE FROM clinic_auditentry WHERE id >= %s", [entries_of(3)[0].pk])
            do.execute("DELETE FROM clinic_auditseal WHERE number = 3")
        begin_epoch()
        sealed(riverside, 2)
        log = self.kept(heads, tmp_path)
        assert f"Published was {heads[2]}; here it is seal 3 of epoch 2" in verify(log)
        assert "FAULT" not in verify(log, "--restored=2")
        assert "FAULT" in verify(log, "--restored=1")
        forged = [heads[0], Head(2, 1, "f" * 64)]  # of before the backup
        assert "FAULT" in verify(self.kept(forged, tmp_path), "--restored=2")

    def test_a_file_without_heads_proves_nothing(self, heads: list[Head], tmp_path: Path) -> None:
        assert "EXIT 1: no published head in the given files" in verify(self.kept([], tmp_path))
        assert "EXIT 1: cannot read" in verify(f"--heads={tmp_path / 'nothing'}")


def test_an_empty_audit_is_no_fault(riverside: Clinic) -> None:
    assert "0 seals over 0 entries" in verify()


def test_of_many_faults_the_first_are_told(heads: list[Head], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "MOST_FAULTS", 1)
    with all_rights() as do:
        do.execute("UPDATE clinic_auditentry SET reason = 'x'")
    said = verify()
    assert said.count("FAULT") == 2
    assert "FAULT and 2 more" in said

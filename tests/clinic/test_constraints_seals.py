"""What the database refuses of the audit and its seals, whoever asks."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from clinic import audit, clock
from clinic.actors import Actor
from clinic.chain import GENESIS
from clinic.models import AuditEntry, AuditEpoch, AuditSeal, AuditTombstone, Clinic

pytestmark = pytest.mark.django_db
A, B, C = "a" * 64, "b" * 64, "c" * 64


def seal(**fields: Any) -> AuditSeal:
    given = {
        "number": 1,
        "epoch": 1,
        "from_xid": 0,
        "to_xid": 10,
        "entries": 1,
        "entries_hash": A,
        "previous": GENESIS,
        "hash": B,
        "sealed_at": clock.now(),
    }
    return AuditSeal.objects.create(**given | fields)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("seal_first_has_none_before", {"number": 0}),
        ("seal_range_goes_on", {"to_xid": 0}),
        ("seal_range_goes_on", {"from_xid": -1}),
        ("seal_holds_something", {"entries": 0}),
        ("seal_hash_form", {"hash": "A" * 64}),
        ("seal_hash_form", {"entries_hash": "a" * 63}),
        ("seal_first_has_none_before", {"previous": C}),
        ("seal_first_has_none_before", {"number": 2}),
    ],
)
def test_seals(name: str, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=f'"{name}"'), transaction.atomic():
        seal(**fields)
    seal()


def test_a_seal_is_followed_by_one() -> None:
    seal()
    seal(number=2, previous=B, hash=C)
    with pytest.raises(IntegrityError, match='"seal_followed_once"'), transaction.atomic():
        seal(number=3, previous=B, hash=A)


def test_epochs_are_counted_from_one() -> None:
    with pytest.raises(IntegrityError, match='"audit_epoch_from_one"'), transaction.atomic():
        AuditEpoch.objects.create(number=0, place="here")


def refused(statement: str) -> None:
    with (
        pytest.raises(IntegrityError, match="never changed or deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_nothing_of_it_is_changed_removed_or_emptied(riverside: Clinic) -> None:
    audit.record(Actor.system("t"), "clinic.updated", riverside)
    AuditTombstone.objects.create(
        seal=seal(sealed_at=clock.now() - timedelta(days=400)), pruned_at=clock.now()
    )
    AuditEpoch.objects.create(number=1, place="here")
    with connection.cursor() as cursor:  # nothing is emptied while its keys wait to be checked
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for statement in (
        "UPDATE clinic_auditentry SET verb = 'x'",
        "UPDATE clinic_auditseal SET epoch = 2",
        "UPDATE clinic_auditepoch SET place = 'x'",
        "UPDATE clinic_audittombstone SET pruned_at = now()",
        "DELETE FROM clinic_auditentry WHERE xid = 0 OR true",
        "DELETE FROM clinic_auditseal",
        "DELETE FROM clinic_auditepoch",
        "DELETE FROM clinic_audittombstone",
        "TRUNCATE clinic_auditentry CASCADE",
        "TRUNCATE clinic_auditseal CASCADE",
    ):
        refused(statement)


def test_a_seal_with_a_tombstone_is_protected() -> None:
    held = seal(sealed_at=clock.now() - timedelta(days=400))
    AuditTombstone.objects.create(seal=held, pruned_at=clock.now())
    with pytest.raises(ProtectedError):
        held.delete()


def test_entries_go_only_with_the_tombstone_of_their_own_seal(riverside: Clinic) -> None:
    entry = audit.record(Actor.system("t"), "clinic.updated", riverside)
    entry.refresh_from_db()
    long_ago = clock.now() - timedelta(days=400)
    other = seal(to_xid=entry.xid, sealed_at=long_ago)  # ends just before it
    AuditTombstone.objects.create(seal=other, pruned_at=clock.now())
    refused("DELETE FROM clinic_auditentry")
    own = seal(number=2, previous=B, hash=C, from_xid=entry.xid, to_xid=entry.xid + 1, sealed_at=long_ago)
    AuditTombstone.objects.create(seal=own, pruned_at=clock.now())
    AuditEntry.objects.all().delete()
    assert not AuditEntry.objects.exists()


def test_no_tombstone_within_a_year() -> None:
    held = seal(sealed_at=clock.now() - timedelta(days=364))
    with pytest.raises(IntegrityError, match="within a year"), transaction.atomic():
        AuditTombstone.objects.create(seal=held, pruned_at=clock.now())


def test_an_entry_says_its_own_transaction_and_epoch(riverside: Clinic) -> None:
    made = AuditEntry.objects.create(
        clinic=riverside,
        actor_kind="system",
        actor_label="t",
        verb="a.b",
        object_type="c",
        object_id="1",
        epoch=9,
        xid=3,
    )
    made.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        assert (made.epoch, made.xid) == (1, cursor.fetchone()[0])

"""An audit with entries and seals that are really committed, and somebody who changes it with all rights to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection

from clinic import audit, clock, sealing
from clinic.actors import Actor
from clinic.chain import Head
from clinic.models import AuditEntry, AuditSeal, Clinic
from clinic.sealing import seal_audit

WRITER = Actor.system("writer")
INSERT = (
    "INSERT INTO clinic_auditentry (id, at, epoch, xid, actor_kind, actor_label, actor_role, verb, object_type, object_id,"
    " request_id, reason, changes) VALUES (%(id)s, now(), %(epoch)s, %(xid)s, 'system', 'intruder', '', 'nothing.happened',"
    " 'clinic.clinic', '1', '', '', '{}')"
)

# The end of a range as production asks for it waits for every transaction of the server. The tests' server is shared, so
# they wait for those of their own database; that is as good, as long as one may see all sessions.
OLDEST_RUNNING_HERE = """
SELECT least(pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
             (SELECT min(backend_xid::text::bigint) FROM pg_stat_activity WHERE datname = current_database()))
"""


@pytest.fixture(autouse=True)
def only_this_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "OLDEST_RUNNING", OLDEST_RUNNING_HERE)


def write(clinic: Clinic, number: int = 1, verb: str = "clinic.updated") -> list[AuditEntry]:
    """Each in a transaction of its own."""
    return [audit.record(WRITER, verb, clinic, changes={"number": n}) for n in range(number)]


def sealed(clinic: Clinic, *numbers: int) -> list[Head]:
    """One seal over so many entries, then the next."""
    for number in numbers:
        write(clinic, number)
        assert seal_audit(clock.now()) == number
    return [seal.head for seal in AuditSeal.objects.order_by("number")]


@contextmanager
def all_rights() -> Iterator[Any]:
    """As somebody who may lift every trigger. Only here does anything change what was written."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield cursor
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


@contextmanager
def someone_else() -> Iterator[psycopg.Connection]:
    """Another session, whose transaction ends when the block says so."""
    given = connection.get_connection_params()
    known = {key: given[key] for key in ("host", "port", "user", "password", "dbname") if key in given}
    with psycopg.connect(**known) as other:
        yield other


def begin_entry(other: psycopg.Connection, entry_id: int) -> None:
    """Written, and not committed. What it says of transaction and epoch is not believed."""
    other.execute(INSERT, {"id": entry_id, "epoch": 77, "xid": 1})

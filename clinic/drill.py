"""The restore drill: a dump of now is restored into a new database beside this one, and both are compared row by row.

Everything is read in the one snapshot that the dump was made of, so a clinic at work disturbs nothing.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from clinic import backups, env, jobs

JOB = "restore_drill"
SUFFIX = "_drill"
LONGEST_NAME = 63  # of a database

# Every row as text, hashed, and the hashes in their own order: no key has to be known. The checksum of the whole table
# is the hash of these.
ROWS = """
SELECT count(*), md5(coalesce(string_agg(hash, '' ORDER BY hash COLLATE "C"), ''))
  FROM (SELECT md5(one::text) AS hash FROM {} AS one) AS hashes
"""
TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
# What keeps the rows right. Conditions are left out: PostgreSQL writes the same one differently after a restore.
STRUCTURE = """
SELECT format('constraint %s on %s', conname, conrelid::regclass)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT format('index %s on %s', indexrelid::regclass, indrelid::regclass)
  FROM pg_index JOIN pg_class AS own ON own.oid = indrelid WHERE relnamespace = 'public'::regnamespace AND indisvalid
UNION ALL
SELECT format('trigger %s on %s: %s, %s', tgname, tgrelid::regclass, tgfoid::regproc, tgenabled)
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT format('function %s: %s', oid::regprocedure, md5(prosrc))
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT format('policy %s on %s for %s to %s', policyname, tablename, cmd, roles)
  FROM pg_policies WHERE schemaname = 'public'
UNION ALL
SELECT format('rows of %s are guarded: %s, %s', relname, relrowsecurity, relforcerowsecurity)
  FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
UNION ALL
SELECT format('%s may %s on %s', grantee, privilege_type, table_name)
  FROM information_schema.role_table_grants WHERE table_schema = 'public' AND grantee <> grantor
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is compared. ``tables``: rows and checksum by name."""

    tables: Mapping[str, tuple[int, str]]
    structure: frozenset[str]

    @property
    def rows(self) -> int:
        return sum(rows for rows, _checksum in self.tables.values())


@dataclass(frozen=True, slots=True)
class Drilled:
    """``faults`` in words; empty: the backup can be trusted. ``looked``: what check_restored said."""

    contents: Contents
    dump_bytes: int
    faults: list[str] = field(default_factory=list)
    looked: str = ""


def run() -> Drilled:
    """Dump, restore, compare, look at the result as the product would, and throw it away. Notes a drill without faults."""
    live = backups.server()
    restored = {**live, "NAME": f"{live['NAME'][: LONGEST_NAME - len(SUFFIX)]}{SUFFIX}"}
    with tempfile.TemporaryDirectory(prefix="footwork-drill-") as work, _beside(live, restored["NAME"]):
        dump = Path(work) / "dump"
        before = _dumped(live, dump)
        backups.restore_plainly(dump, restored)
        with _connected(restored) as there:
            faults = differences(before, contents(there))
        look = _look(restored)
        if look.returncode:
            faults.append(f"check_restored: {(look.stderr or look.stdout).strip()}")
        done = Drilled(before, dump.stat().st_size, faults, look.stdout.strip())
    if not faults:
        jobs.finished(JOB)
    return done


def contents(connection: psycopg.Connection[Any]) -> Contents:
    """In the transaction under way."""
    tables = {}
    for (name,) in connection.execute(TABLES).fetchall():
        rows = sql.SQL(ROWS).format(sql.Identifier(name))
        tables[name] = connection.execute(rows).fetchone() or (0, "")
    structure = frozenset(one for (one,) in connection.execute(STRUCTURE).fetchall())
    return Contents(tables, structure)


def differences(before: Contents, after: Contents) -> list[str]:
    """In words, for a person who has to find out why."""
    found = []
    for name, (rows, checksum) in before.tables.items():
        there = after.tables.get(name)
        if name in backups.left_out():
            if there is None or there[0]:
                found.append(f"{name} should be there, and empty")
        elif there is None:
            found.append(f"{name} is missing")
        elif there != (rows, checksum):
            found.append(f"{name} differs: {rows} rows were dumped, {there[0]} are there")
    found += [f"missing: {one}" for one in sorted(before.structure - after.structure)]
    return [*found, *(f"new: {one}" for one in sorted(after.structure - before.structure))]


def _dumped(live: Mapping[str, Any], dump: Path) -> Contents:
    with _connected(live) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        backups.dump_plainly(dump, snapshot)
        return contents(connection)


def _connected(where: Mapping[str, Any]) -> psycopg.Connection[Any]:
    """Without the limits of the application's connections: this takes as long as it takes."""
    keys = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    said = {name: str(where[key]) for name, key in keys.items() if where[key]}
    return psycopg.connect(make_conninfo("", **said))


@contextlib.contextmanager
def _beside(live: Mapping[str, Any], name: str) -> Iterator[None]:
    """A new database for as long as the drill takes; one that a killed drill left is dropped first."""
    database = sql.Identifier(name)
    with contextlib.closing(_connected(live)) as admin:
        admin.autocommit = True
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(database))
        try:
            yield
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))


def _look(restored: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
    """A process of its own, which knows the restored database and no other."""
    environment = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    environment["DATABASE_URL"] = env.database_url(restored)
    command = [sys.executable, "-m", "django", "check_restored"]
    return subprocess.run(  # noqa: S603 - our own command
        command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )

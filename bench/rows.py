"""Rows by COPY: each the copy of one that an action wrote, with a few columns of its own, so that a column that comes
later needs nothing here."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, models
from psycopg import sql

AT_ONCE = 5000  # lines


@dataclass(frozen=True)
class Template:
    """A stored row as COPY writes it; the columns in ``varied`` are given anew for each copy."""

    table: str
    columns: list[str]
    constant: str

    @classmethod
    def of(cls, row: models.Model, *varied: str) -> "Template":
        fields = [
            field for field in row._meta.concrete_fields if field.name in varied or not _is_identity(field)
        ]
        rest: list[str] = [
            str(field.column) for field in fields if field.name not in varied and field.column not in varied
        ]
        columns = [str(row._meta.get_field(name).column) for name in varied] + rest  # type: ignore[union-attr]
        question = sql.SQL("COPY (SELECT {} FROM {} WHERE id = {}) TO STDOUT").format(
            sql.SQL(", ").join(map(sql.Identifier, rest)),
            sql.Identifier(row._meta.db_table),
            sql.Literal(row.pk),
        )
        with connection.cursor() as cursor, cursor.copy(question) as copy:
            constant = b"".join(bytes(part) for part in copy).decode()
        return cls(row._meta.db_table, columns, "\t" + constant)

    def copy(self, rows: Iterable[tuple[str, ...]]) -> None:
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.table), columns)
        lines = ("\t".join(row) + self.constant for row in rows)
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            while chunk := "".join(islice(lines, AT_ONCE)):
                copy.write(chunk)


def _is_identity(field: Any) -> bool:
    return isinstance(field, models.AutoField)


def key(kind: int, number: int) -> str:
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def settle() -> None:
    """As autovacuum leaves a database; it may not begin while something is measured."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextlib.contextmanager
def unwatched() -> Iterator[None]:
    """Neither triggers nor foreign keys: what is copied keeps to them already. No kept state, for none was amended."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("RESET session_replication_role")


@contextlib.contextmanager
def without_indexes(model: type[models.Model]) -> Iterator[None]:
    """But for those of constraints: to build them afterwards takes a fraction of the time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = %s::regclass AND NOT indisunique",
            [model._meta.db_table],
        )
        found = cursor.fetchall()
        for name, _how in found:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for _name, how in found:
            cursor.execute(how)
        cursor.execute("RESET maintenance_work_mem")


@contextlib.contextmanager
def in_haste() -> Iterator[None]:
    """A server that may lose everything while it is filled: nothing is flushed, and no checkpoint comes in between."""
    haste = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    haste |= {"max_wal_size": "32GB", "checkpoint_timeout": "1h", "autovacuum": "off"}
    with connection.cursor() as cursor:
        for name, value in haste.items():
            cursor.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        cursor.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            for name in haste:
                cursor.execute(f"ALTER SYSTEM RESET {name}")
            cursor.execute("SELECT pg_reload_conf()")
            cursor.execute("CHECKPOINT")


@contextlib.contextmanager
def indexed_afterwards(*tables: str) -> Iterator[None]:
    """No index of these tables is kept while rows come, those of keys included; all of them are built at the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = ANY (%s::regclass[])",
            [list(tables)],
        )
        yield
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for table in tables:
            cursor.execute(f"REINDEX TABLE {table}")
        cursor.execute("RESET maintenance_work_mem")

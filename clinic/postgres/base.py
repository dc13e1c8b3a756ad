"""Tells PostgreSQL, in each transaction, what ``clinic.within`` says.

The setting is always local to the transaction: a connection that goes back to the pool remembers nothing. Outside of
``atomic`` each statement is a transaction of its own, so the setting goes in front of it in the same message: PostgreSQL
takes both as one transaction, and it costs no way there and back. Within ``atomic`` it goes in front of the first
statement, and of the first after it changed.
"""

import re
from typing import Any

from django.db.backends.postgresql import base
from psycopg import NotSupportedError, pq, sql

from clinic import within

UNKNOWN = "?"  # what the transaction's setting says after a savepoint was taken back
# What PostgreSQL refuses within a transaction.
ALONE = re.compile(
    r"\s*(?:CREATE (?:UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY|REINDEX|VACUUM|ALTER SYSTEM)\b",
    re.IGNORECASE,
)
OPEN = pq.TransactionStatus.INTRANS
IDLE = pq.TransactionStatus.IDLE


class Telling:
    """What to say, and how. The tests put another one in its place, which also changes the role."""

    def wanted(self) -> str:
        return within.current()

    def words(self, wanted: str) -> str:
        """Statements, each ended by a semicolon. Names of jobs are slugs and all else are UUIDs: nothing to quote."""
        return f"SET LOCAL footwork.within = '{wanted}';"


telling = Telling()

# Their types leave out what is used here.
DjangosCursor: Any = base.Cursor
DjangosWrapper: Any = base.DatabaseWrapper


class Cursor(DjangosCursor):  # type: ignore[misc]
    words_in_front = ""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        connection: Any = self.connection
        wanted = telling.wanted()
        self.words_in_front = ""
        if wanted == _said(connection) or _stands_alone(query):
            return super().execute(query, params, **options)
        self.words_in_front = words = telling.words(wanted)
        connection.said_within = UNKNOWN  # until it went well
        super().execute(_in_front(words, query), params, **options)
        connection.said_within = wanted
        for _statement in range(words.count(";")):
            self.nextset()
        return self

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        if telling.wanted() != _said(self.connection):
            raise NotSupportedError("executemany cannot say whose rows it may see: execute one by one")
        super().executemany(query, params_seq, **options)


def _said(connection: Any) -> str:
    """What the setting says for the next statement if nobody speaks. A transaction that failed takes no words, and hears
    of nothing but its end."""
    status = connection.pgconn.transaction_status
    if status == IDLE:
        return within.NOTHING
    return getattr(connection, "said_within", within.NOTHING) if status == OPEN else telling.wanted()


def _stands_alone(query: Any) -> bool:
    """Two statements in one message are a transaction; and none of these shows anybody a row."""
    return isinstance(query, str) and ALONE.match(query) is not None


def _in_front(words: str, query: Any) -> Any:
    if isinstance(query, str):
        return words + query
    return words.encode() + query if isinstance(query, bytes) else sql.SQL(words) + query


class Operations(DjangosWrapper.ops_class):  # type: ignore[misc]
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """For logs and counts: the statement, without what was said in front of it."""
        text: str = super().last_executed_query(cursor, sql, params) or ""
        return text.removeprefix(getattr(cursor, "words_in_front", ""))


class DatabaseWrapper(DjangosWrapper):  # type: ignore[misc]
    ops_class = Operations

    def get_connection_params(self) -> dict[str, Any]:
        known: dict[str, Any] = super().get_connection_params()
        return known | {"cursor_factory": Cursor}

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)
        self.connection.said_within = UNKNOWN

    def _commit(self) -> Any:
        ended = super()._commit()
        self._forget()
        return ended

    def _rollback(self) -> Any:
        ended = super()._rollback()
        self._forget()
        return ended

    def _forget(self) -> None:
        if self.connection is not None:
            self.connection.said_within = within.NOTHING

    def chunked_cursor(self) -> Any:
        """A cursor on the server is opened by psycopg's own statement, so the setting has to stand before. Outside of a
        transaction it cannot, and all rows come at once."""
        if not self.in_atomic_block:
            return self.cursor()
        self.ensure_connection()
        if telling.wanted() != _said(self.connection):
            with self.create_cursor() as cursor:  # not the cursor that counts statements
                cursor.execute("SELECT 1")
        return super().chunked_cursor()

"""The shared cache: a table of PostgreSQL with JSON in it.

Django's own caches pickle: whoever could write a row of theirs could run code. Nor do they drop a counter that still
holds when the table grows; here only what has expired goes.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.utils.timezone import now as this_moment

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
CLEARED = 100  # rows that one write clears away at most
MISSING = object()
TABLE = settings.CACHES["default"]["LOCATION"]


class JSONCache(DatabaseCache):
    """Values are what JSON can say: a tuple comes back as a list, the keys of a dict as text. ``add`` is one statement:
    of many at once, one gets True."""

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        known = {self.make_and_validate_key(key, version=version): key for key in keys}
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT cache_key, value FROM {TABLE} WHERE cache_key = ANY(%s) AND expires > %s",  # noqa: S608
                [list(known), this_moment()],
            )
            return {known[key]: json.loads(value) for key, value in cursor.fetchall()}

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self.get(key, MISSING, version) is not MISSING

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        """``mode``: "set", "add" or "touch", as in the class above, whose public methods call it."""
        ends = self.get_backend_timeout(timeout)
        expires = FOR_EVER if ends is None else datetime.fromtimestamp(ends, UTC)
        now = this_moment()
        with connection.cursor() as cursor:
            if mode == "touch":
                cursor.execute(
                    f"UPDATE {TABLE} SET expires = %s WHERE cache_key = %s AND expires > %s",  # noqa: S608
                    [expires, key, now],
                )
                return bool(cursor.rowcount)
            cursor.execute(
                f"DELETE FROM {TABLE} WHERE cache_key IN (SELECT cache_key FROM {TABLE}"  # noqa: S608
                " WHERE expires <= %s AND cache_key <> %s LIMIT %s FOR UPDATE SKIP LOCKED)",
                [now, key, CLEARED],
            )
            cursor.execute(
                f"INSERT INTO {TABLE} AS kept (cache_key, value, expires) VALUES (%s, %s, %s)"  # noqa: S608
                " ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires"
                " WHERE %s OR kept.expires <= %s",
                [key, json.dumps(value), expires, mode == "set", now],
            )
            return bool(cursor.rowcount)

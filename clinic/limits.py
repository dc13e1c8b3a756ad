"""How often something may be tried. Counted in PostgreSQL by one statement, so parallel tries cannot slip past."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from clinic.models import Attempt


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` tries in each window of ``every``. ``name`` keeps the counts of two limits apart."""

    name: str
    most: int
    every: timedelta


def allows(limit: Limit, subject: str, now: datetime) -> bool:
    """Count one more try of ``subject`` and say whether it is within the limit. A refused try counts as well."""
    key = hashlib.sha256(f"{limit.name}:{subject}".encode()).hexdigest()
    seconds = int(limit.every.total_seconds())
    window_from = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Attempt._meta.db_table} AS kept (key, window_from, count) VALUES (%s, %s, 1)"  # noqa: S608
            " ON CONFLICT (key, window_from) DO UPDATE SET count = kept.count + 1 RETURNING count",
            [key, window_from],
        )
        (count,) = cursor.fetchone()
    return bool(count <= limit.most)


def forget_before(moment: datetime) -> int:
    """Counts of windows that are over; returns how many."""
    deleted, _each = Attempt.objects.filter(window_from__lt=moment).delete()
    return deleted

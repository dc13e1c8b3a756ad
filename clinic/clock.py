"""One clock for everything that decides when: PostgreSQL's. Web and worker machines may disagree."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """The start of the current transaction, or of this statement outside one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (instant,) = cursor.fetchone()
    return instant  # type: ignore[no-any-return]

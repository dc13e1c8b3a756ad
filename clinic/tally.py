"""Counters that all processes share and that only grow: in the database, so that each process answers the same."""

from django.db import connection

PUBLISH_FAILURES = "publish_failures"


RETAINED = "retention."  # and the rule: rows that it deleted


def add(name: str, number: int = 1) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_tally (name, total) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET total = clinic_tally.total + excluded.total",
            [name, number],
        )

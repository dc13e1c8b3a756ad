"""Django's own, but in nobody's way: a step that waits two seconds for a lock gives up.

While a migration waits for a table, everybody who comes after it waits too, so a report that reads for a minute would stop the
site for a minute. --tries does it again after a pause; steps that were done stay done.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg import errors

PAUSE = 5.0  # seconds between two tries


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--tries", type=int, default=1, help="how often to try when a table is in use")

    def handle(self, *args: Any, **options: Any) -> None:
        for left in reversed(range(options["tries"])):
            try:
                with impatient(options["database"]):
                    super().handle(*args, **options)
                return
            except OperationalError as error:
                if not isinstance(error.__cause__, errors.LockNotAvailable | errors.QueryCanceled):
                    raise
                if not left:
                    raise CommandError(f"given up: {error}The step was taken back. Run it again.") from error
            time.sleep(PAUSE)


@contextmanager
def impatient(database: str) -> Iterator[None]:
    """The limits of settings.MIGRATION_LIMITS for this connection, instead of those of pages and jobs."""
    with connections[database].cursor() as cursor:
        for name, limit in settings.MIGRATION_LIMITS.items():
            cursor.execute(f"SET {name} = '{limit}'")
    try:
        yield
    finally:
        with connections[database].cursor() as cursor:
            for name in settings.MIGRATION_LIMITS:
                cursor.execute(f"RESET {name}")

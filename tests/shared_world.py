"""Rows that are made once for a whole module. Each test still finds them as they were made: what it writes is
taken back to the savepoint before it, and the module's last test is followed by a rollback of all.

For worlds that cost seconds. Modules with `transaction=True` cannot use it: their tests empty the tables.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def rows_of_the_module(blocker: DjangoDbBlocker) -> Iterator[None]:
    """Inside, rows may be made; after `yield` of the fixture that uses it, they go."""
    with ExitStack() as around:
        with blocker.unblock():
            around.enter_context(transaction.atomic())
        yield
        with blocker.unblock():
            transaction.set_rollback(True)
            around.close()

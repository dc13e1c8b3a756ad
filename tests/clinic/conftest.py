from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests import outbox_world
from tests.sink import RunningSink


@pytest.fixture
def sink(settings: Settings) -> Iterator[RunningSink]:
    """A mail server for the outbox, with the letters of tests/outbox_world.py and short times."""
    outbox_world.unsent.clear()
    with RunningSink() as running:
        settings.EMAIL_HOST, settings.EMAIL_PORT = running.host, running.port
        settings.LETTERS, settings.OUTBOX = outbox_world.LETTERS, dict(outbox_world.TIMES)
        yield running

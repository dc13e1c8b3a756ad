"""The only way domain code reaches the worker.

The row is the truth, the message a hint: a lost message costs one tick, not a mail. So a broker that is away is
logged, counted and swallowed, and the caller's request goes on. It waits for the broker once, half a second at most;
then this process publishes nothing for a while, so that not every request finds out anew.
"""

import logging
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils.module_loading import import_string

from clinic import tally

log = logging.getLogger("clinic.queue")

_quiet_until = 0.0  # by time.monotonic()


def enqueue(path: str, *ids: str | int) -> None:
    """Publish the task at ``path`` when the transaction commits; a mistyped path fails here and now."""
    task = import_string(path)
    transaction.on_commit(lambda: _publish(task, path, ids))


def _publish(task: Any, path: str, ids: tuple[str | int, ...]) -> None:
    global _quiet_until  # noqa: PLW0603 - of this process; two threads that both wait for half a second do no harm
    if time.monotonic() < _quiet_until:
        return
    try:
        task.apply_async(args=ids, retry=False)
    except Exception as error:  # noqa: BLE001 - kombu raises what the transport raises
        _quiet_until = time.monotonic() + settings.QUIET_SECONDS
        log.warning("broker unavailable", extra={"task": path, "error": type(error).__name__})
        _count()


def _count() -> None:
    try:
        tally.add(tally.PUBLISH_FAILURES)
    except DatabaseError as error:  # what the caller wrote is committed; a number is not worth an error page
        log.warning("failure not counted", extra={"error": type(error).__name__})

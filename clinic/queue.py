"""The only way domain code reaches the worker.

The row is the truth, the message a hint: a lost message costs one tick, not a mail. So a broker that is away is
logged and swallowed, and the caller's request goes on.
"""

import logging

from django.db import transaction
from django.utils.module_loading import import_string

log = logging.getLogger("clinic.queue")


def enqueue(path: str, *ids: str | int) -> None:
    """Publish the task at ``path`` when the transaction commits; a mistyped path fails here and now."""
    task = import_string(path)

    def publish() -> None:
        # retry=False: with the transport options of the settings, a dead broker costs milliseconds.
        try:
            task.apply_async(args=ids, retry=False)
        except Exception as error:  # noqa: BLE001 - kombu raises what the transport raises
            log.warning("broker unavailable", extra={"task": path, "error": type(error).__name__})

    transaction.on_commit(publish)

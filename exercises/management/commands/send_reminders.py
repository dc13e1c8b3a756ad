"""Plan, post and deliver reminders without Celery: once, or for ever with --loop.

For small installations, and for the night on which the broker is away: rows in PostgreSQL are the truth, so this and
the workers may run side by side without sending anything twice.
"""

import argparse
import signal
import threading
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection

from clinic import clock
from clinic.mail import outbox
from exercises import reminders


class Command(BaseCommand):
    help = "Plan, post and deliver reminders without Celery."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--loop", action="store_true", help="go on every TICK_SECONDS until SIGTERM or SIGINT"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = stop_on_signals()
        while True:
            try:
                self._say(run_once(stop), options["verbosity"])
            except (OperationalError, InterfaceError) as error:
                if not options["loop"]:
                    raise
                self.stderr.write(f"database unavailable: {type(error).__name__}")
                connection.close()
            if not options["loop"] or stop.wait(settings.TICK_SECONDS):
                return

    def _say(self, done: tuple[int, int], verbosity: int) -> None:
        if verbosity > 1 or (verbosity and any(done)):
            self.stdout.write(f"{done[0]} reminders posted, {done[1]} e-mails delivered")


def run_once(stop: threading.Event) -> tuple[int, int]:
    posted = reminders.tick(clock.now())
    return posted, outbox.deliver_due(stopping=stop.is_set)


def stop_on_signals() -> threading.Event:
    """The signal only sets a flag: the e-mail in hand is finished and recorded first."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop

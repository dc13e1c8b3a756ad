"""Do all that Celery's schedule asks for without Celery: once, or for ever with --loop.

For small installations, and for the night on which the broker is away: rows in PostgreSQL are the truth, so this and
the workers may run side by side without sending anything twice. The jobs are those of CELERY_BEAT_SCHEDULE, in its order:
what is added there is done here too.
"""

import argparse
import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection
from django.utils.module_loading import import_string

from clinic import alarm, deployment, jobs
from clinic.mail import outbox

log = logging.getLogger("exercises.send_reminders")

OFTEN = 60  # seconds; what comes more seldom is done when nobody has done it for its interval
REMIND, DELIVER = "remind_due", "deliver_outbox"


class Command(BaseCommand):
    help = "Plan, post and deliver reminders, and do every other job of the schedule, without Celery."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--loop", action="store_true", help="go on every TICK_SECONDS until SIGTERM or SIGINT"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = stop_on_signals()
        while True:
            try:
                done, failed = run_once(stop)
                self._say(done, options["verbosity"])
            except (OperationalError, InterfaceError) as error:
                if not options["loop"]:
                    raise
                self.stderr.write(f"database unavailable: {type(error).__name__}")
                connection.close()
            else:
                if failed and not options["loop"]:
                    raise CommandError(f"failed: {', '.join(failed)}")
            if not options["loop"] or stop.wait(settings.TICK_SECONDS):
                return

    def _say(self, done: dict[str, Any], verbosity: int) -> None:
        posted, delivered = done.get(REMIND) or 0, done.get(DELIVER) or 0
        if verbosity > 1 or (verbosity and (posted or delivered)):
            self.stdout.write(f"{posted} reminders posted, {delivered} e-mails delivered")


def run_once(stop: threading.Event) -> tuple[dict[str, Any], list[str]]:
    """Every job whose time it is; returns what each said, and the names of those that failed.

    A job that fails keeps no other from being done: the log has it, and a light turns red when it goes on failing.
    """
    done: dict[str, Any] = {}
    failed: list[str] = []
    for name, every in jobs.intervals().items():
        if stop.is_set() or (every > OFTEN and not jobs.is_due(name)):
            continue
        try:
            done[name] = _work(name, stop)()
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("job failed", extra={"job": name})
            failed.append(name)
        else:
            if done[name] is not None:  # None: left to another, which has yet to finish it
                jobs.finished(name)
    alarm.look()
    return done, failed


def _work(name: str, stop: threading.Event) -> Callable[[], Any]:
    """The task, called as a function; but delivering has to hear from us, not from Celery, that it is to stop."""
    if name == DELIVER:
        return lambda: outbox.deliver_due(stopping=stop.is_set) if deployment.may_send() else 0
    task: Callable[[], Any] = import_string(str(settings.CELERY_BEAT_SCHEDULE[name]["task"]))
    return task


def stop_on_signals() -> threading.Event:
    """The signal only sets a flag: the e-mail in hand is finished and recorded first."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop

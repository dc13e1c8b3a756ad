"""Run a worker, and start it anew when it no longer does what it is asked for.

    manage.py keep_running -- celery -A clinic worker --concurrency 2

A worker that ended comes back by whoever restarts containers; one that stands still does not. This command asks PostgreSQL
when the clock last ticked, and the broker whether messages wait. Messages that wait and no tick for WATCH["tick"] seconds:
the worker is at fault, is asked to finish the mail in hand, and is killed when it does not. No messages: the scheduler is at
fault, and the worker is left alone. Meanwhile it looks at the lights and raises the alarm, since it needs no Celery for that.

Ends as the worker ends, with its exit code. SIGTERM and SIGINT go on to the worker's main process alone.
"""

import argparse
import logging
import os
import signal
import subprocess
import time
from contextlib import suppress
from types import FrameType
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from clinic import alarm, readings

log = logging.getLogger("clinic.keep_running")

QUEUE = "celery"  # the list of messages that nobody has taken


class Command(BaseCommand):
    help = "Run a worker, and start it anew when it stands still."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--grace",
            type=float,
            default=settings.OUTBOX["lease"],
            help="seconds in which a worker that stands still may finish the mail in hand",
        )
        parser.add_argument("command", nargs="+", help="after --: the worker's command line")

    def handle(self, *args: Any, **options: Any) -> None:
        code = Keeper(options["command"], options["grace"]).run()
        if code:
            raise CommandError(f"the worker ended with {code}", returncode=code if code > 0 else 128 - code)


class Keeper:
    def __init__(self, command: list[str], grace: float) -> None:
        self.command, self.grace = command, grace
        self.stopping = False
        self._start()

    def run(self) -> int:
        """Until the worker ends by itself or is told to; its exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._pass_on)
        while True:
            with suppress(subprocess.TimeoutExpired):
                return self.worker.wait(settings.WATCH["look"])
            if not self.stopping and self._stands_still():
                self._restart()

    def _start(self) -> None:
        self.started, self.at_work = time.monotonic(), False  # at work: the clock has ticked since
        # A group of its own: to be killed with all its children, and to be spared what a terminal sends to ours.
        self.worker = subprocess.Popen(self.command, process_group=0)  # noqa: S603 - the operator's own command

    def _pass_on(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        self.worker.terminate()

    def _stands_still(self) -> bool:
        """Whether the worker is at fault. A look that fails accuses nobody."""
        try:
            alarm.look()
            age = readings.health().tick_age
            since_start = time.monotonic() - self.started
            self.at_work = self.at_work or (age is not None and age < since_start)
            # It gets its time to start, or after a long outage it would never come to work.
            settled = self.at_work or since_start > settings.WATCH["start"]
            silent = age is None or age > settings.WATCH["tick"]
            return settled and silent and messages_waiting() > 0
        except DatabaseError as error:
            log.warning("database away", extra={"error": type(error).__name__})
            connection.close()
        except redis.RedisError as error:
            log.warning("broker away", extra={"error": type(error).__name__})
        return False

    def _restart(self) -> None:
        log.error("the worker stands still: it is started anew", extra={"worker": self.worker.pid})
        self.worker.terminate()
        try:
            self.worker.wait(self.grace)
        except subprocess.TimeoutExpired:
            log.error("the worker did not end in time: it is killed", extra={"worker": self.worker.pid})
        with suppress(ProcessLookupError):  # its children too, which may outlive it
            os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()
        if not self.stopping:
            self._start()


def messages_waiting() -> int:
    """How many the broker holds that no worker has taken yet."""
    times = {"socket_connect_timeout": 2, "socket_timeout": 5}
    with redis.Redis.from_url(settings.REDIS_URL, **times) as broker:
        return int(broker.llen(QUEUE))

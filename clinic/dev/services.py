"""Real PostgreSQL and Valkey for development and tests, without apt or docker.

    python -m clinic.dev.services start --dir .dev/scratch            # until Ctrl-C, prints both addresses
    python -m clinic.dev.services start --dir .dev/scratch --detach   # until `stop`
    python -m clinic.dev.services status|stop|clean --dir .dev/scratch

One *keeper* process per folder starts both servers and stops them when its last user has gone. A user is any
process that holds the shared lock on `users.lock`; the kernel drops that lock even after SIGKILL, so neither a
killed test run nor two runs side by side leave a server behind or lose one under their feet. On Linux the
servers also die with the keeper. DATABASE_URL is the owner's of all; `as_application` makes another role's of it.
Never imported in production, where DATABASE_URL and REDIS_URL name servers.
"""

import argparse
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from clinic.dev import keeper
from clinic.dev.folder import MARK, Folder
from clinic.dev.postgres import Postgres
from clinic.dev.processes import StartError, is_locked, locked, say, tail, until
from clinic.dev.valkey import Valkey

LIMIT = 40.0  # seconds for a keeper to start or stop both
STOP_LIMIT = 4.0
CHECKOUT = Path(__file__).parents[2]


def folder_for_tests() -> Path:
    return Path(os.environ.get("FOOTWORK_TEST_DIR") or CHECKOUT / ".dev" / "test")


class Services:
    """Both servers of one folder, seen by one of their users."""

    def __init__(self, directory: Path, *options: str) -> None:
        """The options are the keeper's: --fast, --tcp, --stay."""
        self.directory = directory.resolve()
        self.folder = Folder(directory)
        self.home = self.folder.home
        self.options = options
        self._use: IO[str] | None = None

    @property
    def data(self) -> Path:
        return self.home / "pg"

    def up(self) -> dict[str, str]:
        """Start or adopt both; DATABASE_URL and REDIS_URL."""
        self.folder.make()
        use = (self.home / keeper.USERS).open("a")
        try:
            with locked(self.home / MARK):  # two starts at once: the second adopts
                fcntl.flock(use, fcntl.LOCK_SH)  # waits for a keeper that is just stopping
                until(lambda: self.is_up() or not is_locked(self.home / keeper.LOCK), LIMIT)
                urls = self._urls() if self.is_up() else self._start_keeper()
        except BaseException:
            use.close()
            raise
        self._use = use
        return urls

    def down(self, *, wait: bool = False) -> None:
        """We need them no longer; the keeper stops them when nobody does."""
        if self._use:
            self._use.close()
            self._use = None
            if wait:  # in vain if somebody else still uses them
                until(lambda: not is_locked(self.home / keeper.LOCK), STOP_LIMIT)

    def is_up(self) -> bool:
        return (self.home / keeper.URLS).exists() and is_locked(self.home / keeper.LOCK)

    def _urls(self) -> dict[str, str]:
        urls: dict[str, str] = json.loads(self.folder.read(keeper.URLS))
        return urls

    def _start_keeper(self) -> dict[str, str]:
        log = self.home / keeper.LOG
        with (
            log.open("wb") as out,
            subprocess.Popen(
                [sys.executable, "-m", "clinic.dev.keeper", str(self.directory), *self.options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
                start_new_session=True,  # Ctrl-C is for its users
                cwd=CHECKOUT,
            ) as starter,
        ):
            answer = json.loads((starter.stdout and starter.stdout.readline()) or "{}")
        if "DATABASE_URL" not in answer:
            raise StartError(answer.get("error") or f"the servers do not start:\n{tail(log)}")
        urls: dict[str, str] = answer
        return urls

    def stop(self) -> None:
        """Stop both, whoever uses them."""
        if not self.folder.is_ours:
            return
        noted = self.folder.read(keeper.PID)
        if noted.isdigit() and is_locked(self.home / keeper.LOCK):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(noted), signal.SIGTERM)
            until(lambda: not is_locked(self.home / keeper.LOCK), LIMIT)
        for server in (Valkey(self.folder), Postgres(self.folder)):  # left over by a killed keeper
            server.stop_leftover()

    def clean(self) -> None:
        self.stop()
        self.folder.delete()


def _start(services: Services, *, hold: bool) -> int:
    """Print both addresses; then use the servers until a signal comes or they end."""

    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    # A shell's background job would ignore the first.
    for ends in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ends, leave)
    with contextlib.suppress(KeyboardInterrupt):
        for key, value in services.up().items():
            say(f"{key}={value}")
        while hold and services.is_up():
            time.sleep(0.2)
        if hold:
            sys.stderr.write(f"the servers have ended; logs in {services.home}\n")
    services.down(wait=hold)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Local PostgreSQL and Valkey.")
    parser.add_argument("command", choices=["start", "stop", "status", "clean"])
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--detach", dest="options", action="append_const", const="--stay", default=[])
    parser.add_argument("--fast", dest="options", action="append_const", const="--fast")
    parser.add_argument("--tcp", dest="options", action="append_const", const="--tcp")
    given = parser.parse_args()
    services = Services(given.dir, *given.options)
    if given.command == "start":
        return _start(services, hold="--stay" not in given.options)
    if given.command == "status":
        say(f"{'up' if services.is_up() else 'down'}, in {services.home}")
        return 0 if services.is_up() else 3
    (services.stop if given.command == "stop" else services.clean)()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StartError as error:
        sys.exit(str(error))

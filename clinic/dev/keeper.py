"""The process that keeps both servers of a folder as long as anybody uses them.

    python -m clinic.dev.keeper FOLDER [--fast] [--tcp] [--stay]

Started by `services.py`; answers with one line of JSON on standard output: both addresses, or the error.
"""

import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

from clinic.dev.folder import Folder
from clinic.dev.postgres import Postgres
from clinic.dev.processes import StartError, say, try_lock
from clinic.dev.valkey import Valkey

LOCK = "keeper.lock"  # held as long as the keeper lives
USERS = "users.lock"  # shared by everybody who uses the servers
PID = "keeper.pid"
LOG = "keeper.log"
URLS = "urls.json"  # exists while both servers can be used


class _Stop(Exception):
    """Somebody asked us to end."""


def _stop(*_: object) -> None:
    raise _Stop


def _answer(answer: dict[str, str]) -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever started us was killed meanwhile
        say(json.dumps(answer))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _watch(folder: Folder, servers: tuple[Postgres, Valkey], *, stay: bool) -> None:
    """Return, with the users' lock in hand if possible, when there is nothing left to keep."""
    with (folder.home / USERS).open("a") as users:
        while all(server.process and server.process.poll() is None for server in servers):
            if not stay and try_lock(users):
                _close(folder, servers)  # a new user waits at the lock until this is done
                return
            time.sleep(0.2)


def _close(folder: Folder, servers: tuple[Postgres, Valkey]) -> None:
    (folder.home / URLS).unlink(missing_ok=True)
    for server in reversed(servers):
        server.stop()


def keep(folder: Folder, options: list[str]) -> int:
    """The caller holds the keeper's lock."""
    fast = "--fast" in options
    postgres, valkey = Postgres(folder, fast=fast, tcp="--tcp" in options), Valkey(folder, fast=fast)
    folder.write(PID, str(os.getpid()))
    (folder.home / URLS).unlink(missing_ok=True)  # of a keeper that was killed
    try:
        urls = {"DATABASE_URL": postgres.start(), "REDIS_URL": valkey.start()}
        folder.write(URLS, json.dumps(urls))
        _answer(urls)
        _watch(folder, (postgres, valkey), stay="--stay" in options)
    except StartError as error:
        _answer({"error": str(error)})
        return 1
    except _Stop:
        return 0
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _close(folder, (postgres, valkey))
    return 0


def main() -> int:
    if os.fork():  # nobody's child, so that nobody has to wait for us
        return 0
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    folder = Folder(Path(sys.argv[1]))
    lock = (folder.home / LOCK).open("a")
    fcntl.flock(lock, fcntl.LOCK_EX)
    code = keep(folder, sys.argv[2:])
    os._exit(code)  # and not a moment with the lock free and the process still there


if __name__ == "__main__":
    sys.exit(main())

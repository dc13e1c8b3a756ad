"""Starting, watching and ending processes on a developer's machine. Standard library only."""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TypedDict

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


class StartError(RuntimeError):
    """Words fit for the developer who typed the command."""


class Identity(TypedDict, total=False):
    """Whom a process runs as; empty means: as ourselves."""

    user: int
    group: int
    extra_groups: list[int]


def say(text: str, *, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def until(ready: Callable[[], bool], limit: float) -> bool:
    end = time.monotonic() + limit
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        with contextlib.suppress(PermissionError):
            os.kill(pid, 0)
        return True
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tail(log: Path, characters: int = 2000) -> str:
    with contextlib.suppress(OSError):
        return log.read_text(errors="replace").strip()[-characters:]
    return ""


def _tie(death_signal: int) -> Callable[[], None]:
    """Linux: make the kernel send `death_signal` to the child when we die, even by SIGKILL.

    The kernel watches the thread that starts the child, not the process: call from the main thread.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    parent = os.getpid()

    def in_child() -> None:
        if libc:
            libc.prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:  # we died before the child was tied
                os._exit(1)

    return in_child


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    death_signal: int = signal.SIGTERM,
    identity: Identity | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """A child in a session of its own, so that Ctrl-C reaches us alone and we stop it in order."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=_tie(death_signal),  # noqa: PLW1509  we are single-threaded
            cwd=cwd,
            env=env,
            **(identity or {}),
        )


def run(
    argv: Sequence[str | Path], *, identity: Identity | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """A short command to its end; the caller judges its exit code."""
    return subprocess.run(
        [str(part) for part in argv],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        **(identity or {}),
    )


def end(process: subprocess.Popen[bytes], stop_signal: int, limit: float) -> None:
    """Ask, wait, then kill the whole session."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    try:
        process.wait(limit)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[IO[str]]:
    """Hold a file's lock. The kernel drops it with the process, however that ends."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open("a") as file:
        return not try_lock(file)


def try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

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
from typing import IO, Any, TypedDict

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


def step(title: str, work: Callable[[], Any]) -> None:
    """A line with its duration; a dot every three seconds shows that it is alive."""
    say(f"  {title:<32}", end="")
    started = time.monotonic()
    signal.signal(signal.SIGALRM, lambda *_: os.write(sys.stdout.fileno(), b"."))  # not a thread: we fork
    signal.setitimer(signal.ITIMER_REAL, 3, 3)
    try:
        work()
    except BaseException:
        say("")  # whatever is said next begins a line
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    say(f"{time.monotonic() - started:6.1f} s")


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
    log: Path | None,
    death_signal: int = signal.SIGTERM,
    identity: Identity | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """A child in a session of its own, so that Ctrl-C reaches us alone and we stop it in order.

    Without a log it writes where we write.
    """
    with log.open("ab") if log else contextlib.nullcontext() as out:
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
    """Ask once (a second SIGTERM means haste to Celery), wait, then kill what is left of its session."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    _await(process, limit)


def end_all(processes: Sequence[subprocess.Popen[bytes]], limit: float) -> None:
    deadline = time.monotonic() + limit
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        _await(process, max(0.1, deadline - time.monotonic()))


def _await(process: subprocess.Popen[bytes], limit: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(limit)
    kill_session(process.pid)
    process.wait()


def kill_session(pid: int) -> None:
    """The group of its leader, and the groups that its members made."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for member in (member for member, session in _sessions("").items() if session == pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(member, signal.SIGKILL)


def sessions_with(marker: str) -> set[int]:
    """Sessions with a member whose command line holds the marker: a bare number may be somebody else's now."""
    return set(_sessions(marker).values())


def _sessions(marker: str) -> dict[int, int]:
    """Of the processes whose command line holds the marker: process and session."""
    found = {}
    for pid in _pids_with(marker):
        with contextlib.suppress(OSError):
            found[pid] = os.getsid(pid)
    return found


def _pids_with(marker: str) -> list[int]:
    if not Path("/proc/self/cmdline").exists():  # macOS; slim Linux images have /proc but no ps
        lines = run(["ps", "-A", "-o", "pid=,args="]).stdout.splitlines()
        return [int(line.split()[0]) for line in lines if marker in line]
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if marker.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def end_sessions(pids: Sequence[int], *, marker: str, limit: float) -> None:
    left = sessions_with(marker) & set(pids)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)
    until(lambda: not left & sessions_with(marker), limit)
    for pid in left & sessions_with(marker):
        kill_session(pid)


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

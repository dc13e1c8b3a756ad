"""`make run`: servers, mail catcher, database steps, web, worker and beat; all stop together."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from clinic.dev.demo import Demo, wanted_port
from clinic.dev.processes import (
    StartError,
    end_all,
    end_sessions,
    free_port,
    is_locked,
    say,
    spawn,
    step,
    tail,
    try_lock,
    until,
)
from clinic.dev.services import CHECKOUT

READY_LIMIT = 90.0  # seconds; a busy machine needs ten
STOP_LIMIT = 6.0  # seconds until processes are killed, so that Ctrl-C is done within ten
LOCK, PID, CHILDREN = "supervisor.lock", "supervisor.pid", "children.json"


class _Stop(Exception):
    """Ctrl-C, SIGTERM, a closed terminal, or make is gone."""


def _stop(*_: object) -> None:
    raise _Stop


class Supervisor:
    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.port = wanted_port()
        self.parent = os.getppid()
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def run(self) -> int:
        self.demo.make()
        with (self.demo.home / LOCK).open("a") as lock:
            if not try_lock(lock):
                raise StartError("Footwork is already running here; `make stop` ends it")
            self.demo.write(PID, os.getpid())
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, _stop)
            try:
                self._start()
                self._watch()
            except _Stop:
                say("Stopping …", end=" ")
            finally:
                self._end()
            say("stopped.")
        return 0

    def _start(self) -> None:
        end_leftovers(self.demo)
        self._claim_port()
        self.demo.write("ports.json", {"web": self.port, "smtp": free_port()})
        environment: dict[str, str] = {}
        if self.demo.brings_servers:
            step("Starting PostgreSQL and Valkey", lambda: environment.update(self.demo.environment()))
        else:
            environment.update(self.demo.environment())
        commands = self.demo.commands(sys.executable)
        self._spawn("mailcatcher", commands["mailcatcher"], environment, self.demo.log("mailcatcher"))
        self._run_steps(commands["steps"], self.demo.of_owner(environment))
        for schedule in self.demo.home.glob("beat-schedule*"):  # a killed beat may have torn it
            schedule.unlink()
        for name in ("web", "worker", "beat"):
            self._spawn(name, commands[name], environment, self.demo.log(name))
        step("Waiting for the first page", self._wait_until_ready)
        say(f"\n{tail(self.demo.log('seed_demo'))}\n\nFootwork is ready: {self.site}")
        say(f"Logs are in {self._short(self.demo.home)}; Ctrl-C stops everything.")

    def _claim_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except PermissionError as error:
                raise StartError(f"Port {self.port} needs root; try PORT=8123 make run") from error
            except OSError as error:
                text = f"Port {self.port} is in use by another program; try PORT={self.port + 1} make run"
                raise StartError(text) from error

    def _spawn(self, name: str, argv: Sequence[str], environment: dict[str, str], log: Path | None) -> None:
        if log:
            log.write_bytes(b"")  # of this run only
        self.children[name] = spawn(argv, log=log, cwd=CHECKOUT, env=environment)
        self.demo.write(CHILDREN, [child.pid for child in self.children.values()])

    def _run_steps(self, argv: Sequence[str], environment: dict[str, str]) -> None:
        self._spawn("steps", argv, environment, None)
        if self.children["steps"].wait():
            raise SystemExit(1)  # it has said why
        del self.children["steps"]

    def _wait_until_ready(self) -> None:
        if not until(self._is_ready, READY_LIMIT):
            raise StartError(
                f"No answer from {self.site}health/ready; see {self._short(self.demo.log('web'))}"
            )

    def _is_ready(self) -> bool:
        self._check_children()
        web = HTTPConnection("127.0.0.1", self.port, timeout=5)  # urllib would ask a proxy
        with contextlib.suppress(OSError, HTTPException), contextlib.closing(web):
            web.request("GET", "/health/ready")
            return web.getresponse().status == 200
        time.sleep(0.1)
        return False

    def _watch(self) -> None:
        started_by_make = "MAKELEVEL" in os.environ
        while True:
            self._check_children()
            if started_by_make and os.getppid() != self.parent:
                raise _Stop  # make was killed: nobody is left who could press Ctrl-C
            time.sleep(0.3)

    def _check_children(self) -> None:
        for name, child in self.children.items():
            if child.poll() is not None:
                log = self.demo.log(name)
                text = f"{tail(log, 800)}\n\nThe {name} process ended by itself; see {self._short(log)}"
                raise StartError(text)
        if self.demo.brings_servers and not self.demo.servers.is_up():
            raise StartError(f"PostgreSQL or Valkey ended; see the logs in {self.demo.servers.home}")

    def _end(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        last = {name: child for name, child in self.children.items() if name == "mailcatcher"}
        first = [child for name, child in self.children.items() if name not in last]
        end_all(first, STOP_LIMIT)  # the catcher later: the worker may be in the middle of a mail
        end_all(list(last.values()), 1)
        self.demo.servers.down(wait=True)
        (self.demo.home / CHILDREN).unlink(missing_ok=True)
        (self.demo.home / "ports.json").unlink(missing_ok=True)

    @staticmethod
    def _short(path: Path) -> str:
        return str(path.relative_to(CHECKOUT) if path.is_relative_to(CHECKOUT) else path)


def end_leftovers(demo: Demo) -> None:
    """What a killed supervisor left behind. On Linux the kernel has told them already; be sure."""
    end_sessions(demo.read(CHILDREN, []), marker=sys.executable, limit=STOP_LIMIT)


def stop(demo: Demo) -> None:
    if is_locked(demo.home / LOCK):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(demo.read(PID, 0)), signal.SIGTERM)
        if not until(lambda: not is_locked(demo.home / LOCK), 20):
            raise StartError(f"process {demo.read(PID, 0)} does not stop")
    if demo.home.exists():
        end_leftovers(demo)
    demo.servers.stop()

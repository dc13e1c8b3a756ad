"""Backups, by PostgreSQL's own programs. A dump goes through a pipe into the encryption: it never lies anywhere in the clear.

The database is all there is to back up. Photos and logos are rows, drawings come with the release, help pages are written
anew, and what somebody exported is made again.
"""

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.db import connection

from clinic import jobs

JOB = "backup"  # under this name the last one stands beside the jobs of the schedule
SESSIONS = [
    "sessions.Session",
    "usersessions.UserSession",
]  # hold keys that sign in: a dump has their tables, empty
STAMP = "%Y%m%dT%H%M%SZ"
LOCK_PATIENCE = "60s"


class BackupFailed(Exception):
    """Says in words what went wrong; nothing of the attempt is left behind."""


def server() -> Mapping[str, Any]:
    """The database as the backup's role reaches it: keys as in settings.DATABASES."""
    return {**connection.settings_dict, **(settings.BACKUP_DATABASE or {})}


def left_out() -> list[str]:
    """Tables of which a dump holds no rows."""
    return [apps.get_model(name)._meta.db_table for name in SESSIONS]


def make(now: datetime) -> Path:
    """Write an encrypted dump into settings.BACKUP_DIR, note that it was made, and delete those that are old enough."""
    ending, cipher = _encryption()
    folder = Path(settings.BACKUP_DIR)
    made = folder / f"footwork-{now.astimezone(UTC):{STAMP}}.dump.{ending}"
    part = made.with_name(f"{made.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            _dump_into(out, cipher)
            os.fsync(out.fileno())
        part.rename(made)
    except OSError as error:
        raise BackupFailed(f"{error.filename or folder}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    jobs.finished(JOB)
    _drop_old(folder, now)
    return made


def dump_plainly(file: Path, snapshot: str) -> None:
    """For the drill, into its own work directory: what the exported snapshot sees."""
    _run([*_dump(), f"--snapshot={snapshot}", f"--file={file}"], libpq(server()))


def restore_plainly(file: Path, where: Mapping[str, Any]) -> None:
    """Into an empty database; the first fault ends it."""
    command = [program("pg_restore"), "--exit-on-error", "--no-password", "--jobs=2"]
    _run([*command, f"--dbname={where['NAME']}", str(file)], libpq(where))


def program(name: str) -> str:
    return str(Path(settings.PG_BIN) / name) if settings.PG_BIN else name


def libpq(where: Mapping[str, Any]) -> dict[str, str]:
    """For PostgreSQL's programs: a password on the command line could be read by everybody on the machine."""
    keys = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    return {name: str(where[key]) for name, key in keys.items() if where[key]}


def _dump() -> list[str]:
    rows = [f"--exclude-table-data={table}" for table in left_out()]
    return [
        *(program("pg_dump"), "--format=custom", "--no-password", f"--lock-wait-timeout={LOCK_PATIENCE}"),
        *rows,
    ]


def _encryption() -> tuple[str, list[str]]:
    """The ending of the file's name, and the command that encrypts its input to its output."""
    recipient = settings.BACKUP_RECIPIENT
    if not settings.BACKUP_DIR or not recipient:
        raise BackupFailed("BACKUP_DIR and BACKUP_RECIPIENT have to say where backups go, and for whom")
    if recipient.startswith("age1"):
        return "age", ["age", "--encrypt", "--recipient", recipient]
    quiet = ["gpg", "--batch", "--quiet", "--no-options", "--trust-model", "always"]
    return "gpg", [*quiet, "--compress-algo", "none", "--encrypt", "--recipient", recipient]


def _dump_into(out: IO[bytes], cipher: list[str]) -> None:
    environment = os.environ | libpq(server())
    with subprocess.Popen(_dump(), stdout=subprocess.PIPE, env=environment) as dumping:  # noqa: S603 - our own command
        try:
            encrypted = subprocess.run(cipher, stdin=dumping.stdout, stdout=out, check=False)  # noqa: S603 - the same
        except OSError:
            dumping.kill()
            raise
    for name, code in ((cipher[0], encrypted.returncode), ("pg_dump", dumping.returncode)):
        if code:
            raise BackupFailed(f"{name} ended with {code}")


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupFailed(f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr.strip()}")


def _drop_old(folder: Path, now: datetime) -> None:
    """By the time in the name: copying a file changes its own. Called after a new one was made, so one always stays."""
    oldest = f"footwork-{(now - timedelta(days=settings.BACKUP_KEEP_DAYS)).astimezone(UTC):{STAMP}}"
    for file in folder.glob("footwork-*.dump.*"):
        if file.name < oldest:
            file.unlink()

"""What is measured: a fresh database, and the web server as in production, on free loopback ports."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from cryptography.fernet import Fernet

from clinic.dev.postgres import as_application
from clinic.dev.services import Services

FOLDER = Path(".dev/bench")
SECRET = "bench-Q7d0mXo2Lw9aTt4Yv1Rz8Ks3Hf6Pj5Ge-NcUiBqVxMyZ"  # noqa: S105 - of a database that is thrown away


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def services() -> Iterator[Services]:
    """PostgreSQL and Valkey with the durability of production: no ``fast``."""
    started = Services(FOLDER)
    started.clean()
    try:
        os.environ.update(started.up())
        yield started
    finally:
        started.down()
        started.clean()


def environment(port: int, smtp_port: int) -> None:
    os.environ.update(
        SECRET_KEY=SECRET * 2,
        MFA_KEYS=Fernet.generate_key().decode(),
        SITE_URL="https://127.0.0.1",
        ALLOWED_HOSTS="127.0.0.1,localhost",
        SMTP_URL=f"smtp://127.0.0.1:{smtp_port}",
        MAIL_FROM="clinic@footwork.example",
        FOOTWORK_DEPLOYMENT_ID="bench-of-one-run",
        STATIC_ROOT=str((FOLDER.parent / "bench-static").resolve()),
        DJANGO_SETTINGS_MODULE="bench.settings",
        LOG_LEVEL="WARNING",
        DATABASE_STATEMENT_SECONDS="600",  # to grow a clinic of many years
    )


def prepare() -> None:
    """Tables and files, by the owner of the tables, who then lets the application in."""
    owner = os.environ["DATABASE_URL"]
    roles = os.environ | {"MIGRATION_DATABASE_URL": owner, "DATABASE_URL": as_application(owner)}
    for command in (
        ["migrate"],
        ["grant_application"],
        ["mark_deployment"],
        ["load_vocabularies"],
        ["collectstatic", "--noinput", "--clear"],
    ):
        arguments = [sys.executable, "manage.py", *command]
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, env=roles)


@contextlib.contextmanager
def web(port: int, *, as_owner: bool = False) -> Iterator[int]:
    """gunicorn as in docker-compose.yml, two workers of four threads; yields its pid. It connects as the application does,
    or as the owner of the tables."""
    owner = os.environ["DATABASE_URL"]
    environment = os.environ | {"DATABASE_URL": owner if as_owner else as_application(owner)}
    command = [sys.executable, "-m", "gunicorn", "clinic.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    # Longer than a busy machine pauses: a kept connection that ends just as it is used would end the run.
    command += ["--no-control-socket", "--keep-alive", "60"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    server = subprocess.Popen(command, env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/health/ready")
        yield server.pid
    finally:
        server.terminate()
        server.wait(30)


def _wait(url: str) -> None:
    for _ in range(150):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1):  # noqa: S310 - loopback
            return
        time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer")

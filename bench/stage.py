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
        STATIC_ROOT=str((FOLDER.parent / "bench-static").resolve()),
        DJANGO_SETTINGS_MODULE="bench.settings",
        LOG_LEVEL="WARNING",
    )


@contextlib.contextmanager
def web(port: int) -> Iterator[int]:
    """gunicorn as in docker-compose.yml, two workers of four threads; yields its pid."""
    command = [sys.executable, "-m", "gunicorn", "clinic.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        [*command, "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
    )
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

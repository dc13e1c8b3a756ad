"""The demo's folder: servers, caught mail, logs, secrets, and which processes belong to it."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clinic.dev.environment import DEMO_DEFAULTS, for_demo, random_fernet_key, random_secret
from clinic.dev.postgres import Postgres, as_application
from clinic.dev.processes import StartError
from clinic.dev.services import CHECKOUT, Services

DEFAULT_PORT = 8000
NOBODY_LISTENS = 1  # a port


def wanted_port() -> int:
    given = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise StartError(f"PORT must be a number from 1 to 65535, not {given!r}")
    return int(given)


class Demo:
    """`.dev/main`, or the folder that FOOTWORK_DEV_DIR names."""

    def __init__(self) -> None:
        self.home = Path(os.environ.get("FOOTWORK_DEV_DIR") or CHECKOUT / ".dev" / "main").resolve()
        self.mail = self.home / "mail"
        self.servers = Services(self.home / "servers")  # a folder of its own: as root it belongs to `nobody`
        given = {"DATABASE_URL", "REDIS_URL"} & os.environ.keys()
        if len(given) == 1:
            raise StartError(f"Only {given.pop()} is set: set both DATABASE_URL and REDIS_URL, or none")
        self.brings_servers = not given
        self.owner_url = ""  # of our own servers, once they are up

    def make(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.mail.mkdir(mode=0o700, exist_ok=True)

    def log(self, name: str) -> Path:
        return self.home / f"{name}.log"

    def write(self, name: str, content: Any) -> None:
        path = self.home / name
        part = path.with_name(f"{name}.part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        part.write_text(json.dumps(content))
        part.replace(path)

    def read(self, name: str, default: Any) -> Any:
        path = self.home / name
        try:
            return json.loads(path.read_text()) if path.exists() else default
        except ValueError as error:
            raise StartError(f"{path} is damaged; `make reset` starts afresh") from error

    def _kept_secrets(self) -> dict[str, str]:
        kept: dict[str, str] = self.read("secrets.json", {})
        if not kept:
            kept = {"SECRET_KEY": random_secret(), "MFA_KEYS": random_fernet_key()}
            self.write("secrets.json", kept)
        return kept

    def environment(self) -> dict[str, str]:
        """For the demo's processes. Starts the servers unless the developer brings some."""
        self.make()
        ports = self.read("ports.json", {"web": DEFAULT_PORT, "smtp": NOBODY_LISTENS})
        own = for_demo(kept=self._kept_secrets(), port=ports["web"], smtp_port=ports["smtp"], mail=self.mail)
        return DEMO_DEFAULTS | os.environ | own | self._urls()

    def _urls(self) -> dict[str, str]:
        """Of our own servers. The application has a role of its own, as in production."""
        if not self.brings_servers:
            return {}
        urls = self.servers.up()
        self.owner_url = urls["DATABASE_URL"]
        programs = {"PG_BIN": str(Postgres(self.servers.folder).programs)}
        return urls | {"DATABASE_URL": as_application(self.owner_url)} | programs

    def of_owner(self, environment: dict[str, str]) -> dict[str, str]:
        """The same environment for what migrates and loads data."""
        return environment | ({"MIGRATION_DATABASE_URL": self.owner_url} if self.owner_url else {})

    def commands(self, python: str) -> dict[str, Sequence[str]]:
        """The processes after the servers, in the order of their start."""
        ports = self.read("ports.json", {})
        keeper = [python, "manage.py", "keep_running", "--grace", "3", "--"]
        celery = [python, "-m", "celery", "-A", "clinic"]
        quiet = [
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]  # one worker: nobody to talk to
        gunicorn = [
            python,
            "-m",
            "gunicorn",
            "clinic.wsgi:application",
            "--bind",
            f"127.0.0.1:{ports['web']}",
        ]
        gunicorn += ["--worker-class", "gthread", "--threads", "6", "--graceful-timeout", "3"]
        return {
            "steps": [python, "-m", "clinic.dev.steps", str(self.home)],
            "mailcatcher": [python, "-m", "clinic.dev.mailcatcher", str(ports["smtp"]), str(self.mail)],
            "web": [*gunicorn, "--no-control-socket"],
            "worker": [*keeper, *celery, "worker", "--loglevel", "INFO", "--concurrency", "2", *quiet],
            "beat": [*celery, "beat", "--loglevel", "INFO", "--schedule", str(self.home / "beat-schedule")],
        }

"""One case: its database, its processes, its mail server, and both histories at the end."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as Clock
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg

from clinic.dev.environment import random_fernet_key
from clinic.dev.processes import free_port, spawn
from clinic.mail.messages import message_id
from tests.chaos.reconcile import Email, Finding, Plan, Taken, reconcile
from tests.chaos.servers import Servers
from tests.chaos.world import World
from tests.sink import Faults, RunningSink

ROOT = Path(__file__).parents[2]
CELERY = ["-m", "celery", "-A", "clinic"]
GUNICORN = ["-m", "gunicorn", "clinic.wsgi:application", "--worker-class", "gthread", "--no-control-socket"]
HOST = "127.0.0.1"
RESTORED = "case_restored"
MFA_KEY = random_fernet_key()

EMAILS = """SELECT email.id, generation, email.state, email.reason, doubt, coalesce(due_at, created_at), email.expires_at
  FROM clinic_outgoingemail email LEFT JOIN exercises_reminder plan ON plan.email_id = email.id"""
PLANS = """SELECT plan.programme_id, plan.local_date, plan.state, plan.due_at, plan.reason, email.id, email.generation
  FROM exercises_reminder plan LEFT JOIN clinic_outgoingemail email ON email.id = plan.email_id"""
OPEN = """SELECT (SELECT count(*) FROM clinic_outgoingemail WHERE state IN ('pending', 'sending'))
               + (SELECT count(*) FROM exercises_reminder WHERE state = 'planned' AND due_at <= now())"""

# A copied database belongs to nobody, and sends nothing.
OURS = """DO $$ BEGIN
  IF to_regclass('clinic_deployment') IS NOT NULL THEN
    INSERT INTO clinic_deployment (id, key, place, since) VALUES (1, 'chaos-suite', clinic_place(), now())
      ON CONFLICT (id) DO UPDATE SET key = excluded.key, place = excluded.place, since = excluded.since;
  END IF;
END $$"""
STATES = """SELECT 'e-mail', state, count(*) FROM clinic_outgoingemail GROUP BY state
  UNION ALL SELECT 'plan', state, count(*) FROM exercises_reminder WHERE due_at <= now() GROUP BY state
  UNION ALL SELECT 'connection', concat_ws(' ', state, wait_event, left(query, 60)), count(*) FROM pg_stat_activity
             WHERE datname = current_database() GROUP BY 2"""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. ``scale``: how many times shorter than in production all waits of the outbox are."""

    scale: float

    @property
    def tick(self) -> float:
        return 30 if self.scale == 1 else 1

    @property
    def lease(self) -> float:
        return 300 / self.scale

    @property
    def final_reply(self) -> float:
        return 120 / self.scale

    @property
    def outage(self) -> float:
        """What stands for a minute."""
        return 60 if self.scale == 1 else 6

    @property
    def limit(self) -> float:
        """For everything to settle: several leases and pauses."""
        return 1800 if self.scale == 1 else 120


@dataclass
class Stage:
    """Its processes end with this one, whatever ends it."""

    servers: Servers
    database_url: str
    world: World
    folder: Path
    times: Times
    sink: RunningSink = field(default_factory=RunningSink)
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    healed_at: float = 0

    def open(self) -> None:
        self.fault()
        self.sink.start()
        self.ask(OURS)
        self.expect()

    def expect(self) -> None:
        """Whatever stands there now has to be there at the end."""
        self.expected = {email.key for email in self.emails()} | {plan.key for plan in self.plans()}

    def close(self) -> None:
        for process in self.processes:
            self.kill(process)
        self.sink.stop()

    # --- processes, each with production's code ---

    def worker(self, concurrency: int = 2, **environment: str) -> "subprocess.Popen[bytes]":
        options = ["--concurrency", str(concurrency), "--loglevel", "WARNING"]
        name = f"worker{len(self.processes)}@chaos"
        return self.start(*CELERY, "worker", "--hostname", name, *options, **environment)

    def beat(self, **environment: str) -> "subprocess.Popen[bytes]":
        schedule = str(self.folder / f"beat-{len(self.processes)}")
        return self.start(*CELERY, "beat", "--schedule", schedule, "--loglevel", "WARNING", **environment)

    def loop(self, **environment: str) -> "subprocess.Popen[bytes]":
        return self.start("manage.py", "send_reminders", "--loop", "--verbosity", "0", **environment)

    def web(self) -> "Browser":
        port = free_port()
        self.start(*GUNICORN, "--workers", "1", "--threads", "4", "--bind", f"{HOST}:{port}")
        browser = Browser(port, self.world.staff)
        self.until(lambda: browser.status("/health/live") == 200, 30)
        return browser

    def run(self, *command: str) -> str:
        """To its end; what it said."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.surroundings(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return done.stdout

    def start(self, *command: str, **environment: str) -> "subprocess.Popen[bytes]":
        process = spawn(
            [sys.executable, *command],
            log=self.folder / f"{len(self.processes)}.log",
            cwd=ROOT,
            env=self.surroundings() | environment,
        )
        self.processes.append(process)
        return process

    def surroundings(self) -> dict[str, str]:
        """As on a server behind a proxy: no DEBUG, https."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "clinic.settings" if self.times.scale == 1 else "tests.chaos.settings",
            "CHAOS_SCALE": str(self.times.scale),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.servers.redis_url,
            "SMTP_URL": f"smtp://{self.sink.host}:{self.sink.port}",
            "TICK_SECONDS": str(int(self.times.tick)),
            "DATABASE_IDLE_SECONDS": "60" if self.times.scale == 1 else "5",
            "REMINDER_SPREAD_SECONDS": "0",  # all at once: that is the hardest
            "MAILS_PER_CLINIC_MINUTE": "6000",
            "FOOTWORK_DEPLOYMENT_ID": "chaos-suite",
            "DEBUG": "0",
            "STAFF_SECOND_FACTOR": "1",
            "SITE_URL": f"https://{HOST}",
            "TRUSTED_PROXY_COUNT": "1",
            "MFA_KEYS": MFA_KEY,
            **self.environment,
        }

    @staticmethod
    def signal_all(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
        """To the whole group: no handler of a parent can tidy up after a child."""
        if process.poll() is None:
            os.killpg(process.pid, number)

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        self.signal_all(process, signal.SIGKILL)
        process.wait(10)

    # --- what the database says; asked again while it is away ---

    def ask(self, statement: str, values: Sequence[object] | dict[str, object] = ()) -> list[tuple[Any, ...]]:
        end = time.monotonic() + 30
        while True:
            try:
                with psycopg.connect(self.database_url, autocommit=True) as connection:
                    cursor = connection.execute(statement.encode(), values)
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def emails(self) -> list[Email]:
        return [Email(message_id(row[0], row[1]), *row[2:]) for row in self.ask(EMAILS)]

    def plans(self) -> list[Plan]:
        return [
            Plan(f"{programme} {day}", state, due, reason, message_id(pk, generation) if pk else "")
            for programme, day, state, due, reason, pk, generation in self.ask(PLANS)
        ]

    def in_hand(self) -> int:
        return int(self.ask("SELECT count(*) FROM clinic_outgoingemail WHERE state = 'sending'")[0][0])

    def dump(self) -> Path:
        file = self.folder / "backup"
        self.servers.program("pg_dump", "--format=custom", f"--file={file}", self.database_url)
        return file

    def restore(self, file: Path) -> None:
        """Under another name, as it is done beside a database that is broken; everything starts on it from now."""
        self.servers.drop(RESTORED)
        self.servers.execute(f"CREATE DATABASE {RESTORED}")
        self.database_url = self.servers.database(RESTORED)
        self.servers.program("pg_restore", f"--dbname={self.database_url}", str(file))

    # --- the course of a case ---

    def fault(self, **faults: Any) -> None:
        """From now on; without a word, peace."""
        self.sink.faults = Faults(extensions=("PIPELINING",), **faults)  # as the usual servers announce

    def heal(self) -> None:
        """The fault is over: from here the recovery is timed."""
        self.healed_at = time.monotonic()

    def pause(self) -> None:
        """What stands for a minute of outage."""
        time.sleep(self.times.outage)

    @staticmethod
    def local_time(at: float, zone: ZoneInfo) -> Clock:
        return datetime.fromtimestamp(at, zone).time()

    def until(self, reached: Callable[[], bool], limit: float | None = None) -> None:
        end = time.monotonic() + (limit or self.times.limit)
        while not reached():
            if time.monotonic() > end:
                raise AssertionError(f"it did not happen in time: {self.log()}")
            time.sleep(0.05)

    def until_taken(self, mails: int) -> None:
        self.until(lambda: len(self.sink.accepted) >= mails)

    def settle(self) -> float:
        """Wait until nothing that is due waits any more; the seconds that took since the fault was over."""
        try:
            self.until(lambda: self.ask(OPEN) == [(0,)])
        except AssertionError as late:
            raise AssertionError(f"not settled: {self.ask(STATES)}; {late}") from None
        took = time.monotonic() - self.healed_at if self.healed_at else 0.0
        time.sleep(self.times.tick)  # time for what should not come
        return took

    def compare(self) -> Finding:
        now = self.ask("SELECT now()")[0][0]
        taken = [Taken(record.key, datetime.fromtimestamp(record.at, UTC)) for record in self.sink.accepted]
        return reconcile(
            self.emails(),
            self.plans(),
            taken,
            expected=self.expected,
            now=now,
            grace=timedelta(seconds=self.times.lease),
        )

    def log(self) -> str:
        """The end of what the processes said, for whoever reads why a case failed."""
        texts = (path.read_text(errors="replace")[-1500:] for path in sorted(self.folder.glob("*.log")))
        return "\n".join(text for text in texts if text)


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    body: str
    seconds: float
    cookies: str


@dataclass(frozen=True, slots=True)
class Browser:
    """A practitioner's, behind the proxy that speaks TLS."""

    port: int
    session: str

    def get(self, path: str) -> Page:
        return self._ask("GET", path, {"Cookie": f"__Host-staff={self.session}"})

    def status(self, path: str) -> int:
        """0 when nobody answers."""
        try:
            return self.get(path).status
        except OSError:
            return 0

    def post(self, page: str, action: str) -> Page:
        """Press a button of that page: with its token, as a browser does."""
        return self._send(page, action, {}, None)

    def upload(self, page: str, fields: Mapping[str, str | list[str]], photo: bytes) -> Page:
        """Fill the form of that page in, and choose a photo."""
        return self._send(page, page, fields, photo)

    def _send(
        self, page: str, action: str, fields: Mapping[str, str | list[str]], photo: bytes | None
    ) -> Page:
        seen = self.get(page)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', seen.body)
        csrf = re.search(r"__Host-csrf=([^;]+)", seen.cookies)
        if not token or not csrf:
            raise AssertionError(f"{page} has no form: {seen.status}")
        boundary = uuid4().hex
        parts = [
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, values in {"csrfmiddlewaretoken": token[1], **fields}.items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        if photo is not None:
            name = b'name="photo_first"; filename="photo.jpg"\r\nContent-Type: image/jpeg'
            parts.append(b"Content-Disposition: form-data; " + name + b"\r\n\r\n" + photo + b"\r\n")
        edge = f"--{boundary}".encode()
        body = b"".join(edge + b"\r\n" + part for part in parts) + edge + b"--\r\n"
        headers = {
            "Cookie": f"__Host-staff={self.session}; __Host-csrf={csrf[1]}",
            "Origin": f"https://{HOST}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        return self._ask("POST", action, headers, body)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Page:
        began = time.monotonic()
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        try:
            own = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
            connection.request(method, path, body, headers | own)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            cookies = answer.getheader("Set-Cookie") or ""
            return Page(answer.status, text, time.monotonic() - began, cookies)
        finally:
            connection.close()

"""How fast mails leave: our workers next to bare loops of smtplib and to django-post-office, in the same run."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.db import connection

from bench import load, reminder_world
from bench.sink import Sink
from clinic.models import User
from exercises import emails, reminders
from exercises.models import Programme
from patients.models import Patient

PROCESSES = (1, 2, 4)
LATENCIES = (0.0, 0.015)
ROUNDS = 3
MANY = 4000  # mails: a run so long that its beginning does not decide
OTHERS = 2, 10  # processes and threads in which django-post-office is at its best

Say = Callable[[str], None]
slots = count(1)


@dataclass(frozen=True)
class Rate:
    per_second: float  # from the first arrival to the last
    done_per_second: float  # from the word to begin until everything is sent and written down
    cpu_ms: float  # of the sending processes, a mail
    database_ms: float = 0.0  # of PostgreSQL's, a mail


@dataclass(frozen=True)
class Bench:
    sink: Sink
    programmes: list[Programme]
    message: bytes
    database: int  # pid of PostgreSQL

    def ours(self, processes: int, latency: float, mails: int, *, connections: int = 1) -> Rate:
        reminder_world.post_all(reminder_world.due_now(self.programmes[:mails], next(slots)))
        environment = {"MAIL_CONNECTIONS": str(connections)}
        return self._timed("worker", processes, latency, mails, {}, environment)

    def bare(self, processes: int, latency: float, mails: int) -> Rate:
        asked = {"message": base64.b64encode(self.message).decode(), "mails": str(mails // processes)}
        return self._timed("bare", processes, latency, mails, asked, {})

    def post_office(self, processes: int, threads: int, latency: float, mails: int) -> Rate:
        """``send_queued_mail``, which makes its own processes; the queue holds rendered mails."""
        fill_post_office(self.message, mails)
        environment = {
            "DJANGO_SETTINGS_MODULE": "bench.post_office_settings",
            "POST_OFFICE_THREADS": str(threads),
        }
        return self._timed(
            "post_office", 1, latency, mails, {"processes": processes, "mails": mails}, environment
        )

    def _database_seconds(self) -> float:
        while True:
            try:
                return load.cpu_seconds(load.family(self.database))
            except FileNotFoundError:  # a connection ended meanwhile; its time is its parent's by now
                continue

    def _timed(
        self,
        kind: str,
        processes: int,
        latency: float,
        mails: int,
        asked: dict[str, Any],
        env: dict[str, str],
    ) -> Rate:
        workers = [started(kind, env) for _ in range(processes)]
        self.sink.start(latency)
        before = self._database_seconds()
        done = [told(worker, asked) for worker in workers]
        results = [json.loads(worker.communicate(timeout=180)[0].splitlines()[-1]) for worker in done]
        database = self._database_seconds() - before
        if self.sink.count != mails:
            raise RuntimeError(f"{kind}: {self.sink.count} of {mails} mails arrived")
        cpu = sum(result["cpu"] for result in results)
        return Rate(
            self.sink.rate,
            mails / max(result["seconds"] for result in results),
            cpu / mails * 1000,
            database / mails * 1000,
        )


def started(kind: str, env: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "bench.sender", kind],
        env=os.environ | env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def told(worker: "subprocess.Popen[str]", asked: dict[str, Any]) -> "subprocess.Popen[str]":
    assert worker.stdout
    assert worker.stdin
    if worker.stdout.readline().strip() != "ready":
        raise RuntimeError("a sender did not start")
    worker.stdin.write(json.dumps(asked) + "\n")
    worker.stdin.flush()
    return worker


def fill_post_office(message: bytes, mails: int) -> None:
    """Its rows, by SQL: its models are no app of this process."""
    from email import message_from_bytes, policy  # noqa: PLC0415

    read = message_from_bytes(message, policy=policy.default)
    text, page = (part.get_content() for part in read.iter_parts())
    headers = {name: read[name] for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted")}
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE post_office_email CASCADE")
        cursor.execute(
            """INSERT INTO post_office_email (from_email, "to", cc, bcc, subject, message, html_message, headers, status,
                       priority, created, last_updated, backend_alias)
               SELECT 'Bench <clinic@footwork.example>', 'patient' || n || '@patients.example', '', '', %s, %s, %s,
                      %s, 2, 2, now(), now(), '' FROM generate_series(1, %s) AS n""",
            [read["Subject"], text, page, json.dumps(headers), mails],
        )


def prepare(sink: Sink, database: int, mails: int) -> Bench:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "post_office"],
        check=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "bench.post_office_settings"},
        stdout=subprocess.DEVNULL,
    )
    staff = User.objects.create_user("mails@footwork.example", None, name="Bench Practitioner")
    made = reminder_world.programmes(reminder_world.clinics(), staff, mails)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Bench(sink, made, example(made[0].patient), database)


def example(patient: Patient) -> bytes:
    from clinic.mail.messages import build  # noqa: PLC0415

    opening = emails.Opening(secret="x" * 43, works_until=datetime.now(UTC))
    return build(
        emails.reminder_letter(patient, opening), "<bench@footwork.example>", datetime.now(UTC)
    ).content


def rates(bench: Bench, say: Say, *, rounds: int, mails: int) -> dict[str, tuple[Rate, Rate]]:
    """Ours and the bare loop's, by turns; of each the best of the rounds, since the machine has other work too."""
    found: dict[str, tuple[Rate, Rate]] = {}
    for latency in LATENCIES:
        for processes in PROCESSES:
            number = mails * processes
            pairs = [
                (bench.ours(processes, latency, number), bench.bare(processes, latency, number))
                for _ in range(rounds if latency else 1)  # only what has a bar is measured again and again
            ]
            ours, bare = (max(side, key=lambda rate: rate.per_second) for side in zip(*pairs, strict=True))
            found[f"{processes}x{latency * 1000:.0f}ms"] = ours, bare
            say(
                f"{processes} processes, {latency * 1000:.0f} ms: {ours.per_second:.0f}/s, bare {bare.per_second:.0f}/s,"
                f" ratio {ours.per_second / bare.per_second:.2f}, CPU a mail {ours.cpu_ms:.1f} ms"
                f" (PostgreSQL {ours.database_ms:.1f}), bare {bare.cpu_ms:.1f}"
            )
    return found


def beside_post_office(bench: Bench, say: Say, *, rounds: int, mails: int) -> tuple[Rate, Rate]:
    processes, threads = OTHERS
    pairs = [
        (
            bench.ours(processes, 0.0, mails, connections=threads),
            bench.post_office(processes, threads, 0.0, mails),
        )
        for _ in range(rounds)
    ]
    ours, theirs = (max(side, key=lambda rate: rate.done_per_second) for side in zip(*pairs, strict=True))
    say(
        f"{processes} processes x {threads}, no latency: {ours.done_per_second:.0f}/s, CPU {ours.cpu_ms:.1f} ms a mail;"
        f" django-post-office {theirs.done_per_second:.0f}/s, CPU {theirs.cpu_ms:.1f}"
    )
    return ours, theirs


def first_mail_after(bench: Bench, mails: int) -> float:
    """Seconds from the beginning of a tick with so many due until the first mail has been taken."""
    worker = told(started("waiting", {}), {"mails": mails})
    now = reminder_world.due_now(bench.programmes[:mails], next(slots))
    bench.sink.start(0.0)
    began = time.time()
    reminders.post_due(now)
    worker.communicate(timeout=180)
    return bench.sink.first - began

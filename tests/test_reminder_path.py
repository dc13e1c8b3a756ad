"""The whole reminder path with nothing replaced: PostgreSQL, Valkey, two beats, a worker, SMTP over a socket."""

import os
import signal
import subprocess
import sys
import time as clocks
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from django.conf import settings
from django.db import connection

from clinic import clock
from clinic.actors import Actor
from clinic.dev.postgres import as_application
from clinic.dev.processes import free_port
from clinic.models import OutgoingEmail, User
from exercises import actions
from exercises.models import Exercise, Reminder
from patients.models import ConsentChannel, Patient
from tests import factories

ROOT = Path(__file__).parent.parent
ZONES = [f"Etc/GMT{offset:+d}" for offset in range(-12, 13)]


@dataclass
class Mailbox:
    """What arrived: address, instant, message."""

    mails: list[tuple[str, datetime, Message]] = field(default_factory=list)

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        message = message_from_bytes(envelope.original_content or b"")
        self.mails.append((envelope.rcpt_tos[0], datetime.now().astimezone(), message))
        return "250 taken"

    def to(self, patient: Patient) -> list[Message]:
        return [message for address, _, message in self.mails if address == patient.email]


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())  # it cannot work with port 0
    controller.start()
    yield handler, controller.port
    controller.stop()


@pytest.fixture
def processes(mailbox: tuple[Mailbox, int], tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Starts a worker and two beats; ends them, and all they started, by their process groups."""
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + str(connection.settings_dict["NAME"])
    environment = os.environ | {
        "DATABASE_URL": as_application(url),
        "REDIS_URL": settings.REDIS_URL,
        "SMTP_URL": f"smtp://127.0.0.1:{mailbox[1]}",
        "TICK_SECONDS": "1",
    }
    running: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        celery = [sys.executable, "-m", "celery", "-A", "clinic"]
        commands = [
            [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"],
            [*celery, "beat", "--schedule", str(tmp_path / "one"), "--loglevel", "WARNING"],
            [*celery, "beat", "--schedule", str(tmp_path / "two"), "--loglevel", "WARNING"],
        ]
        for number, command in enumerate(commands):
            with (tmp_path / f"{number}.log").open("wb") as log:
                running.append(
                    subprocess.Popen(
                        command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
                    )
                )

    yield start
    for process in running:
        os.killpg(process.pid, signal.SIGTERM)
    for process in running:
        process.wait(20)


def daytime(now: datetime) -> str:
    """A zone in which it is about noon."""
    return min(ZONES, key=lambda zone: abs(now.astimezone(ZoneInfo(zone)).hour - 12))


def until(reached: Callable[[], bool], seconds: float) -> bool:
    end = clocks.monotonic() + seconds
    while not reached():
        if clocks.monotonic() > end:
            return False
        clocks.sleep(0.1)
    return True


@pytest.mark.hazard("HZ-06", "HZ-07", "HZ-08")
@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.django_db(transaction=True)
def test_one_reminder_at_the_local_time_and_none_to_those_who_need_none(
    mailbox: tuple[Mailbox, int], processes: Callable[[], None], priya: User, toe_curls: Exercise
) -> None:
    box, _port = mailbox
    now = clock.now()
    zone = daytime(now)
    due = now + timedelta(seconds=40)  # a busy machine starts three processes until then
    at = due.astimezone(ZoneInfo(zone)).time().replace(microsecond=0)
    names = ["Waiting", "Logged", "Stopped", "Ended", "Tomorrow"]
    people = {name: factories.make_patient(priya, name, "Doe", time_zone=zone, now=now) for name in names}
    plans = {
        name: factories.make_programme(
            priya,
            patient,
            [toe_curls],
            now=now,
            starts_on=now.astimezone(ZoneInfo(zone)).date() + timedelta(days=name == "Tomorrow"),
            reminder_time=at,
        )
        for name, patient in people.items()
    }
    started = {
        name: Reminder.objects.filter(programme=plan).order_by("local_date").first()
        for name, plan in plans.items()
    }
    reminder = started["Waiting"]
    assert reminder
    assert reminder.local_time == at
    processes()
    assert until(lambda: len(box.mails) == len(names), 35), "the plan-ready letters did not arrive"
    today = now.astimezone(ZoneInfo(zone)).date()
    factories.make_log(people["Logged"], plans["Logged"].items.get(), today, at=clock.now())
    actions.stop_reminders(
        actor=Actor.patient(people["Stopped"]), patient=people["Stopped"], channel=ConsentChannel.PLAN
    )
    actions.end_programme(
        actor=Actor.staff(priya), programme=plans["Ended"], now=clock.now(), reason="Test of the end."
    )
    assert clock.now() < reminder.due_at, "the machine was too slow for this test"
    assert until(lambda: len(box.to(people["Waiting"])) == 2, 60), "the reminder did not arrive"
    clocks.sleep(4)  # several more ticks of both beats

    arrived = {name: len(box.to(patient)) for name, patient in people.items()}
    assert arrived == {"Waiting": 2, "Logged": 1, "Stopped": 1, "Ended": 1, "Tomorrow": 1}
    (instant,) = [
        when for to, when, m in box.mails if to == people["Waiting"].email and "List-Unsubscribe" in m
    ]
    assert instant >= reminder.due_at
    assert instant - reminder.due_at < timedelta(seconds=10)
    assert set(OutgoingEmail.objects.values_list("state", flat=True)) == {"sent"}
    assert len({message["Message-ID"] for _, _, message in box.mails}) == len(box.mails)


def test_noon_is_found_somewhere_at_any_hour() -> None:
    for hour in range(24):
        now = datetime(2026, 11, 24, hour, 30, tzinfo=ZoneInfo("UTC"))
        assert time(11) <= now.astimezone(ZoneInfo(daytime(now))).time() <= time(13)

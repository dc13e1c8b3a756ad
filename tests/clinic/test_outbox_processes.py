"""Senders as processes of their own: killed between acceptance and record, and asked to stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from clinic import clock, tasks
from clinic.dev.postgres import as_application
from clinic.mail import outbox
from clinic.models import Clinic, OutgoingEmail
from tests.outbox_world import make_email
from tests.sink import Faults, RunningSink

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
SENDER = [
    "-m",
    "django",
    "shell",
    "--no-imports",
    "-c",
    "from clinic.mail import outbox; outbox.deliver_due()",
]
WORKER = ["-m", "celery", "-A", "clinic", "worker", "--concurrency", "1", "--loglevel", "WARNING"]

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(sink: RunningSink) -> Iterator[Start]:
    """Starts a process on this test's database, broker and mail server."""
    database = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.outbox_settings",
        "DATABASE_URL": as_application(f"{database}/{connection.settings_dict['NAME']}"),
        "REDIS_URL": settings.REDIS_URL,
        "SMTP_URL": f"smtp://{sink.host}:{sink.port}",
    }
    running = []

    def begin(*command: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, start_new_session=True
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < end, "it did not happen within 30 seconds"
        time.sleep(0.02)


def kill_over_its_mail(sink: RunningSink, start: Start) -> None:
    """Let a sender deliver until the server has taken one mail and not yet said so; kill it there."""
    sink.faults = Faults(ack_delay=60)
    before = len(sink.accepted)
    sender = start(*SENDER)
    until(lambda: len(sink.accepted) > before)
    sender.kill()
    sender.wait(10)


def lease_is_over() -> None:
    OutgoingEmail.objects.filter(state="sending").update(lease_until=clock.now() - timedelta(seconds=1))


def test_a_sender_killed_over_its_mail_loses_none_and_doubles_one(
    riverside: Clinic, sink: RunningSink, start: Start
) -> None:
    for number in range(5):
        make_email(riverside, str(number))
    kill_over_its_mail(sink, start)
    assert OutgoingEmail.objects.filter(begun_at__isnull=False).count() == 2  # one travels, one is behind it
    assert OutgoingEmail.objects.filter(state="sending").count() > 2  # the next ones were written already
    sink.faults = Faults()
    outbox.deliver_due()  # not what the dead sender still holds
    lease_is_over()
    outbox.deliver_due()
    assert sorted(sink.copies().values()) == [1, 1, 1, 1, 2]
    assert (
        sorted(OutgoingEmail.objects.values_list("state", "doubt")) == [("sent", 0)] * 3 + [("sent", 1)] * 2
    )


def test_two_senders_killed_over_the_same_mail_leave_it_to_a_person(
    riverside: Clinic, sink: RunningSink, start: Start
) -> None:
    make_email(riverside)
    for _ in range(2):
        kill_over_its_mail(sink, start)
        lease_is_over()
        outbox.reap()
    sink.faults = Faults()
    assert outbox.deliver_due() == 0
    assert list(sink.copies().values()) == [2]
    assert OutgoingEmail.objects.get().state == "unconfirmed"


def test_a_worker_asked_to_stop_finishes_the_mails_in_hand_and_claims_no_more(
    riverside: Clinic, sink: RunningSink, start: Start
) -> None:
    """One travels, and one has begun behind it."""
    for number in range(4):
        make_email(riverside, str(number))
    sink.faults = Faults(ack_delay=1)
    worker = start(*WORKER)
    tasks.deliver_outbox.apply_async(retry=False)
    until(lambda: len(sink.accepted) == 1)
    worker.terminate()
    assert worker.wait(15) == 0
    states = sorted(OutgoingEmail.objects.values_list("state", "doubt"))
    assert states == [("pending", 0), ("pending", 0), ("sent", 0), ("sent", 0)]
    assert len(sink.accepted) == 2

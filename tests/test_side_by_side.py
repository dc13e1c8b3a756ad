"""Two beats, a worker and two loops at once, as processes: every reminder is sent once, and every job gets done."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection

from clinic import clock
from clinic.dev.postgres import as_application
from clinic.models import JobBeat, OutgoingEmail, User
from exercises.models import Exercise, Reminder
from tests import factories
from tests.sink import RunningSink
from tests.test_reminder_path import daytime

ROOT = Path(__file__).parent.parent
PEOPLE = 12
CELERY = ["-m", "celery", "-A", "clinic"]
WORKER = [*CELERY, "worker", "--concurrency", "2", "--loglevel", "WARNING"]
LOOP = ["manage.py", "send_reminders", "--loop", "--verbosity", "0"]

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def sink() -> Iterator[RunningSink]:
    with RunningSink() as running:
        yield running


@pytest.fixture
def start(sink: RunningSink, tmp_path: Path) -> Iterator[Start]:
    database = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = os.environ | {
        "DATABASE_URL": as_application(f"{database}/{connection.settings_dict['NAME']}"),
        "REDIS_URL": settings.REDIS_URL,
        "SMTP_URL": f"smtp://{sink.host}:{sink.port}",
        "TICK_SECONDS": "1",
    }
    running: list[subprocess.Popen[bytes]] = []

    def begin(*command: str) -> "subprocess.Popen[bytes]":
        with (tmp_path / f"{len(running)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    for process in running:
        process.wait(60)


def until(reached: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


@pytest.mark.hazard("HZ-07", "HZ-42")
@pytest.mark.slow
@pytest.mark.timeout(280)
@pytest.mark.django_db(transaction=True)
def test_nothing_twice_and_nothing_left_out(
    sink: RunningSink, start: Start, tmp_path: Path, priya: User, toe_curls: Exercise
) -> None:
    now = clock.now()
    zone = daytime(now)
    earlier = now - timedelta(hours=2)
    at = (now - timedelta(minutes=1)).astimezone(ZoneInfo(zone))
    for number in range(PEOPLE):
        person = factories.make_patient(priya, f"Person{number}", "Doe", time_zone=zone, now=earlier)
        factories.make_programme(
            priya,
            person,
            [toe_curls],
            now=earlier,
            starts_on=at.date(),
            reminder_time=at.time().replace(second=0, microsecond=0),
        )
    assert Reminder.objects.filter(due_at__lte=now).count() == PEOPLE
    loops = [start(*LOOP), start(*LOOP)]
    for name in ("one", "two"):
        start(*CELERY, "beat", "--schedule", str(tmp_path / name), "--loglevel", "WARNING")
    start(*WORKER)
    letters = 2 * PEOPLE  # the plan, and the reminder
    until(lambda: OutgoingEmail.objects.filter(state="sent").count() == letters, 200)
    time.sleep(3)  # several more ticks of all of them
    assert set(sink.copies().values()) == {1}
    assert len(sink.accepted) == letters
    per_person = Counter(OutgoingEmail.objects.values_list("letter", flat=True))
    assert per_person == {"plan_ready": PEOPLE, "exercise_reminder": PEOPLE}
    assert set(JobBeat.objects.values_list("name", flat=True)) == set(settings.CELERY_BEAT_SCHEDULE)
    for loop in loops:
        loop.terminate()
    assert [loop.wait(60) for loop in loops] == [0, 0]

"""manage.py keep_running: a worker that stands still shows, and is started anew; one that cannot help it is left alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from clinic import jobs
from clinic.dev.postgres import as_application
from clinic.dev.processes import run
from clinic.management.commands import keep_running
from clinic.models import Clinic, OutgoingEmail, SchedulerBeat
from tests import watch_settings
from tests.outbox_world import make_email
from tests.sink import RunningSink

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
CELERY = [sys.executable, "-m", "celery", "-A", "clinic"]
KEPT = ["manage.py", "keep_running", "--grace", "1", "--"]
WORKER = [*CELERY, "worker", "--concurrency", "1", "--loglevel", "WARNING"]

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(sink: RunningSink, settings: Settings) -> Iterator[Start]:
    """Starts a process on this test's database, broker and mail server, in which minutes are seconds."""
    settings.WATCH = watch_settings.WATCH
    settings.MONITOR_TOKEN = "a-token-of-the-monitor-that-nobody-guesses"
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.watch_settings",
        "DATABASE_URL": as_application(
            f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"
        ),
        "REDIS_URL": settings.REDIS_URL,
        "SMTP_URL": f"smtp://{sink.host}:{sink.port}",
        "TICK_SECONDS": "1",
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
        for child in children(process.pid):
            os.killpg(child, signal.SIGKILL)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


def children(pid: int) -> list[int]:
    lines = [line.split() for line in run(["ps", "-A", "-o", "pid=,ppid="]).stdout.splitlines()]
    return [int(child) for child, parent in lines if int(parent) == pid]


def until(reached: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def red(client: Client) -> list[str]:
    answer = client.get("/health/reminders", headers={"Authorization": f"Bearer {settings.MONITOR_TOKEN}"})
    return [name for name, green in answer.json()["lights"].items() if not green]


@pytest.fixture
def beat(start: Start, tmp_path: Path) -> "subprocess.Popen[bytes]":
    return start("-m", "celery", "-A", "clinic", "beat", "--schedule", str(tmp_path / "s"), "-l", "WARNING")


@pytest.mark.hazard("HZ-42")
@pytest.mark.usefixtures("beat")
def test_a_frozen_worker_shows_and_is_replaced(
    client: Client, start: Start, sink: RunningSink, riverside: Clinic
) -> None:
    keeper = start(*KEPT, *WORKER)
    until(lambda: red(client) == [])
    (worker,) = children(keeper.pid)
    os.killpg(worker, signal.SIGSTOP)
    make_email(riverside, "meanwhile")
    frozen = time.monotonic()
    until(lambda: red(client) == ["tick"])
    assert client.get("/health/reminders").status_code == 503
    # Four seconds stand for three minutes. The rest is what a busy machine takes to look.
    assert time.monotonic() - frozen < 4 + 10
    until(lambda: children(keeper.pid) not in ([worker], []))
    until(lambda: red(client) == [])
    until(lambda: OutgoingEmail.objects.get().state == "sent")
    assert len(sink.accepted) == 1
    with pytest.raises(ProcessLookupError):
        os.killpg(worker, 0)  # its children are gone with it


def test_a_worker_is_not_blamed_for_a_silent_scheduler(
    client: Client, start: Start, beat: "subprocess.Popen[bytes]"
) -> None:
    keeper = start(*KEPT, *WORKER)
    until(lambda: red(client) == [])
    (worker,) = children(keeper.pid)
    os.killpg(beat.pid, signal.SIGKILL)
    beat.wait(10)
    until(lambda: red(client) == ["tick"])
    time.sleep(2)  # several looks
    assert children(keeper.pid) == [worker]
    keeper.terminate()
    assert keeper.wait(60) == 0


# --- with any program as the worker ----------------------------------------------------------------------------


def kept(start: Start, program: str) -> "subprocess.Popen[bytes]":
    return start(*KEPT, sys.executable, "-c", program)


def test_the_workers_end_is_the_keepers(start: Start) -> None:
    assert kept(start, "raise SystemExit(7)").wait(60) == 7
    assert kept(start, "import os; os.kill(os.getpid(), 9)").wait(60) == 128 + 9


def test_a_signal_goes_to_the_worker_which_may_take_its_time(start: Start, tmp_path: Path) -> None:
    ready, finished = tmp_path / "ready", tmp_path / "finished"
    program = f"""
import pathlib, signal, time
def stop(*_):
    time.sleep(2)
    pathlib.Path({str(finished)!r}).touch()
    raise SystemExit(0)
signal.signal(signal.SIGTERM, stop)
pathlib.Path({str(ready)!r}).touch()
while True:
    time.sleep(0.1)
"""
    keeper = kept(start, program)
    until(ready.exists)
    keeper.terminate()
    assert keeper.wait(60) == 0
    assert finished.exists()


def test_messages_that_wait_without_a_tick_are_the_workers_fault(start: Start, tmp_path: Path) -> None:
    """Deaf to SIGTERM, with a child of its own: both are killed, and another is started."""
    starts = tmp_path / "starts"
    program = f"""
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with pathlib.Path({str(starts)!r}).open("a") as file:
    print(child.pid, file=file, flush=True)
time.sleep(600)
"""
    redis.Redis.from_url(settings.REDIS_URL).lpush(keep_running.QUEUE, "a tick")
    kept(start, program)
    until(lambda: starts.exists() and len(starts.read_text().split()) == 1)
    jobs.take_tick()  # it has been at work once
    until(lambda: len(starts.read_text().split()) == 2)
    first, second = map(int, starts.read_text().split())
    until(lambda: not is_running(first))
    assert is_running(second)


def is_running(pid: int) -> bool:
    """A killed process whose parent is gone may wait a moment as a zombie for init."""
    state = run(["ps", "-o", "stat=", "-p", str(pid)]).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_without_a_broker_nobody_is_blamed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WATCH = settings.WATCH | {"start": -1}
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    keeper = keep_running.Keeper([sys.executable, "-c", "import time; time.sleep(600)"], 1)
    try:
        assert not keeper._stands_still()  # cannot be asked
        monkeypatch.setattr(keep_running, "messages_waiting", lambda: 0)
        assert not keeper._stands_still()
        monkeypatch.setattr(keep_running, "messages_waiting", lambda: 1)
        assert keeper._stands_still()
        settings.WATCH = settings.WATCH | {"start": 180}
        assert not keeper._stands_still()  # it has just been started
    finally:
        keeper.worker.kill()
        keeper.worker.wait()


def test_the_lights_in_a_shell(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="red: tick, planned_ahead"):
        call_command("look_at_reminders")
    assert "RED   The clock of the reminders ticks: It has never ticked." in capsys.readouterr().out
    with pytest.raises(CommandError, match="unknown: sun"):
        call_command("look_at_reminders", "sun", "tick")
    call_command("look_at_reminders", "work", "oldest_due")
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert not SchedulerBeat.objects.exists()

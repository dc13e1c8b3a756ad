"""manage.py send_reminders and the task remind_due: the same work, with and without Celery."""

import os
import signal
import threading
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import OperationalError

from clinic import clock
from clinic.mail import outbox
from clinic.models import SchedulerBeat
from exercises import tasks
from exercises.management.commands import send_reminders
from exercises.models import Reminder, ReminderState
from tests.factories import NOON

SIX = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _six(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: SIX)


@pytest.fixture(autouse=True)
def _handlers():
    """The command's signal handlers must not outlive the test."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for the sending, which tests/clinic and the worker's own test cover."""
    calls: list[str] = []

    def deliver_due(**_options: object) -> int:
        calls.append("deliver")
        return len(calls)

    monkeypatch.setattr(outbox, "deliver_due", deliver_due)
    return calls


def posted() -> int:
    return Reminder.objects.filter(state=ReminderState.POSTED).count()


class TestTask:
    def test_posts_what_is_due_and_counts_it(self, programme):
        assert tasks.remind_due() == 1
        assert posted() == 1
        assert SchedulerBeat.objects.get().last_tick_at == SIX

    @pytest.mark.hazard("HZ-07")
    def test_twice_in_a_row_is_once(self, programme):
        assert [tasks.remind_due(), tasks.remind_due()] == [1, 0]
        assert posted() == 1

    def test_nothing_due(self, programme, monkeypatch):
        monkeypatch.setattr(clock, "now", lambda: NOON)
        assert tasks.remind_due() == 0


class TestOnce:
    def test_posts_then_delivers(self, programme, delivered, capsys):
        call_command("send_reminders")
        assert (posted(), delivered) == (1, ["deliver"])
        assert capsys.readouterr().out == "1 reminders posted, 1 e-mails delivered\n"

    def test_is_silent_when_asked(self, programme, delivered, capsys):
        call_command("send_reminders", verbosity=0)
        assert capsys.readouterr().out == ""


class TestLoop:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_goes_on_until_told_to_stop_and_finishes_the_work_in_hand(
        self, programme, monkeypatch, settings, number
    ):
        settings.TICK_SECONDS = 0
        calls: list[bool] = []

        def deliver_due(*, stopping) -> int:
            if len(calls) == 2:
                os.kill(os.getpid(), number)  # in the middle of the third round
            calls.append(stopping())
            return 0

        monkeypatch.setattr(outbox, "deliver_due", deliver_due)
        call_command("send_reminders", loop=True, verbosity=0)
        assert calls == [False, False, True]  # the sender was told, finished, and no fourth round began
        assert posted() == 1

    def test_waits_for_a_database_that_is_away(self, db, monkeypatch, settings, capsys):
        settings.TICK_SECONDS = 0
        stop = threading.Event()
        rounds: list[int] = []

        def once(_stop: threading.Event) -> tuple[int, int]:
            rounds.append(1)
            if len(rounds) == 1:
                raise OperationalError("server closed the connection")
            stop.set()
            return 0, 0

        monkeypatch.setattr(send_reminders, "stop_on_signals", lambda: stop)
        monkeypatch.setattr(send_reminders, "run_once", once)
        monkeypatch.setattr(send_reminders.connection, "close", lambda: None)  # the test's own transaction
        call_command("send_reminders", loop=True)
        assert len(rounds) == 2
        assert "database unavailable: OperationalError" in capsys.readouterr().err

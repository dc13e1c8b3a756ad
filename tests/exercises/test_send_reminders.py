"""manage.py send_reminders and the task remind_due: the same work, with and without Celery."""

import os
import signal
import threading
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from clinic import clock, jobs
from clinic.mail import outbox
from clinic.models import JobBeat, SchedulerBeat
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
        assert tasks.remind_due() == 1
        assert not tasks.remind_due()
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

        def once(_stop: threading.Event) -> tuple[dict[str, int], list[str]]:
            rounds.append(1)
            if len(rounds) == 1:
                raise OperationalError("server closed the connection")
            stop.set()
            return {}, []

        monkeypatch.setattr(send_reminders, "stop_on_signals", lambda: stop)
        monkeypatch.setattr(send_reminders, "run_once", once)
        monkeypatch.setattr(send_reminders.connection, "close", lambda: None)  # the test's own transaction
        call_command("send_reminders", loop=True)
        assert len(rounds) == 2
        assert "database unavailable: OperationalError" in capsys.readouterr().err


class TestTheWholeSchedule:
    """Nothing that Celery's beat asks for needs Celery."""

    @pytest.fixture
    def done(self, monkeypatch, settings) -> list[str]:
        """The jobs in the order they are done, none of them for real."""
        calls: list[str] = []

        def job(name: str):
            def work(**_options: object) -> int:
                calls.append(name)
                return 0

            return work

        for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
            monkeypatch.setattr(f"{entry['task']}.run", job(name))
        monkeypatch.setattr(outbox, "deliver_due", job("deliver_outbox"))
        return calls

    def test_is_done_in_its_order_and_noted(self, db, done, settings):
        call_command("send_reminders", verbosity=0)
        assert done == list(settings.CELERY_BEAT_SCHEDULE)
        assert set(JobBeat.objects.values_list("name", flat=True)) == set(done)
        assert len(done) >= 5

    def test_what_comes_seldom_waits_for_its_time(self, db, done):
        for _ in range(2):
            call_command("send_reminders", verbosity=0)
        assert (done.count("remind_due"), done.count("retention")) == (2, 1)
        JobBeat.objects.filter(name="retention").update(finished_at=SIX)
        call_command("send_reminders", verbosity=0)
        assert done.count("retention") == 2

    def test_a_job_that_fails_keeps_no_other_from_being_done(self, db, done, monkeypatch, caplog, settings):
        def fail() -> None:
            raise LookupError("Margaret Hale")

        monkeypatch.setattr(tasks.watch_alerts, "run", fail)
        with pytest.raises(CommandError, match="failed: watch_alerts"):
            call_command("send_reminders", verbosity=0)
        assert set(done) == set(settings.CELERY_BEAT_SCHEDULE) - {"watch_alerts"}
        assert not JobBeat.objects.filter(name="watch_alerts").exists()
        (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
        assert record.job == "watch_alerts"

    def test_the_loop_outlives_a_job_that_fails(self, db, done, monkeypatch, settings, caplog):
        settings.TICK_SECONDS = 0

        def fail() -> None:
            done.append("failed")
            if done.count("failed") == 3:
                os.kill(os.getpid(), signal.SIGTERM)
            raise LookupError

        monkeypatch.setattr(tasks.watch_alerts, "run", fail)
        call_command("send_reminders", loop=True, verbosity=0)
        assert (done.count("failed"), done.count("work_on_imports")) == (3, 2)

    def test_a_tick_that_another_took_is_not_done_and_not_noted(self, programme, delivered):
        assert jobs.take_tick()
        JobBeat.objects.update(finished_at=SIX)
        call_command("send_reminders", verbosity=0)
        assert posted() == 0
        assert JobBeat.objects.get(name="remind_due").finished_at == SIX
        assert JobBeat.objects.get(name="deliver_outbox").finished_at > SIX

    def test_a_database_of_another_installation_is_said_and_nothing_is_sent(
        self, db, delivered, settings, caplog
    ):
        settings.DEPLOYMENT_GUARD, settings.DEPLOYMENT_ID = True, "riverside-production"
        call_command("send_reminders", verbosity=0)
        assert delivered == []
        assert "another installation" in caplog.text

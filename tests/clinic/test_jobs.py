"""When each job of the schedule was last done, and which of several ticks is done at all."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from clinic import clock, jobs, tasks
from clinic.models import JobBeat, SchedulerBeat

pytestmark = pytest.mark.django_db


def ticked(ago: float) -> None:
    SchedulerBeat.objects.update(last_tick_at=clock.now() - timedelta(seconds=ago))


def test_of_ticks_within_a_third_of_the_interval_one_is_done(settings: Settings) -> None:
    settings.TICK_SECONDS = 30
    assert jobs.take_tick()
    ticked(9.9)
    assert not jobs.take_tick()
    ticked(10)
    assert jobs.take_tick()
    assert SchedulerBeat.objects.get().last_tick_at == clock.now()


def test_a_clock_that_was_put_back_stops_nothing(settings: Settings) -> None:
    settings.TICK_SECONDS = 30
    assert jobs.take_tick()
    ticked(-3600)
    assert jobs.take_tick()
    assert SchedulerBeat.objects.get().last_tick_at == clock.now()


def test_what_was_planned_stays_planned() -> None:
    until = clock.now() + timedelta(hours=48)
    SchedulerBeat.objects.create(materialised_until=until)
    assert jobs.take_tick()
    assert SchedulerBeat.objects.get().materialised_until == until


def test_the_first_tick_asks_for_every_job_and_later_ones_forget_nothing(settings: Settings) -> None:
    assert jobs.take_tick()
    assert set(JobBeat.objects.values_list("name", flat=True)) == set(settings.CELERY_BEAT_SCHEDULE)
    long_ago = clock.now() - timedelta(hours=5)
    JobBeat.objects.update(finished_at=long_ago)
    ticked(60)
    assert jobs.take_tick()
    assert set(JobBeat.objects.values_list("finished_at", flat=True)) == {long_ago}


def test_a_job_is_due_when_nobody_has_done_it_for_its_interval() -> None:
    assert jobs.is_due("retention")
    jobs.finished("retention")
    assert not jobs.is_due("retention")
    JobBeat.objects.update(finished_at=clock.now() - timedelta(hours=1))
    assert jobs.is_due("retention")
    jobs.finished("retention")
    assert not jobs.is_due("retention")


class TestWorkers:
    def note(self, result: object, task: Any = tasks.deliver_outbox) -> list[str]:
        tasks.note_job(sender=task, result=result)
        return list(JobBeat.objects.values_list("name", flat=True))

    def test_note_what_they_did_by_the_name_in_the_schedule(self) -> None:
        assert self.note(0) == ["deliver_outbox"]

    def test_what_was_left_to_another_is_not_done_yet(self) -> None:
        assert self.note(None) == []

    def test_what_is_not_of_the_schedule_is_not_noted(self) -> None:
        class Other:
            name = "exercises.tasks.evaluate_alerts"

        assert self.note(1, Other()) == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM clinic_jobbeat")
            assert cursor.fetchone() == (0,)

"""The jobs of the schedule (settings.CELERY_BEAT_SCHEDULE), whoever does them: when each was last done to its end.

Celery's workers note it, and so does manage.py send_reminders; the database's clock says when.
"""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from clinic.models import JobBeat

COLLAPSE = 3  # two ticks within a third of the interval are one


def intervals() -> dict[str, float]:
    """Name of the job: seconds between two times."""
    return {name: entry["schedule"] for name, entry in settings.CELERY_BEAT_SCHEDULE.items()}


def of_task(path: str) -> str:
    """The job that the task at this path does; empty for a task that only somebody's press calls for."""
    entries = settings.CELERY_BEAT_SCHEDULE.items()
    return next((name for name, entry in entries if entry["task"] == path), "")


def late_after(name: str) -> float:
    return max(settings.WATCH["job"], 2 * intervals()[name])


def finished(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_jobbeat (name, finished_at) VALUES (%s, now())"
            " ON CONFLICT (name) DO UPDATE SET finished_at = now()",
            [name],
        )


def is_due(name: str) -> bool:
    """Nobody has done it for its interval."""
    recent = JobBeat.objects.filter(name=name, finished_at__gt=Now() - timedelta(seconds=intervals()[name]))
    return not recent.exists()


def take_tick() -> bool:
    """Whether this tick is ours to do: of those that two schedulers and a loop give at the same time, one is.

    It counts as ticked from now on, and every job as asked for.
    """
    known = [JobBeat(name=name, finished_at=Now()) for name in intervals()]
    JobBeat.objects.bulk_create(known, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_schedulerbeat AS beat (id, last_tick_at) VALUES (1, now())"
            " ON CONFLICT (id) DO UPDATE SET last_tick_at = now()"
            " WHERE beat.last_tick_at IS NULL OR beat.last_tick_at <= now() - make_interval(secs => %(just)s)"
            " OR beat.last_tick_at > now() + make_interval(secs => %(just)s)",  # a clock that was put back
            {"just": settings.TICK_SECONDS / COLLAPSE},
        )
        return bool(cursor.rowcount)

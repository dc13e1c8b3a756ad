"""What is kept for a while only goes: each clinic's at its own midnight, the installation's at that of settings.TIME_ZONE.

A rule (settings.RETENTION) is a function that says which rows are over on a night. They go in batches, each a transaction of
its own, so that nobody waits; what one call has no time for, the next one does. Twice is once. Records are no such thing: see
patients/retention.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from clinic import audit, tally
from clinic.actors import Actor
from clinic.models import BounceEvent, Clinic, Invitation, JobRun
from clinic.retention_periods import ENDED_DAYS, LETTERS_MONTHS, days_before, months_before
from clinic.session_limits import WHOLE

JOB = "retention"
BATCH = 500
MOST_BATCHES = 100  # of one call: well within the time limit of a worker
AGAIN_AFTER = "50 minutes"  # what was taken up and not finished


@dataclass(frozen=True, slots=True)
class Night:
    """The midnight with which a day begins. ``clinic`` None: of the installation."""

    clinic: Clinic | None
    day: date
    zone: ZoneInfo

    def days_ago(self, days: int) -> datetime:
        return self._midnight(days_before(self.day, days))

    def months_ago(self, months: int) -> datetime:
        return self._midnight(months_before(self.day, months))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


Rule = Callable[[Night], QuerySet[Any]]


def nights(now: datetime) -> Iterator[Night]:
    """The installation's, then each clinic's."""
    yield _night(None, settings.TIME_ZONE, now)
    for clinic in Clinic.objects.order_by("pk"):
        yield _night(clinic, clinic.time_zone, now)


def over(night: Night) -> dict[str, QuerySet[Any]]:
    """By the rule's name: what is over. In the order in which they go, for some rest on others."""
    rules = settings.RETENTION if night.clinic else settings.RETENTION_OF_ALL
    return {name: import_string(path)(night) for name, path in rules.items()}


def run(*, actor: Actor, now: datetime) -> int:
    """Do what no other scheduler has done today; returns how many rows went."""
    lately = days_before(now.date(), 2)  # in every zone
    finished = JobRun.objects.filter(name=JOB, local_date__gte=lately, finished_at__isnull=False)
    done = set(finished.values_list("clinic_id", "local_date"))
    left = MOST_BATCHES
    gone = 0
    for night in nights(now):
        clinic_id = night.clinic.pk if night.clinic else None
        if left and (clinic_id, night.day) not in done and (key := _take(clinic_id, night.day, now)):
            rows, left = _work(actor, night, key, left)
            gone += rows
    return gone


def _night(clinic: Clinic | None, zone: str, now: datetime) -> Night:
    local = ZoneInfo(zone)
    return Night(clinic, now.astimezone(local).date(), local)


def _take(clinic_id: UUID | None, day: date, now: datetime) -> int | None:
    """The key of the run, if it is ours: of all who come at once, one gets it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_jobrun AS known (name, clinic_id, local_date, started_at, rows) VALUES (%s, %s, %s, %s, 0)"
            " ON CONFLICT (name, clinic_id, local_date) DO UPDATE SET started_at = excluded.started_at"
            " WHERE known.finished_at IS NULL AND known.started_at < excluded.started_at - %s::interval"
            " RETURNING id",
            [JOB, clinic_id, day, now, AGAIN_AFTER],
        )
        taken = cursor.fetchone()
    return taken[0] if taken else None


def _work(actor: Actor, night: Night, key: int, left: int) -> tuple[int, int]:
    """One clinic's night, in so many batches; returns the rows that went and the batches that are left. None left: it is
    not finished, and taken up again within the hour."""
    counts: dict[str, int] = {}
    for name, found in over(night).items():
        while left and (gone := _forget_some(found)):
            left -= 1
            counts[name] = counts.get(name, 0) + gone
    _close(actor, key, counts, finished=bool(left))
    return sum(counts.values()), left


@transaction.atomic
def _forget_some(found: QuerySet[Any]) -> int:
    """One batch. What somebody holds at this moment goes another time."""
    held = found.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    keys = [row.pk for row in held.only("pk")[:BATCH]]
    if keys:
        found.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)


@transaction.atomic
def _close(actor: Actor, key: int, counts: dict[str, int], *, finished: bool) -> None:
    run = JobRun.objects.select_for_update().get(pk=key)
    run.rows += sum(counts.values())
    run.finished_at = run.started_at if finished else None
    run.save(update_fields=["rows", "finished_at"])
    for name, rows in counts.items():
        tally.add(f"{tally.RETAINED}{name}", rows)
    if counts:
        changes = {"day": run.local_date.isoformat(), **counts}
        audit.record(actor, "clinic.retention_over", run, changes=changes)


# --- rules of this app ----------------------------------------------------------------------------------------


def returned_mail(night: Night) -> QuerySet[BounceEvent]:
    """What came back of a clinic's e-mails: before these."""
    return BounceEvent.objects.filter(
        email__clinic=night.clinic, email__not_before__lt=night.months_ago(LETTERS_MONTHS)
    )


def invitations(night: Night) -> QuerySet[Invitation]:
    """Names and addresses of people who were asked to join the staff: a month after the link ended, it was taken back, or the
    person came, whose account has both. Until then an owner can send it again."""
    ended = night.days_ago(ENDED_DAYS)
    over = Q(expires_at__lt=ended, accepted_at=None) | Q(revoked_at__lt=ended) | Q(accepted_at__lt=ended)
    return Invitation.objects.filter(over, clinic=night.clinic)


def sessions(night: Night) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=night.days_ago(ENDED_DAYS))


def signed_in_where(night: Night) -> QuerySet[UserSession]:
    """Browser and address of a sign-in. It ended half a day after the last click at the latest."""
    return UserSession.objects.filter(last_seen_at__lt=night.days_ago(ENDED_DAYS) - WHOLE)


def runs(night: Night) -> QuerySet[JobRun]:
    """What this job itself wrote down, of all clinics."""
    return JobRun.objects.filter(local_date__lt=months_before(night.day, LETTERS_MONTHS))

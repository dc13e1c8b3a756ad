"""How a clinic is used, month by month: counts alone, nothing about any one patient, and of a restricted one nothing at all."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, Max, QuerySet
from django.db.models.functions import TruncMonth

from clinic.actors import Actor
from clinic.models import EmailState
from exercises.models import LogEntry, Programme
from exercises.outgoing.about import emails_seen_by
from patients.models import Patient, Restriction

SHOWN = 12
COUNTED_FOR = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    patients: int = 0  # added
    programmes: int = 0  # assigned
    practitioners: int = 0  # who assigned one
    days: int = 0  # days of patients on which something was logged
    reminders: int = 0  # taken by the mail server


@dataclass(frozen=True, slots=True)
class Bar:
    month: Month
    value: int
    percent: int  # of the largest of its row


def of(actor: Actor, now: datetime, zone: str) -> list[Month]:
    """The last twelve months in the clinic's zone, the oldest first. Four counts, however much there is, and the cache."""
    local = ZoneInfo(zone)
    months = _months(now.astimezone(local).date())
    since = datetime.combine(months[0], datetime.min.time(), local)
    added = _per_month(Patient.objects.visible_to(actor), "created_at", since, local, count=Count("pk"))
    assigned = _per_month(
        Programme.objects.visible_to(actor),
        "assigned_at",
        since,
        local,
        count=Count("pk"),
        people=Count("assigned_by", distinct=True),
    )
    sent = _per_month(
        emails_seen_by(actor).filter(
            clinic_id=actor.own_clinic_id, letter="exercise_reminder", state=EmailState.SENT
        ),
        "sent_at",
        since,
        local,
        count=Count("pk"),
    )
    logged = _days(actor, months[0])
    return [
        Month(
            first=month,
            patients=added.get(month, {}).get("count", 0),
            programmes=assigned.get(month, {}).get("count", 0),
            practitioners=assigned.get(month, {}).get("people", 0),
            days=logged.get(month, 0),
            reminders=sent.get(month, {}).get("count", 0),
        )
        for month in months
    ]


def bars(months: list[Month], name: str) -> list[Bar]:
    """One row of the overview: each month's value, and how long its bar is."""
    values = [getattr(month, name) for month in months]
    most = max(values, default=0)
    return [
        Bar(month, value, round(100 * value / most) if most else 0)
        for month, value in zip(months, values, strict=True)
    ]


def _months(today: date) -> list[date]:
    last = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(last - SHOWN + 1, last + 1)]


def _per_month(
    rows: QuerySet[Any], field: str, since: datetime, zone: ZoneInfo, **counts: Count
) -> dict[date, Mapping[str, Any]]:
    mine = rows.order_by().filter(**{f"{field}__gte": since})
    found = mine.annotate(month=TruncMonth(field, tzinfo=zone)).values("month").annotate(**counts)
    return {row["month"].astimezone(zone).date(): row for row in found}


def _days(actor: Actor, since: date) -> dict[date, int]:
    """One per patient and day, however many exercises were logged. To count millions takes a while, so it is done once an
    hour at most, and when a record was restricted or opened again: nobody's days are counted an hour longer."""
    key = f"days-logged:{actor.clinic_id}:{since}:{_closed(actor)}"
    found: dict[str, int] | None = cache.get_or_set(key, lambda: _counted(actor, since), COUNTED_FOR)
    return {date.fromisoformat(month): count for month, count in (found or {}).items()}


def _closed(actor: Actor) -> str:
    """Another word for each set of restricted records."""
    standing = Restriction.objects.filter(clinic_id=actor.own_clinic_id).standing()
    found = standing.aggregate(number=Count("pk"), newest=Max("restricted_at"))
    return f"{found['number']}-{found['newest'].timestamp() if found['newest'] else 0}"


def _counted(actor: Actor, since: date) -> dict[str, int]:
    """By day, as the index has them: of a month the pairs would have to be sorted first."""
    logs = LogEntry.objects.visible_to(actor).order_by().filter(performed_on__gte=since)
    days = logs.values("performed_on").annotate(patients=Count("patient", distinct=True))
    found: Counter[str] = Counter()  # what the cache keeps is JSON
    for day, patients in days.values_list("performed_on", "patients"):
        found[day.replace(day=1).isoformat()] += patients
    return dict(found)

"""How a clinic is used, month by month: counts alone, nothing about any one patient."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, QuerySet
from django.db.models.functions import Cast, Concat, TruncMonth

from clinic.actors import Actor
from clinic.models import EmailState, OutgoingEmail
from exercises.models import LogEntry, Programme
from patients.models import Patient

SHOWN = 12


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
    """The last twelve months in the clinic's zone, the oldest first. Four queries, however much there is."""
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
        OutgoingEmail.objects.filter(
            clinic_id=actor.clinic_id, letter="exercise_reminder", state=EmailState.SENT
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
    """One per patient and day, however many exercises were logged."""
    logs = LogEntry.objects.visible_to(actor).order_by().filter(performed_on__gte=since)
    one = Concat(Cast("patient_id", CharField()), Cast("performed_on", CharField()))
    found = logs.annotate(month=TruncMonth("performed_on")).values("month")
    return dict(found.annotate(days=Count(one, distinct=True)).values_list("month", "days"))

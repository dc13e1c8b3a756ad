"""Which links, codes and devices are over (clinic/retention.py), and whose record need not be kept any longer.

Records are never deleted by time alone: an owner reads here whose time is over, and decides.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import DateTimeField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest, Now

from clinic.actors import Actor
from clinic.models import Clinic
from clinic.retention import Night
from clinic.retention_periods import ENDED_DAYS, TOKEN_DAYS, record_kept_until, years_after
from patients.models import (
    IDLE_OWN,
    IDLE_SHARED,
    SHORTEST_ID,
    AccessCode,
    Device,
    Erasure,
    Patient,
    PlanLink,
    Restriction,
    owners,
)

MOST_LISTED = 100
MOST_LOOKED_AT = 1000  # records in which nothing was written for long: the oldest


def links(night: Night) -> QuerySet[PlanLink]:
    """With what they opened. Who opened something is in the audit."""
    return PlanLink.objects.filter(_ended_before(night.days_ago(TOKEN_DAYS)), clinic=night.clinic)


def access_codes(night: Night) -> QuerySet[AccessCode]:
    return AccessCode.objects.filter(_ended_before(night.days_ago(TOKEN_DAYS)), clinic=night.clinic)


def devices(night: Night) -> QuerySet[Device]:
    """A device ends by a hand, with its last day, or because nobody used it."""
    ended = night.days_ago(ENDED_DAYS)
    idle = Q(own=True, seen_at__lt=ended - IDLE_OWN) | Q(own=False, seen_at__lt=ended - IDLE_SHARED)
    return Device.objects.filter(_ended_before(ended) | idle, clinic=night.clinic)


def _ended_before(moment: datetime) -> Q:
    return Q(expires_at__lt=moment) | Q(revoked_at__lt=moment)


@dataclass(frozen=True, slots=True)
class Over:
    """A record that need not be kept any longer, with what was merged into it."""

    patient: Patient
    last_entry: date
    since: date  # from this day on
    is_restricted: bool = False  # then it is known by its key alone
    may_go: bool = True  # False: somebody restricted it, and nobody erased it. It waits until that is lifted

    @property
    def record_short(self) -> str:
        return str(self.patient.pk)[:SHORTEST_ID]


def records_over(actor: Actor, clinic: Clinic, now: datetime) -> list[Over]:
    """Of a clinic that said how long it keeps records; the longest over first, the first hundred."""
    return over(Patient.objects.visible_to(actor), clinic, now)


def restricted_over(actor: Actor, clinic: Clinic, now: datetime) -> list[Over]:
    """The same of closed records. To an owner they are keys; who is restricted and was not erased stays."""
    standing = Restriction.objects.visible_to(actor).standing().values("patient")
    found = over(Patient.objects.filter(clinic=clinic, pk__in=standing), clinic, now)
    keys = [one.patient.pk for one in found]
    erased = set(Erasure.objects.filter(patient__in=keys).values_list("patient_id", flat=True))
    return [
        Over(one.patient, one.last_entry, one.since, is_restricted=True, may_go=one.patient.pk in erased)
        for one in found
    ]


def over_of(clinic: Clinic, patient_ids: Collection[UUID], now: datetime) -> dict[UUID, Over]:
    """Of these records those that are over, by their keys; whoever asks has asked already whose they are."""
    found = over(Patient.objects.filter(clinic=clinic, pk__in=patient_ids), clinic, now)
    return {one.patient.pk: one for one in found}


def over(patients: QuerySet[Any], clinic: Clinic, now: datetime) -> list[Over]:
    if clinic.retention_years is None:
        return []
    zone = ZoneInfo(clinic.time_zone)
    today = now.astimezone(zone).date()
    quiet = list(_quiet(patients, years_after(today, -clinic.retention_years), zone))
    last = _last_of_families(quiet)
    found = []
    for patient in quiet:
        last_entry = last[patient.pk].astimezone(zone).date()
        until = record_kept_until(
            born=patient.date_of_birth, last_entry=last_entry, years=clinic.retention_years
        )
        if until <= today:
            found.append(Over(patient, last_entry, until))
    return sorted(found, key=lambda over: (over.since, str(over.patient.pk)))[:MOST_LISTED]


def _quiet(patients: QuerySet[Any], day: date, zone: ZoneInfo) -> QuerySet[Any]:
    """Patients in whose records nothing was written since the end of this day, with the moment of the last entry. Whoever is
    expected at the clinic is none of them, and a record that was merged goes with the one that was kept."""
    since = datetime.combine(day, datetime.max.time(), zone)
    found = patients.filter(created_at__lte=since, merged_into=None).exclude(next_visit_at__gt=Now())
    for model, column in _telling():
        rows: QuerySet[Any] = model.objects.filter(patient=OuterRef("pk")).order_by()
        found = found.exclude(Exists(rows.filter(**{f"{column}__gt": since})))
    return _with_last_entry(found).order_by("created_at", "pk")[:MOST_LOOKED_AT]


def _with_last_entry(patients: QuerySet[Any]) -> QuerySet[Any]:
    last: list[Any] = [F("created_at")]
    for model, column in _telling():
        rows: QuerySet[Any] = model.objects.filter(patient=OuterRef("pk")).order_by()
        newest = rows.values("patient").values(at=Max(column)).values("at")
        last.append(Subquery(newest, output_field=DateTimeField()))
    told: QuerySet[Any] = patients.annotate(last_entry_at=Greatest(*last))
    return told


def _last_of_families(kept: list[Any]) -> dict[UUID, datetime]:
    """When anything was last written in a record or in one that was merged into it, or into that one."""
    last = {patient.pk: patient.last_entry_at for patient in kept}
    whose = {patient.pk: patient.pk for patient in kept}
    level = set(whose)
    while level:
        merged = list(_with_last_entry(Patient.objects.filter(merged_into__in=level)))
        for patient in merged:
            whose[patient.pk] = head = whose[patient.merged_into_id]
            last[head] = max(last[head], patient.last_entry_at)
        level = {patient.pk for patient in merged}
    return last


def _telling() -> list[tuple[Any, str]]:
    """Every kind of row about a patient that says when it came into being: consent and devices too, which err on the
    long side."""
    return [
        (model, field.name)
        for model in owners()
        if any(field.name == "patient" for field in model._meta.fields)
        for field in model._meta.fields
        if isinstance(field, DateTimeField) and field.has_db_default()
    ]

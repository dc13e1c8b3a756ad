"""Whose record still has to be kept, for what is written down about it to stay as long."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Max

from clinic.models import AuditEntry
from patients.models import Patient

YEAR = timedelta(days=366)
GROWN_UP = 25  # years of age to which a child's record is kept


def still_kept(patient_ids: set[UUID], now: datetime) -> set[UUID]:
    """Of these patients, those whose record has to be kept or had to a year ago: so many years as the clinic decided after
    anybody last had to do with it, and to the 25th birthday. Without a decision it is kept. Of a record that is gone the
    last entry, which tells so, counts.

    ``now`` is of the database's clock. Whoever opens a record has to do with it, so this errs on the long side.
    """
    touched = dict(
        AuditEntry.objects.filter(patient_id__in=patient_ids)
        .values_list("patient_id")
        .annotate(last=Max("at"))
    )
    known = {
        patient.pk: patient for patient in Patient.objects.filter(pk__in=patient_ids).select_related("clinic")
    }
    return {key for key in patient_ids if _ends(known.get(key), touched.get(key, now), now) > now - YEAR}


def _ends(patient: Patient | None, touched: datetime, now: datetime) -> datetime:
    if patient is None:
        return touched
    if patient.clinic.retention_years is None:
        return now
    grown_up = datetime.combine(_birthday(patient.date_of_birth, GROWN_UP), time(), UTC)
    return max(touched + patient.clinic.retention_years * YEAR, grown_up)


def _birthday(born: date, years: int) -> date:
    """Of somebody born on a leap day: the first of March."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)

"""What the database refuses of a record that has to be kept, past every action."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from clinic import clock
from clinic.models import Clinic, User
from patients.models import Patient, RecordDeletion
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def agnes(priya: User, riverside: Clinic) -> Patient:
    """Registered twelve years ago; nothing was written since."""
    Clinic.objects.filter(pk=riverside.pk).update(retention_years=8)
    made = factories.make_patient(priya, "Agnes", "Quiet", email="agnes@patients.example")
    Patient.objects.filter(pk=made.pk).update(created_at=clock.now() - timedelta(days=365 * 12))
    made.refresh_from_db()
    return made


@pytest.mark.parametrize("years", [None, 8, 13])
def test_by_hand_in_the_database(years: int | None, agnes: Patient) -> None:
    """Neither rows nor the row that lets them go, of a record whose time is not over."""
    Clinic.objects.filter(pk=agnes.clinic_id).update(retention_years=years)
    with pytest.raises(DatabaseError, match="time of the record"), transaction.atomic():
        Patient.objects.filter(pk=agnes.pk)._raw_delete("default")
    said: dict[str, Any] = {"clinic_id": agnes.clinic_id, "record_id": agnes.pk}
    today = clock.now().date()
    last = agnes.created_at.date() if years != 8 else today - timedelta(days=365 * 7)
    with pytest.raises(DatabaseError, match="has to be kept"), transaction.atomic():
        RecordDeletion.objects.create(**said, last_entry=last, over_since=today)


def test_of_a_last_entry_before_the_record_began(agnes: Patient) -> None:
    Patient.objects.filter(pk=agnes.pk).update(created_at=clock.now())
    with pytest.raises(DatabaseError, match="has to be kept"), transaction.atomic():
        RecordDeletion.objects.create(
            clinic_id=agnes.clinic_id,
            record_id=agnes.pk,
            last_entry=date(2010, 1, 1),
            over_since=date(2018, 1, 1),
        )


BROKEN = {"deletion_after_the_last_entry", "deletion_once"}  # here, by hand


def test_a_deletion_stays_and_is_of_one_record_once(agnes: Patient) -> None:
    said = {"clinic_id": agnes.clinic_id, "record_id": agnes.pk, "last_entry": agnes.created_at.date()}
    with pytest.raises(DatabaseError, match="deletion_after_the_last_entry"), transaction.atomic():
        RecordDeletion.objects.create(**said, over_since=agnes.created_at.date())
    made = RecordDeletion.objects.create(**said, over_since=clock.now().date())
    with pytest.raises(DatabaseError, match="deletion_once"), transaction.atomic():
        RecordDeletion.objects.create(**said, over_since=clock.now().date())
    for change in (made.delete, lambda: RecordDeletion.objects.update(last_entry=date(2001, 1, 1))):
        with pytest.raises(DatabaseError, match="stay as they were signed"), transaction.atomic():
            change()

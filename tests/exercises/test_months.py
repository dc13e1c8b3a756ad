"""The overview of use: counts by month in the clinic's zone, nothing about anybody."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clinic.actors import Actor
from clinic.models import Clinic, OutgoingEmail, User
from exercises import months
from exercises.models import LogEntry, Programme
from patients.models import Patient
from tests import factories
from tests.pages import signed_in, text
from tests.staff_factories import make_patients

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def test_twelve_months_end_with_this_one(olivia: User) -> None:
    found = months.of(Actor.staff(olivia), NOW, "Europe/London")
    assert [f"{month.first:%Y-%m}" for month in found[:2]] == ["2025-12", "2026-01"]
    assert (len(found), f"{found[-1].first:%Y-%m}") == (12, "2026-11")


def test_a_month_begins_at_midnight_in_the_clinics_zone(olivia: User, priya: User) -> None:
    for at in (datetime(2026, 10, 31, 23, 30, tzinfo=UTC), datetime(2026, 10, 31, 22, 30, tzinfo=UTC)):
        patient = make_patients(priya, 1)[0]
        Patient.objects.filter(pk=patient.pk).update(created_at=at)
    berlin = months.of(Actor.staff(olivia), NOW, "Europe/Berlin")
    london = months.of(Actor.staff(olivia), NOW, "Europe/London")
    assert [month.patients for month in berlin[-2:]] == [1, 1]
    assert [month.patients for month in london[-2:]] == [2, 0]


def test_what_is_counted(
    olivia: User, programme: Programme, margaret: Patient, heinrich: Patient, hugo: User
) -> None:
    item = programme.items.get()
    log = factories.make_log(margaret, item)
    now = log.recorded_at
    OutgoingEmail.objects.create(
        clinic_id=margaret.clinic_id,
        letter="exercise_reminder",
        object_id="1",
        state="sent",
        sent_at=now,
        not_before=now,
        expires_at=now + timedelta(hours=1),
    )
    months_found = months.of(Actor.staff(olivia), log.recorded_at, "UTC")
    total = {
        name: sum(getattr(month, name) for month in months_found)
        for name in ("patients", "programmes", "practitioners", "days", "reminders")
    }
    assert total == {"patients": 1, "programmes": 1, "practitioners": 1, "days": 1, "reminders": 1}
    assert LogEntry.objects.count() == 1


def test_the_longest_bar_is_whole(olivia: User) -> None:
    found = [months.Month(NOW.date(), patients=n) for n in (0, 1, 4)]
    assert [bar.percent for bar in months.bars(found, "patients")] == [0, 25, 100]
    assert [bar.percent for bar in months.bars(found, "days")] == [0, 0, 0]


def test_the_page(
    olivia: User, riverside: Clinic, priya: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page, url = signed_in(olivia), reverse("exercises:usage")
    assert "Nothing to count yet." in text(page.get(url))
    make_patients(priya, 1)
    with django_assert_num_queries(8):  # session, person, zone, the clock, four counts
        first = text(page.get(url))
    make_patients(priya, 9)
    with django_assert_num_queries(8):
        assert "Patients added" in text(page.get(url))
    assert "Number" not in first  # no patient's name

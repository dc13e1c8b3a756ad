"""The overview of use: counts by month in the clinic's zone, nothing about anybody."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clinic import clock
from clinic.actors import Actor
from clinic.models import Clinic, OutgoingEmail, User
from exercises import actions, months, reminders
from exercises.models import LogEntry, Programme, Reminder
from patients.models import Patient
from tests import factories
from tests.pages import signed_in, text
from tests.restricted_world import REASON, make_restriction
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
    # session, person, zone, the clock, three counts, the fourth from the cache and whose it was
    with django_assert_num_queries(9):
        first = text(page.get(url))
    make_patients(priya, 9)
    with django_assert_num_queries(9):
        assert "Patients added" in text(page.get(url))
    assert "Number" not in first  # no patient's name


def test_logged_days_are_counted_once_an_hour(olivia: User, programme: Programme, margaret: Patient) -> None:
    log = factories.make_log(margaret, programme.items.get())

    def logged() -> int:
        return sum(month.days for month in months.of(Actor.staff(olivia), log.recorded_at, "UTC"))

    assert logged() == 1
    factories.make_log(margaret, programme.items.get(), log.performed_on + timedelta(days=1))
    assert logged() == 1
    cache.clear()  # as after an hour
    assert logged() == 2


def test_another_clinic_has_its_own_count(
    olivia: User, programme: Programme, margaret: Patient, hugo: User
) -> None:
    log = factories.make_log(margaret, programme.items.get())
    months.of(Actor.staff(olivia), log.recorded_at, "UTC")
    assert sum(month.days for month in months.of(Actor.staff(hugo), log.recorded_at, "UTC")) == 0


def test_a_restricted_record_is_in_no_count(
    olivia: User, priya: User, programme: Programme, margaret: Patient
) -> None:
    """Nor for an hour longer, nor through the mails that were sent; and lifted it is in all of them again."""
    log = factories.make_log(margaret, programme.items.get())
    now = log.recorded_at
    reminders.replan_patient(margaret, now)
    reminder = Reminder.objects.filter(programme=programme).earliest("due_at")
    # The second is of a reminder that is not kept any more.
    sent = [
        OutgoingEmail.objects.create(
            clinic_id=margaret.clinic_id,
            letter="exercise_reminder",
            object_id=object_id,
            state="sent",
            sent_at=now,
            not_before=now,
            expires_at=now + timedelta(hours=1),
        )
        for object_id in (str(reminder.pk), "1")
    ]
    Reminder.objects.filter(pk=reminder.pk).update(state="posted", reason="", email=sent[0])

    def counts() -> dict[str, int]:
        found = months.of(Actor.staff(olivia), now, "UTC")
        return {
            name: sum(getattr(month, name) for month in found)
            for name in ("patients", "programmes", "practitioners", "days", "reminders")
        }

    before = {"patients": 1, "programmes": 1, "practitioners": 1, "days": 1, "reminders": 2}
    assert counts() == before
    restriction = make_restriction(priya, margaret)
    assert counts() == {"patients": 0, "programmes": 0, "practitioners": 0, "days": 0, "reminders": 1}
    actions.lift_restriction(
        actor=Actor.staff(olivia), restriction=restriction, reason=REASON, now=clock.now()
    )
    assert counts() == before

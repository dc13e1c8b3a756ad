"""Planning all programmes at once says what planning each of them says, and asks as little however many there are."""

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import User
from exercises import planning, reminders
from exercises.models import Exercise, Programme, ProgrammeItem, ProgrammePause, Reminder, ReminderChoice
from patients.models import Patient
from tests import factories

pytestmark = pytest.mark.django_db

ZONES = ["Europe/London", "Australia/Lord_Howe", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu"]
STARTS = [  # the days around which clocks change somewhere
    datetime(2026, 3, 28, 12, 30, tzinfo=UTC),
    datetime(2026, 10, 24, 20, 10, tzinfo=UTC),
    datetime(2026, 11, 23, 5, 0, tzinfo=UTC),
]


def some_programme(dice: random.Random, staff: User, exercise: Exercise, now: datetime, number: int) -> None:
    """Of a patient who wants reminders, or not; with wishes, pauses and changed items, or not."""
    patient = factories.make_patient(
        staff, "Nora", f"Quist {number}x", email=f"n{number}@patients.example", time_zone=dice.choice(ZONES)
    )
    begun = now - timedelta(days=dice.randint(0, 20))
    programme = factories.make_programme(
        staff,
        patient,
        [exercise],
        now=begun,
        starts_on=begun.astimezone(ZoneInfo(patient.time_zone)).date() + timedelta(days=dice.randint(0, 3)),
        weeks=dice.randint(1, 4),
        reminder_time=dice.choice([None, *[time(hour, 30) for hour in (6, 9, 18, 20)]]),
    )
    today = now.date()
    rhythm: dict[str, Any] = dice.choice(
        [{"days_per_week": dice.randint(1, 7)}, {"every_n_days": dice.randint(1, 14)}]
    )
    ProgrammeItem.objects.filter(programme=programme).update(
        **{"days_per_week": None, "every_n_days": None} | rhythm,
        first_day=dice.choice([None, today + timedelta(days=1)]),
    )
    if dice.random() < 0.5:
        ReminderChoice.objects.create(
            patient=patient,
            clinic_id=patient.clinic_id,
            weekdays=sorted(dice.sample(range(1, 8), dice.randint(1, 7))),
            quiet_until=dice.choice([time(6), time(9, 30)]),
            quiet_from=dice.choice([time(18, 30), time(20, 30)]),
            paused_until=dice.choice([None, None, today]),
        )
    if dice.random() < 0.3:
        first = today + timedelta(days=dice.randint(-2, 2))
        ProgrammePause.objects.create(
            clinic_id=patient.clinic_id,
            patient=patient,
            programme=programme,
            first_day=first,
            last_day=dice.choice([None, first + timedelta(days=1)]),
            made_by=staff,
        )
    if dice.random() < 0.1:
        Patient.objects.filter(pk=patient.pk).update(reminders_allowed=False)


def rows() -> list[tuple[Any, ...]]:
    columns = ("programme", "local_date", "slot", "local_time", "time_zone", "due_at", "expires_at", "state")
    return sorted(Reminder.objects.values_list("clinic", *columns, "reason"), key=str)


@pytest.mark.hazard("HZ-06")
@pytest.mark.parametrize("now", STARTS, ids=str)
def test_all_at_once_is_each_by_itself(priya: User, toe_curls: Exercise, now: datetime) -> None:
    dice = random.Random(now.day)  # noqa: S311 - the same in every run
    for number in range(25):
        some_programme(dice, priya, toe_curls, now, number)
    Reminder.objects.all().delete()
    for programme in Programme.objects.select_related("patient"):
        reminders.plan(programme, now)
    one_by_one = rows()
    Reminder.objects.all().delete()
    assert planning.plan_all(now, reminders.HORIZON) == len(one_by_one) > 3
    assert rows() == one_by_one
    assert planning.plan_all(now, reminders.HORIZON) == len(one_by_one)  # and once more changes nothing
    assert rows() == one_by_one


def test_it_goes_in_stretches_and_forgets_nobody_at_their_ends(
    priya: User, toe_curls: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        patient = factories.make_patient(
            priya, "Nora", f"Quist {number}x", email=f"n{number}@patients.example"
        )
        factories.make_programme(priya, patient, [toe_curls])
    kept = rows()
    for size in (1, 2, 5, 6):
        Reminder.objects.all().delete()
        monkeypatch.setattr(planning, "AT_ONCE", size)
        assert planning.plan_all(factories.NOON, reminders.HORIZON) == len(kept)
        assert rows() == kept


@pytest.mark.parametrize("patients", [1, 8])
def test_it_asks_as_often_for_many_as_for_one(priya: User, toe_curls: Exercise, patients: int) -> None:
    for number in range(patients):
        patient = factories.make_patient(
            priya, "Nora", f"Quist {number}x", email=f"n{number}@patients.example"
        )
        factories.make_programme(priya, patient, [toe_curls])
    with CaptureQueriesContext(connection) as asked:
        planning.plan_all(factories.NOON, reminders.HORIZON)
    assert len(asked) == 3

"""Clinics with patients who are to be reminded: bulk rows, the same in every run but for the days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import F

from clinic.models import Clinic, OutgoingEmail, SendAllowance, User
from exercises import reminders
from exercises.models import Programme, Reminder
from patients.models import Patient

CLINICS = 20
LANGUAGES = [*["en-gb"] * 8, "es", "de"]


def clinics() -> list[Clinic]:
    """With allowances that hold nobody back: what is measured is how fast we can be."""
    made = [
        Clinic.objects.create(
            name=f"Bench clinic {number}",
            sender_name=f"Bench {number}",
            phone="000",
            urgent_number="111",
            emergency_number="112",
            time_zone="UTC",
        )
        for number in range(CLINICS)
    ]
    SendAllowance.objects.bulk_create(SendAllowance(clinic=clinic, per_minute=10**8) for clinic in made)
    return made


def programmes(where: Sequence[Clinic], staff: User, number: int) -> list[Programme]:
    """Each of a patient of its own."""
    today = datetime.now(UTC).date()
    patients = [
        Patient(
            clinic=where[n % len(where)],
            given_name="Bench",
            family_name=f"Patient {n}",
            date_of_birth=date(1950, 1, 1),
            email=f"patient{n}@patients.example",
            time_zone="UTC",
            language=LANGUAGES[n % len(LANGUAGES)],
            reminders_allowed=True,
            practitioner=staff,
        )
        for n in range(number)
    ]
    Patient.objects.bulk_create(patients, batch_size=2000)
    return Programme.objects.bulk_create(
        [
            Programme(
                clinic_id=patient.clinic_id,
                patient=patient,
                name="Bench plan",
                starts_on=today - timedelta(days=30),
                ends_on=today + timedelta(days=60),
                review_on=today + timedelta(days=30),
                reminder_time=time(18, 0),
                assigned_by=staff,
            )
            for patient in patients
        ],
        batch_size=2000,
    )


def due_now(some: Sequence[Programme], slot: int) -> datetime:
    """A reminder of each is due; returns the time. ``slot``: another one each time."""
    OutgoingEmail.objects.filter(state="pending").update(state="cancelled")
    Reminder.objects.filter(state="planned").update(state="cancelled")
    a_day = timedelta(days=1)  # or the last ones would tell of these too
    Reminder.objects.filter(state="posted").update(
        local_date=date(2020, 1, 1), due_at=F("due_at") - a_day, expires_at=F("expires_at") - a_day
    )
    now = datetime.now(UTC)
    Reminder.objects.bulk_create(
        (
            Reminder(
                clinic_id=programme.clinic_id,
                programme=programme,
                local_date=now.date(),
                slot=slot,
                local_time=now.time().replace(microsecond=0),
                time_zone="UTC",
                due_at=now.replace(microsecond=0),
                expires_at=now + timedelta(hours=1),
            )
            for programme in some
        ),
        batch_size=2000,
    )
    return now


def post_all(now: datetime) -> None:
    """However many ticks that takes."""
    while reminders.post_due(now):
        pass

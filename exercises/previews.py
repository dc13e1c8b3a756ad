"""Every letter of this app with made-up people, for looking at (manage.py preview_emails). Reads no database."""

from datetime import UTC, date, datetime
from uuid import UUID

from clinic.mail import Letter
from clinic.models import Clinic
from exercises.emails import (
    Opening,
    carer_asked_letter,
    carer_plan_changed_letter,
    carer_plan_ready_letter,
    carer_reminder_letter,
    message_waiting_letter,
    plan_changed_letter,
    plan_ready_letter,
    reminder_letter,
)
from exercises.escalation import waiting_letter
from exercises.models import Anchor, ReminderChoice
from patients.models import Carer, Patient

SECRET = "x" * 43  # opens nothing


def letters(language: str) -> dict[str, Letter]:
    """Under the names of settings.LETTERS, those to patients and carers in this language."""
    patient, opening = (
        _patient(language),
        Opening(secret=SECRET, works_until=datetime(2026, 11, 25, 6, 0, tzinfo=UTC)),
    )
    choice = ReminderChoice(anchor=Anchor.BREAKFAST)
    carer = Carer(pk=1, name="Ruth Hale", email="ruth.hale@families.example", language=language)
    return {
        "plan_ready": plan_ready_letter(patient, opening),
        "plan_changed": plan_changed_letter(patient, opening),
        "exercise_reminder": reminder_letter(patient, opening, choice),
        "message_waiting": message_waiting_letter(patient, opening),
        "carer_asked": carer_asked_letter(patient, carer),
        "carer_plan_ready": carer_plan_ready_letter(patient, opening, carer),
        "carer_plan_changed": carer_plan_changed_letter(patient, opening, carer),
        "carer_reminder": carer_reminder_letter(patient, opening, carer),
        "something_waits": waiting_letter(patient.clinic, "priya@riverside.example"),
    }


def _patient(language: str) -> Patient:
    clinic = Clinic(
        pk=UUID(int=1),
        name="Riverside Podiatry",
        sender_name="Riverside",
        address="1 High Street, Riverside",
        phone="000 0000 0000",
        urgent_number="111",
        emergency_number="112",
        time_zone="Europe/London",
    )
    return Patient(
        language=language,
        pk=UUID(int=2),
        clinic=clinic,
        given_name="Margaret",
        family_name="Hale",
        date_of_birth=date(1956, 3, 14),
        email="margaret.hale@patients.example",
        time_zone="Europe/London",
    )

"""Every letter of this app with made-up people, for looking at (manage.py preview_emails). Reads no database."""

from datetime import UTC, datetime
from uuid import UUID

from clinic.mail import Letter
from clinic.models import Clinic
from patients.alerts import signs_letter
from patients.emails import device_added_letter, emailed_code_letter, opened_letter
from patients.models import Patient

AT = datetime(2026, 11, 25, 18, 40, tzinfo=UTC)


def letters(language: str) -> dict[str, Letter]:
    """Under the names of settings.LETTERS, those to patients in this language."""
    clinic = Clinic(
        pk=UUID(int=1),
        name="Riverside Podiatry",
        sender_name="Riverside",
        phone="000 0000 0000",
        time_zone="Europe/London",
    )
    patient = Patient(
        pk=UUID(int=2),
        clinic=clinic,
        email="margaret.hale@patients.example",
        time_zone="Europe/London",
        language=language,
    )
    return {
        "emailed_code": emailed_code_letter(patient, "0" * 8, AT),
        "device_added": device_added_letter(patient, "Chrome on Android", AT),
        "record_opened": opened_letter(clinic, "olivia@riverside.example"),
        "signs_reported": signs_letter(clinic, UUID(int=2), "priya@riverside.example"),
    }

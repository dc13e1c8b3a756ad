"""The letters of this app with made-up people, for looking at (manage.py preview_emails). Reads no database."""

from datetime import UTC, datetime
from uuid import UUID

from clinic.chain import Head
from clinic.emails import head_letter, invited_letter
from clinic.mail import Letter
from clinic.models import Clinic


def letters(language: str) -> dict[str, Letter]:
    """Under the name of settings.LETTERS; staff's is in English, whatever ``language`` asks for."""
    clinic = Clinic(
        pk=UUID(int=1),
        name="Riverside Podiatry",
        sender_name="Riverside",
        phone="000 0000 0000",
        time_zone="Europe/London",
    )
    until = datetime(2026, 12, 2, 18, 40, tzinfo=UTC)
    return {
        "staff_invited": invited_letter(clinic, "nora@riverside.example", "0" * 43, until),
        "audit_head": head_letter(clinic, "olivia@riverside.example", Head(1234, 1, "0" * 64), until),
    }

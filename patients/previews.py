"""Every letter of this app with made-up people, for looking at (manage.py preview_emails). Reads no database."""

from uuid import UUID

from clinic.mail import Letter
from clinic.models import Clinic
from patients.alerts import signs_letter


def letters() -> dict[str, Letter]:
    """Under the names of settings.LETTERS."""
    clinic = Clinic(pk=UUID(int=1), name="Riverside Podiatry", sender_name="Riverside", phone="000 0000 0000")
    return {"signs_reported": signs_letter(clinic, UUID(int=2), "priya@riverside.example")}

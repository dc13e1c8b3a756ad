"""People who are invited, and patients in numbers."""

from uuid import uuid4

from clinic import actions, clock
from clinic.actors import Actor
from clinic.models import Invitation, User
from clinic.roles import Role
from patients.models import Patient
from tests.moments import TODAY


def make_invitation(owner: User, name: str = "Nora Quinn", role: Role = Role.PRACTITIONER) -> Invitation:
    email = f"{name.split()[0].lower()}@riverside.example"
    return actions.invite_member(actor=Actor.staff(owner), name=name, email=email, role=role, now=clock.now())


def make_patients(practitioner: User, count: int) -> list[Patient]:
    """Raw rows: registering two hundred one by one would take the test's time for itself."""
    clinic = practitioner.staff_membership.clinic
    return Patient.objects.bulk_create(
        Patient(
            pk=uuid4(),
            clinic=clinic,
            given_name="Ann",
            family_name=f"Number {number}",
            date_of_birth=TODAY.replace(year=1960),
            time_zone="Europe/London",
            practitioner=practitioner,
            search=f"ann number {number}",
        )
        for number in range(count)
    )

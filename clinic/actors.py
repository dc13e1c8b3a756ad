"""Who did it: a member of staff, a patient holding a link, or the system. Passed to every action."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self
from uuid import UUID

from clinic.roles import Role


class Kind(StrEnum):
    STAFF = "staff"
    PATIENT = "patient"
    SYSTEM = "system"


class _Membership(Protocol):
    @property
    def clinic_id(self) -> UUID: ...
    @property
    def role(self) -> str: ...
    @property
    def is_active(self) -> bool: ...


class _StaffUser(Protocol):
    @property
    def pk(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def membership(self) -> _Membership | None: ...


class _Patient(Protocol):
    @property
    def pk(self) -> UUID: ...
    @property
    def clinic_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """``clinic_id`` is None for the system and for staff who belong to no clinic; they see no patient."""

    kind: Kind
    label: str
    clinic_id: UUID | None = None
    user_id: int | None = None
    patient_id: UUID | None = None
    role: Role | None = None

    @classmethod
    def staff(cls, user: _StaffUser) -> Self:
        membership = user.membership
        if membership is None or not membership.is_active:
            return cls(Kind.STAFF, user.name, user_id=user.pk)
        return cls(Kind.STAFF, user.name, membership.clinic_id, user_id=user.pk, role=Role(membership.role))

    @classmethod
    def patient(cls, patient: _Patient) -> Self:
        return cls(Kind.PATIENT, "patient", patient.clinic_id, patient_id=patient.pk)

    @classmethod
    def system(cls, name: str) -> Self:
        """``name`` is the job: it stands in the audit entry."""
        return cls(Kind.SYSTEM, name)

    @property
    def own_clinic_id(self) -> UUID:
        """For what only staff with a role reach: they have a clinic."""
        if self.clinic_id is None:
            raise ValueError(f"{self.label} belongs to no clinic")
        return self.clinic_id

    def has_role(self, roles: frozenset[Role]) -> bool:
        return self.role is not None and self.role in roles

from clinic.models.audit import AuditEntry
from clinic.models.clinics import Clinic, validate_time_zone
from clinic.models.outbox import EmailState, MailCircuit, OutgoingEmail, SchedulerBeat
from clinic.models.users import Membership, User

__all__ = [
    "AuditEntry",
    "Clinic",
    "EmailState",
    "MailCircuit",
    "Membership",
    "OutgoingEmail",
    "SchedulerBeat",
    "User",
    "validate_time_zone",
]

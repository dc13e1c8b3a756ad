from clinic.models.audit import AuditEntry
from clinic.models.clinics import Clinic, validate_time_zone
from clinic.models.languages import IN_ENGLISH, RIGHT_TO_LEFT, Language
from clinic.models.limits import Attempt
from clinic.models.outbox import EmailState, MailCircuit, OutgoingEmail, SchedulerBeat
from clinic.models.users import Membership, User

__all__ = [
    "IN_ENGLISH",
    "RIGHT_TO_LEFT",
    "Attempt",
    "AuditEntry",
    "Clinic",
    "EmailState",
    "Language",
    "MailCircuit",
    "Membership",
    "OutgoingEmail",
    "SchedulerBeat",
    "User",
    "validate_time_zone",
]

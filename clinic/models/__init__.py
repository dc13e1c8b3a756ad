from clinic.models.audit import AuditEntry
from clinic.models.clinics import (
    EARLIEST_REMINDER,
    LATEST_REMINDER,
    MOST_RETENTION_YEARS,
    Clinic,
    validate_time_zone,
)
from clinic.models.colours import Colour
from clinic.models.invitations import Invitation
from clinic.models.languages import IN_ENGLISH, RIGHT_TO_LEFT, Language
from clinic.models.limits import Attempt
from clinic.models.logos import LARGEST_LOGO, LONGEST_LOGO_SIDE, Logo
from clinic.models.outbox import EmailState, MailCircuit, OutgoingEmail, SchedulerBeat
from clinic.models.users import Membership, User

__all__ = [
    "EARLIEST_REMINDER",
    "IN_ENGLISH",
    "LARGEST_LOGO",
    "LATEST_REMINDER",
    "LONGEST_LOGO_SIDE",
    "MOST_RETENTION_YEARS",
    "RIGHT_TO_LEFT",
    "Attempt",
    "AuditEntry",
    "Clinic",
    "Colour",
    "EmailState",
    "Invitation",
    "Language",
    "Logo",
    "MailCircuit",
    "Membership",
    "OutgoingEmail",
    "SchedulerBeat",
    "User",
    "validate_time_zone",
]

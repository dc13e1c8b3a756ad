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
from clinic.models.mail_domain import MailDomainCheck
from clinic.models.operations import Alarm, Deployment, JobBeat, JobRun, Tally
from clinic.models.outbox import (
    OWNERS_LETTERS,
    TAKEN_BACK,
    EmailState,
    MailCircuit,
    OutgoingEmail,
    OutgoingEmailQuerySet,
    SchedulerBeat,
    SendAllowance,
    SendRate,
    not_sent_again,
)
from clinic.models.returns import (
    BounceEvent,
    BounceKind,
    ReturnCount,
    Suppression,
    SuppressionReason,
)
from clinic.models.seals import AuditEpoch, AuditProof, AuditSeal, AuditTombstone
from clinic.models.users import Membership, User

__all__ = [
    "EARLIEST_REMINDER",
    "IN_ENGLISH",
    "LARGEST_LOGO",
    "LATEST_REMINDER",
    "LONGEST_LOGO_SIDE",
    "MOST_RETENTION_YEARS",
    "OWNERS_LETTERS",
    "RIGHT_TO_LEFT",
    "TAKEN_BACK",
    "Alarm",
    "Attempt",
    "AuditEntry",
    "AuditEpoch",
    "AuditProof",
    "AuditSeal",
    "AuditTombstone",
    "BounceEvent",
    "BounceKind",
    "Clinic",
    "Colour",
    "Deployment",
    "EmailState",
    "Invitation",
    "JobBeat",
    "JobRun",
    "Language",
    "Logo",
    "MailCircuit",
    "MailDomainCheck",
    "Membership",
    "OutgoingEmail",
    "OutgoingEmailQuerySet",
    "ReturnCount",
    "SchedulerBeat",
    "SendAllowance",
    "SendRate",
    "Suppression",
    "SuppressionReason",
    "Tally",
    "User",
    "not_sent_again",
    "validate_time_zone",
]

"""What a member of staff may be, and which of them may do what (one table, read by pages, API and admin)."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    PRACTITIONER = "practitioner"
    ASSISTANT = "assistant"
    CURATOR = "curator"
    AUDITOR = "auditor"


# Roles that may open a patient at all. Curators and auditors never see one.
SEES_PATIENTS = frozenset({Role.OWNER, Role.PRACTITIONER, Role.ASSISTANT})
# Contact details and schedule: assistants too. Clinical entries: practitioners write, owners read.
EDITS_CONTACT = SEES_PATIENTS
SEES_CLINICAL = frozenset({Role.OWNER, Role.PRACTITIONER})
WRITES_CLINICAL = frozenset({Role.PRACTITIONER})
KEEPS_RECORDS = frozenset(
    {Role.OWNER, Role.PRACTITIONER}
)  # archives, merges, restricts, erases, and takes back what can be
BREAKS_GLASS = frozenset({Role.PRACTITIONER})  # opens a restricted record for an hour
SEES_PROGRAMMES = SEES_PATIENTS
CURATES = frozenset({Role.CURATOR})  # the catalogue that all clinics share
ADMINISTERS = frozenset({Role.CURATOR, Role.OWNER})  # the clinic's own finding types and questionnaires
READS_CATALOGUE = frozenset({Role.OWNER, Role.PRACTITIONER, Role.ASSISTANT, Role.CURATOR})
AUTHORS = frozenset(
    {Role.OWNER, Role.PRACTITIONER, Role.CURATOR}
)  # write their own clinic's exercises and routines
SEES_STAFF = frozenset({Role.OWNER, Role.AUDITOR})  # who works here, and the clinic's settings
OWNS = frozenset({Role.OWNER})  # what holds for the whole clinic: staff, settings, the overview of its use
READS_AUDIT = frozenset({Role.OWNER, Role.AUDITOR, Role.PRACTITIONER})  # practitioners: their own entries

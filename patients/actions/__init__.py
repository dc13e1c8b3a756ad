from patients.actions.finding_entry import FindingEntry
from patients.actions.findings import (
    Contradiction,
    amend_finding,
    close_finding,
    record_finding,
    recur_finding,
    reopen_finding,
)
from patients.actions.links import close_visit, forget_link, issue_link, open_visit, revoke_links
from patients.actions.merging import Merged, merge_patients, undo_merge
from patients.actions.outcomes import record_pain
from patients.actions.patients import register_patient, set_reminders_allowed, update_contact
from patients.actions.records import archive_patient, note_reading, restore_patient
from patients.actions.vocabularies import save_finding_codes, save_finding_type

__all__ = [
    "Contradiction",
    "FindingEntry",
    "Merged",
    "amend_finding",
    "archive_patient",
    "close_finding",
    "close_visit",
    "forget_link",
    "issue_link",
    "merge_patients",
    "note_reading",
    "open_visit",
    "record_finding",
    "record_pain",
    "recur_finding",
    "register_patient",
    "reopen_finding",
    "restore_patient",
    "revoke_links",
    "save_finding_codes",
    "save_finding_type",
    "set_reminders_allowed",
    "undo_merge",
    "update_contact",
]

from patients.actions.findings import FindingEntry, close_finding, record_finding, reopen_finding
from patients.actions.links import close_visit, forget_link, issue_link, open_visit, revoke_links
from patients.actions.merging import Merged, merge_patients, undo_merge
from patients.actions.outcomes import record_pain
from patients.actions.patients import register_patient, set_reminders_allowed, update_contact
from patients.actions.records import archive_patient, note_reading, restore_patient
from patients.actions.vocabularies import save_finding_type

__all__ = [
    "FindingEntry",
    "Merged",
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
    "register_patient",
    "reopen_finding",
    "restore_patient",
    "revoke_links",
    "save_finding_type",
    "set_reminders_allowed",
    "undo_merge",
    "update_contact",
]

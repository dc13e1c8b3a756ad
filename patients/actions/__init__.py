from patients.actions.findings import FindingEntry, close_finding, record_finding, reopen_finding
from patients.actions.links import close_visit, forget_link, issue_link, open_visit, revoke_links
from patients.actions.outcomes import record_pain
from patients.actions.patients import register_patient, set_reminders_allowed, update_contact
from patients.actions.records import note_reading
from patients.actions.vocabularies import save_finding_codes, save_finding_type

__all__ = [
    "FindingEntry",
    "close_finding",
    "close_visit",
    "forget_link",
    "issue_link",
    "note_reading",
    "open_visit",
    "record_finding",
    "record_pain",
    "register_patient",
    "reopen_finding",
    "revoke_links",
    "save_finding_codes",
    "save_finding_type",
    "set_reminders_allowed",
    "update_contact",
]

from patients.actions.evaluations import (
    DraftMark,
    EvaluationEntry,
    Slip,
    discard_draft,
    enter_in_error,
    restore_draft,
    restore_evaluation,
    save_draft,
    sign_evaluation,
    start_draft,
)
from patients.actions.findings import FindingEntry, close_finding, record_finding, reopen_finding
from patients.actions.links import close_visit, forget_link, issue_link, open_visit, revoke_links
from patients.actions.outcomes import record_pain
from patients.actions.patients import register_patient, set_reminders_allowed, update_contact
from patients.actions.records import note_reading
from patients.actions.vocabularies import save_finding_type

__all__ = [
    "DraftMark",
    "EvaluationEntry",
    "FindingEntry",
    "Slip",
    "close_finding",
    "close_visit",
    "discard_draft",
    "enter_in_error",
    "forget_link",
    "issue_link",
    "note_reading",
    "open_visit",
    "record_finding",
    "record_pain",
    "register_patient",
    "reopen_finding",
    "restore_draft",
    "restore_evaluation",
    "revoke_links",
    "save_draft",
    "save_finding_type",
    "set_reminders_allowed",
    "sign_evaluation",
    "start_draft",
    "update_contact",
]

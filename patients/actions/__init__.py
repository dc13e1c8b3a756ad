from patients.actions.activities import name_activity, resume_activity, retire_activity, reword_activity
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
from patients.actions.outcomes import (
    VisitOutcomes,
    enter_outcome_in_error,
    record_pain,
    record_visit_outcomes,
    restore_outcome,
)
from patients.actions.patients import register_patient, set_reminders_allowed, update_contact
from patients.actions.questionnaires import (
    Answers,
    new_version,
    publish_questionnaire,
    record_response,
    retire_questionnaire,
    save_questionnaire,
    save_questions,
)
from patients.actions.records import archive_patient, note_reading, restore_patient
from patients.actions.supports import (
    SupportPlan,
    advise_support,
    amend_support,
    end_support,
    enter_support_in_error,
    restore_support,
    resume_support,
)
from patients.actions.vocabularies import save_finding_codes, save_finding_type
from patients.actions.wear import record_wear

__all__ = [
    "Answers",
    "Contradiction",
    "FindingEntry",
    "Merged",
    "SupportPlan",
    "VisitOutcomes",
    "advise_support",
    "amend_finding",
    "amend_support",
    "archive_patient",
    "close_finding",
    "close_visit",
    "end_support",
    "enter_outcome_in_error",
    "enter_support_in_error",
    "forget_link",
    "issue_link",
    "merge_patients",
    "name_activity",
    "new_version",
    "note_reading",
    "open_visit",
    "publish_questionnaire",
    "record_finding",
    "record_pain",
    "record_response",
    "record_visit_outcomes",
    "record_wear",
    "recur_finding",
    "register_patient",
    "reopen_finding",
    "restore_outcome",
    "restore_patient",
    "restore_support",
    "resume_activity",
    "resume_support",
    "retire_activity",
    "retire_questionnaire",
    "revoke_links",
    "reword_activity",
    "save_finding_codes",
    "save_finding_type",
    "save_questionnaire",
    "save_questions",
    "set_reminders_allowed",
    "undo_merge",
    "update_contact",
]

from patients.actions.activities import name_activity, resume_activity, retire_activity, reword_activity
from patients.actions.findings import FindingEntry, close_finding, record_finding, reopen_finding
from patients.actions.links import close_visit, forget_link, issue_link, open_visit, revoke_links
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
from patients.actions.records import note_reading
from patients.actions.vocabularies import save_finding_type

__all__ = [
    "Answers",
    "FindingEntry",
    "VisitOutcomes",
    "close_finding",
    "close_visit",
    "enter_outcome_in_error",
    "forget_link",
    "issue_link",
    "name_activity",
    "new_version",
    "note_reading",
    "open_visit",
    "publish_questionnaire",
    "record_finding",
    "record_pain",
    "record_response",
    "record_visit_outcomes",
    "register_patient",
    "reopen_finding",
    "restore_outcome",
    "resume_activity",
    "retire_activity",
    "retire_questionnaire",
    "revoke_links",
    "reword_activity",
    "save_finding_type",
    "save_questionnaire",
    "save_questions",
    "set_reminders_allowed",
    "update_contact",
]

from patients.actions.findings import FindingEntry, close_finding, record_finding, reopen_finding
from patients.actions.links import close_visit, forget_link, issue_link, open_visit, revoke_links
from patients.actions.outcomes import record_pain
from patients.actions.patients import register_patient, set_reminders_allowed, update_contact
from patients.actions.records import note_reading
from patients.actions.referrals import (
    ReferralEntry,
    amend_referral,
    cancel_referral,
    close_referral,
    enter_referral_in_error,
    refer,
    reopen_referral,
    restore_referral,
)
from patients.actions.safety import (
    ScreeningEntry,
    decide,
    enter_screening_in_error,
    restore_screening,
    screen,
)
from patients.actions.vocabularies import save_finding_type

__all__ = [
    "FindingEntry",
    "ReferralEntry",
    "ScreeningEntry",
    "amend_referral",
    "cancel_referral",
    "close_finding",
    "close_referral",
    "close_visit",
    "decide",
    "enter_referral_in_error",
    "enter_screening_in_error",
    "forget_link",
    "issue_link",
    "note_reading",
    "open_visit",
    "record_finding",
    "record_pain",
    "refer",
    "register_patient",
    "reopen_finding",
    "reopen_referral",
    "restore_referral",
    "restore_screening",
    "revoke_links",
    "save_finding_type",
    "screen",
    "set_reminders_allowed",
    "update_contact",
]

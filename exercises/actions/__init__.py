from exercises.actions.access import (
    close_plan,
    doubt_address,
    issue_code,
    take_copy,
    trust_address,
    try_address_again,
)
from exercises.actions.alerts import (
    RuleChange,
    acknowledge_alert,
    assign_alert,
    close_alert,
    note_call,
    raise_alerts,
    reopen_alert,
    set_alert_rule,
    snooze_alert,
)
from exercises.actions.catalogue import publish_exercise, retire_exercise, save_exercise, set_finding
from exercises.actions.changes import ProgrammeChange, change_programme, extend_programme
from exercises.actions.deletion import MOST_RECORDS, delete_records
from exercises.actions.drafts import drop_programme_draft, keep_programme_draft
from exercises.actions.erasure import erase_patient
from exercises.actions.exports import (
    Lines,
    ask_export,
    delete_export,
    fetch_export,
    finish_export,
    forget_exports,
    keep_export_batch,
    note_export_fault,
    stop_export,
)
from exercises.actions.favourites import add_favourite, remove_favourite
from exercises.actions.feeds import make_feed, revoke_feed
from exercises.actions.letters import send_link_again
from exercises.actions.logs import DayLog, log_day
from exercises.actions.outgoing import SentAgain, send_again, take_back_email
from exercises.actions.own_exercises import restore_own_exercise, write_own_exercise
from exercises.actions.paper import enter_sheet
from exercises.actions.pauses import pause_programme, resume_programme
from exercises.actions.photos import keep_photo
from exercises.actions.preferences import (
    Wish,
    allow_reminders,
    change_contact,
    set_reminder_choice,
    set_reminder_time,
    set_time_zone,
    stop_reminders,
)
from exercises.actions.programmes import AMOUNTS, ItemPlan, ProgrammePlan, assign_programme, end_programme
from exercises.actions.proposals import accept_proposal, decline_proposal, propose_exercise, withdraw_proposal
from exercises.actions.records import archive_patient, merge_patients
from exercises.actions.restoring import Released, release_restored
from exercises.actions.restriction import lift_restriction, restrict_patient
from exercises.actions.reviews import ask_for_review, end_review
from exercises.actions.routines import (
    LARGEST_ROUTINE,
    RoutineLine,
    RoutinePlan,
    StagePlan,
    publish_routine,
    restore_routine,
    retire_routine,
    save_routine,
    write_routine,
)
from exercises.actions.seen import note_plan_seen
from exercises.actions.translations import review_translation, save_translation
from exercises.actions.versions import accept_version, accept_versions

__all__ = [
    "AMOUNTS",
    "LARGEST_ROUTINE",
    "MOST_RECORDS",
    "DayLog",
    "ItemPlan",
    "Lines",
    "ProgrammeChange",
    "ProgrammePlan",
    "Released",
    "RoutineLine",
    "RoutinePlan",
    "RuleChange",
    "SentAgain",
    "StagePlan",
    "Wish",
    "accept_proposal",
    "accept_version",
    "accept_versions",
    "acknowledge_alert",
    "add_favourite",
    "allow_reminders",
    "archive_patient",
    "ask_export",
    "ask_for_review",
    "assign_alert",
    "assign_programme",
    "change_contact",
    "change_programme",
    "close_alert",
    "close_plan",
    "decline_proposal",
    "delete_export",
    "delete_records",
    "doubt_address",
    "drop_programme_draft",
    "end_programme",
    "end_review",
    "enter_sheet",
    "erase_patient",
    "extend_programme",
    "fetch_export",
    "finish_export",
    "forget_exports",
    "issue_code",
    "keep_export_batch",
    "keep_photo",
    "keep_programme_draft",
    "lift_restriction",
    "log_day",
    "make_feed",
    "merge_patients",
    "note_call",
    "note_export_fault",
    "note_plan_seen",
    "pause_programme",
    "propose_exercise",
    "publish_exercise",
    "publish_routine",
    "raise_alerts",
    "release_restored",
    "remove_favourite",
    "reopen_alert",
    "restore_own_exercise",
    "restore_routine",
    "restrict_patient",
    "resume_programme",
    "retire_exercise",
    "retire_routine",
    "review_translation",
    "revoke_feed",
    "save_exercise",
    "save_routine",
    "save_translation",
    "send_again",
    "send_link_again",
    "set_alert_rule",
    "set_finding",
    "set_reminder_choice",
    "set_reminder_time",
    "set_time_zone",
    "snooze_alert",
    "stop_export",
    "stop_reminders",
    "take_back_email",
    "take_copy",
    "trust_address",
    "try_address_again",
    "withdraw_proposal",
    "write_own_exercise",
    "write_routine",
]

from exercises.actions.access import close_plan, doubt_address, issue_code, take_own_data, trust_address
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
from exercises.actions.drafts import drop_programme_draft, keep_programme_draft
from exercises.actions.favourites import add_favourite, remove_favourite
from exercises.actions.feeds import make_feed, revoke_feed
from exercises.actions.letters import send_link_again
from exercises.actions.logs import DayLog, log_day
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
    "DayLog",
    "ItemPlan",
    "ProgrammeChange",
    "ProgrammePlan",
    "RoutineLine",
    "RoutinePlan",
    "RuleChange",
    "StagePlan",
    "Wish",
    "accept_proposal",
    "accept_version",
    "accept_versions",
    "acknowledge_alert",
    "add_favourite",
    "allow_reminders",
    "archive_patient",
    "ask_for_review",
    "assign_alert",
    "assign_programme",
    "change_contact",
    "change_programme",
    "close_alert",
    "close_plan",
    "decline_proposal",
    "doubt_address",
    "drop_programme_draft",
    "end_programme",
    "end_review",
    "enter_sheet",
    "extend_programme",
    "issue_code",
    "keep_photo",
    "keep_programme_draft",
    "log_day",
    "make_feed",
    "merge_patients",
    "note_call",
    "note_plan_seen",
    "pause_programme",
    "propose_exercise",
    "publish_exercise",
    "publish_routine",
    "raise_alerts",
    "remove_favourite",
    "reopen_alert",
    "restore_own_exercise",
    "restore_routine",
    "resume_programme",
    "retire_exercise",
    "retire_routine",
    "review_translation",
    "revoke_feed",
    "save_exercise",
    "save_routine",
    "save_translation",
    "send_link_again",
    "set_alert_rule",
    "set_finding",
    "set_reminder_choice",
    "set_reminder_time",
    "set_time_zone",
    "snooze_alert",
    "stop_reminders",
    "take_own_data",
    "trust_address",
    "withdraw_proposal",
    "write_own_exercise",
    "write_routine",
]

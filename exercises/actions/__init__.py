from exercises.actions.catalogue import publish_exercise, retire_exercise, save_exercise
from exercises.actions.letters import send_link_again
from exercises.actions.logs import DayLog, log_day
from exercises.actions.own_exercises import restore_own_exercise, write_own_exercise
from exercises.actions.photos import keep_photo
from exercises.actions.preferences import (
    allow_reminders,
    change_contact,
    set_reminder_time,
    stop_reminders,
)
from exercises.actions.programmes import (
    AMOUNTS,
    ItemPlan,
    ProgrammePlan,
    assign_programme,
    end_programme,
)
from exercises.actions.proposals import (
    accept_proposal,
    decline_proposal,
    propose_exercise,
    withdraw_proposal,
)
from exercises.actions.records import archive_patient, merge_patients
from exercises.actions.routines import publish_routine, retire_routine, save_routine

__all__ = [
    "AMOUNTS",
    "DayLog",
    "ItemPlan",
    "ProgrammePlan",
    "accept_proposal",
    "allow_reminders",
    "archive_patient",
    "assign_programme",
    "change_contact",
    "decline_proposal",
    "end_programme",
    "keep_photo",
    "log_day",
    "merge_patients",
    "propose_exercise",
    "publish_exercise",
    "publish_routine",
    "restore_own_exercise",
    "retire_exercise",
    "retire_routine",
    "save_exercise",
    "save_routine",
    "send_link_again",
    "set_reminder_time",
    "stop_reminders",
    "withdraw_proposal",
    "write_own_exercise",
]

from exercises.actions.catalogue import publish_exercise, retire_exercise, save_exercise
from exercises.actions.favourites import add_favourite, remove_favourite
from exercises.actions.letters import send_link_again
from exercises.actions.logs import DayLog, log_day
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
from exercises.actions.records import archive_patient, merge_patients
from exercises.actions.routines import publish_routine, retire_routine, save_routine

__all__ = [
    "AMOUNTS",
    "DayLog",
    "ItemPlan",
    "ProgrammePlan",
    "add_favourite",
    "allow_reminders",
    "archive_patient",
    "assign_programme",
    "change_contact",
    "end_programme",
    "log_day",
    "merge_patients",
    "publish_exercise",
    "publish_routine",
    "remove_favourite",
    "retire_exercise",
    "retire_routine",
    "save_exercise",
    "save_routine",
    "send_link_again",
    "set_reminder_time",
    "stop_reminders",
]

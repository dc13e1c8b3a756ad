from exercises.actions.catalogue import (
    publish_exercise,
    publish_routine,
    retire_exercise,
    retire_routine,
    save_exercise,
    save_routine,
)
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

__all__ = [
    "AMOUNTS",
    "DayLog",
    "ItemPlan",
    "ProgrammePlan",
    "allow_reminders",
    "assign_programme",
    "change_contact",
    "end_programme",
    "log_day",
    "publish_exercise",
    "publish_routine",
    "retire_exercise",
    "retire_routine",
    "save_exercise",
    "save_routine",
    "send_link_again",
    "set_reminder_time",
    "stop_reminders",
]

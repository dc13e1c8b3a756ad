from exercises.models.catalogue import (
    CONTENT_COLUMNS,
    DOSE_COLUMNS,
    DoseSource,
    Exercise,
    ExerciseVersion,
    Position,
    Side,
    Stage,
)
from exercises.models.log import Done, LogEntry
from exercises.models.programme import LONGEST_WEEKS, Programme, ProgrammeItem, ProgrammeState, last_day
from exercises.models.reminder import PLAN_READY, Reminder, ReminderState, emails_about
from exercises.models.routine import Routine, RoutineItem

__all__ = [
    "CONTENT_COLUMNS",
    "DOSE_COLUMNS",
    "LONGEST_WEEKS",
    "PLAN_READY",
    "Done",
    "DoseSource",
    "Exercise",
    "ExerciseVersion",
    "LogEntry",
    "Position",
    "Programme",
    "ProgrammeItem",
    "ProgrammeState",
    "Reminder",
    "ReminderState",
    "Routine",
    "RoutineItem",
    "Side",
    "Stage",
    "emails_about",
    "last_day",
]

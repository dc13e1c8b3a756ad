from exercises.models.catalogue import (
    NO_KIT,
    Exercise,
    ExerciseQuerySet,
    ExerciseVersion,
    ProposalState,
    Stage,
)
from exercises.models.content import (
    CONTENT_COLUMNS,
    STATED_PAIRS,
    BodyPart,
    Difficulty,
    DoseSource,
    Evidence,
    ExerciseContent,
    Kind,
    Position,
)
from exercises.models.dose import DOSE_COLUMNS, PAIRS, SINGLE, Side
from exercises.models.log import Done, LogEntry
from exercises.models.override import CautionOverride
from exercises.models.photo import LARGEST_PHOTO, LONGEST_SIDE, Photo
from exercises.models.programme import LONGEST_WEEKS, Programme, ProgrammeItem, ProgrammeState, last_day
from exercises.models.reminder import PLAN_READY, Reminder, ReminderState, emails_about
from exercises.models.routine import Routine, RoutineItem, RoutineQuerySet, RoutineStage, Scope
from exercises.models.shelf import Favourite, Proposal
from exercises.models.status import Status

__all__ = [
    "CONTENT_COLUMNS",
    "DOSE_COLUMNS",
    "LARGEST_PHOTO",
    "LONGEST_SIDE",
    "LONGEST_WEEKS",
    "NO_KIT",
    "PAIRS",
    "PLAN_READY",
    "SINGLE",
    "STATED_PAIRS",
    "BodyPart",
    "CautionOverride",
    "Difficulty",
    "Done",
    "DoseSource",
    "Evidence",
    "Exercise",
    "ExerciseContent",
    "ExerciseQuerySet",
    "ExerciseVersion",
    "Favourite",
    "Kind",
    "LogEntry",
    "Photo",
    "Position",
    "Programme",
    "ProgrammeItem",
    "ProgrammeState",
    "Proposal",
    "ProposalState",
    "Reminder",
    "ReminderState",
    "Routine",
    "RoutineItem",
    "RoutineQuerySet",
    "RoutineStage",
    "Scope",
    "Side",
    "Stage",
    "Status",
    "emails_about",
    "last_day",
]

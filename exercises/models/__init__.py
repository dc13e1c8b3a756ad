from exercises.models.alert import (
    Alert,
    AlertNote,
    AlertQuerySet,
    AlertRule,
    AlertState,
    AlertTrigger,
    alert_notes,
)
from exercises.models.alert_clock import AlertClock, AlertSweep
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
from exercises.models.export import EXPORT_KEPT_FOR, ClinicExport, ExportPart, ExportState
from exercises.models.item import DATED, ProgrammeItem
from exercises.models.log import Done, Effort, LogEntry, MissReason
from exercises.models.override import CautionOverride
from exercises.models.pause import ProgrammePause
from exercises.models.photo import LARGEST_PHOTO, LONGEST_SIDE, Photo
from exercises.models.preference import ANCHORED, EVERY_DAY, Anchor, CalendarFeed, ReminderChoice
from exercises.models.programme import (
    LONGEST_WEEKS,
    Programme,
    ProgrammeState,
    doses_on,
    last_day,
)
from exercises.models.reminder import PLAN_CHANGED, PLAN_READY, Reminder, ReminderState, emails_about
from exercises.models.report import DayReport, Way
from exercises.models.revision import ProgrammeDraft, ProgrammeRevision
from exercises.models.routine import (
    Routine,
    RoutineItem,
    RoutineQuerySet,
    RoutineStage,
    Scope,
)
from exercises.models.seen import PlanSeen
from exercises.models.shelf import Favourite, Proposal
from exercises.models.status import Status
from exercises.models.translation import VersionTranslation

__all__ = [
    "ANCHORED",
    "CONTENT_COLUMNS",
    "DATED",
    "DOSE_COLUMNS",
    "EVERY_DAY",
    "EXPORT_KEPT_FOR",
    "LARGEST_PHOTO",
    "LONGEST_SIDE",
    "LONGEST_WEEKS",
    "NO_KIT",
    "PAIRS",
    "PLAN_CHANGED",
    "PLAN_READY",
    "SINGLE",
    "STATED_PAIRS",
    "Alert",
    "AlertClock",
    "AlertNote",
    "AlertQuerySet",
    "AlertRule",
    "AlertState",
    "AlertSweep",
    "AlertTrigger",
    "Anchor",
    "BodyPart",
    "CalendarFeed",
    "CautionOverride",
    "ClinicExport",
    "DayReport",
    "Difficulty",
    "Done",
    "DoseSource",
    "Effort",
    "Evidence",
    "Exercise",
    "ExerciseContent",
    "ExerciseQuerySet",
    "ExerciseVersion",
    "ExportPart",
    "ExportState",
    "Favourite",
    "Kind",
    "LogEntry",
    "MissReason",
    "Photo",
    "PlanSeen",
    "Position",
    "Programme",
    "ProgrammeDraft",
    "ProgrammeItem",
    "ProgrammePause",
    "ProgrammeRevision",
    "ProgrammeState",
    "Proposal",
    "ProposalState",
    "Reminder",
    "ReminderChoice",
    "ReminderState",
    "Routine",
    "RoutineItem",
    "RoutineQuerySet",
    "RoutineStage",
    "Scope",
    "Side",
    "Stage",
    "Status",
    "VersionTranslation",
    "Way",
    "alert_notes",
    "doses_on",
    "emails_about",
    "last_day",
]

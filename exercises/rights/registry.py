"""Each kind of row that speaks of a patient: what leaves in a copy, how long it is kept, what erasing does to it, and which
audit entries tell of it. A model that can be reached from ``Patient`` and does not stand here fails a test.

A column leaves in the clinic's copy unless it is ``withheld``; into the patient's own copy goes what ``own`` names and
nothing else. Kept states of amended rows (``@keep_history``) follow their row in all of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import ForeignKey, Model

from clinic.models import AuditEntry, OutgoingEmail, User
from exercises.models import (
    Alert,
    AlertNote,
    AlertTrigger,
    CalendarFeed,
    CautionOverride,
    DayReport,
    LogEntry,
    PlanSeen,
    Programme,
    ProgrammeDraft,
    ProgrammeItem,
    ProgrammePause,
    ProgrammeRevision,
    Reminder,
    ReminderChoice,
)
from exercises.rights import said
from patients.models import (
    AccessCode,
    Activity,
    ActivityScore,
    Carer,
    CautionCheck,
    ChangeRating,
    ConsentRecord,
    Device,
    EmailedCode,
    Evaluation,
    EvaluationDraft,
    Finding,
    FootMeasures,
    ImportRow,
    Message,
    Opening,
    PainScore,
    Patient,
    PatientMerge,
    PlanLink,
    PlanVisit,
    QuestionnaireResponse,
    RaisedFlag,
    Referral,
    Restriction,
    Screening,
    SignReport,
    SupportAdvice,
    WearEntry,
)
from patients.models import Erasure as Erased


class Retention(StrEnum):
    """The classes of security.md, section 5, with their defaults; the clinic's law decides."""

    RECORD = "record"  # the years that the clinic's rules ask for after the last contact
    MAIL = "mail"  # reminders and letters: 13 months
    KEYS = "keys"  # links and codes: 7 days after they end
    DEVICES = "devices"  # 30 days after they end
    DRAFTS = "drafts"  # two weeks, or until saved
    LISTS = "lists"  # rows of a file: a week after the list was added
    AUDIT = "audit"  # a year longer than the record


class Erasure(StrEnum):
    """What "erase" does. Care records are kept under professional secrecy until their retention ends."""

    AT_ONCE = "at_once"
    WITH_THE_RECORD = "with_the_record"  # closed to everyday use until then
    AFTER_THE_RECORD = "after_the_record"  # proof of who did what


@dataclass(frozen=True, slots=True)
class Declared:
    """``of``: the columns that name the patient. ``audit``: the first words of the entries' verbs.
    ``joined``, ``fetched`` and ``more``: what is read with a row, and what it says beside its columns."""

    model: type[Model]
    retention: Retention
    erasure: Erasure
    audit: tuple[str, ...]
    of: tuple[str, ...] = ("patient_id",)
    withheld: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    fetched: tuple[str, ...] = ()
    more: Callable[[Any], Mapping[str, Any]] | None = None
    cleared: tuple[str, ...] = ()  # columns that erasing empties at once, of a row that stays

    @property
    def label(self) -> str:
        return self.model._meta.label

    @property
    def columns(self) -> list[str]:
        """What leaves of the table itself. The clinic stands once at the head of a copy."""
        names = [field.attname for field in self.model._meta.concrete_fields]
        return [name for name in names if name not in {"clinic_id", *self.withheld}]

    @property
    def people(self) -> list[str]:
        """Columns that name somebody of the staff."""
        return people_of(self.model)

    @property
    def history(self) -> Any:
        """The model of the kept states, or None."""
        return getattr(self.model, "pgh_event_model", None)


def people_of(model: type[Model]) -> list[str]:
    fields = model._meta.concrete_fields
    return [f.attname for f in fields if isinstance(f, ForeignKey) and f.related_model is User]


def _record(model: type[Model], *audit: str, **more: Any) -> Declared:
    return Declared(model, Retention.RECORD, Erasure.WITH_THE_RECORD, audit, **more)


def _at_once(model: type[Model], retention: Retention, *audit: str, **more: Any) -> Declared:
    return Declared(model, retention, Erasure.AT_ONCE, audit, **more)


PATIENT = (
    *("given_name", "family_name", "date_of_birth", "email", "reference", "time_zone", "language"),
    *("reminders_allowed", "next_visit_at", "daily_measures", "pain_guide", "pain_advice", "created_at"),
)
PROGRAMME = (
    *("id", "name", "starts_on", "ends_on", "review_on", "reminder_time", "state"),
    *("assigned_at", "ended_at"),
)
ITEM = ("id", "programme_id", "name", "dose", "note", "first_day", "last_day")
SUPPORT = (
    *("id", "kind", "side", "status", "product", "wear_in_plan", "hours_per_day", "patient_note"),
    *("review_on", "replace_by", "recommended_at"),
)
CHOICE = ("weekdays", "quiet_until", "quiet_from", "paused_until", "anchor", "changed_at")

DECLARED = (
    _record(
        Patient,
        *("patient", "address", "daily_measures"),
        of=("id",),
        withheld=("search",),  # the same words folded
        own=PATIENT,
        cleared=("email",),
    ),
    _record(Finding, "finding", joined=("type",), fetched=("type__codes",), more=said.finding),
    _record(Evaluation, "evaluation"),
    _record(FootMeasures, "evaluation", of=("evaluation__patient_id",)),
    Declared(
        EvaluationDraft, Retention.DRAFTS, Erasure.WITH_THE_RECORD, ("evaluation_draft",)
    ),  # typed and not signed
    _record(Screening, "screening"),
    _record(
        SignReport,
        "signs",
        own=("ticked", "note", "made_at", "received_at"),
    ),
    _record(RaisedFlag, "flag", "signs", "screening"),
    _record(Referral, "referral"),
    _record(CautionCheck, "cautions"),
    _record(SupportAdvice, "support", own=SUPPORT),
    _record(WearEntry, "wear", own=("advice_id", "on", "hours", "recorded_at", "said_at")),
    _record(
        PainScore,
        *("pain", "visit_outcomes", "day"),
        own=("on", "measure", "score", "source", "status", "recorded_at", "said_at"),
    ),
    _record(Activity, "activity"),
    _record(ActivityScore, *("visit_outcomes", "activity_score"), of=("activity__patient_id",)),
    _record(
        ChangeRating,
        *("visit_outcomes", "change_rating"),
        own=("on", "rating", "status", "recorded_at"),
    ),
    _record(QuestionnaireResponse, "questionnaire_response"),
    _record(Message, "message", own=("text", "about_day", "readable_from", "seen_at")),
    _record(Programme, "programme", own=PROGRAMME),
    _record(
        ProgrammeItem,
        "programme",
        of=("programme__patient_id",),
        own=ITEM,
        joined=("version__exercise",),
        more=said.item,
    ),
    _record(ProgrammePause, "programme", own=("programme_id", "first_day", "last_day")),
    _record(ProgrammeRevision, "programme"),
    Declared(ProgrammeDraft, Retention.DRAFTS, Erasure.WITH_THE_RECORD, ("programme_draft",)),
    _record(CautionOverride, "caution"),
    _record(DayReport, "day", own=("on", "way", "note", "made_at", "received_at")),
    _record(
        LogEntry,
        "day",
        own=("item_id", "performed_on", "done", "reason", "effort", "recorded_at", "said_at"),
    ),
    _record(Alert, "alert"),
    _record(AlertTrigger, "alert", of=("alert__patient_id",)),
    _record(AlertNote, "alert", of=("alert__patient_id",)),
    _record(PatientMerge, "patient", of=("kept_id", "duplicate_id")),
    _record(ConsentRecord, "reminders", "patient"),
    _record(Restriction, "restriction"),
    _record(Opening, "restriction"),
    _record(Erased, "erasure"),
    _record(PlanSeen, "plan", own=("seen_at",)),
    _at_once(ReminderChoice, Retention.MAIL, "reminders", own=CHOICE),
    _at_once(Reminder, Retention.MAIL, "programme", "reminders", of=("programme__patient_id",)),
    _at_once(
        Carer,
        Retention.RECORD,
        "carer",
        own=("name", "email", "language", "state", "added_at", "agreed_at", "stopped_at"),
    ),
    _at_once(
        CalendarFeed,
        Retention.KEYS,
        "feed",
        withheld=("secret_hash",),
        own=("created_at", "revoked_at"),
    ),
    _at_once(
        AccessCode,
        Retention.KEYS,
        "code",
        withheld=("secret_hash", "locator"),
        own=("issued_at", "expires_at", "revoked_at"),
    ),
    _at_once(EmailedCode, Retention.KEYS, "emailed_code", withheld=("browser_hash", "code_hash")),
    _at_once(
        Device,
        Retention.DEVICES,
        "device",
        withheld=("secret_hash",),
        own=("label", "own", "opened_with", "created_at", "seen_at", "revoked_at"),
    ),
    _at_once(PlanLink, Retention.KEYS, "link", withheld=("secret_hash",)),
    _at_once(PlanVisit, Retention.KEYS, "plan", withheld=("secret_hash",)),
    _at_once(
        ImportRow,
        Retention.LISTS,
        "import",
        withheld=("called", "address", "alike_id"),  # the first two folded; the third is somebody else's
    ),
    # No foreign key leads to these: an e-mail names its object, an entry holds the patient's number.
    _at_once(
        OutgoingEmail,
        Retention.MAIL,
        *("email", "programme", "carer", "device", "message", "emailed_code", "reminders"),
        of=(),
        withheld=("address_hash", "lease_token", "lease_until"),
    ),
    Declared(
        AuditEntry,
        Retention.AUDIT,
        Erasure.AFTER_THE_RECORD,
        (),  # it is the audit
        withheld=("request_id",),
    ),
)
BY_LABEL = {one.label: one for one in DECLARED}

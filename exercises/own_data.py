"""What a patient takes home: every row of their own that the plan may show them, as plain data.

A model that patients may read stands in ``TAKEN``, or a test fails until somebody decides which of its columns leave.
Notes of the staff and hashes of keys never do.
"""

from datetime import datetime
from typing import Any

from clinic.actors import Actor
from exercises.models import (
    CalendarFeed,
    DayReport,
    LogEntry,
    PlanSeen,
    Programme,
    ProgrammeItem,
    ProgrammePause,
    ReminderChoice,
)
from patients.models import (
    AccessCode,
    Carer,
    ChangeRating,
    Device,
    Message,
    PainScore,
    Patient,
    SignReport,
    SupportAdvice,
    WearEntry,
)

TAKEN: dict[Any, tuple[str, ...]] = {
    Patient: (
        "given_name",
        "family_name",
        "date_of_birth",
        "email",
        "reference",
        "time_zone",
        "language",
        "reminders_allowed",
        "next_visit_at",
        "created_at",
    ),
    Programme: (
        "id",
        "name",
        "starts_on",
        "ends_on",
        "review_on",
        "reminder_time",
        "state",
        "assigned_at",
        "ended_at",
    ),
    ProgrammePause: ("programme_id", "first_day", "last_day"),
    LogEntry: ("item_id", "performed_on", "done", "reason", "effort", "recorded_at", "said_at"),
    DayReport: ("on", "way", "note", "made_at", "received_at"),
    PainScore: ("on", "measure", "score", "source", "status", "recorded_at", "said_at"),
    ChangeRating: ("on", "rating", "status", "recorded_at"),
    SupportAdvice: (
        "id",
        "kind",
        "side",
        "status",
        "product",
        "wear_in_plan",
        "hours_per_day",
        "patient_note",
        "review_on",
        "replace_by",
        "recommended_at",
    ),
    WearEntry: ("advice_id", "on", "hours", "recorded_at", "said_at"),
    SignReport: ("ticked", "note", "made_at", "received_at"),
    Message: ("text", "about_day", "readable_from", "seen_at"),
    PlanSeen: ("seen_at",),
    ReminderChoice: ("weekdays", "quiet_until", "quiet_from", "paused_until", "anchor", "changed_at"),
    CalendarFeed: ("created_at", "revoked_at"),
    Carer: ("name", "email", "language", "state", "added_at", "agreed_at", "stopped_at"),
    AccessCode: ("issued_at", "expires_at", "revoked_at"),
    Device: ("label", "own", "opened_with", "created_at", "seen_at", "revoked_at"),
}


def own_data(actor: Actor, now: datetime) -> dict[str, Any]:
    """By the name of the model; the actor is the patient. What may still be taken back is not the patient's yet."""
    rows = {
        model._meta.label: list(model.objects.visible_to(actor).order_by("pk").values(*names))
        for model, names in TAKEN.items()
    }
    label = Message._meta.label
    rows[label] = [row for row in rows[label] if row["readable_from"] <= now]
    programmes = Programme.objects.visible_to(actor)
    items = ProgrammeItem.objects.filter(programme__in=programmes).select_related("version__exercise")
    rows[ProgrammeItem._meta.label] = [
        {
            "id": item.pk,
            "programme_id": item.programme_id,
            "name": item.version.name,
            "dose": [str(phrase) for phrase in item.dose_phrases],
            "note": item.note,
            "first_day": item.first_day,
            "last_day": item.last_day,
        }
        for item in items.order_by("programme", "order", "since_version")
    ]
    return rows

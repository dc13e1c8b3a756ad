"""Why a reminder must not go out. Asked when it is handed over and once more when its e-mail is composed.

What the answers rest on is read for many reminders at once: ``known_of``.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import CharField, Value, prefetch_related_objects
from django.utils.translation import gettext_noop

from exercises.models import LogEntry, Reminder, ReminderChoice
from exercises.schedule import LATEST, is_night, sending_window
from patients.models import Patient, RaisedFlag, Restriction


@dataclass(frozen=True, slots=True)
class Known:
    """About some patients: what they chose, which days they logged, for whom a practitioner has to decide, and whose
    record is restricted."""

    choices: dict[UUID, ReminderChoice] = field(default_factory=dict)
    logged: Collection[tuple[UUID, date]] = ()
    stopped: Collection[UUID] = ()
    restricted: Collection[UUID] = ()


def known_of(reminders: Iterable[Reminder]) -> Known:
    """Five queries, however many they are. Their programmes get pauses, and items where a change may have moved days."""
    rows = list(reminders)
    programmes = {row.programme_id: row.programme for row in rows}
    patients = {row.programme.patient_id for row in rows}
    if not patients:
        return Known()
    for row in rows:
        row.programme = programmes[row.programme_id]
    prefetch_related_objects(list(programmes.values()), "pauses")
    if changed := [programme for programme in programmes.values() if programme.version > 1]:
        prefetch_related_objects(changed, "items")
    logs = LogEntry.objects.filter(patient__in=patients, performed_on__in={row.local_date for row in rows})
    stopped, restricted = _held_back(patients)
    return Known(
        choices=ReminderChoice.objects.in_bulk(patients),
        logged=set(logs.values_list("patient_id", "performed_on")),
        stopped=stopped,
        restricted=restricted,
    )


def _held_back(patients: Collection[UUID]) -> tuple[set[UUID], set[UUID]]:
    """By a warning sign, and by a restriction; one query."""
    signs = RaisedFlag.objects.filter(patient__in=patients).blocking().order_by()
    closed = Restriction.objects.standing().filter(patient__in=patients)
    pairs = signs.values_list("patient_id", Value("sign", CharField())).union(
        closed.values_list("patient_id", Value("closed", CharField()))
    )
    found = list(pairs)
    return {key for key, why in found if why == "sign"}, {key for key, why in found if why == "closed"}


def unwanted_because(reminder: Reminder, known: Known) -> str:
    """In plain words; empty when it is wanted.

    A day counts as logged whichever programme was logged: who has been at it needs no nudge. A warning sign pauses
    reminders, never access to the plan; only a practitioner's decision ends the pause, and then the days to come are
    reminded of again.
    """
    patient = reminder.programme.patient
    choice = known.choices.get(patient.pk)
    if unwelcome := _unwelcome_because(patient) or _not_then_because(reminder, choice):
        return unwelcome
    if patient.pk in known.restricted:
        return gettext_noop("The record is restricted.")
    if (patient.pk, reminder.local_date) in known.logged:
        return gettext_noop("The day was logged already.")
    if patient.pk in known.stopped:
        return gettext_noop("A practitioner has to decide something first.")
    return ""


def is_too_late(reminder: Reminder, choice: ReminderChoice | None, now: datetime) -> bool:
    """The patient's evening may begin sooner than it did when the row was planned, also because they went elsewhere."""
    not_after = choice.quiet_from if choice else LATEST
    at, zone = reminder.local_time, reminder.time_zone
    ends = min(reminder.expires_at, sending_window(reminder.local_date, at, zone, not_after)[1])
    return ends <= now or is_night(now, reminder.programme.patient.time_zone)


def _unwelcome_because(patient: Patient) -> str:
    """Why this patient gets no reminder at all."""
    if patient.archived_at:
        return gettext_noop("The record is archived.")
    if not patient.reminders_allowed:
        return gettext_noop("The patient stopped reminders.")
    if patient.email_doubted_at:
        return gettext_noop("The e-mail address may be somebody else's.")
    return "" if patient.email else gettext_noop("There is no e-mail address.")


def _not_then_because(reminder: Reminder, choice: ReminderChoice | None) -> str:
    """Why this day asks for nothing, or this is no hour that the patient chose."""
    programme, day = reminder.programme, reminder.local_date
    if programme.pause_on(day):
        return gettext_noop("The programme is paused.")
    if not programme.runs_on(day):
        return gettext_noop("The programme has ended.")
    if programme.version > 1 and not programme.items_due_on(day):
        return gettext_noop("The plan was changed: nothing is due that day.")
    if choice and not choice.allows(day, reminder.local_time):
        return gettext_noop("The patient wants no reminder at that time.")
    return ""

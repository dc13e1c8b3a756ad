"""The reminder policy: which reminders are planned, which are due, and when one is no longer wanted.

A reminder is a row, unique per programme, local day and slot, so planning again is harmless. Of a patient's rows of
one local day at most one is posted: its link opens all programmes. Delivery is the outbox's business (clinic.mail):
this module decides *whether*, the outbox *how*.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from clinic import mail
from clinic.models import EmailState, SchedulerBeat
from exercises import copies
from exercises.models import (
    LogEntry,
    Programme,
    ProgrammeItem,
    ProgrammePause,
    ProgrammeState,
    Reminder,
    ReminderChoice,
    ReminderState,
)
from exercises.schedule import LATEST, days_from, local_day, sending_window
from patients.models import Patient, RaisedFlag

HORIZON = timedelta(hours=48)
TOP_UP = timedelta(hours=1)  # every programme is looked at again this often; edits plan at once
BATCH = 500
LETTER = "exercise_reminder"
TOO_LATE = gettext_noop("The time to send it had passed.")


def plan(
    programme: Programme, now: datetime, items: Iterable[ProgrammeItem] | None = None, *, wishes: bool = True
) -> int:
    """Write the rows of the next 48 hours that are missing; returns how many days were considered due.

    ``items``: those of a programme that was made just now, from a caller that holds them; it has no pauses yet.
    ``wishes`` False: the caller knows that the patient chose neither days nor hours.
    """
    pauses = list(programme.pauses.all()) if items is None else []
    rows = list(_rows(programme, now, items, pauses, choice_of(programme.patient) if wishes else None))
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def replan(
    programme: Programme,
    now: datetime,
    items: Iterable[ProgrammeItem] | None = None,
    pauses: Sequence[ProgrammePause] | None = None,
    *,
    wishes: bool = True,
) -> int:
    """After a change of exercises, time, zone, frequency or consent: forget what was planned, plan anew.

    ``items`` and ``pauses``: those of the days to come, from a caller that holds them; ``wishes`` as in ``plan``.

    Posted days stay posted. Days that were cancelled and still lie ahead are planned again, or stopping and starting
    again would lose two days, and moving today's hour forth and back would lose today; whether they are wanted is asked
    when they come due.
    """
    pauses = list(programme.pauses.all()) if pauses is None else pauses
    choice = choice_of(programme.patient) if wishes else None
    rows = list(_rows(programme, now, items, pauses, choice))
    ahead = Q(due_at__gt=now) | Q(local_date__in=[row.local_date for row in rows if row.due_at > now])
    again = Q(state=ReminderState.PLANNED) | Q(ahead, state=ReminderState.CANCELLED)
    Reminder.objects.filter(again, programme=programme).delete()
    for row in rows:
        if row.due_at <= now:  # moved to an hour that is over: the row stays, so that nobody plans it again
            row.state, row.reason = ReminderState.CANCELLED, TOO_LATE
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def choice_of(patient: Patient) -> ReminderChoice | None:
    return ReminderChoice.objects.filter(pk=patient.pk).first()


def _rows(
    programme: Programme,
    now: datetime,
    items: Iterable[ProgrammeItem] | None,
    pauses: Sequence[ProgrammePause],
    choice: ReminderChoice | None,
) -> Iterator[Reminder]:
    patient, at = programme.patient, programme.reminder_time
    if at is None or programme.state != ProgrammeState.ACTIVE or not patient.reminders_allowed:
        return
    zone = patient.time_zone
    first = max(programme.starts_on, local_day(now, zone))
    last = min(programme.ends_on, local_day(now + HORIZON, zone))
    asked = list(programme.items.all() if items is None else items)
    for day in days_from(first, last):
        if not any(item.is_due_on(day, programme.starts_on) for item in asked):
            continue
        if any(pause.covers(day) for pause in pauses) or (choice and not choice.allows(day, at)):
            continue
        due, expires = sending_window(day, at, zone, choice.quiet_from if choice else LATEST)
        # Nobody is reminded of a time that was over when the programme was assigned.
        if due < programme.assigned_at or expires <= now:
            continue
        yield Reminder(
            clinic_id=programme.clinic_id,
            programme=programme,
            local_date=day,
            local_time=at,
            time_zone=zone,
            due_at=due,
            expires_at=expires,
        )


def materialise(now: datetime) -> int:
    """Keep 48 hours of rows for every active programme; does the work once an hour however often it is called."""
    SchedulerBeat.objects.bulk_create([SchedulerBeat()], ignore_conflicts=True)
    stale = SchedulerBeat.objects.exclude(materialised_until__gt=now + HORIZON - TOP_UP)
    if not stale.update(materialised_until=now + HORIZON):
        return 0
    programmes = (
        Programme.objects.active()
        .filter(
            ends_on__gte=(now - timedelta(days=1)).date(),  # the patient's today may be our yesterday
            reminder_time__isnull=False,
            patient__reminders_allowed=True,
        )
        .select_related("patient")
        .with_items()
    )
    considered, batch = 0, programmes.iterator(chunk_size=BATCH)
    while some := list(islice(batch, BATCH)):
        choices = ReminderChoice.objects.in_bulk({programme.patient_id for programme in some})
        for programme in some:
            pauses = list(programme.pauses.all())
            rows = list(_rows(programme, now, None, pauses, choices.get(programme.patient_id)))
            Reminder.objects.bulk_create(rows, ignore_conflicts=True)
            considered += len(rows)
    return considered


def note_tick(now: datetime) -> None:
    """For /health/reminders: a silent scheduler shows."""
    SchedulerBeat.objects.bulk_create([SchedulerBeat()], ignore_conflicts=True)
    SchedulerBeat.objects.update(last_tick_at=now)


def tick(now: datetime) -> int:
    """What the scheduler does at every beat; returns how many reminders were posted. Safe to run twice at once."""
    note_tick(now)
    materialise(now)
    return post_due(now)


def post_due(now: datetime) -> int:
    """Hand every due reminder to the outbox, each in a short transaction of its own; returns how many were posted."""
    due = dict(Reminder.objects.due_at(now).values_list("pk", "programme__patient")[:BATCH])
    # Read after the rows: who chooses something else after this has rows of other keys, and these are gone.
    choices = ReminderChoice.objects.in_bulk(set(due.values()))
    return sum(_post(pk, now, choices.get(patient)) for pk, patient in due.items())


@transaction.atomic
def _post(pk: int, now: datetime, choice: ReminderChoice | None) -> bool:
    """Claim one row and post its letter. A row that another process holds or has handled is left alone.

    The patient's row is claimed with it, or two processes could post two programmes' reminders of one day. Who finds
    it taken comes back at the next tick.
    """
    reminder = (
        Reminder.objects.select_for_update(skip_locked=True, no_key=True, of=("self", "programme__patient"))
        .select_related("programme__patient")
        .filter(pk=pk, state=ReminderState.PLANNED)
        .first()
    )
    if reminder is None:
        return False
    if reminder.expires_at <= now:
        _close(reminder, ReminderState.EXPIRED, TOO_LATE)
        return False
    if reason := unwanted_because(reminder, choice) or _another_went(reminder):
        _close(reminder, ReminderState.CANCELLED, reason)
        return False
    reminder.email = mail.post(
        LETTER,
        reminder.pk,
        clinic_id=reminder.clinic_id,
        not_before=reminder.due_at,
        expires_at=reminder.expires_at,
    )
    reminder.state = ReminderState.POSTED
    reminder.save(update_fields=["state", "email"])
    copies.of_reminder(reminder)
    return True


def _close(reminder: Reminder, state: ReminderState, reason: str) -> None:
    reminder.state, reminder.reason = state, reason
    reminder.save(update_fields=["state", "reason"])


def unwanted_because(reminder: Reminder, choice: ReminderChoice | None) -> str:
    """Why this reminder must not go out, in plain words; empty when it is wanted.

    Asked when the row is claimed and once more when its e-mail is composed. A day counts as logged whichever
    programme was logged: who has been at it needs no nudge. A warning sign pauses reminders, never access to the plan;
    only a practitioner's decision ends the pause, and then the days to come are reminded of again.
    """
    patient = reminder.programme.patient
    if unwelcome := _unwelcome_because(patient) or _not_then_because(reminder, choice):
        return unwelcome
    if LogEntry.objects.filter(patient=patient, performed_on=reminder.local_date).exists():
        return gettext_noop("The day was logged already.")
    if RaisedFlag.objects.about(patient).blocking().exists():
        return gettext_noop("A practitioner has to decide something first.")
    return ""


def is_too_late(reminder: Reminder, choice: ReminderChoice | None, now: datetime) -> bool:
    """The patient's evening may begin sooner than it did when the row was planned."""
    not_after = choice.quiet_from if choice else LATEST
    at, zone = reminder.local_time, reminder.time_zone
    return min(reminder.expires_at, sending_window(reminder.local_date, at, zone, not_after)[1]) <= now


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


def _another_went(reminder: Reminder) -> str:
    """Only when the row is claimed: the posted one must not take itself for another. A mail taken back is none."""
    posted = Reminder.objects.filter(
        programme__patient=reminder.programme.patient,
        local_date=reminder.local_date,
        state=ReminderState.POSTED,
    ).exclude(email__state=EmailState.CANCELLED)
    return gettext_noop("Another reminder of the day was sent.") if posted.exists() else ""


def cancel_day(patient: Patient, day: date, reason: str) -> None:
    """The patient has logged this day: no reminder for it, of whichever programme, posted or not."""
    _cancel(Reminder.objects.filter(programme__patient=patient, local_date=day), reason)


def cancel_programme(programme: Programme, reason: str) -> None:
    _cancel(Reminder.objects.filter(programme=programme), reason)


def cancel_patient(patient: Patient, reason: str) -> None:
    _cancel(Reminder.objects.filter(programme__patient=patient), reason)


def replan_patient(patient: Patient, now: datetime) -> None:
    """All programmes that run: the zone is another, or reminders are wanted again."""
    programmes = Programme.objects.active().filter(patient=patient).select_related("patient").with_items()
    for programme in programmes:
        replan(programme, now)


def _cancel(reminders: QuerySet[Reminder], reason: str) -> None:
    # First the planned ones: a row that the tick is posting right now is posted when this has waited for it.
    reminders.filter(state=ReminderState.PLANNED).update(state=ReminderState.CANCELLED, reason=reason)
    posted = reminders.filter(state=ReminderState.POSTED).values_list("email_id", flat=True)
    if emails := [pk for pk in posted if pk is not None]:
        mail.cancel(emails, reason=reason)

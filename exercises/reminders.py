"""The reminder policy: which reminders are planned, which are due, and when one is no longer wanted.

A reminder is a row, unique per programme, local day and slot, so planning again is harmless. Of a patient's rows within
an hour one is posted, and of a local day at most two: the link in each opens all programmes. Delivery is the outbox's
business (clinic.mail): this module decides *whether*, the outbox *how*.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from clinic import mail
from clinic.models import EmailState, OutgoingEmail, SchedulerBeat
from exercises import copies
from exercises.models import (
    Programme,
    ProgrammeItem,
    ProgrammePause,
    ProgrammeState,
    Reminder,
    ReminderChoice,
    ReminderState,
)
from exercises.planning import plan_all
from exercises.schedule import LATEST, days_from, local_day, sending_window, spread
from exercises.wanted import known_of, unwanted_because
from patients.models import Patient

HORIZON = timedelta(hours=48)
TOP_UP = timedelta(hours=1)  # every programme is looked at again this often; edits plan at once
LETTER = "exercise_reminder"
AT_ONCE = 100  # reminders handed over in one transaction, which holds their patients' rows
LONGEST = 20.0  # seconds of one tick
SHARED = timedelta(hours=1)  # rows of a patient that come due within it share one e-mail
MOST_A_DAY = 2
ONE_TELLS_OF_BOTH = gettext_noop("Another reminder within the hour tells of it too.")
ENOUGH_TODAY = gettext_noop("Two reminders of the day were sent.")
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
    return plan_all(now, HORIZON)


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
    """Hand every due reminder to the outbox, some in each short transaction; returns how many were posted.

    Ends when nothing is due or the tick has taken its time: the next one goes on.
    """
    posted, end = 0, monotonic() + LONGEST
    while monotonic() < end:
        found, gone = _post_some(now)
        posted += gone
        if found < AT_ONCE:
            break
    return posted


@transaction.atomic
def _post_some(now: datetime) -> tuple[int, int]:
    """Claim some rows and post their letters: how many were claimed, and how many posted. A row that another process
    holds or has handled is left alone.

    The patients' rows are claimed with them, or two processes could post two programmes' reminders of one day. Who
    finds one taken comes back at the next tick. What speaks against a reminder is read when both are held.
    """
    due = (
        Reminder.objects.due_at(now)
        .select_for_update(skip_locked=True, no_key=True, of=("self", "programme__patient"))
        .select_related("programme__patient")
    )
    rows = list(due[:AT_ONCE])
    known, posted = known_of(rows), posted_about(rows)
    wanted: list[Reminder] = []
    closed: dict[tuple[ReminderState, str], list[int]] = {}
    for row in rows:
        others = posted.setdefault(row.programme.patient_id, [])
        if row.expires_at <= now:
            closed.setdefault((ReminderState.EXPIRED, TOO_LATE), []).append(row.pk)
        elif reason := unwanted_because(row, known) or enough_because(row, others):
            closed.setdefault((ReminderState.CANCELLED, reason), []).append(row.pk)
        else:
            others.append(row)
            wanted.append(row)
    for (state, reason), keys in closed.items():
        Reminder.objects.filter(pk__in=keys).update(state=state, reason=reason)
    _post(wanted)
    return len(rows), len(wanted)


def enough_because(row: Reminder, others: Iterable[Reminder]) -> str:
    """Why the patient's other reminders, which were posted, make this one needless; empty when they do not."""
    if any(abs(row.due_at - one.due_at) < SHARED for one in others):
        return ONE_TELLS_OF_BOTH
    return ENOUGH_TODAY if sum(one.local_date == row.local_date for one in others) >= MOST_A_DAY else ""


def _post(rows: Sequence[Reminder]) -> None:
    if not rows:
        return
    longest = timedelta(seconds=settings.REMINDER_SPREAD_SECONDS)
    emails = mail.post_each(
        [
            OutgoingEmail(
                clinic_id=row.clinic_id,
                letter=LETTER,
                object_id=str(row.pk),
                not_before=spread(row.due_at, row.expires_at, row.programme_id, longest),
                expires_at=row.expires_at,
            )
            for row in rows
        ]
    )
    for row, email in zip(rows, emails, strict=True):
        row.email, row.state = email, ReminderState.POSTED
    Reminder.objects.bulk_update(rows, ["state", "email"])
    copies.of_reminders(rows)


def posted_about(rows: Sequence[Reminder]) -> dict[UUID, list[Reminder]]:
    """By patient: what was posted of these days or within an hour of these rows. A mail taken back is none."""
    if not rows:
        return {}
    near = Q(
        due_at__gt=min(row.due_at for row in rows) - SHARED,
        due_at__lt=max(row.due_at for row in rows) + SHARED,
    )
    posted = (
        Reminder.objects.filter(
            near | Q(local_date__in={row.local_date for row in rows}),
            programme__patient__in={row.programme.patient_id for row in rows},
            state=ReminderState.POSTED,
        )
        .exclude(email__state=EmailState.CANCELLED)
        .select_related("programme")
        .order_by("due_at", "pk")
    )
    found: dict[UUID, list[Reminder]] = {}
    for one in posted:
        found.setdefault(one.programme.patient_id, []).append(one)
    return found


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

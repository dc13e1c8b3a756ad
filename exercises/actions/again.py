"""Letter by letter: may this e-mail be sent again now, when does it leave, and until when does it make sense."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Membership, OutgoingEmail
from clinic.roles import SEES_CLINICAL
from exercises import reminders, wanted
from exercises.actions.programmes import PLAN_READY_FOR, refuse_while_flagged
from exercises.models import Programme, Reminder, ReminderState
from exercises.outgoing.kinds import Key, Subject
from exercises.schedule import EARLIEST, LAST_SENDING, LATEST, instant, local_day, sending_window
from patients.actions.carers import ASKED_FOR
from patients.actions.devices import ANNOUNCED_FOR
from patients.actions.messages import LETTER_WAITS as MESSAGE_FOR
from patients.actions.restriction import refuse_mail_to_restricted
from patients.actions.signs import LETTER_WAITS as SIGNS_FOR
from patients.models import Carer, CarerState, Message, Patient, RaisedFlag, SignReport

UNDO_FOR = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Ready:
    leaves: datetime
    expires_at: datetime
    reminder: Reminder | None = None  # with its new hour, not saved yet


@dataclass(frozen=True, slots=True)
class Asked:
    actor: Actor
    email: OutgoingEmail
    key: Key
    now: datetime


def ready(actor: Actor, email: OutgoingEmail, key: Key, patient: Patient | None, now: datetime) -> Ready:
    """Raises Refused. ``patient``: open and locked; None for letters to staff alone."""
    asked = Asked(actor, email, key, now)
    if patient is None or key.subject == Subject.REPORT:
        return _signs(asked)
    refuse_mail_to_restricted(patient)
    if key.carer is None and key.subject != Subject.CARER:
        _refuse_without_address(patient)
    if key.subject == Subject.REMINDER:
        return _reminder(asked, patient)
    lasts = CHECKS[key.subject](asked, patient)
    leaves = waking(now + UNDO_FOR, patient.time_zone)
    return Ready(leaves, leaves + lasts)


def waking(at: datetime, zone: str, first: time = EARLIEST, last: time = LAST_SENDING) -> datetime:
    """This instant, or where it falls into the patient's night, the morning after it."""
    day, hour = local_day(at, zone), at.astimezone(ZoneInfo(zone)).time()
    if hour < first:
        return instant(day, first, zone)
    return at if hour <= last else instant(day + timedelta(days=1), first, zone)


def _refuse_without_address(patient: Patient) -> None:
    if not patient.email:
        raise Refused(_("The patient has no e-mail address."), code="no_email")
    if patient.email_doubted_at:
        raise Refused(
            _("Whoever reads there said “not for me”. Ask the patient for the right address first."),
            code="doubted",
        )


# --- letter by letter: how long it makes sense, from when it leaves ---------------------------------------------


def _plan(asked: Asked, patient: Patient) -> timedelta:
    """News of a change is wanted as long as any plan goes on, "your plan is ready" as long as this one does."""
    going_on = Programme.objects.active().filter(
        patient=patient, ends_on__gte=local_day(asked.now, patient.time_zone)
    )
    if not asked.email.letter.endswith("plan_changed"):
        going_on = going_on.filter(pk=asked.key.key)
    if not going_on.exists():
        raise Refused(_("This programme is over: there is nothing to open."), code="ended")
    refuse_while_flagged(asked.actor, patient)
    if asked.key.carer and not Carer.objects.agreed().filter(pk=asked.key.carer, patient=patient).exists():
        raise Refused(_("This person gets no copies any more."), code="carer")
    return PLAN_READY_FOR


def _message(asked: Asked, patient: Patient) -> timedelta:
    message = Message.objects.get(pk=asked.key.key)
    if message.taken_back_at:
        raise Refused(_("The message was taken back."), code="taken_back")
    if message.seen_at:
        raise Refused(_("The patient has read the message."), code="read")
    return MESSAGE_FOR


def _device(asked: Asked, patient: Patient) -> timedelta:
    """Told even if the device was signed out meanwhile: somebody had a code."""
    return ANNOUNCED_FOR


def _carer(asked: Asked, patient: Patient) -> timedelta:
    if not Carer.objects.filter(pk=asked.key.key, state=CarerState.ASKED).exists():
        raise Refused(_("This person has agreed already, or is not asked any more."), code="carer")
    return ASKED_FOR


CHECKS: Mapping[Subject, Callable[[Asked, Patient], timedelta]] = {
    Subject.PROGRAMME: _plan,
    Subject.MESSAGE: _message,
    Subject.DEVICE: _device,
    Subject.CARER: _carer,
}


def _signs(asked: Asked) -> Ready:
    """To one member of staff, at any hour: it is urgent, and no patient's night is disturbed."""
    report = SignReport.objects.filter(pk=asked.key.key, patient__archived_at=None).first()
    decided = report is None or (
        report.ticked and not RaisedFlag.objects.undecided().filter(report=report).exists()
    )
    if decided:
        raise Refused(_("It was decided already: the letter says nothing any more."), code="decided")
    roles = [role.value for role in SEES_CLINICAL]
    members = Membership.objects.filter(
        clinic_id=asked.email.clinic_id, user_id=asked.key.person or 0, is_active=True, role__in=roles
    )
    if not members.exists():
        raise Refused(_("This person reads no records any more."), code="left")
    leaves = asked.now + UNDO_FOR
    return Ready(leaves, leaves + SIGNS_FOR)


def _reminder(asked: Asked, patient: Patient) -> Ready:
    """On its own day, in the hours in which the patient wants reminders. It takes the hour at which it leaves for its
    own, so that whatever asks later whether it is wanted, or too late, asks about that hour."""
    rows = Reminder.objects.select_for_update(of=("self",)).select_related("programme__patient")
    reminder = rows.filter(pk=asked.key.key, state=ReminderState.POSTED, email=asked.email).first()
    if reminder is None:
        raise Refused(_("This reminder is not planned any more."), code="gone")
    choice = reminders.choice_of(patient)
    zone, day = patient.time_zone, reminder.local_date
    first, last = (choice.quiet_until, choice.quiet_from) if choice else (EARLIEST, LATEST)
    leaves = waking(asked.now + UNDO_FOR, zone, first, last)
    if local_day(leaves, zone) != day:
        raise Refused(_over(patient, day, leaves, asked.now), code="night")
    at = leaves.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0)
    reminder.local_time, reminder.time_zone = at, zone
    reminder.due_at, reminder.expires_at = sending_window(day, at, zone, last)
    if why := wanted.unwanted_because(reminder, wanted.known_of([reminder])) or _another(reminder):
        raise Refused(_("It is not sent: %(why)s") % {"why": _(why)}, code="unwanted")
    return Ready(leaves, reminder.expires_at, reminder)


def _another(reminder: Reminder) -> str:
    others = reminders.posted_about([reminder]).get(reminder.programme.patient_id, [])
    return reminders.enough_because(reminder, [one for one in others if one.pk != reminder.pk])


def _over(patient: Patient, day: date, leaves: datetime, now: datetime) -> str:
    """A reminder speaks of its own day: the morning after, it would speak of another."""
    today = local_day(now, patient.time_zone)
    if day < today:
        words = _("This reminder was for %(day)s, and that day is over.")
    else:
        words = _(
            "No reminder leaves at this hour of the patient’s day, and tomorrow it would speak of another."
        )
    said = words % {"day": date_format(day, "D j M")}
    planned = Reminder.objects.filter(programme__patient=patient, state=ReminderState.PLANNED, due_at__gt=now)
    if following := planned.order_by("due_at").first():
        at = f"{date_format(following.local_date, 'D j M')}, {following.local_time:%H:%M}"
        return f"{said} " + _("The next one leaves by itself on %(at)s, the patient’s time.") % {"at": at}
    return f"{said} " + _("No other one is planned yet.")

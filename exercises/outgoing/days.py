"""Why a patient got no reminder on a day: what became of each that was planned, and why none was planned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from clinic.models import OutgoingEmail
from exercises.models import Programme, Reminder, ReminderChoice, ReminderState
from exercises.outgoing.about import Whom
from exercises.outgoing.lines import LABELS, MEANS, Line, Show
from exercises.schedule import instant, local_day
from patients.models import Patient

LOOKED_BACK = timedelta(days=13)
MOST_DAYS = 31


@dataclass(frozen=True, slots=True)
class Day:
    """``at``: the hour of the reminder, local to the patient. ``label`` and ``tone`` as in the list of e-mails."""

    day: date
    label: str
    why: str
    at: time | None = None
    tone: str = ""
    icon: str = ""


def reminder_days(patient: Patient, now: datetime, first: date | None, last: date | None) -> list[Day]:
    """Newest first: the days asked for, at most a month of them; else the last two weeks and tomorrow."""
    today = local_day(now, patient.time_zone)
    end = min(last or today + timedelta(days=1), today + timedelta(days=1))
    begin = max(first or today - LOOKED_BACK, end - timedelta(days=MOST_DAYS - 1))
    planned = Reminder.objects.filter(programme__patient=patient, local_date__range=(begin, end))
    by_day: dict[date, list[Reminder]] = {}
    for row in planned.select_related("email").order_by("local_time", "pk"):
        by_day.setdefault(row.local_date, []).append(row)
    programmes = _programmes(patient, begin, end)
    choice = ReminderChoice.objects.filter(pk=patient.pk).first()
    found = []
    for offset in range((end - begin).days + 1):
        day = end - timedelta(days=offset)
        if rows := by_day.get(day):
            found += [_said(row) for row in _worth_saying(rows)]
        else:
            found.append(Day(day, _("None planned"), _none_because(patient, programmes, choice, day)))
    return found


def _programmes(patient: Patient, begin: date, end: date) -> list[Programme]:
    spanning = Programme.objects.filter(patient=patient, starts_on__lte=end, ends_on__gte=begin)
    return list(spanning.with_items())


def _worth_saying(rows: Sequence[Reminder]) -> Sequence[Reminder]:
    """Of several programmes one reminds: that the others held their peace needs no line of its own."""
    spoke = [row for row in rows if row.state in {ReminderState.POSTED, ReminderState.PLANNED}]
    return spoke or rows


def _said(row: Reminder) -> Day:
    said = Day(row.local_date, "", _(row.reason) if row.reason else "", row.local_time)
    if row.state == ReminderState.PLANNED:
        return replace(said, label=_("Planned"), icon="clock")
    if row.state == ReminderState.POSTED and row.email:
        return _of_email(said, row.email)
    show = Show.EXPIRED if row.state == ReminderState.EXPIRED else Show.CANCELLED
    label = str(LABELS[show]) if show == Show.EXPIRED else _("No e-mail")
    return replace(said, label=label, why=said.why or str(MEANS[show]), icon="cross")


def _of_email(said: Day, email: OutgoingEmail) -> Day:
    line = Line(email, Whom())
    why = line.why
    if line.show == Show.SENT and email.sent_at:
        why = str(MEANS[Show.SENT])
    return replace(said, label=line.label, tone=line.tone, icon=line.icon, why=why)


def _none_because(
    patient: Patient, programmes: Sequence[Programme], choice: ReminderChoice | None, day: date
) -> str:
    """Judged by what the record says now: of a day of which no row is left, nothing else is known."""
    running = [one for one in programmes if one.starts_on <= day <= one.ends_on and not _ended_by(one, day)]
    if not running:
        return _("No programme ran that day.")
    going = [one for one in running if one.pause_on(day) is None]
    if not going:
        return _("The programme was paused.")
    asking = [one for one in going if any(i.is_due_on(day, one.starts_on) for i in one.items.all())]
    if not asking:
        return _("No exercise was due that day.")
    return _not_reminded_because(patient, asking, choice, day)


def _not_reminded_because(
    patient: Patient, asking: Sequence[Programme], choice: ReminderChoice | None, day: date
) -> str:
    """Something was due that day."""
    timed = [(one, one.reminder_time) for one in asking if one.reminder_time is not None]
    if not timed:
        return _("The programme has no time for reminders.")
    if not patient.reminders_allowed:
        return _("Reminders are off: the patient did not agree to them, or stopped them.")
    if choice and not any(choice.allows(day, at) for _programme, at in timed):
        return _("The patient wants no reminder on that day or at that time.")
    if all(instant(day, at, patient.time_zone) < one.assigned_at for one, at in timed):
        return _("The programme was assigned after the hour of the reminder.")
    return _("None was planned. The plan or the reminder’s time may have been changed since.")


def _ended_by(programme: Programme, day: date) -> bool:
    ended = programme.ended_at
    return ended is not None and local_day(ended, programme.patient.time_zone) <= day

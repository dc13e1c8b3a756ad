"""What a patient's calendar shows: the days to come on which something is due, of all running programmes together."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from clinic.models import AuditEntry
from exercises import calendars, doses
from exercises.models import Programme, ProgrammeItem
from exercises.schedule import local_day
from patients.models import Patient, RaisedFlag

AHEAD = timedelta(days=90)
CHANGES = Q(verb__startswith="programme.") | Q(verb__startswith="reminders.") | Q(verb="patient.updated")


def calendar_of(patient: Patient, now: datetime) -> bytes:
    """While a warning sign lets no exercises go ahead, no day is shown: as with the reminders."""
    with override(patient.language):
        blocked = RaisedFlag.objects.about(patient).blocking().exists()
        return calendars.written(
            [] if blocked else _days(patient, local_day(now, patient.time_zone)),
            zone=patient.time_zone,
            name=_("My plan"),
            uid=_uid(patient),
            edition=_edition(patient),
        )


def _days(patient: Patient, today: date) -> list[calendars.Due]:
    running = Programme.objects.active().filter(patient=patient, ends_on__gte=today)
    programmes = list(running.with_items().prefetch_related("pauses"))
    found = []
    for offset in range(AHEAD.days):
        day = today + timedelta(days=offset)
        going = {programme: _due(programme, day) for programme in programmes}
        items = [item for due in going.values() for item in due]
        if items:
            times = [programme.reminder_time for programme, due in going.items() if due]
            minutes = doses.minutes([item.dose for item in items])
            found.append(
                calendars.Due(
                    day, min((at for at in times if at), default=None), minutes or 0, _said(minutes)
                )
            )
    return found


def _due(programme: Programme, day: date) -> list[ProgrammeItem]:
    paused = any(pause.covers(day) for pause in programme.pauses.all())
    return [] if paused else programme.items_due_on(day)


def _said(minutes: int | None) -> str:
    if not minutes:
        return _("Exercises")
    return ngettext(
        "Exercises, about %(minutes)s minute", "Exercises, about %(minutes)s minutes", minutes
    ) % {"minutes": minutes}


def _uid(patient: Patient) -> str:
    """The same in every calendar of the patient, and nothing that could be traced back."""
    digest = salted_hmac("exercises.calendar", patient.pk.hex, algorithm="sha256").hexdigest()
    return f"{digest[:24]}@{settings.MAIL_DOMAIN}"


def _edition(patient: Patient) -> calendars.Edition:
    """Counted in the audit, which holds every change of a plan and loses none."""
    told = AuditEntry.objects.filter(CHANGES, patient_id=patient.pk)
    found = told.aggregate(number=Count("pk"), at=Max("at"))
    return calendars.Edition(found["number"], found["at"] or patient.created_at)

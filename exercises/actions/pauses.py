"""Pausing a programme and going on with it: days on which it asks for nothing."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from exercises import reminders
from exercises.models import Programme, ProgrammePause
from patients.actions.records import open_for_writing


@transaction.atomic
def pause_programme(
    *,
    actor: Actor,
    programme: Programme,
    first_day: date,
    last_day: date | None,
    reason: str,
    now: datetime,
) -> ProgrammePause:
    """Ask for nothing from ``first_day`` to ``last_day``, both included; without a last day until somebody resumes it.

    Reminders of these days are not sent. The programme's own last day stays: whether it is to run longer is for a
    practitioner to say. Refuses days that are over, an ended programme, and days that are paused already.
    """
    patient = open_for_writing(programme.patient_id)
    if actor.user_id is None:
        raise Refused(_("A person has to pause a programme."), code="nobody")
    current = Programme.objects.active().filter(pk=programme.pk).first()
    if current is None:
        raise Refused(_("This programme has ended already."), code="ended")
    _refuse_days(current, first_day, last_day, patient.local_day(now))
    pause = ProgrammePause.objects.create(
        clinic_id=programme.clinic_id,
        patient_id=programme.patient_id,
        programme=programme,
        first_day=first_day,
        last_day=last_day,
        reason=reason,
        made_by_id=actor.user_id,
        made_at=now,
    )
    _replan(programme, now)
    days = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat() if last_day else None}
    audit.record(actor, "programme.paused", programme, changes=days, reason=reason)
    return pause


@transaction.atomic
def resume_programme(*, actor: Actor, programme: Programme, now: datetime) -> ProgrammePause:
    """Go on today: the pause of today ends yesterday. One that begins today or later is taken back as a whole."""
    patient = open_for_writing(programme.patient_id)
    today = patient.local_day(now)
    programme = Programme.objects.get(pk=programme.pk)  # what the caller read may have been resumed meanwhile
    pause = programme.pause_from(today)
    if pause is None:
        raise Refused(_("This programme is not paused."), code="not_paused")
    days = {"first_day": pause.first_day.isoformat(), "last_day": str(pause.last_day or "")}
    if pause.first_day < today:
        pause.last_day = today - timedelta(days=1)
        pause.save(update_fields=["last_day"])
    else:
        _take_back(pause)
    _replan(programme, now)
    audit.record(actor, "programme.resumed", programme, changes=days)
    return pause


def _take_back(pause: ProgrammePause) -> None:
    pause.delete()


def _refuse_days(programme: Programme, first: date, last: date | None, today: date) -> None:
    if first < today:
        raise Refused(_("Choose a first day from today on."), code="past", field="first_day")
    if last is not None and last < first:
        message = _("The last day cannot be before the first.")
        raise Refused(message, code="order", field="last_day")
    if first > programme.ends_on:
        raise Refused(_("The programme is over by then."), code="over", field="first_day")
    for pause in programme.pauses.all():
        apart = (last is not None and last < pause.first_day) or (
            pause.last_day is not None and pause.last_day < first
        )
        if not apart:
            raise Refused(_("The programme is paused on some of these days already."), code="paused")


def _replan(programme: Programme, now: datetime) -> None:
    """From the rows as they are now: what the caller holds may have been read before."""
    current = Programme.objects.select_related("patient").with_items().get(pk=programme.pk)
    reminders.replan(current, now)

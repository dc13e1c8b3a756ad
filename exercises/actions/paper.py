"""A sheet that came back from a patient, typed in by the clinic."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.actors import Actor
from clinic.errors import Refused
from exercises.actions.logs import DayLog, log_day
from exercises.models import Way
from patients.actions.records import open_for_writing
from patients.models import Patient

MOST_DAYS = 7


@transaction.atomic
def enter_sheet(*, actor: Actor, patient: Patient, days: Sequence[DayLog], now: datetime) -> int:
    """Store up to seven days of a sheet, all of them or none; returns how many answers. The same sheet sent again
    stores nothing more.

    What is on paper are the patient's own words; the report of each day names who typed them in.
    """
    patient = open_for_writing(patient.pk)
    if actor.user_id is None:
        raise Refused(_("A person has to type in a sheet."), code="nobody")
    if not days:
        raise Refused(_("Nothing was typed in. Fill at least one field."), code="empty")
    if len(days) > MOST_DAYS or len({entry.performed_on for entry in days}) < len(days):
        raise Refused(_("A sheet has seven days, each once."), code="days")
    stored = 0
    for entry in days:
        try:
            log_day(actor=actor, patient=patient, entry=replace(entry, way=Way.PAPER), now=now)
        except Refused as refused:
            raise _of_the_day(refused, entry) from refused
        stored += len(entry.done) + len(entry.pain) + len(entry.wear)
    return stored


def _of_the_day(refused: Refused, entry: DayLog) -> Refused:
    words = {"day": date_format(entry.performed_on, "D j M"), "why": refused.message}
    field = f"{refused.field}-{entry.performed_on.isoformat()}" if refused.field else None
    return Refused(_("%(day)s: %(why)s") % words, code=refused.code, field=field)

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from exercises import reminders
from exercises.models import Done, LogEntry, Programme, ProgrammeItem
from exercises.schedule import is_due, local_day
from patients import actions as patient_actions
from patients.models import Measure, Patient

CORRECTABLE_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLog:
    """What the patient says of one day: exercises by item id, pain, and hours worn by the id of the support's advice.

    What is not said is not stored.
    """

    performed_on: date
    done: Mapping[UUID, Done] = field(default_factory=dict)
    pain: Mapping[Measure, int | None] = field(default_factory=dict)
    wear: Mapping[UUID, Decimal | None] = field(default_factory=dict)


@transaction.atomic
def log_day(*, actor: Actor, patient: Patient, entry: DayLog, now: datetime) -> int:
    """Store what was done on one day, replacing what was said of it before; returns the number of exercises.

    A second press changes nothing. Refuses days in the future, days more than a week back, exercises that were not
    due that day or belong to somebody else, and supports that are not in use. A day on which exercises were logged
    gets no reminder any more; hours worn alone leave it.
    """
    today = local_day(now, patient.time_zone)
    if not today - CORRECTABLE_FOR <= entry.performed_on <= today:
        raise Refused(_("This day can no longer be changed here. Please tell your clinic."), code="day")
    due = _due_items(patient, entry.performed_on)
    if unknown := set(entry.done) - set(due):
        raise Refused(
            _("Your plan has changed. Please look at it again."), code="not_due", field=str(min(unknown))
        )
    _refuse_empty(entry)
    # First: it locks the record, and refuses an archived one, whether or not there is a score.
    patient_actions.record_pain(actor=actor, patient=patient, on=entry.performed_on, scores=entry.pain)
    patient_actions.record_wear(
        actor=actor, patient=patient, on=entry.performed_on, hours=entry.wear, now=now
    )
    _store(patient, entry, due)
    if entry.done:
        reminders.cancel_day(patient, entry.performed_on, gettext_noop("The day was logged already."))
        changes = {str(pk): done.value for pk, done in entry.done.items()}
        audit.record(
            actor,
            "day.logged",
            patient,
            patient_id=patient.pk,
            changes={"on": entry.performed_on.isoformat(), "done": changes},
        )
    return len(entry.done)


def _refuse_empty(entry: DayLog) -> None:
    if entry.done or any(answer is not None for answer in (*entry.pain.values(), *entry.wear.values())):
        return
    message = _("Mark at least one exercise or give a pain score.")
    if entry.wear:
        message = _("Mark at least one exercise, or give a pain score or hours worn.")
    raise Refused(message, code="empty")


def _due_items(patient: Patient, day: date) -> dict[UUID, ProgrammeItem]:
    programmes = Programme.objects.running_on(day).filter(patient=patient)
    items = ProgrammeItem.objects.filter(programme__in=programmes).select_related("programme")
    return {item.pk: item for item in items if is_due(item.frequency, item.programme.starts_on, day)}


def _store(patient: Patient, entry: DayLog, due: Mapping[UUID, ProgrammeItem]) -> None:
    LogEntry.objects.bulk_create(
        [
            LogEntry(
                clinic_id=patient.clinic_id,
                patient=patient,
                programme=due[pk].programme,
                item=due[pk],
                performed_on=entry.performed_on,
                done=done,
                plan_version=due[pk].programme.version,
            )
            for pk, done in entry.done.items()
        ],
        update_conflicts=True,
        unique_fields=["item", "performed_on"],
        update_fields=["done", "plan_version"],
    )

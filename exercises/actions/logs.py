"""What a patient says of a day: stored once, under the day it is about, however and whenever it arrives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit, queue
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.within import made_with
from exercises import reminders
from exercises.models import DayReport, Done, Effort, LogEntry, MissReason, Programme, ProgrammeItem, Way
from exercises.schedule import local_day
from patients import actions as patient_actions
from patients.actions.records import open_for_writing
from patients.models import Measure, Patient

CORRECTABLE_FOR = timedelta(days=7)
# What was said in time may arrive late: from a telephone without a network, from a sheet that was handed in.
LATEST_ARRIVAL = {Way.OFFLINE: timedelta(days=30), Way.PAPER: timedelta(days=92)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLog:
    """What is said of one day: exercises by item id, pain, and hours worn by the id of the support's advice.

    What is not said is not stored. ``report_id`` is the key of the report, so that the same form sent twice counts
    once; ``made_at`` is when it was said, now if it is not given.
    """

    performed_on: date
    done: Mapping[UUID, Done] = field(default_factory=dict)
    reasons: Mapping[UUID, MissReason] = field(default_factory=dict)
    efforts: Mapping[UUID, Effort] = field(default_factory=dict)
    pain: Mapping[Measure, int | None] = field(default_factory=dict)
    wear: Mapping[UUID, Decimal | None] = field(default_factory=dict)
    note: str = ""
    report_id: UUID = field(default_factory=uuid4)
    made_at: datetime | None = None
    way: Way = Way.PAGE

    @property
    def says_nothing(self) -> bool:
        answers = (*self.pain.values(), *self.wear.values())
        return not self.done and not self.note and all(answer is None for answer in answers)


@transaction.atomic
def log_day(*, actor: Actor, patient: Patient, entry: DayLog, now: datetime) -> int:
    """Store what was done on one day, replacing what was said of it before; returns the number of exercises.

    The same report again changes nothing, and what was said later stays when an older report arrives after it.
    Refuses days in the future, days more than a week back (later arrivals: see ``LATEST_ARRIVAL``), exercises that
    were not due that day or belong to somebody else, and supports that are not in use. A day on which exercises were
    logged gets no reminder any more; hours worn alone leave it.
    """
    patient = open_for_writing(patient.pk)
    if made := made_with(DayReport.objects.all(), entry.report_id):
        return _again(made, patient)
    _refuse_day(entry, local_day(now, patient.time_zone))
    loggable = _loggable(patient, entry)
    if unknown := set(entry.done) - set(loggable):
        raise Refused(
            _("Your plan has changed. Please look at it again."), code="not_due", field=str(min(unknown))
        )
    _refuse_empty(entry)
    report = _report(actor, patient, entry, now)
    _store_answers(actor, report, entry, now)
    _store(report, entry, loggable)
    if entry.done:
        reminders.cancel_day(patient, entry.performed_on, gettext_noop("The day was logged already."))
        changes = {str(pk): done.value for pk, done in entry.done.items()}
        audit.record(
            actor,
            "day.logged",
            patient,
            patient_id=patient.pk,
            changes={"on": entry.performed_on.isoformat(), "way": report.way, "done": changes},
        )
    queue.enqueue("exercises.tasks.evaluate_alerts", str(patient.pk))
    return len(entry.done)


def _again(made: DayReport, patient: Patient) -> int:
    if made.patient_id != patient.pk:
        raise Refused(_("Open the plan again."), code="report")
    return made.entries.count()


def _refuse_day(entry: DayLog, today: date) -> None:
    oldest = today - LATEST_ARRIVAL.get(entry.way, CORRECTABLE_FOR)
    if not oldest <= entry.performed_on <= today:
        raise Refused(_("This day can no longer be changed here. Please tell your clinic."), code="day")


def _refuse_empty(entry: DayLog) -> None:
    if not entry.says_nothing:
        return
    message = _("Mark at least one exercise or give a pain score.")
    if entry.wear:
        message = _("Mark at least one exercise, or give a pain score or hours worn.")
    raise Refused(message, code="empty")


def _loggable(patient: Patient, entry: DayLog) -> dict[UUID, ProgrammeItem]:
    """What was due that day; of what arrives late, whatever the programmes of that day hold: the plan may have changed
    since it was said."""
    day, late = entry.performed_on, entry.way in LATEST_ARRIVAL
    programmes = Programme.objects.spanning(day) if late else Programme.objects.running_on(day)
    mine = programmes.filter(patient=patient)
    items = ProgrammeItem.objects.filter(programme__in=mine).select_related("programme")
    return {item.pk: item for item in items if late or item.is_due_on(day, item.programme.starts_on)}


def _report(actor: Actor, patient: Patient, entry: DayLog, now: datetime) -> DayReport:
    report = DayReport(
        pk=entry.report_id,
        clinic_id=patient.clinic_id,
        patient=patient,
        on=entry.performed_on,
        way=entry.way,
        note=entry.note,
        entered_by_id=actor.user_id if entry.way == Way.PAPER else None,
        made_at=min(entry.made_at or now, now),
        received_at=now,
    )
    report.save(force_insert=True)
    return report


def _store_answers(actor: Actor, report: DayReport, entry: DayLog, now: datetime) -> None:
    """Pain and hours worn, each answer judged on its own: of two, the one that was said later stands."""
    patient, on = report.patient, report.on
    said_at = report.made_at if entry.way in LATEST_ARRIVAL else None
    patient_actions.record_pain(
        actor=actor, patient=patient, on=on, scores=entry.pain, now=now, said_at=said_at
    )
    patient_actions.record_wear(
        actor=actor, patient=patient, on=on, hours=entry.wear, now=now, said_at=said_at
    )


def _store(report: DayReport, entry: DayLog, items: Mapping[UUID, ProgrammeItem]) -> None:
    """One row an exercise and day. What was said before what stands changes no row; what says the same is the newer word
    all the same, or an older one that arrives later would take its place."""
    stored = {row.item_id: row for row in LogEntry.objects.on(report.on).filter(item__in=list(entry.done))}
    rows = [_row(report, entry, items[pk]) for pk in entry.done]
    LogEntry.objects.bulk_create(
        [row for row in rows if row.item_id not in stored or stored[row.item_id].said_at <= row.said_at],
        update_conflicts=True,
        unique_fields=["item", "performed_on"],
        update_fields=["done", "reason", "effort", "report", "said_at", "plan_version"],
    )


def _row(report: DayReport, entry: DayLog, item: ProgrammeItem) -> LogEntry:
    return LogEntry(
        clinic_id=report.clinic_id,
        patient_id=report.patient_id,
        programme=item.programme,
        item=item,
        performed_on=report.on,
        done=entry.done[item.pk],
        reason=entry.reasons.get(item.pk, ""),
        effort=entry.efforts.get(item.pk, ""),
        report=report,
        said_at=report.made_at,
        plan_version=item.programme.version,
    )

"""Applying the rules: after each log to its patient, and every night to everybody. Doing it again changes nothing.

A message to the worker is a hint only. What it should have done is found again: ``watch`` looks at the reports that came
in since it looked last, and once a clinic's night is over at each patient of the clinic.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Clinic
from exercises import actions, alert_facts
from exercises.alert_rules import Thresholds
from exercises.alert_triggers import FINDERS, FRESH, SPAN, Facts, Trigger, fresh
from exercises.escalation import escalate
from exercises.models import AlertClock, AlertSweep, DayReport, Programme
from patients.models import Patient, SupportAdvice

log = logging.getLogger("exercises.alerts")
BATCH = 200
BATCHES_A_TICK = 10  # the next tick goes on: reminders wait for the same worker
NIGHT_ENDS = time(2, 0)  # local to the clinic
OVERLAP = timedelta(minutes=2)  # a report may be committed that long after it was stamped


def evaluate(patient_ids: Sequence[UUID], now: datetime) -> int:
    """Returns how many occasions were new. A fixed number of queries, and some for each patient of whom there is news."""
    known = alert_facts.known(patient_ids)
    raised = 0
    for pk, (facts, thresholds) in alert_facts.gather(patient_ids, now).items():
        if new := fresh(_triggers(pk, facts, thresholds), known.get(pk, [])):
            raised += _raise(pk, new, now)
    return raised


def _triggers(patient_id: UUID, facts: Facts, thresholds: Thresholds) -> list[Trigger]:
    """A rule that fails does not silence the others; whoever runs the service is told in the log."""
    found: list[Trigger] = []
    for rule in FINDERS:
        if thresholds.has(rule):
            try:
                found += FINDERS[rule](facts, thresholds.numbers[rule])
            except Exception:
                log.exception("a rule failed", extra={"rule": rule.value, "patient": str(patient_id)})
    return found


def _raise(patient_id: UUID, new: Iterable[Trigger], now: datetime) -> int:
    try:
        return actions.raise_alerts(
            actor=Actor.system("alerts"), patient=Patient(pk=patient_id), found=new, now=now
        )
    except Refused:  # archived since it was read
        return 0


def watch(now: datetime) -> int:
    """What the scheduler does at every beat. Safe to run twice at once."""
    raised = _heard(now) + _nightly(now)
    escalate(now)
    return raised


def _heard(now: datetime) -> int:
    """Patients of whom a report came in since the last look."""
    AlertClock.objects.bulk_create([AlertClock(heard_until=now - timedelta(days=1))], ignore_conflicts=True)
    since = AlertClock.objects.values_list("heard_until", flat=True).get()
    reports = DayReport.objects.filter(received_at__gte=since - OVERLAP)
    patients = sorted(set(reports.values_list("patient_id", flat=True)))
    raised = sum(evaluate(patients[place : place + BATCH], now) for place in range(0, len(patients), BATCH))
    AlertClock.objects.filter(heard_until__lt=now).update(heard_until=now)
    return raised


def _nightly(now: datetime) -> int:
    """Some batches of the clinics that are behind, one clinic after the other."""
    raised = 0
    for _batch in range(BATCHES_A_TICK):
        clinic = next(iter(_behind(now)), None)
        if clinic is None:
            break
        raised += _batch_of(clinic, _night(clinic, now), now)
    return raised


def _night(clinic: Clinic, now: datetime) -> date:
    """The clinic's last day of which the night is over."""
    local = now.astimezone(ZoneInfo(clinic.time_zone))
    return local.date() if local.time() >= NIGHT_ENDS else local.date() - timedelta(days=1)


def _behind(now: datetime) -> list[Clinic]:
    done = {row.pk: row for row in AlertSweep.objects.all()}
    return [
        clinic
        for clinic in Clinic.objects.order_by("pk")
        if (row := done.get(clinic.pk)) is None
        or row.day < _night(clinic, now)
        or (row.day == _night(clinic, now) and row.after is not None)
    ]


def _batch_of(clinic: Clinic, night: date, now: datetime) -> int:
    """The next patients of this clinic, from where the last batch stopped."""
    nothing = UUID(int=0)
    AlertSweep.objects.bulk_create(
        [AlertSweep(clinic=clinic, day=night, after=nothing)], ignore_conflicts=True
    )
    AlertSweep.objects.filter(clinic=clinic, day__lt=night).update(day=night, after=nothing)
    after = AlertSweep.objects.values_list("after", flat=True).get(clinic=clinic)
    if after is None:  # another worker has come to the end
        return 0
    batch = list(_to_look_at(clinic, now).filter(pk__gt=after).values_list("pk", flat=True)[:BATCH])
    raised = evaluate(batch, now)
    last = batch[-1] if len(batch) == BATCH else None
    AlertSweep.objects.filter(clinic=clinic, day=night, after=after).update(after=last)
    return raised


def _to_look_at(clinic: Clinic, now: datetime) -> QuerySet[Patient]:
    """Patients with a plan, a support to be reviewed or an address in doubt; the rules say nothing of others."""
    today = now.date()
    plans = Programme.objects.active().filter(
        patient=OuterRef("pk"), ends_on__gte=today - timedelta(days=FRESH + 1)
    )
    supports = SupportAdvice.objects.active().filter(
        patient=OuterRef("pk"), review_on__range=(today - timedelta(days=SPAN), today + timedelta(days=1))
    )
    mine = Patient.objects.current().filter(clinic=clinic)
    looked_at = Q(Exists(plans)) | Q(Exists(supports)) | Q(email_doubted_at__isnull=False)
    return mine.filter(looked_at).order_by("pk")

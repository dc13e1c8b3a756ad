"""What the rules of the alerts look at, read for many patients at once. The number of queries is fixed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Min, OuterRef, Q, Subquery

from clinic.mail.bounces import SERIES, WARNS_AT
from clinic.mail.suppression import address_hash
from clinic.models import BounceEvent, BounceKind, EmailState, OutgoingEmail, Suppression
from exercises.adherence import Course, Dated, Said, asked
from exercises.alert_rules import Rule, Thresholds
from exercises.alert_triggers import FRESH, HISTORY, SPAN, Facts, Known, Plan, Score, Told
from exercises.models import (
    DATED,
    PLAN_CHANGED,
    PLAN_READY,
    AlertRule,
    AlertTrigger,
    DayReport,
    LogEntry,
    MissReason,
    Programme,
    ProgrammeItem,
    ProgrammePause,
    ProgrammeState,
    Reminder,
    Way,
)
from exercises.schedule import Frequency, local_day
from patients.actions.messages import LETTER_WAITS, MESSAGE_WAITING
from patients.models import (
    ConsentChange,
    ConsentChannel,
    ConsentRecord,
    Message,
    PainScore,
    Patient,
    SupportAdvice,
)

DOUBTED, REFUSED, RETURNED = "doubted", "refused", "returned"  # beside the reasons of a suppression


class _Person(NamedTuple):
    pk: UUID
    clinic_id: UUID
    time_zone: str
    doubted_at: datetime | None
    reminded: bool
    email: str

    @property
    def mailbox(self) -> tuple[UUID, str]:
        return self.clinic_id, address_hash(self.email)


@dataclass
class _Rows:
    """What is put together for one patient."""

    courses: list[Course] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    answers: dict[tuple[UUID, date], Said] = field(default_factory=dict)
    hurt: list[tuple[UUID, date]] = field(default_factory=list)
    heard: set[date] = field(default_factory=set)
    scores: dict[str, list[Score]] = field(default_factory=lambda: defaultdict(list))
    first: dict[str, Score] = field(default_factory=dict)
    supports: list[Told] = field(default_factory=list)
    notes: list[Told] = field(default_factory=list)
    stopped: Told | None = None
    mail: list[Told] = field(default_factory=list)


def gather(patient_ids: Sequence[UUID], now: datetime) -> dict[UUID, tuple[Facts, Thresholds]]:
    """The last weeks of each patient of an open record, with what their clinic looks at."""
    columns = ("pk", "clinic_id", "time_zone", "email_doubted_at", "reminders_allowed", "email")
    current = Patient.objects.current().filter(pk__in=patient_ids)
    people = {row[0]: _Person(*row) for row in current.values_list(*columns)}
    rows: dict[UUID, _Rows] = {pk: _Rows() for pk in people}
    since = now.date() - timedelta(days=HISTORY)
    programmes = _programmes(people, rows, since)
    _logs(people, rows, since)
    _pain(people, rows, since, now)
    _said(people, rows, since, now)
    _supports(people, rows)
    _mail(people, rows, programmes, now)
    asked = thresholds({person.clinic_id for person in people.values()})
    return {pk: (_facts(people[pk], rows[pk], now), asked[people[pk].clinic_id]) for pk in people}


def _facts(person: _Person, rows: _Rows, now: datetime) -> Facts:
    """A database's clock may be ahead of ``now``: what it wrote is of today at the latest."""
    today = local_day(now, person.time_zone)
    if person.doubted_at:
        on = min(local_day(person.doubted_at, person.time_zone), today)
        rows.mail.append(Told(on.isoformat(), on, DOUBTED))
    return Facts(
        today=today,
        courses=rows.courses,
        answers=rows.answers,
        hurt=rows.hurt,
        heard=frozenset(rows.heard),
        scores=rows.scores,
        first=rows.first,
        plans=rows.plans,
        supports=rows.supports,
        notes=rows.notes,
        stopped=None if person.reminded else rows.stopped,
        mail=rows.mail,
    )


def thresholds(clinic_ids: Iterable[UUID]) -> dict[UUID, Thresholds]:
    changed: dict[UUID, dict[Rule, tuple[bool, Mapping[str, int]]]] = {pk: {} for pk in clinic_ids}
    for row in AlertRule.objects.filter(clinic__in=changed):
        changed[row.clinic_id][Rule(row.rule)] = (row.enabled, row.numbers)
    return {pk: Thresholds.of(rules) for pk, rules in changed.items()}


def known(patient_ids: Iterable[UUID]) -> dict[UUID, list[Known]]:
    """What was told before, also in alerts that are closed by now."""
    found: dict[UUID, list[Known]] = defaultdict(list)
    told = AlertTrigger.objects.filter(alert__patient__in=list(patient_ids))
    for patient, rule, cause, day in told.values_list("alert__patient", "alert__rule", "cause", "day"):
        found[patient].append(Known(Rule(rule), cause, day))
    return found


def _programmes(people: Mapping[UUID, _Person], rows: dict[UUID, _Rows], since: date) -> dict[str, UUID]:
    """Whose programme each key names."""
    found = list(Programme.objects.filter(patient__in=people, ends_on__gte=since))
    items: dict[UUID, list[Dated]] = defaultdict(list)
    columns = ("programme_id", *DATED)
    rows_of_items = ProgrammeItem.objects.filter(programme__in=found).order_by("order")
    for programme, pk, exercise, succeeds, version, a_week, every, first, last in rows_of_items.values_list(
        *columns
    ):
        frequency = Frequency(days_per_week=a_week, every_n_days=every)
        items[programme].append(Dated(pk, exercise, succeeds, version, frequency, first, last))
    pauses: dict[UUID, list[tuple[date, date | None]]] = defaultdict(list)
    for programme, first, last in ProgrammePause.objects.filter(programme__in=found).values_list(
        "programme_id", "first_day", "last_day"
    ):
        pauses[programme].append((first, last))
    for one in found:
        mine, zone = rows[one.patient_id], people[one.patient_id].time_zone
        ended_on = local_day(one.ended_at, zone) if one.ended_at else None
        course = Course(one.starts_on, one.ends_on, asked(items[one.pk]), ended_on, pauses[one.pk])
        mine.courses.append(course)
        if one.state == ProgrammeState.ACTIVE:
            mine.plans.append(Plan(str(one.pk), one.starts_on, one.ends_on, one.review_on))
    return {str(one.pk): one.patient_id for one in found}


def _logs(people: Mapping[UUID, _Person], rows: dict[UUID, _Rows], since: date) -> None:
    logs = LogEntry.objects.filter(patient__in=people, performed_on__gte=since)
    for patient, item, on, done, reason in logs.values_list(
        "patient_id", "item_id", "performed_on", "done", "reason"
    ):
        mine = rows[patient]
        mine.answers[item, on] = Said(done)
        mine.heard.add(on)
        if reason == MissReason.PAIN and Said(done) is Said.NOT_DONE:
            mine.hurt.append((item, on))


def _pain(people: Mapping[UUID, _Person], rows: dict[UUID, _Rows], since: date, now: datetime) -> None:
    """What patients themselves said, oldest first: what was told at a visit is known to whoever wrote it down. The
    first score of the plan that runs may be one of a visit."""
    columns = ("patient_id", "measure", "on", "score")
    own = PainScore.objects.standing().by_patient().filter(patient__in=people, on__gte=since)
    for patient, measure, on, score in own.one_a_day().values_list(*columns):
        rows[patient].scores[measure].append(Score(on, score))
    goes_on = Q()  # a plan that nobody ended is over all the same when its last day is past
    for zone in {person.time_zone for person in people.values()}:
        goes_on |= Q(patient__time_zone=zone, ends_on__gte=local_day(now, zone))
    running = Programme.objects.active().filter(
        goes_on, patient=OuterRef("patient"), starts_on__lte=OuterRef("on")
    )
    begun = running.order_by().values("patient").annotate(day=Min("starts_on")).values("day")
    of_plan = PainScore.objects.standing().filter(patient__in=people, on__gte=Subquery(begun))
    a_measure = ("patient_id", "measure")
    for patient, measure, on, score in (
        of_plan.order_by(*a_measure, "on", "-source").distinct(*a_measure).values_list(*columns)
    ):
        rows[patient].first[measure] = Score(on, score)


def _said(people: Mapping[UUID, _Person], rows: dict[UUID, _Rows], since: date, now: datetime) -> None:
    """Reports of days with their notes, and whether reminders were stopped."""
    columns = ("pk", "patient_id", "on", "way", "note", "received_at")
    reports = DayReport.objects.filter(patient__in=people, on__gte=since).order_by("on", "pk")
    newest = now - timedelta(days=FRESH)
    for pk, patient, on, way, note, received_at in reports.values_list(*columns):
        rows[patient].heard.add(on)
        if note and way != Way.PAPER and received_at >= newest and (now.date() - on).days <= SPAN:
            rows[patient].notes.append(Told(str(pk), on))
    stops = ConsentRecord.objects.filter(
        patient__in=people, change=ConsentChange.WITHDRAWN, recorded_at__gte=now - timedelta(days=SPAN)
    ).exclude(channel=ConsentChannel.CLINIC)
    for pk, patient, at in stops.order_by("recorded_at").values_list("pk", "patient_id", "recorded_at"):
        zone = people[patient].time_zone
        rows[patient].stopped = Told(str(pk), min(local_day(at, zone), local_day(now, zone)))


def _supports(people: Mapping[UUID, _Person], rows: dict[UUID, _Rows]) -> None:
    worn = SupportAdvice.objects.in_plan().filter(patient__in=people, review_on__isnull=False)
    for pk, patient, on, kind in worn.values_list("pk", "patient_id", "review_on", "kind"):
        if on:
            rows[patient].supports.append(Told(f"support:{pk}", on, kind))


def _mail(
    people: Mapping[UUID, _Person], rows: dict[UUID, _Rows], programmes: Mapping[str, UUID], now: datetime
) -> None:
    """Refused e-mails about plans and messages, and reminders; the other letters are asked for by somebody who is
    waiting for them."""
    lately = now - timedelta(days=FRESH)
    columns = ("programme__patient_id", "email_id", "due_at", "email__address_hash")
    reminders = Reminder.objects.filter(programme__patient__in=people, due_at__gte=lately)
    failed = [*reminders.filter(email__state=EmailState.FAILED).values_list(*columns)]
    messages = Message.objects.filter(patient__in=people, readable_from__gte=lately - LETTER_WAITS)
    told_of = {**programmes, **{str(pk): patient for pk, patient in messages.values_list("pk", "patient_id")}}
    letters = OutgoingEmail.objects.filter(
        letter__in=[PLAN_READY, PLAN_CHANGED, MESSAGE_WAITING],
        object_id__in=list(told_of),
        state=EmailState.FAILED,
        not_before__gte=lately,
    )
    columns = ("object_id", "pk", "not_before", "address_hash")
    failed += [(told_of[key], *rest) for key, *rest in letters.values_list(*columns)]
    suppressed = _failing_addresses(people, rows, now)
    for patient, pk, at, sent_to in failed:
        person = people[patient]
        if patient not in suppressed and sent_to in {"", person.mailbox[1]}:  # else of an address of the past
            rows[patient].mail.append(Told(str(pk), local_day(at, person.time_zone), REFUSED))


def _failing_addresses(people: Mapping[UUID, _Person], rows: dict[UUID, _Rows], now: datetime) -> set[UUID]:
    """Patients to whose address nothing more goes; and of others, whose e-mails came back lately. By the address as it is
    now: a new one ends it."""
    asked = {person.mailbox[1] for person in people.values()} - {""}
    standing = {
        (row.clinic_id, row.address_hash): row
        for row in Suppression.objects.in_force_at(now).filter(address_hash__in=asked)
    }
    came_back: dict[tuple[UUID, str], dict[int, tuple[str, datetime]]] = defaultdict(dict)
    events = BounceEvent.objects.filter(
        email__address_hash__in=asked, kind__in=[BounceKind.SOFT, BounceKind.BLOCKED], at__gt=now - SERIES
    ).order_by("at", "pk")
    for clinic, mailbox, email, kind, at in events.values_list(
        "email__clinic_id", "email__address_hash", "email_id", "kind", "at"
    ):
        came_back[clinic, mailbox][email] = (kind, at)
    for pk, person in people.items():
        row, returned = standing.get(person.mailbox), came_back.get(person.mailbox, {})
        if row:
            on = min(local_day(row.at, person.time_zone), local_day(now, person.time_zone))
            rows[pk].mail.append(Told(str(row.pk), on, row.reason))
        elif len(returned) >= WARNS_AT or any(kind == BounceKind.BLOCKED for kind, _at in returned.values()):
            newest, (_kind, at) = max(returned.items(), key=lambda one: one[1][1])
            on = min(local_day(at, person.time_zone), local_day(now, person.time_zone))
            rows[pk].mail.append(Told(str(newest), on, RETURNED))
    return {pk for pk, person in people.items() if person.mailbox in standing}

"""What a plan asked of one patient and what they said of it: one question, columns of the patient's own row.

``columns`` is what to ask, so that who asks something else of the row asks it all at once; ``read`` is what it says.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef

from clinic.actors import Actor
from exercises import adherence
from exercises.models import (
    DATED,
    CautionOverride,
    DayReport,
    Effort,
    LogEntry,
    MissReason,
    Programme,
    ProgrammeItem,
    ProgrammePause,
)
from exercises.schedule import Frequency, local_day
from patients.models import Patient, about_patient, packed
from patients.overview import pain_column, read_pain


class Log(NamedTuple):
    """One answer about one exercise on one day."""

    item: UUID
    on: date
    done: str
    reason: str
    effort: str
    recorded_on: date  # local day on which we learnt of it

    @property
    def is_late(self) -> bool:
        return self.recorded_on > self.on


class Note(NamedTuple):
    on: date
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A programme as far as telling its story goes. ``ended_on``: the day somebody ended it before its time."""

    name: str
    course: adherence.Course

    @property
    def last_day(self) -> date:
        return self.course.ended_on or self.course.ends_on


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something was said, in the patient's words."""

    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Told:
    plans: list[Plan]  # the one that began last first
    logs: list[Log]  # from the day asked for on
    notes: list[Note]  # oldest first
    last_log: date | None  # may be older
    given: dict[UUID, dict[str, set[str]]]  # by programme and flag, exercises given in spite of a caution

    def days(self, first: date, last: date) -> list[adherence.Day]:
        """What was due and what was said of it on each day, oldest first."""
        answers = {(log.item, log.on): adherence.Said(log.done) for log in self.logs}
        return adherence.days([plan.course for plan in self.plans], answers, first, last)

    def between(self, first: date, last: date) -> list[Log]:
        return [log for log in self.logs if first <= log.on <= last]


def columns(actor: Actor, first: date) -> dict[str, Any]:
    """``first``: from which day on answers are read."""
    own = about_patient()
    programmes = Programme.objects.visible_to(actor)
    items = ProgrammeItem.objects.filter(programme__in=programmes.filter(patient=OuterRef(OuterRef("pk"))))
    pauses = ProgrammePause.objects.visible_to(actor).filter(**own)
    logs = LogEntry.objects.visible_to(actor).filter(**own)
    notes = DayReport.objects.visible_to(actor).filter(**own, on__gte=first).with_notes()
    return {
        "programmes": packed(
            programmes.filter(**own).order_by("-starts_on", "pk"),
            *("pk", "name", "starts_on", "ends_on", "ended_at"),
        ),
        "items": packed(
            items.order_by("order"),
            *("programme_id", *DATED),
        ),
        "pauses": packed(pauses.order_by("first_day"), "programme_id", "first_day", "last_day"),
        "logs": packed(
            logs.filter(performed_on__gte=first).order_by("performed_on", "pk"),
            *("item_id", "performed_on", "done", "reason", "effort", "recorded_at"),
        ),
        "last_log": packed(logs.order_by("-performed_on")[:1], "performed_on"),
        "notes": packed(notes, "on", "note"),
        "overrides": packed(
            CautionOverride.objects.visible_to(actor).filter(**own).order_by("pk"),
            *("programme_id", "flag", "exercises"),
        ),
    }


def read(row: Mapping[str, Any], zone: str) -> Told:
    return Told(
        plans=[_plan(row, zone, programme) for programme in row["programmes"] or ()],
        logs=[_log(zone, log) for log in row["logs"] or ()],
        notes=[Note(date.fromisoformat(on), text) for on, text in row["notes"] or ()],
        last_log=next((date.fromisoformat(on) for (on,) in row["last_log"] or ()), None),
        given=_given(row["overrides"] or ()),
    )


def with_pain(actor: Actor, patient: Patient, first: date) -> tuple[Told, dict[tuple[date, str], int]]:
    """For whoever asks nothing else of the row. One query."""
    asked = {**columns(actor, first), "pain": pain_column(actor, first)}
    row: Mapping[str, Any] = Patient.objects.filter(pk=patient.pk).values(**asked).get()
    return read(row, patient.time_zone), read_pain(row["pain"])


def reasons(logs: Iterable[Log]) -> list[Tally]:
    """Why something was left out or cut short, the most frequent first; who gave none is not in it."""
    counted = Counter(log.reason for log in logs if log.reason)
    known = [Tally(str(reason.label), counted[reason]) for reason in MissReason if reason in counted]
    return sorted(known, key=lambda reason: -reason.count)


def efforts(logs: Iterable[Log]) -> list[Tally]:
    """How hard it was, from easy to hard; empty where nobody said."""
    counted = Counter(log.effort for log in logs if log.effort)
    return [Tally(str(effort.label), counted[effort]) for effort in Effort if counted]


def _plan(row: Mapping[str, Any], zone: str, programme: Sequence[Any]) -> Plan:
    pk, name, starts_on, ends_on, ended_at = programme
    course = adherence.Course(
        starts_on=date.fromisoformat(starts_on),
        ends_on=date.fromisoformat(ends_on),
        items=adherence.asked(_dated(item) for of, *item in row["items"] or () if of == pk),
        ended_on=local_day(datetime.fromisoformat(ended_at), zone) if ended_at else None,
        pauses=[
            (date.fromisoformat(first), date.fromisoformat(last) if last else None)
            for of, first, last in row["pauses"] or ()
            if of == pk
        ],
    )
    return Plan(name, course)


def _dated(row: Sequence[Any]) -> adherence.Dated:
    pk, exercise, succeeds, since, weekly, every, first, last = row
    return adherence.Dated(
        item=UUID(pk),
        exercise=UUID(exercise),
        succeeds=UUID(succeeds) if succeeds else None,
        since=since,
        frequency=Frequency(days_per_week=weekly, every_n_days=every),
        first=date.fromisoformat(first) if first else None,
        last=date.fromisoformat(last) if last else None,
    )


def _given(rows: Iterable[Sequence[Any]]) -> dict[UUID, dict[str, set[str]]]:
    found: dict[UUID, dict[str, set[str]]] = {}
    for programme, flag, slugs in rows:
        found.setdefault(UUID(programme), {}).setdefault(flag, set()).update(slugs)
    return found


def _log(zone: str, row: Sequence[Any]) -> Log:
    item, on, done, reason, effort, recorded_at = row
    recorded_on = local_day(datetime.fromisoformat(recorded_at), zone)
    return Log(UUID(item), date.fromisoformat(on), done, reason, effort, recorded_on)

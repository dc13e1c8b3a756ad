"""What was due and what was said of it, day by day. Pure: one definition for page, export and letter.

Not logged is not the same as not done: nobody knows. A day on which nothing is due is neither.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from exercises.schedule import Frequency, is_due


class Said(StrEnum):
    """The patient's three answers; the same words as in the log."""

    DONE = "done"
    PARTLY = "partly"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class Asked:
    """One exercise of a programme as it was asked for, from ``first`` to ``last``; None: as long as the programme runs.
    ``line``: the same for all that followed one another in one place of the plan."""

    frequency: Frequency
    first: date | None = None
    last: date | None = None
    line: UUID | None = None

    def covers(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class Dated(NamedTuple):
    """An item as it is stored: ``since`` is the version of the programme that brought it, ``succeeds`` the item whose
    place it took."""

    item: UUID
    exercise: UUID
    succeeds: UUID | None
    since: int
    frequency: Frequency
    first: date | None
    last: date | None


def asked(items: Iterable[Dated]) -> dict[UUID, Asked]:
    """In the order in which they came, so that each finds the line of what it took the place of: of the same exercise."""
    lines: dict[tuple[UUID | None, UUID], UUID] = {}
    found: dict[UUID, Asked] = {}
    for one in sorted(items, key=lambda item: item.since):
        line = lines[one.item, one.exercise] = lines.get((one.succeeds, one.exercise), one.item)
        found[one.item] = Asked(one.frequency, one.first, one.last, line)
    return found


@dataclass(frozen=True, slots=True)
class Course:
    """One programme as far as counting goes. ``ended_on``: the day somebody ended it before its time; ``pauses``: first
    and last day of each, without a last one it goes on."""

    starts_on: date
    ends_on: date
    items: Mapping[UUID, Asked]
    ended_on: date | None = None
    pauses: Sequence[tuple[date, date | None]] = ()

    def is_paused_on(self, day: date) -> bool:
        return any(first <= day and (last is None or day <= last) for first, last in self.pauses)


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    due: int = 0
    done: int = 0
    partly: int = 0
    not_done: int = 0

    @property
    def logged(self) -> int:
        return self.done + self.partly + self.not_done

    @property
    def not_logged(self) -> int:
        return self.due - self.logged


Answers = Mapping[tuple[UUID, date], Said]


def days(courses: Iterable[Course], answers: Answers, first: date, last: date) -> list[Day]:
    """Every day from first to last, both included, oldest first."""
    known = list(courses)
    return [_day(known, answers, first + timedelta(days=offset)) for offset in range((last - first).days + 1)]


def _day(courses: list[Course], answers: Answers, on: date) -> Day:
    due = [(course, item) for course in courses for item in _due_items(course, answers, on)]
    said = Counter(_said(course, answers, item, on) for course, item in due)
    return Day(on, due=len(due), done=said[Said.DONE], partly=said[Said.PARTLY], not_done=said[Said.NOT_DONE])


def _due_items(course: Course, answers: Answers, on: date) -> list[UUID]:
    if not course.starts_on <= on <= course.ends_on or (course.ended_on and on > course.ended_on):
        return []
    due = [
        item
        for item, asked in course.items.items()
        if asked.covers(on) and is_due(asked.frequency, course.starts_on, on)
    ]
    if on == course.ended_on or course.is_paused_on(on):
        # Ended or paused during the day: what was logged before counts, the rest was no longer asked for.
        return [item for item in due if _said(course, answers, item, on)]
    return due


def _said(course: Course, answers: Answers, item: UUID, on: date) -> Said | None:
    """What was said of it; else of what stood in its place before or after: an answer that was given without a network
    may be of a plan that had been changed that day."""
    line = course.items[item].line
    if (item, on) in answers or line is None:
        return answers.get((item, on))
    given = (answers.get((key, on)) for key, asked in course.items.items() if asked.line == line)
    return next((said for said in given if said), None)


def by_week(counted: Iterable[Day]) -> dict[date, list[Day]]:
    """The days of each week by its Monday, in the order they come."""
    weeks: dict[date, list[Day]] = {}
    for day in counted:
        weeks.setdefault(day.on - timedelta(days=day.on.weekday()), []).append(day)
    return weeks


@dataclass(frozen=True, slots=True)
class Totals:
    due: int
    done: int
    partly: int
    not_done: int
    not_logged: int


def totals(counted: Iterable[Day]) -> Totals:
    span = list(counted)
    return Totals(
        due=sum(day.due for day in span),
        done=sum(day.done for day in span),
        partly=sum(day.partly for day in span),
        not_done=sum(day.not_done for day in span),
        not_logged=sum(day.not_logged for day in span),
    )

"""Thousands of days of patients who log, change their minds and move their hours, with a mail server that is often away.

Not one mail in quiet hours, after a log, on a day off or in a pause, and never two on a day. A day through the whole house
asks the database some fourteen things, so three thousand days go that way; ten thousand go through what needs no
database: which rows are planned, and which mail is too late.
"""

import random
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.actors import Actor
from clinic.errors import Refused
from exercises import actions, emails, reminders
from exercises.models import Programme, ProgrammeItem, Reminder, ReminderChoice, ReminderState
from exercises.schedule import local_day
from exercises.wanted import _not_then_because, is_too_late
from patients.models import Patient
from tests import factories

pytestmark = pytest.mark.slow

PATIENTS, DAYS = 20, 84
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "Asia/Kathmandu"]
STARTS = {  # clocks change within these days in four of the five zones
    1: datetime(2026, 2, 20, 0, 10, tzinfo=UTC),
    2: datetime(2026, 9, 10, 0, 10, tzinfo=UTC),
}


def some_wish(dice: random.Random, today: date) -> actions.Wish:
    pause = today + timedelta(days=dice.randint(0, 5)) if dice.random() < 0.3 else None
    return actions.Wish(
        weekdays=tuple(dice.sample(range(1, 8), dice.randint(1, 7))),
        quiet_until=time(dice.randint(6, 12)),
        quiet_from=time(dice.randint(14, 20), dice.choice([0, 30])),
        paused_until=pause,
    )


@dataclass
class World:
    dice: random.Random
    programmes: list[Programme]
    logged: set[tuple[str, date]] = field(default_factory=set)
    sent: Counter = field(default_factory=Counter)
    waiting: list[tuple[datetime, int]] = field(default_factory=list)
    known: set[int] = field(default_factory=set)

    def patient_does_something(self, now: datetime) -> None:
        programme = self.dice.choice(self.programmes)
        patient, does = programme.patient, self.dice.random()
        actor = Actor.patient(patient)
        try:
            if does < 0.5:
                day = patient.local_day(now)
                factories.make_log(patient, programme.items.all()[0], day, at=now)
                self.logged.add((str(patient.pk), day))
            elif does < 0.75:
                wish = some_wish(self.dice, patient.local_day(now))
                actions.set_reminder_choice(actor=actor, patient=patient, wish=wish, now=now)
            else:
                at = time(self.dice.randint(6, 20), self.dice.choice([0, 15, 30]))
                actions.set_reminder_time(actor=actor, programme=programme, at=at, now=now)
        except Refused:
            pass

    def mail_goes_out(self, now: datetime) -> None:
        young = Reminder.objects.filter(due_at__gt=now - timedelta(hours=8), due_at__lte=now)
        posted = young.filter(state=ReminderState.POSTED)
        for pk in sorted(set(posted.values_list("pk", flat=True)) - self.known):
            self.known.add(pk)
            late = timedelta(minutes=self.dice.randint(0, 360)) if self.dice.random() < 0.4 else timedelta(0)
            self.waiting.append((now + late, pk))
        due = {str(pk): pk for at, pk in self.waiting if at <= now}
        self.waiting = [(at, pk) for at, pk in self.waiting if at > now]
        if due:  # at once, as a sender asks
            answers = emails._wanted_each([*due], now, wait=True)
            wanted = [pk for key, pk in due.items() if answers[key]]
            rows = Reminder.objects.select_related("programme__patient").in_bulk(wanted)
            choices = ReminderChoice.objects.in_bulk([row.programme.patient_id for row in rows.values()])
            for pk in wanted:
                self.check(rows[pk], choices.get(rows[pk].programme.patient_id), now)

    def check(self, reminder: Reminder, choice: ReminderChoice | None, now: datetime) -> None:
        patient: Patient = reminder.programme.patient
        here = now.astimezone(ZoneInfo(patient.time_zone))
        key = (str(patient.pk), here.date())
        self.sent[key] += 1
        assert self.sent[key] <= 2, "three on a day"
        assert key not in self.logged, "after a log"
        check_hour(here, reminder.local_time, choice)


def check_hour(here: datetime, planned_at: time, choice: ReminderChoice | None) -> None:
    clock = here.time().replace(tzinfo=None)
    assert time(6) <= clock < time(21), "at night"
    if choice:
        assert here.isoweekday() in choice.weekdays, "on a day off"
        assert not (choice.paused_until and here.date() <= choice.paused_until), "in a pause"
        assert clock >= choice.quiet_until, "too early"
        end = datetime.combine(here.date(), choice.quiet_from)
        if planned_at == choice.quiet_from:  # asked for at the last minute of the evening
            end += timedelta(minutes=25)
        assert datetime.combine(here.date(), clock) < end or choice.quiet_from == time(20, 30), "too late"


@pytest.mark.hazard("HZ-08")
@pytest.mark.parametrize("seed", STARTS)
@pytest.mark.timeout(400)
def test_half_of_three_thousand_days(seed, priya, toe_curls):
    dice, start = random.Random(seed), STARTS[seed]  # noqa: S311 - repeatable, not secret
    programmes = []
    for number in range(PATIENTS):
        patient = factories.make_patient(
            priya,
            "Nora",
            f"Quist {number}",
            email=f"nora{number}@patients.example",
            time_zone=ZONES[number % len(ZONES)],
            now=start,
        )
        plans = 2 if number % 5 == 0 else 1
        for plan in range(plans):
            days = {"days_per_week": None, "every_n_days": 2} if plan else {}
            programmes.append(
                factories.make_programme(
                    priya,
                    patient,
                    [],
                    items=[factories.item_plan(toe_curls.current, **days)],
                    now=start,
                    starts_on=patient.local_day(start),
                    weeks=12,
                    reminder_time=time(dice.randint(6, 20), 30),
                )
            )
    world = World(dice, programmes)
    for tick in range(DAYS * 6):  # a scheduler that is late by up to four hours
        now = start + timedelta(hours=4 * tick, minutes=dice.randint(0, 200))
        for _each in range(dice.randint(0, 2)):
            world.patient_does_something(now)
        if tick % 6 == 0:  # rows are made for two days
            reminders.materialise(now)
        reminders.post_due(now)
        world.mail_goes_out(now)
    assert len(world.sent) > PATIENTS * DAYS / 10  # who is reminded of nothing is never disturbed either
    assert len(world.logged) > DAYS


@dataclass
class Memory:
    """One patient without a database. What waits was planned by an older wish or hour, and is asked about when it is
    written."""

    dice: random.Random
    programme: Programme
    items: list[ProgrammeItem]
    choice: ReminderChoice | None = None
    sent: Counter = field(default_factory=Counter)

    def lives_through(self, day: int, start: datetime) -> None:
        now = start + timedelta(days=day, minutes=self.dice.randint(0, 1439))
        planned = list(reminders._rows(self.programme, now, self.items, [], self.choice))
        assert len({row.local_date for row in planned}) == len(planned), "two on a day"
        if self.dice.random() < 0.3:
            wish = some_wish(self.dice, local_day(now, self.programme.patient.time_zone))
            self.choice = ReminderChoice(**asdict(wish) | {"weekdays": list(wish.weekdays)})
        if self.dice.random() < 0.2:
            self.programme.reminder_time = time(self.dice.randint(6, 20), self.dice.choice([0, 15, 30]))
        for row in planned:
            late = timedelta(minutes=self.dice.randint(0, 420)) if self.dice.random() < 0.4 else timedelta(0)
            self.comes_due(row, row.due_at + late)

    def comes_due(self, row: Reminder, now: datetime) -> None:
        unwanted = _not_then_because(row, self.choice)
        if row.expires_at <= now or unwanted or is_too_late(row, self.choice, now):
            return
        here = now.astimezone(ZoneInfo(row.time_zone))
        assert here.date() == row.local_date, "on another day"
        check_hour(here, row.local_time, self.choice)
        self.sent[here.date()] += 1


@pytest.mark.hazard("HZ-08")
def test_ten_thousand_days_without_a_database():
    dice, patients, days = random.Random(3), 40, 250  # noqa: S311 - repeatable, not secret
    reached = 0
    for number in range(patients):
        zone, start = ZONES[number % len(ZONES)], datetime(2026, 2, 20, 0, 10, tzinfo=UTC)
        programme = Programme(
            patient=Patient(time_zone=zone, reminders_allowed=True, email="nora@patients.example"),
            starts_on=local_day(start, zone),
            ends_on=local_day(start, zone) + timedelta(days=days + 3),
            assigned_at=start,
            reminder_time=time(dice.randint(6, 20), 30),
        )
        programme._prefetched_objects_cache = {"pauses": []}
        item = (
            ProgrammeItem(days_per_week=dice.choice([7, 7, 3]))
            if number % 4
            else ProgrammeItem(every_n_days=2)
        )
        memory = Memory(dice, programme, [item])
        for day in range(days):
            memory.lives_through(day, start)
        reached += len(memory.sent)
    assert reached > patients * days / 10  # who is reminded of nothing is never disturbed either

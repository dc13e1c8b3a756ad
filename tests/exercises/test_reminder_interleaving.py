"""Ticks, edits, pauses, moves to other zones, logs and new zone rules in any order, with the database.

Whatever the order: one row per programme, local day and slot; no mail in quiet hours, after a log or in a pause; and no
wanted reminder that nobody planned or posted.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import OutgoingEmail, User
from exercises import actions, emails, reminders, schedule
from exercises.actions.zone_rules import follow_zone_rules
from exercises.models import Exercise, LogEntry, Programme, Reminder, ReminderState
from exercises.schedule import days_from, local_day, sending_window
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.hazard("HZ-07", "HZ-08")]

ZONES = [
    "Europe/London",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]
STARTS = [datetime(2026, 3, 27, 0, 10, tzinfo=UTC), datetime(2026, 10, 23, 0, 10, tzinfo=UTC)]
TIMES = st.builds(time, st.integers(6, 20), st.sampled_from([0, 15, 30]))
WEEKS, LONGEST_STEP = 2, 20
NEW_RULES = {"Europe/London": "Etc/GMT-2", "America/St_Johns": "Etc/GMT+4"}


class Rules:
    """The source of zones, which a new release of the zone data changes."""

    changed = False

    def __call__(self, name: str) -> tzinfo:
        return ZoneInfo(NEW_RULES.get(name, name) if self.changed else name)


class Interleaving(RuleBasedStateMachine):
    staff: User
    exercise: Exercise
    source: Rules

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.source.changed = False
        self.sent: dict[date, int] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(zone=st.sampled_from(ZONES), start=st.sampled_from(STARTS), at=TIMES, days=st.integers(1, 7))
    def assign(self, zone: str, start: datetime, at: time, days: int) -> None:
        self.now = start
        self.patient = factories.make_patient(self.staff, "Nora", "Quist", time_zone=zone, now=start)
        assert self.exercise.current
        item = factories.item_plan(self.exercise.current, days_per_week=days)
        self.programme = factories.make_programme(
            self.staff,
            self.patient,
            [],
            items=[item],
            now=start,
            starts_on=self.patient.local_day(start),
            weeks=WEEKS,
            reminder_time=at,
        )

    @property
    def today(self) -> date:
        return local_day(self.now, self.patient.time_zone)

    def fresh(self) -> Programme:
        programme = Programme.objects.select_related("patient").get(pk=self.programme.pk)
        self.patient = programme.patient
        return programme

    @rule(minutes=st.integers(1, LONGEST_STEP * 60))
    def tick(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        reminders.materialise(self.now)
        reminders.post_due(self.now)
        for row in Reminder.objects.filter(state=ReminderState.POSTED, email__state="pending"):
            self.deliver(row)
        self.check_nothing_missed()

    def deliver(self, row: Reminder) -> None:
        assert row.email
        if emails.exercise_reminder(str(row.pk), self.now) is None:
            OutgoingEmail.objects.filter(pk=row.email.pk).update(state="cancelled", reason="unwanted")
            return
        OutgoingEmail.objects.filter(pk=row.email.pk).update(state="sent", sent_at=self.now)
        self.sent[row.local_date] = self.sent.get(row.local_date, 0) + 1
        here = self.now.astimezone(self.source(row.time_zone))
        assert here.date() == row.local_date
        assert time(6) <= here.time().replace(tzinfo=None) < time(21), "in quiet hours"
        assert not LogEntry.objects.filter(patient=self.patient, performed_on=row.local_date).exists()
        assert not self.fresh().pause_on(row.local_date), "in a pause"

    def check_nothing_missed(self) -> None:
        """Asked of the rules alone, not of what planned the rows."""
        programme = self.fresh()
        zone, at, items = self.patient.time_zone, programme.reminder_time, list(programme.items.all())
        assert at
        rows = {row.local_date: row for row in Reminder.objects.filter(programme=programme)}
        for day in days_from(programme.starts_on, min(self.today, programme.ends_on)):
            due, expires = sending_window(day, at, zone)
            wanted = (
                programme.assigned_at <= due <= self.now < expires
                and any(item.is_due_on(day, programme.starts_on) for item in items)
                and not programme.pause_on(day)
            )
            if wanted:
                assert day in rows, "missed"
                assert rows[day].state != ReminderState.PLANNED, "forgotten"
                assert rows[day].state == ReminderState.POSTED or rows[day].reason, "gone without a word"

    @rule(at=TIMES)
    def choose_another_time(self, at: time) -> None:
        actor = Actor.patient(self.patient)
        actions.set_reminder_time(actor=actor, programme=self.fresh(), at=at, now=self.now)

    @rule(zone=st.sampled_from(ZONES))
    def travel(self, zone: str) -> None:
        self.fresh()
        actor = Actor.patient(self.patient)
        actions.set_time_zone(actor=actor, patient=self.patient, time_zone=zone, now=self.now)

    @rule(ahead=st.integers(0, 3), days=st.integers(0, 3))
    def pause(self, ahead: int, days: int) -> None:
        first = self.today + timedelta(days=ahead)
        with suppress(Refused):
            actions.pause_programme(
                actor=Actor.staff(self.staff),
                programme=self.fresh(),
                first_day=first,
                last_day=first + timedelta(days=days),
                reason="Away.",
                now=self.now,
            )

    @rule()
    def resume(self) -> None:
        with suppress(Refused):
            actions.resume_programme(actor=Actor.staff(self.staff), programme=self.fresh(), now=self.now)

    @rule()
    def log(self) -> None:
        if self.programme.starts_on <= self.today <= self.programme.ends_on:
            with suppress(Refused):
                factories.make_log(self.patient, self.programme.items.get(), self.today, at=self.now)

    @rule()
    def other_rules(self) -> None:
        """A new release of the zone data, and the job that follows it."""
        self.source.changed = not self.source.changed
        follow_zone_rules(actor=Actor.system("test"), now=self.now)
        for row in Reminder.objects.filter(state=ReminderState.PLANNED, due_at__gt=self.now):
            window = sending_window(row.local_date, row.local_time, row.time_zone)
            assert (row.due_at, row.expires_at) == window, "by the old rules"

    @invariant()
    def one_row_and_one_mail_a_day(self) -> None:
        days = list(Reminder.objects.values_list("programme", "local_date", "slot"))
        assert len(days) == len(set(days))
        assert set(self.sent.values()) <= {1}


def test_any_order_of_ticks_edits_pauses_moves_logs_and_new_rules(
    priya: User, toe_curls: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    Interleaving.staff, Interleaving.exercise, Interleaving.source = priya, toe_curls, Rules()
    monkeypatch.setattr(schedule, "ZoneInfo", Interleaving.source)
    run_state_machine_as_test(
        Interleaving,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )

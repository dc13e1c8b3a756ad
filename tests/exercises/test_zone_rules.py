"""New rules of a zone: planned reminders move to the new instants of their local time, sent ones stay as they are."""

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry
from exercises import emails, reminders, schedule, tasks
from exercises.actions.zone_rules import follow_zone_rules
from exercises.models import Programme, Reminder, ReminderState
from exercises.schedule import sending_window
from patients.models import Patient
from tests import factories
from tests.exercises.wishes_world import choose
from tests.factories import NOON

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def new_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """London gave up winter time, as if a new release of the zone data said so."""

    def source(name: str) -> tzinfo:
        return ZoneInfo("Etc/GMT-1" if name == "Europe/London" else name)

    monkeypatch.setattr(schedule, "ZoneInfo", source)


def follow(now: datetime = NOON) -> int:
    return follow_zone_rules(actor=Actor.system("test"), now=now)


def instants() -> list[tuple[datetime, datetime]]:
    return list(Reminder.objects.order_by("local_date").values_list("due_at", "expires_at"))


def test_nothing_moves_while_the_rules_are_the_same(programme: Programme) -> None:
    before = factories.count_rows()
    assert follow() == 0
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-08")
def test_planned_reminders_move_with_their_local_time(programme: Programme, new_rules: None) -> None:
    before = instants()
    assert len(before) == 3
    assert follow() == 3
    rows = Reminder.objects.order_by("local_date")
    assert [due for due, _expires in instants()] == [due - HOUR for due, _expires in before]
    assert instants() == [sending_window(row.local_date, row.local_time, row.time_zone) for row in rows]
    assert {row.local_time.hour for row in rows} == {18}
    entries = AuditEntry.objects.filter(verb="reminders.zone_rules_changed")
    assert [entry.changes["minutes"] for entry in entries] == [-60, -60, -60]
    assert {entry.object_id for entry in entries} == {str(programme.pk)}
    assert follow() == 0


def test_the_patients_own_evening_moves_too(programme: Programme, new_rules: None, monkeypatch) -> None:
    choose(programme.patient, quiet_from=NOON.replace(hour=19).time())
    monkeypatch.setattr(schedule, "ZoneInfo", ZoneInfo)
    follow()
    old = instants()
    monkeypatch.undo()
    assert old
    assert all(expires - due == HOUR for due, expires in old)


def test_what_was_posted_or_is_due_by_now_stays(programme: Programme, new_rules: None) -> None:
    first = Reminder.objects.earliest("due_at")
    reminders.post_due(first.due_at)
    before = instants()
    now = Reminder.objects.filter(state=ReminderState.PLANNED).earliest("due_at").due_at
    assert follow(now) == 1  # the first is posted, the second is due
    assert instants()[:2] == before[:2]


def test_who_was_cancelled_meanwhile_stays_cancelled(
    programme: Programme, new_rules: None, monkeypatch
) -> None:
    """Between the reading of the rows and the writing of one."""

    def cancelled_first(*window: object) -> tuple[datetime, datetime]:
        Reminder.objects.update(state=ReminderState.CANCELLED, reason="The day was logged already.")
        return sending_window(*window)  # type: ignore[arg-type]

    monkeypatch.setattr("exercises.actions.zone_rules.sending_window", cancelled_first)
    before = instants()
    assert follow() == 0
    assert instants() == before
    assert not AuditEntry.objects.filter(verb="reminders.zone_rules_changed").exists()


def test_the_schedule_does_it(programme: Programme, new_rules: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    assert tasks.follow_zone_rules() == 3


@pytest.mark.hazard("HZ-08")
@pytest.mark.parametrize(
    ("zone", "leaves"),
    [("Europe/London", True), ("Europe/Athens", True), ("Asia/Tokyo", False), ("America/Adak", True)],
)
def test_what_waits_while_the_patient_goes_elsewhere_does_not_wake_them(
    programme: Programme, zone: str, leaves: bool
) -> None:
    """Posted at 18:00 in London, held up for half an hour: in Athens it is 20:30, in Tokyo night, in Adak morning."""
    first = Reminder.objects.earliest("due_at")
    reminders.post_due(first.due_at)
    Patient.objects.update(time_zone=zone)
    letter = emails.exercise_reminder(str(first.pk), first.due_at + HOUR / 2)
    assert (letter is not None) is leaves

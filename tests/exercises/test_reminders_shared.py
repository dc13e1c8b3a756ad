"""Several programmes of one patient: which reminders share an e-mail, and how many a day are enough."""

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connection, connections

from clinic.actors import Actor
from clinic.models import EmailState, OutgoingEmail
from exercises import actions, reminders
from exercises.models import Programme, Reminder, ReminderState
from exercises.wanted import Known
from tests import factories
from tests.exercises.test_reminders import SIX, days, log_today, second
from tests.factories import NOON

__all__ = ["second"]  # a fixture


def at_once(works: list[Callable[[], bool]]) -> list[bool]:
    """Each in a thread with a connection of its own."""

    def run(work: Callable[[], bool]) -> bool:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.fixture
def evening(priya, margaret, toe_curls) -> Programme:
    """One more, two hours after the first."""
    return factories.make_programme(
        priya, margaret, [toe_curls], name="Calves", reminder_time=time(20, 0), weeks=2
    )


class TestSharedMail:
    """Several programmes, one patient: one e-mail within an hour, two a day; each link opens all."""

    @pytest.mark.hazard("HZ-07")
    def test_the_first_is_posted_and_the_second_says_why_not(self, programme, second):
        assert reminders.post_due(SIX) == 1
        assert reminders.post_due(SIX + timedelta(minutes=30)) == 0
        other = Reminder.objects.get(programme=second, local_date=NOON.date())
        assert (other.state, other.reason) == (
            ReminderState.CANCELLED,
            "Another reminder within the hour tells of it too.",
        )
        assert OutgoingEmail.objects.filter(letter="exercise_reminder").count() == 1

    def test_the_next_day_has_its_own(self, programme, second):
        for day in range(3):
            assert reminders.post_due(SIX + timedelta(days=day, hours=1)) == 1
        assert days(ReminderState.POSTED) == ["2026-11-23", "2026-11-24", "2026-11-25"]
        assert days(ReminderState.CANCELLED) == days(ReminderState.POSTED)

    def test_hours_apart_there_are_two(self, programme, second, evening):
        assert reminders.post_due(SIX + timedelta(minutes=30)) == 1
        assert reminders.post_due(SIX + timedelta(hours=2)) == 1
        assert Reminder.objects.get(programme=evening, local_date=NOON.date()).state == ReminderState.POSTED

    def test_and_found_late_they_are_the_same(self, programme, second, evening):
        """Nobody asked for two hours: what is due within an hour is told from the times, not from when we look."""
        assert reminders.post_due(SIX + timedelta(hours=2)) == 2
        assert Reminder.objects.get(programme=second, local_date=NOON.date()).state == ReminderState.CANCELLED

    def test_never_three_of_a_day(self, programme, evening, priya, margaret, toe_curls):
        third = factories.make_programme(
            priya, margaret, [toe_curls], name="Arches", reminder_time=time(19, 0), weeks=2
        )
        assert reminders.post_due(SIX + timedelta(hours=2)) == 2
        assert Reminder.objects.get(programme=evening, local_date=NOON.date()).reason == (
            "Two reminders of the day were sent."
        )
        assert Reminder.objects.get(programme=third, local_date=NOON.date()).state == ReminderState.POSTED

    def test_a_mail_that_was_taken_back_does_not_count(self, programme, second, priya):
        reminders.post_due(SIX)
        actions.end_programme(actor=Actor.staff(priya), programme=programme, now=SIX, reason="test")
        assert reminders.post_due(SIX + timedelta(minutes=30)) == 1

    def test_another_patient_is_reminded_too(self, programme, second, priya, toe_curls):
        nora = factories.make_patient(priya, "Nora", "Quist")
        factories.make_programme(priya, nora, [toe_curls])
        assert reminders.post_due(SIX + timedelta(hours=1)) == 2

    def test_a_log_of_one_cancels_the_day_of_both(self, programme, second, margaret):
        log_today(margaret, programme)
        assert reminders.post_due(SIX + timedelta(hours=1)) == 0
        assert set(Reminder.objects.filter(local_date=NOON.date()).values_list("state", "reason")) == {
            (ReminderState.CANCELLED, "The day was logged already.")
        }
        assert set(days()) == {"2026-11-24", "2026-11-25"}

    def test_a_log_of_one_is_asked_about_when_the_other_comes_due(self, programme, second, margaret):
        log_today(margaret, programme)
        Reminder.objects.filter(programme=second).update(state=ReminderState.PLANNED, reason="")
        assert reminders.post_due(SIX + timedelta(hours=1)) == 0

    def test_a_log_of_one_takes_the_others_posted_mail_back(self, programme, second, margaret):
        reminders.post_due(SIX)
        log_today(margaret, second)
        assert OutgoingEmail.objects.get(letter="exercise_reminder").state == EmailState.CANCELLED

    def test_the_next_one_is_not_on_a_logged_day(self, programme, margaret):
        log_today(margaret, programme)
        actions.set_reminder_time(
            actor=Actor.patient(margaret), programme=programme, at=time(19, 0), now=NOON
        )  # plans the day anew; whether it is wanted is asked when it comes due
        coming = Reminder.objects.next_of(programme)
        assert (days()[0], str(coming.local_date)) == ("2026-11-23", "2026-11-24")


@pytest.mark.slow
class TestTwoAtOnce:
    @pytest.mark.hazard("HZ-07")
    @pytest.mark.django_db(transaction=True)
    def test_two_programmes_of_a_patient_claimed_at_once(self, programme, second, monkeypatch):
        """Each process asks before the other has committed; the patient's row lets only one of them ask."""
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
        connection.close()
        late, asked = SIX + timedelta(hours=1), Barrier(2)
        ask = reminders.unwanted_because
        monkeypatch.setattr(reminders, "AT_ONCE", 1)  # each process gets a row of its own

        def slow(reminder: Reminder, known: Known) -> str:
            answer: str = ask(reminder, known)
            with contextlib.suppress(BrokenBarrierError):  # one of them passed over: nobody else comes
                asked.wait(1)
            return answer

        monkeypatch.setattr(reminders, "unwanted_because", slow)
        assert Reminder.objects.due_at(late).count() == 2
        assert sorted(at_once([lambda: reminders._post_some(late)[1]] * 2)) == [0, 1]
        assert OutgoingEmail.objects.filter(letter="exercise_reminder").count() == 1
        monkeypatch.setattr(reminders, "unwanted_because", ask)
        assert reminders.post_due(late) == 0
        assert days(ReminderState.CANCELLED) == ["2026-11-23"]
        connection.close()

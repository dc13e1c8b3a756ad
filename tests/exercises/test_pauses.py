"""A pause: the plan asks for nothing, nobody is reminded, and the days count neither as due nor as missed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises import actions, adherence, visit
from exercises.models import Programme, ProgrammePause, Reminder, ReminderState
from exercises.schedule import Frequency
from exercises.visit import Span
from patients.models import Patient
from tests import factories
from tests.exercises.wishes_world import why_not
from tests.factories import NOON, TODAY
from tests.pages import text

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def pause(priya: User, programme: Programme, first: date, last: date | None = None, **more) -> ProgrammePause:
    values: dict[str, Any] = {"reason": "Away", "now": NOON} | more
    return actions.pause_programme(
        actor=Actor.staff(priya), programme=programme, first_day=first, last_day=last, **values
    )


def again(programme: Programme) -> Programme:
    return Programme.objects.with_items().get(pk=programme.pk)


def planned() -> set[date]:
    return set(Reminder.objects.filter(state=ReminderState.PLANNED).values_list("local_date", flat=True))


class TestPausing:
    def test_going_on_twice_from_pages_of_before_ends_one_pause_and_no_other(self, priya, programme):
        pause(priya, programme, TODAY, TODAY + timedelta(days=9))
        two = [Programme.objects.for_page().get(pk=programme.pk) for _ in range(2)]
        later = NOON + timedelta(days=1)
        actions.resume_programme(actor=Actor.staff(priya), programme=two[0], now=later)
        before = factories.count_rows()
        with pytest.raises(Refused) as refused:
            actions.resume_programme(actor=Actor.staff(priya), programme=two[1], now=later)
        assert refused.value.code == "not_paused"
        assert factories.count_rows() == before

    def test_asks_for_nothing_and_reminds_of_nothing_on_these_days(self, priya, programme):
        assert planned() == {TODAY, TOMORROW, TODAY + timedelta(days=2)} & planned()
        assert TOMORROW in planned()
        pause(priya, programme, TOMORROW, TOMORROW)
        paused = again(programme)
        assert [bool(paused.items_due_on(TODAY + timedelta(days=n))) for n in range(3)] == [True, False, True]
        assert paused.next_due_after(TODAY) == TODAY + timedelta(days=2)
        assert TOMORROW not in planned()
        assert TODAY in planned()
        assert not Programme.objects.running_on(TOMORROW).exists()
        assert Programme.objects.running_on(TODAY).exists()
        entry = AuditEntry.objects.get(verb="programme.paused")
        assert (entry.changes["first_day"], entry.reason) == (TOMORROW.isoformat(), "Away")

    def test_a_reminder_planned_before_is_not_wanted_any_more(self, priya, programme):
        reminder = Reminder.objects.select_related("programme__patient").get(local_date=TODAY)
        assert why_not(reminder) == ""
        ProgrammePause.objects.create(
            clinic_id=programme.clinic_id,
            patient_id=programme.patient_id,
            programme=programme,
            first_day=TODAY,
            made_by=priya,
        )
        assert why_not(reminder) == "The programme is paused."

    def test_without_a_last_day_it_lasts_until_somebody_ends_it(self, priya, programme):
        pause(priya, programme, TODAY)
        assert again(programme).next_due_after(TODAY) is None
        assert planned() == set()
        later = NOON + timedelta(days=3)
        actions.resume_programme(actor=Actor.staff(priya), programme=programme, now=later)
        assert ProgrammePause.objects.get().last_day == TODAY + timedelta(days=2)
        assert again(programme).runs_on(later.date())
        assert later.date() in planned()

    def test_one_that_began_today_or_later_is_taken_back(self, priya, programme):
        pause(priya, programme, TODAY)
        actions.resume_programme(actor=Actor.staff(priya), programme=programme, now=NOON)
        assert not ProgrammePause.objects.exists()
        assert TODAY in planned()
        assert AuditEntry.objects.filter(verb="programme.resumed").count() == 1

    @pytest.mark.parametrize(
        ("first", "last", "code"),
        [(-1, None, "past"), (3, 2, "order"), (400, None, "over"), (4, 6, "paused"), (6, None, "paused")],
    )
    def test_refuses_days_that_cannot_be(self, priya, programme, first, last, code):
        pause(priya, programme, TODAY + timedelta(days=5), TODAY + timedelta(days=7))
        before = factories.count_rows()
        with pytest.raises(Refused) as refused:
            pause(
                priya,
                programme,
                TODAY + timedelta(days=first),
                None if last is None else TODAY + timedelta(days=last),
            )
        assert refused.value.code == code
        assert factories.count_rows() == before

    def test_refuses_an_ended_programme_and_nobody(self, priya, programme, margaret):
        with pytest.raises(Refused, match="A person has to"):
            actions.pause_programme(
                actor=Actor.system("test"),
                programme=programme,
                first_day=TODAY,
                last_day=None,
                reason="",
                now=NOON,
            )
        with pytest.raises(Refused, match="not paused"):
            actions.resume_programme(actor=Actor.staff(priya), programme=programme, now=NOON)
        actions.end_programme(actor=Actor.staff(priya), programme=programme, now=NOON, reason="Done")
        with pytest.raises(Refused, match="ended already"):
            pause(priya, programme, TODAY)


class TestPages:
    def test_pause_and_resume(self, as_priya: Client, programme: Programme) -> None:
        address = f"/programmes/{programme.pk}/pause/"
        assert "count neither as due nor as missed" in text(as_priya.get(address))
        response = as_priya.post(address, {"first_day": TODAY.isoformat(), "last_day": "", "reason": "Flu"})
        assert response.status_code == 302
        page = text(as_priya.get(f"/programmes/{programme.pk}/"))
        assert "Paused from 23 Nov 2026 until somebody ends the pause." in page
        assert "Flu" in page
        assert as_priya.post(f"/programmes/{programme.pk}/resume/").status_code == 302
        page = text(as_priya.get(f"/programmes/{programme.pk}/"))
        assert "Paused from" not in page
        assert "goes on" in page

    def test_a_refusal_stands_at_its_field_and_writes_nothing(
        self, as_priya: Client, programme: Programme
    ) -> None:
        before = factories.count_rows()
        response = as_priya.post(f"/programmes/{programme.pk}/pause/", {"first_day": "2026-11-01"})
        assert response.status_code == 422
        assert "Choose a first day from today on." in text(response)
        assert factories.count_rows() == before

    def test_many_pauses_cost_no_question_more(
        self, as_priya: Client, priya: User, margaret: Patient
    ) -> None:
        exercises = [factories.make_exercise()]
        counts = []
        for number in (1, 4):
            for n in range(number):
                one = factories.make_programme(priya, margaret, exercises)
                pause(priya, one, TODAY + timedelta(days=n + 1), TODAY + timedelta(days=n + 1))
            with CaptureQueriesContext(connection) as queries:
                as_priya.get(f"/patients/{margaret.pk}/visit/")
            counts.append(len(queries))
        assert counts[0] == counts[1]


def test_the_summary_counts_with_the_pauses(priya: User, margaret: Patient) -> None:
    programme = factories.make_programme(
        priya, margaret, [factories.make_exercise()], now=NOON - timedelta(days=4)
    )
    pause(
        priya, programme, TODAY - timedelta(days=3), TODAY - timedelta(days=2), now=NOON - timedelta(days=4)
    )
    counted = visit.visit(Actor.staff(priya), margaret, NOON, Span.TWO_WEEKS).totals
    assert (counted.due, counted.not_logged) == (3, 3)


spans = st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 10)))


@given(
    start=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    every=st.integers(1, 5),
    pauses=st.lists(spans, max_size=4),
    said=st.sets(st.integers(0, 30)),
)
def test_paused_days_are_neither_due_nor_missed_and_the_others_are_as_before(start, every, pauses, said):
    item, last = TODAY, start + timedelta(days=30)
    stretches = [
        (start + timedelta(days=n), None if length is None else start + timedelta(days=n + length))
        for n, length in pauses
    ]
    items = {item: adherence.Asked(Frequency(every_n_days=every))}
    plain = adherence.Course(start, last, items)
    paused = adherence.Course(start, last, items, pauses=stretches)
    answers = {(item, start + timedelta(days=n)): adherence.Said.DONE for n in said}
    with_pauses = adherence.days([paused], answers, start, last)
    without = adherence.days([plain], answers, start, last)
    for one, other in zip(with_pauses, without, strict=True):
        if paused.is_paused_on(one.on):
            assert one.not_logged == 0
            assert one.due == one.logged == other.logged
        else:
            assert one == other
    silent = adherence.totals(adherence.days([paused], {}, start, last))
    assert silent.due == sum(day.due for day in without if not paused.is_paused_on(day.on))

"""The reminder policy: what is planned, posted once, and taken back."""

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection

from clinic.actors import Actor
from clinic.models import EmailState, OutgoingEmail, SchedulerBeat
from exercises import actions, reminders
from exercises.models import Done, Programme, Reminder, ReminderState
from exercises.schedule import spread
from patients.models import ConsentChannel, Patient
from tests import factories
from tests.factories import NOON

SIX = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # 18:00 in London, winter
SYSTEM = Actor.system("test")


def days(state: ReminderState = ReminderState.PLANNED) -> list[str]:
    return [
        str(day)
        for day in Reminder.objects.filter(state=state)
        .order_by("due_at")
        .values_list("local_date", flat=True)
    ]


def log_today(patient: Patient, programme: Programme) -> None:
    done = {item.pk: Done.DONE for item in programme.items.all()}
    entry = actions.DayLog(performed_on=NOON.date(), done=done)
    actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=NOON)


@pytest.fixture
def second(programme, priya, margaret, toe_curls) -> Programme:
    """Another programme of Margaret, with a reminder half an hour later."""
    return factories.make_programme(
        priya, margaret, [toe_curls], name="Balance", reminder_time=time(18, 30), weeks=2
    )


class TestPlanning:
    @pytest.mark.hazard("HZ-08")
    def test_writes_the_due_days_of_the_next_48_hours(self, programme):
        rows = Reminder.objects.order_by("due_at")
        assert [(str(row.local_date), row.due_at) for row in rows] == [
            ("2026-11-23", SIX),
            ("2026-11-24", SIX + timedelta(days=1)),
            ("2026-11-25", SIX + timedelta(days=2)),
        ]
        # Six hours of catching up would end at midnight: quiet hours end it sooner.
        assert {row.expires_at.time() for row in rows} == {time(20, 55)}

    @pytest.mark.hazard("HZ-07")
    def test_again_adds_nothing(self, programme):
        before = list(Reminder.objects.values())
        reminders.plan(programme, NOON)
        assert list(Reminder.objects.values()) == before

    def test_skips_the_hour_that_was_over_at_assignment(self, priya, margaret, toe_curls):
        factories.make_programme(priya, margaret, [toe_curls], reminder_time=time(9, 0))
        assert days() == ["2026-11-24", "2026-11-25"]

    def test_skips_days_without_exercises(self, priya, margaret, toe_curls):
        plan = factories.item_plan(toe_curls.current, days_per_week=None, every_n_days=2)
        factories.make_programme(priya, margaret, [], items=[plan])
        assert days() == ["2026-11-23", "2026-11-25"]

    def test_ends_with_the_programme(self, priya, margaret, toe_curls):
        programme = factories.make_programme(priya, margaret, [toe_curls], weeks=1)
        Reminder.objects.all().delete()
        reminders.plan(programme, datetime(2026, 11, 28, 12, 0, tzinfo=UTC))
        assert days() == ["2026-11-28", "2026-11-29"]

    @pytest.mark.parametrize("fields", [{"reminder_time": None}])
    def test_plans_nothing_when_no_reminders_are_wanted(self, priya, margaret, toe_curls, fields):
        factories.make_programme(priya, margaret, [toe_curls], **fields)
        assert Reminder.objects.count() == 0

    def test_plans_nothing_without_consent(self, priya, toe_curls):
        nora = factories.make_patient(priya, "Nora", "Quist", reminders_allowed=False)
        factories.make_programme(priya, nora, [toe_curls])
        assert Reminder.objects.count() == 0

    @pytest.mark.hazard("HZ-08")
    def test_keeps_the_local_hour_when_clocks_change(self, priya, margaret, toe_curls):
        """London leaves summer time on 25 October 2026."""
        start = datetime(2026, 10, 24, 8, 0, tzinfo=UTC)
        factories.make_programme(priya, margaret, [toe_curls], now=start)
        instants = [f"{row.due_at:%d %H:%M}" for row in Reminder.objects.order_by("due_at")]
        assert instants == ["24 17:00", "25 18:00", "26 18:00"]

    @pytest.mark.hazard("HZ-08")
    def test_follows_the_patient_to_another_zone(self, programme, margaret, priya):
        fields = {
            name: getattr(margaret, name)
            for name in ("given_name", "family_name", "date_of_birth", "email", "note")
        }
        actions.change_contact(
            actor=Actor.staff(priya), patient=margaret, now=NOON, time_zone="America/New_York", **fields
        )
        assert [f"{row.due_at:%d %H:%M}" for row in Reminder.objects.order_by("due_at")] == [
            "23 23:00",
            "24 23:00",
            "25 23:00",
        ]


class TestMaterialising:
    def test_a_time_moved_with_a_page_of_before_keeps_the_new_zone(self, programme, margaret):
        """The zone changed between the look at the programme and the lock: eight o'clock is the patient's own."""
        old = Programme.objects.select_related("patient").get(pk=programme.pk)
        actor = Actor.patient(margaret)
        actions.set_time_zone(actor=actor, patient=margaret, time_zone="America/New_York", now=NOON)
        actions.set_reminder_time(actor=actor, programme=old, at=time(8), now=NOON)
        rows = Reminder.objects.filter(state=ReminderState.PLANNED).order_by("due_at")
        assert {(row.time_zone, row.due_at.hour) for row in rows} == {("America/New_York", 13)}

    def test_tops_up_once_an_hour_however_often_it_is_called(self, programme):
        later = NOON + timedelta(days=1)
        assert reminders.materialise(later) > 0
        assert days()[-1] == "2026-11-26"
        assert reminders.materialise(later + timedelta(minutes=59)) == 0
        assert reminders.materialise(later + timedelta(minutes=61)) > 0

    def test_leaves_out_who_wants_none_and_what_is_over(self, programme, margaret):
        actions.stop_reminders(actor=SYSTEM, patient=margaret, channel=ConsentChannel.CLINIC)
        before = list(Reminder.objects.values())
        assert reminders.materialise(NOON + timedelta(days=1)) == 0
        assert list(Reminder.objects.values()) == before

    def test_notes_the_tick(self, db):
        reminders.note_tick(NOON)
        reminders.note_tick(NOON + timedelta(seconds=30))
        assert SchedulerBeat.objects.get().last_tick_at == NOON + timedelta(seconds=30)


class TestPosting:
    def test_not_before_its_time(self, programme):
        assert reminders.tick(SIX - timedelta(seconds=1)) == 0
        assert days(ReminderState.POSTED) == []

    @pytest.mark.hazard("HZ-07")
    def test_at_its_time_once(self, programme):
        assert reminders.tick(SIX) == 1
        assert reminders.tick(SIX) == 0
        reminder = Reminder.objects.get(state=ReminderState.POSTED)
        email = OutgoingEmail.objects.get(letter="exercise_reminder")
        assert (reminder.email, email.object_id, email.state) == (email, str(reminder.pk), EmailState.PENDING)
        assert (email.not_before, email.expires_at) == (reminder.due_at, reminder.expires_at)

    @pytest.mark.hazard("HZ-34")
    def test_its_mail_leaves_within_ten_minutes_and_before_the_evening(self, programme, second, settings):
        settings.REMINDER_SPREAD_SECONDS = 600
        assert reminders.post_due(SIX) == 1
        email = OutgoingEmail.objects.get(letter="exercise_reminder")
        assert email.not_before == spread(SIX, email.expires_at, programme.pk, timedelta(minutes=10))
        assert SIX <= email.not_before < SIX + timedelta(minutes=10)

    def test_more_than_are_handed_over_at_once_are_handed_over_by_one_tick(
        self, priya, toe_curls, monkeypatch
    ):
        monkeypatch.setattr(reminders, "AT_ONCE", 2)
        for number in range(5):
            patient = factories.make_patient(
                priya, "Nora", f"Quist {number}x", email=f"n{number}@patients.example"
            )
            factories.make_programme(priya, patient, [toe_curls])
        assert reminders.post_due(SIX) == 5
        assert OutgoingEmail.objects.filter(letter="exercise_reminder", bulk=True).count() == 5

    def test_what_is_due_is_found_by_its_index(self, programme):
        planned = Reminder.objects.get(local_date=NOON.date())
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO exercises_reminder (clinic_id, programme_id, local_date, slot, local_time, time_zone,
                          due_at, expires_at, state, reason)
                   SELECT clinic_id, programme_id, local_date - n, 1, local_time, time_zone, due_at - make_interval(days => n),
                          expires_at - make_interval(days => n), 'cancelled', '' FROM exercises_reminder,
                          generate_series(1, 5000) AS n WHERE id = %s""",
                [planned.pk],
            )
            cursor.execute("ANALYZE exercises_reminder")
            due = Reminder.objects.due_at(SIX)[:100]
            plan = json.loads(due.explain(format="json", analyze=True))[0]["Plan"]
        scan = plan["Plans"][0]
        assert scan["Index Name"] == "reminder_due"
        assert (scan["Actual Rows"], scan.get("Rows Removed by Filter", 0)) == (1, 0)

    def test_nothing_due_writes_nothing_but_the_tick(self, db):
        reminders.tick(NOON)
        before = factories.count_rows()
        assert reminders.tick(NOON + timedelta(minutes=1)) == 0
        assert factories.count_rows() == before

    @pytest.mark.hazard("HZ-34")
    def test_too_late_is_written_down_and_not_sent(self, programme):
        assert reminders.post_due(SIX.replace(hour=20, minute=55)) == 0
        reminder = Reminder.objects.get(local_date=date(2026, 11, 23))
        assert (reminder.state, reminder.reason) == (ReminderState.EXPIRED, "The time to send it had passed.")
        assert not OutgoingEmail.objects.filter(letter="exercise_reminder").exists()

    def test_a_late_tick_catches_up(self, programme):
        assert reminders.post_due(SIX + timedelta(hours=2)) == 1

    @pytest.mark.hazard("HZ-06")
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"reminders_allowed": False}, "The patient stopped reminders."),
            ({"reminders_allowed": False, "email": ""}, "The patient stopped reminders."),
        ],
    )
    def test_asks_again_whether_it_is_wanted(self, programme, margaret, change, reason):
        """The row was planned; the wish changed without our noticing."""
        Patient.objects.filter(pk=margaret.pk).update(**change)
        assert reminders.post_due(SIX) == 0
        reminder = Reminder.objects.get(local_date=date(2026, 11, 23))
        assert (reminder.state, reminder.reason) == (ReminderState.CANCELLED, reason)

    def test_not_for_a_day_that_was_logged(self, programme, margaret):
        log_today(margaret, programme)
        Reminder.objects.filter(local_date=NOON.date()).update(state=ReminderState.PLANNED, reason="")
        assert reminders.post_due(SIX) == 0
        assert Reminder.objects.get(local_date=NOON.date()).reason == "The day was logged already."

    @pytest.mark.hazard("HZ-06")
    def test_not_after_the_programme(self, programme):
        Programme.objects.update(state="ended", ended_at=NOON)
        assert reminders.post_due(SIX) == 0
        assert Reminder.objects.get(local_date=NOON.date()).reason == "The programme has ended."


class TestTakingBack:
    """Planned rows are cancelled; a posted one takes its waiting e-mail with it."""

    def cases(self, programme: Programme, margaret: Patient, priya) -> dict:
        return {
            "log": lambda: log_today(margaret, programme),
            "stop": lambda: actions.stop_reminders(
                actor=SYSTEM, patient=margaret, channel=ConsentChannel.PLAN
            ),
            "end": lambda: actions.end_programme(
                actor=Actor.staff(priya), programme=programme, now=NOON, reason="test"
            ),
        }

    @pytest.mark.parametrize(("case", "left"), [("log", 2), ("stop", 0), ("end", 0)])
    def test_planned(self, programme, margaret, priya, case, left):
        self.cases(programme, margaret, priya)[case]()
        assert len(days()) == left
        assert days(ReminderState.CANCELLED)[0] == "2026-11-23"
        assert reminders.post_due(SIX) == 0

    @pytest.mark.hazard("HZ-06")
    @pytest.mark.parametrize("case", ["log", "stop", "end"])
    def test_posted(self, programme, margaret, priya, case):
        reminders.post_due(SIX)
        self.cases(programme, margaret, priya)[case]()
        email = OutgoingEmail.objects.get(letter="exercise_reminder")
        assert email.state == EmailState.CANCELLED
        assert email.reason

    def test_another_days_log_leaves_today(self, priya, margaret, toe_curls):
        programme = factories.make_programme(priya, margaret, [toe_curls], now=NOON - timedelta(days=1))
        entry = actions.DayLog(performed_on=date(2026, 11, 22), done={programme.items.get().pk: Done.DONE})
        actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=entry, now=NOON)
        assert "2026-11-23" in days()


class TestHeldElsewhere:
    @pytest.mark.slow
    @pytest.mark.django_db(transaction=True)
    def test_a_row_held_by_another_process_is_left_alone(self, programme):
        """A second connection holds the row, as a worker in the middle of posting does."""
        other = connection.copy()
        try:
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("SELECT 1 FROM exercises_reminder WHERE due_at = %s FOR UPDATE", [SIX])
                assert reminders.post_due(SIX) == 0
            other.rollback()
        finally:
            other.close()
        assert reminders.post_due(SIX) == 1
        assert OutgoingEmail.objects.filter(letter="exercise_reminder").count() == 1

"""Applying the rules to what is stored: after a log, every night, twice, and with something broken."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from clinic import mail
from clinic.actors import Actor
from clinic.models import Clinic, OutgoingEmail, User
from exercises import actions, alert_facts, alerts
from exercises import tasks as exercise_tasks
from exercises.actions.succession import as_planned
from exercises.alert_rules import Rule
from exercises.alert_triggers import FINDERS, Facts
from exercises.models import (
    Alert,
    AlertClock,
    AlertSweep,
    AlertTrigger,
    DayReport,
    Done,
    MissReason,
    Programme,
)
from patients import actions as patient_actions
from patients.models import Measure, Patient
from tests import factories
from tests.factories import NOON, TODAY

DAY = timedelta(days=1)


def hurts(patient: Patient, score: int = 9, at: datetime = NOON) -> None:
    entry = actions.DayLog(performed_on=at.date(), pain={Measure.PAIN_FOOT: score})
    actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=at)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(_facts: Facts, _numbers: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(FINDERS, Rule.PAIN_SEVERE, find)


# --- after a log ------------------------------------------------------------------------------------------------
def test_a_log_tells_the_worker_when_it_is_committed(
    margaret: Patient, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr(exercise_tasks.evaluate_alerts, "apply_async", lambda args, retry: told.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        hurts(margaret)
        assert told == []
    assert told == [(str(margaret.pk),)]


@pytest.mark.hazard("HZ-42")
def test_the_next_tick_does_what_a_lost_message_left_undone(margaret: Patient) -> None:
    hurts(margaret)
    later = DayReport.objects.get().received_at + timedelta(minutes=1)
    AlertClock.objects.create(heard_until=later - timedelta(hours=1))
    assert alerts.watch(later) == 1
    assert Alert.objects.get().patient == margaret
    assert AlertClock.objects.get().heard_until == later
    assert alerts.watch(later + DAY) == 0


# --- every night ------------------------------------------------------------------------------------------------
def night(clinic: Clinic) -> None:
    """Everything heard and swept until NOON."""
    AlertClock.objects.create(heard_until=NOON)
    AlertSweep.objects.create(clinic=clinic, day=TODAY, after=None)


def test_once_a_night_after_the_clinics_own_two_oclock(
    riverside: Clinic, margaret: Patient, programme: Programme
) -> None:
    factories.make_log(margaret, programme.items.get())
    night(riverside)
    early = NOON.replace(hour=1, minute=59) + 8 * DAY
    AlertSweep.objects.update(day=early.date() - DAY)
    AlertClock.objects.update(heard_until=early)
    assert alerts.watch(early) == 0
    assert alerts.watch(early + timedelta(minutes=1)) == 1
    assert AlertSweep.objects.get().day == early.date()
    assert Alert.objects.get().rule == "no_log"
    assert alerts.watch(early + timedelta(minutes=2)) == 0


def test_a_pass_goes_on_where_the_last_tick_stopped(
    riverside: Clinic, priya: User, toe_curls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "BATCH", 2)
    monkeypatch.setattr(alerts, "BATCHES_A_TICK", 1)
    for place in range(5):
        person = factories.make_patient(priya, f"Given{place}", "Name")
        factories.make_programme(priya, person, [toe_curls])
    night(riverside)
    later = NOON + 8 * DAY
    assert [alerts.watch(later) for _tick in range(4)] == [2, 2, 1, 0]
    assert AlertSweep.objects.get().after is None


def test_who_is_archived_or_has_no_plan_is_not_looked_at(priya: User, margaret: Patient) -> None:
    hurts(margaret)
    actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="Moved away.")
    assert alerts.evaluate([margaret.pk], NOON) == 0
    assert not alerts._to_look_at(margaret.clinic, NOON).exists()


def test_a_support_to_be_reviewed_needs_no_plan(riverside: Clinic, priya: User, margaret: Patient) -> None:
    factories.make_support(priya, margaret, review_on=TODAY + 3 * DAY)
    night(riverside)
    AlertClock.objects.update(heard_until=NOON + 9 * DAY)
    assert alerts.watch(NOON + 2 * DAY) == 0
    assert alerts.watch(NOON + 3 * DAY) == 1
    assert Alert.objects.get().rule == "review_due"


def test_the_scheduler_sends_it_and_the_tasks_do_it(margaret: Patient) -> None:
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert "exercises.tasks.watch_alerts" in names
    assert exercise_tasks.watch_alerts() == 0
    assert exercise_tasks.evaluate_alerts(str(margaret.pk)) == 0


# --- twice, again, and never by itself --------------------------------------------------------------------------
@pytest.mark.hazard("HZ-36")
def test_ten_occasions_are_one_alert_with_ten_entries(margaret: Patient) -> None:
    for offset in range(10):
        hurts(margaret, at=NOON + offset * DAY)
        alerts.evaluate([margaret.pk], NOON + offset * DAY)
        alerts.evaluate([margaret.pk], NOON + offset * DAY)
    alert = Alert.objects.get(rule="pain_severe")
    assert (alert.count, alert.triggers.count()) == (10, 10)
    assert alert.last_triggered_at == NOON + 9 * DAY


@pytest.mark.hazard("HZ-13")
def test_what_was_resolved_is_not_raised_again_for_the_same_day_but_for_the_next(
    priya: User, margaret: Patient
) -> None:
    hurts(margaret)
    alerts.evaluate([margaret.pk], NOON)
    actions.close_alert(
        actor=Actor.staff(priya), alert=Alert.objects.get(), seen_count=1, note="Called.", now=NOON
    )
    assert alerts.evaluate([margaret.pk], NOON + DAY) == 0
    hurts(margaret, at=NOON + DAY)
    assert alerts.evaluate([margaret.pk], NOON + DAY) == 1
    assert sorted(Alert.objects.values_list("state", flat=True)) == ["closed", "raised"]


def test_nothing_closes_by_itself(margaret: Patient) -> None:
    hurts(margaret)
    alerts.evaluate([margaret.pk], NOON)
    hurts(margaret, 0, NOON + DAY)
    alerts.evaluate([margaret.pk], NOON + 60 * DAY)
    assert Alert.objects.get().is_open


def test_a_score_taken_back_leaves_what_was_raised(margaret: Patient) -> None:
    hurts(margaret)
    alerts.evaluate([margaret.pk], NOON)
    hurts(margaret, 2)
    assert alerts.evaluate([margaret.pk], NOON) == 0
    assert Alert.objects.get().is_open


@pytest.mark.hazard("HZ-13")
def test_a_rule_that_fails_is_told_of_and_silences_no_other(
    broken: None, margaret: Patient, caplog: pytest.LogCaptureFixture
) -> None:
    entry = actions.DayLog(performed_on=TODAY, pain={Measure.PAIN_FOOT: 9}, note="It hurts.")
    actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=entry, now=NOON)
    assert alerts.evaluate([margaret.pk], NOON) == 1
    assert Alert.objects.get().rule == "new_note"
    assert [(record.levelname, record.rule) for record in caplog.records] == [("ERROR", "pain_severe")]  # type: ignore[attr-defined]
    assert "It hurts" not in caplog.text


def test_evidence_holds_numbers_days_and_keys_only(margaret: Patient, programme: Programme) -> None:
    factories.make_log(margaret, programme.items.get(), done=Done.NOT_DONE)
    entry = actions.DayLog(performed_on=TODAY, pain={Measure.PAIN_FOOT: 9}, note="Margaret’s words.")
    actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=entry, now=NOON)
    alerts.evaluate([margaret.pk], NOON)
    kept = str(list(AlertTrigger.objects.values_list("evidence", "cause")))
    assert "words" not in kept
    assert "Margaret" not in kept


@pytest.mark.parametrize("number", [1, 10])
def test_as_many_questions_for_ten_patients_as_for_one(
    priya: User, toe_curls: Any, number: int, django_assert_num_queries: Any
) -> None:
    people = [factories.make_patient(priya, f"Given{place}", "Name") for place in range(number)]
    for person in people:
        programme = factories.make_programme(priya, person, [toe_curls])
        factories.make_log(person, programme.items.get())
        hurts(person, 3)
    with django_assert_num_queries(17):
        assert alerts.evaluate([person.pk for person in people], NOON) == 0


def test_the_first_score_of_the_plan_may_be_one_of_a_visit(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    """What was told at a visit raises nothing by itself: whoever wrote it down knows."""
    factories.tell(priya, margaret, TODAY, pain_foot_24h=9)
    assert alerts.evaluate([margaret.pk], NOON) == 0
    facts, _thresholds = alert_facts.gather([margaret.pk], NOON)[margaret.pk]
    assert facts.first["pain_foot_24h"].value == 9
    assert facts.scores == {}


@pytest.mark.hazard("HZ-13")
@pytest.mark.parametrize(("weeks_ago", "first"), [(6, None), (3, 2)])
def test_a_plan_that_is_long_over_gives_no_first_score(
    priya: User, margaret: Patient, toe_curls: Any, weeks_ago: int, first: int | None
) -> None:
    """Of four weeks, and nobody ended it: what hurts now is compared with nothing of then."""
    began = NOON - timedelta(weeks=weeks_ago)
    factories.make_programme(priya, margaret, [toe_curls], now=began)
    hurts(margaret, 2, at=began)
    hurts(margaret, 5, at=NOON - DAY)
    hurts(margaret, 5)
    facts, _thresholds = alert_facts.gather([margaret.pk], NOON)[margaret.pk]
    score = facts.first.get("pain_foot_24h")
    assert (score.value if score else None) == first
    alerts.evaluate([margaret.pk], NOON)
    assert Alert.objects.filter(rule="pain_rise").exists() is (first is not None)


@pytest.mark.hazard("HZ-13")
@pytest.mark.parametrize("letter", ["plan_ready", "plan_changed", "message_waiting"])
@pytest.mark.parametrize(("state", "count"), [("failed", 1), ("cancelled", 0)])
def test_a_letter_that_was_refused_raises_that_the_address_fails(
    priya: User, margaret: Patient, programme: Programme, letter: str, state: str, count: int
) -> None:
    about = programme.pk
    if letter == "message_waiting":
        entry = patient_actions.MessageEntry(text="Come in on Monday.")
        about = patient_actions.send_message(
            actor=Actor.staff(priya), patient=margaret, entry=entry, now=NOON
        ).pk
    OutgoingEmail.objects.all().delete()
    mail.post(
        letter, about, clinic_id=margaret.clinic_id, not_before=NOON, expires_at=NOON + timedelta(days=7)
    )
    OutgoingEmail.objects.update(state=state)
    alerts.evaluate([margaret.pk], NOON + DAY)
    found = Alert.objects.filter(rule="address_failing", patient=margaret)
    assert found.count() == count


@pytest.mark.hazard("HZ-13")
def test_left_out_for_pain_is_counted_across_a_change_of_the_dose(
    priya: User, margaret: Patient, toe_curls: Any
) -> None:
    programme = factories.make_programme(priya, margaret, [toe_curls], now=NOON - 6 * DAY)
    for days_ago, reps in ((5, 12), (4, 14), (1, None)):
        at = NOON - days_ago * DAY
        item = programme.items.in_force().get()
        entry = actions.DayLog(
            performed_on=at.date(), done={item.pk: Done.NOT_DONE}, reasons={item.pk: MissReason.PAIN}
        )
        actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=entry, now=at)
        if reps:
            planned = as_planned(item, item.version)
            plan = actions.ProgrammeChange(
                name=programme.name,
                items=[replace(planned, dose=planned.dose | {"reps_min": reps, "reps_max": None})],
                ends_on=programme.ends_on,
            )
            programme = actions.change_programme(
                actor=Actor.staff(priya),
                programme=programme,
                plan=plan,
                seen_version=programme.version,
                now=at + timedelta(hours=1),
            )
    assert programme.items.count() == 3
    alerts.evaluate([margaret.pk], NOON)
    assert Alert.objects.get(rule="skipped_for_pain").triggers.get().evidence["times"] == 3

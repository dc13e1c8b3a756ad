"""What a changed programme sends: one letter for all of a sitting, a copy for the carer, and reminders planned anew."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.actors import Actor
from clinic.models import OutgoingEmail, User
from exercises import actions, emails
from exercises.models import Exercise, Programme, Reminder
from patients.models import Carer, Patient
from tests import factories
from tests.exercises.test_change import change, plan_of, with_dose
from tests.factories import NOON, TODAY

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def heels() -> Exercise:
    return factories.make_exercise("heel-raises", name="Heel raises")


@pytest.fixture
def running(priya: User, margaret: Patient, toe_curls: Exercise, heels: Exercise) -> Programme:
    """Two exercises, since three days ago."""
    return factories.make_programme(priya, margaret, [toe_curls, heels], now=NOON - 3 * DAY)


def letters() -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(letter="plan_changed").order_by("pk"))


def ready_was_sent() -> None:
    OutgoingEmail.objects.filter(letter="plan_ready").update(state="sent", sent_at=NOON)


def test_one_letter_for_all_changes_of_one_sitting(priya: User, running: Programme) -> None:
    ready_was_sent()
    change(priya, running, items=with_dose(running, reps_min=20, reps_max=None))
    (letter,) = letters()
    minute = timedelta(minutes=1)
    assert (letter.not_before, letter.object_id) == (NOON + 10 * minute, str(running.pk))
    change(priya, running, items=with_dose(running, reps_min=21), now=NOON + 5 * minute)
    assert [one.not_before for one in letters()] == [NOON + 15 * minute]
    for n in range(1, 8):
        change(priya, running, items=with_dose(running, reps_min=21 + n), now=NOON + (5 + 9 * n) * minute)
    assert [one.not_before for one in letters()] == [NOON + 60 * minute]  # an hour in all
    OutgoingEmail.objects.filter(pk=letter.pk).update(state="sent", sent_at=NOON)
    change(priya, running, items=with_dose(running, reps_min=2, reps_max=None), now=NOON + 90 * minute)
    assert [one.generation for one in letters()] == [0, 1]


def test_no_letter_while_the_plan_itself_waits_and_none_without_an_address(
    priya: User, margaret: Patient, running: Programme
) -> None:
    change(priya, running, items=with_dose(running, reps_min=20, reps_max=None))
    assert letters() == []
    ready_was_sent()
    Patient.objects.filter(pk=margaret.pk).update(email="", reminders_allowed=False)
    change(priya, running, items=with_dose(running, reps_min=21))
    assert letters() == []


def test_unsent_reminders_follow_the_change(priya: User, margaret: Patient, toe_curls: Exercise) -> None:
    programme = factories.make_programme(priya, margaret, [toe_curls])
    assert [one.local_date for one in Reminder.objects.order_by("local_date")] == [
        TODAY,
        TODAY + DAY,
        TODAY + 2 * DAY,
    ]
    items = [replace(one, days_per_week=None, every_n_days=2) for one in plan_of(programme).items]
    change(priya, programme, items=items)
    assert [one.local_date for one in Reminder.objects.order_by("local_date")] == [TODAY, TODAY + 2 * DAY]


def test_the_letter_is_asked_about_again_when_it_is_sent(
    priya: User, margaret: Patient, running: Programme
) -> None:
    letter = emails.plan_changed(str(running.pk), NOON)
    assert letter
    assert "Your plan was changed." in letter.text
    actions.end_programme(actor=Actor.staff(priya), programme=running, now=NOON, reason="Done.")
    assert emails.plan_changed(str(running.pk), NOON) is None


def make_carer(patient: Patient) -> Carer:
    return Carer.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        name="Ruth Hale",
        email="ruth.hale@families.example",
        language="en-gb",
        state="agreed",
        agreed_at=NOON,
    )


def test_the_carer_gets_one_copy_that_waits_as_long(
    priya: User, margaret: Patient, running: Programme
) -> None:
    carer = make_carer(margaret)
    ready_was_sent()
    minute = timedelta(minutes=1)
    change(priya, running, items=with_dose(running, reps_min=20, reps_max=None))
    change(priya, running, items=with_dose(running, reps_min=21), now=NOON + 5 * minute)
    (copy,) = OutgoingEmail.objects.filter(letter="carer_plan_changed")
    assert (copy.not_before, copy.object_id) == (NOON + 15 * minute, f"{running.pk.hex}-{carer.pk}")
    letter = emails.carer_plan_changed(copy.object_id, NOON)
    assert letter
    assert letter.to == carer.email


@pytest.mark.parametrize("ends", ["by hand", "by its last day"])
def test_a_letter_that_tells_of_two_programmes_outlives_the_first(
    priya: User, margaret: Patient, running: Programme, heels: Exercise, ends: str
) -> None:
    ready_was_sent()
    make_carer(margaret)
    other = factories.make_programme(priya, margaret, [heels], now=NOON - 2 * DAY, weeks=8)
    ready_was_sent()
    change(priya, running, items=with_dose(running, reps_min=20, reps_max=None))
    change(priya, other, items=with_dose(other, reps_min=20, reps_max=None))
    (letter,) = letters()  # one for both
    assert letter.object_id == str(running.pk)
    (copy,) = OutgoingEmail.objects.filter(letter="carer_plan_changed")
    sent = NOON
    if ends == "by hand":
        actions.end_programme(actor=Actor.staff(priya), programme=running, now=NOON, reason="Done.")
    else:
        sent = NOON + (running.ends_on + DAY - TODAY)
    assert emails.plan_changed(letter.object_id, sent)
    assert emails.carer_plan_changed(copy.object_id, sent)
    assert emails.plan_ready(str(running.pk), sent) is None
    actions.end_programme(actor=Actor.staff(priya), programme=other, now=sent, reason="Done.")
    assert emails.plan_changed(letter.object_id, sent) is None
    assert emails.carer_plan_changed(copy.object_id, sent) is None

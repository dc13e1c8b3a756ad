"""Publishing, retiring and signing off: refusals write nothing, versions stay as they were sent."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises import actions
from exercises.models import Exercise, Programme, Routine, RoutineItem, Stage
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(carlos: User) -> Actor:
    return Actor.staff(carlos)


@pytest.mark.hazard("HZ-12", "HZ-17")
def test_publishing_makes_the_next_version_and_names_who_signed(
    curator: Actor, carlos: User, toe_curls: Exercise
) -> None:
    toe_curls.steps = ["Sit.", "Curl.", "Spread."]
    actions.save_exercise(actor=curator, exercise=toe_curls)
    later = NOON + timedelta(days=1)
    version = actions.publish_exercise(actor=curator, exercise=toe_curls, now=later)
    assert (version.number, version.published_by, version.published_at) == (2, carlos, later)
    assert version.steps == ["Sit.", "Curl.", "Spread."]
    assert (toe_curls.current, toe_curls.has_unpublished_changes) == (version, False)
    entry = AuditEntry.objects.get(verb="exercise.published", actor_user=carlos)
    assert (entry.object_id, entry.changes) == (str(toe_curls.pk), {"version": 2})


@pytest.mark.hazard("HZ-03", "HZ-12")
def test_a_running_programme_keeps_the_version_it_was_sent_with(
    curator: Actor, toe_curls: Exercise, programme: Programme
) -> None:
    sent = programme.items.get().version
    toe_curls.name, toe_curls.reps_max = "Toe curls", 20
    actions.save_exercise(actor=curator, exercise=toe_curls)
    actions.publish_exercise(actor=curator, exercise=toe_curls, now=NOON)
    item = programme.items.get()
    assert item.version == sent
    assert (item.version.name, item.reps_max) == ("Toe curls and spreads", 15)


@pytest.mark.hazard("HZ-03", "HZ-12")
def test_a_published_version_never_changes(toe_curls: Exercise) -> None:
    version = toe_curls.versions.get()
    for sql in (
        "UPDATE exercises_exerciseversion SET name = 'Other'",
        "DELETE FROM exercises_exerciseversion",
    ):
        with (
            pytest.raises(DatabaseError, match="never changed or deleted"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    version.refresh_from_db()
    assert version.name == "Toe curls and spreads"


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("steps", "the steps"),
        ("stop_rules", "the stop rules"),
        ("sides", "the sides"),
        ("alt_text", "the picture in words"),
    ],
)
def test_an_incomplete_text_is_not_published(curator: Actor, left_out: str, words: str) -> None:
    empty: Any = "" if left_out == "alt_text" else []
    exercise = factories.make_exercise(published=False, **{left_out: empty})
    before = factories.count_rows()
    with pytest.raises(Refused) as refusal:
        actions.publish_exercise(actor=curator, exercise=exercise, now=NOON)
    assert refusal.value.code == "incomplete"
    assert refusal.value.message == f"Toe curls and spreads cannot be published without {words}."
    assert factories.count_rows() == before
    assert Exercise.objects.get().stage == Stage.DRAFT


def test_the_same_text_is_published_once(curator: Actor, toe_curls: Exercise) -> None:
    before = factories.count_rows()
    with pytest.raises(Refused, match="is published as it stands"):
        actions.publish_exercise(actor=curator, exercise=toe_curls, now=NOON)
    assert factories.count_rows() == before


def test_retiring_takes_it_out_of_the_catalogue_once(curator: Actor, toe_curls: Exercise) -> None:
    actions.retire_exercise(actor=curator, exercise=toe_curls)
    assert toe_curls.stage == Stage.RETIRED
    assert not Exercise.objects.assignable().exists()
    before = factories.count_rows()
    with pytest.raises(Refused, match="is not published"):
        actions.retire_exercise(actor=curator, exercise=toe_curls)
    assert factories.count_rows() == before


def test_a_retired_exercise_comes_back_as_a_new_version(curator: Actor, toe_curls: Exercise) -> None:
    actions.retire_exercise(actor=curator, exercise=toe_curls)
    assert actions.publish_exercise(actor=curator, exercise=toe_curls, now=NOON).number == 2
    assert Exercise.objects.assignable().get() == toe_curls


def test_saving_is_audited_as_creating_or_editing(curator: Actor, toe_curls: Exercise) -> None:
    exercise = Exercise(slug="short-foot", name="Short foot", dose_source="R")
    actions.save_exercise(actor=curator, exercise=exercise)
    actions.save_exercise(actor=curator, exercise=exercise)
    entries = AuditEntry.objects.filter(object_id=str(exercise.pk)).order_by("pk")
    assert list(entries.values_list("verb", "actor_role")) == [
        ("exercise.created", "curator"),
        ("exercise.edited", "curator"),
    ]


def test_an_edited_routine_has_to_be_signed_again(curator: Actor, carlos: User, basics: Routine) -> None:
    assert (basics.stage, basics.signed_off_by, basics.signed_off_on) == (
        Stage.PUBLISHED,
        carlos,
        NOON.date(),
    )
    basics.basis = "Other words."
    actions.save_routine(actor=curator, routine=basics)
    basics.refresh_from_db()
    assert (basics.stage, basics.signed_off_by, basics.signed_off_on) == (Stage.DRAFT, None, None)
    assert not Routine.objects.assignable().exists()
    actions.publish_routine(actor=curator, routine=basics, now=NOON)
    assert Routine.objects.assignable().get() == basics


@pytest.mark.hazard("HZ-16")
def test_a_routine_holds_one_to_four_published_exercises(curator: Actor, toe_curls: Exercise) -> None:
    routine = Routine(slug="morning", name="Morning")
    actions.save_routine(actor=curator, routine=routine)

    def refused() -> tuple[str, str]:
        before = factories.count_rows()
        with pytest.raises(Refused) as refusal:
            actions.publish_routine(actor=curator, routine=routine, now=NOON)
        assert factories.count_rows() == before
        assert Routine.objects.get().stage == Stage.DRAFT
        return refusal.value.code, refusal.value.message

    assert refused() == ("empty", "Morning holds no exercise.")
    draft = factories.make_exercise("short-foot", published=False)
    item = RoutineItem.objects.create(routine=routine, exercise=draft)
    assert refused() == ("unpublished", "Publish first: Short foot.")
    item.delete()
    for number in range(4):
        exercise = factories.make_exercise(f"exercise-{number}")
        RoutineItem.objects.create(routine=routine, exercise=exercise, order=number)
    fifth = RoutineItem.objects.create(routine=routine, exercise=toe_curls, order=5)
    assert refused() == ("too_many", "Morning holds 5 exercises; 4 are the most that are kept up.")
    fifth.delete()
    assert actions.publish_routine(actor=curator, routine=routine, now=NOON).stage == Stage.PUBLISHED


@pytest.mark.hazard("HZ-12")
def test_a_job_cannot_sign_a_routine_off(curator: Actor, basics: Routine) -> None:
    actions.save_routine(actor=curator, routine=basics)  # a draft by that
    before = factories.count_rows()
    with pytest.raises(Refused, match="A person has to sign off a routine"):
        actions.publish_routine(actor=Actor.system("test"), routine=basics, now=NOON)
    assert factories.count_rows() == before


def test_retiring_a_routine_leaves_its_programmes(
    curator: Actor, basics: Routine, programme: Programme
) -> None:
    actions.retire_routine(actor=curator, routine=basics)
    assert Routine.objects.get().stage == Stage.RETIRED
    programme.refresh_from_db()
    assert programme.state == "active"
    with pytest.raises(Refused, match="is not published"):
        actions.retire_routine(actor=curator, routine=basics)


def test_who_sees_drafts(curator: Actor, priya: User, basics: Routine) -> None:
    draft = factories.make_exercise("short-foot", published=False)
    actions.save_routine(actor=curator, routine=Routine(slug="morning", name="Morning"))
    for actor, exercises, routines in ((curator, 3, 2), (Actor.staff(priya), 2, 1), (None, 0, 0)):
        assert Exercise.objects.visible_to(actor).count() == exercises
        assert Routine.objects.visible_to(actor).count() == routines
    assert not Exercise.objects.assignable().filter(pk=draft.pk).exists()

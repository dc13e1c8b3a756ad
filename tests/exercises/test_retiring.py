"""What must not be published, and what must not leave the catalogue while a signed routine holds it."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises import actions
from exercises.models import Exercise, Routine, Scope, Stage
from tests import factories
from tests.factories import NOON
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db


def test_an_exercise_of_published_routines_is_not_retired(
    carlos: User, basics: Routine, toe_curls: Exercise
) -> None:
    factories.make_routine(carlos, [toe_curls], slug="other", name="Toes only")
    before = factories.count_rows()
    with pytest.raises(Refused) as refusal:
        actions.retire_exercise(actor=Actor.staff(carlos), exercise=toe_curls)
    assert refusal.value.code == "in_routine"
    assert refusal.value.message == (
        "Toe curls and spreads: Take it out of these routines first, or retire them: Article basics, Toes only."
    )
    assert factories.count_rows() == before
    assert Exercise.objects.get(pk=toe_curls.pk).stage == toe_curls.stage == Stage.PUBLISHED


@pytest.mark.parametrize("stage", [Stage.DRAFT, Stage.RETIRED])
def test_routines_that_nobody_can_assign_do_not_hold_it(
    carlos: User, basics: Routine, toe_curls: Exercise, stage: Stage
) -> None:
    Routine.objects.update(stage=stage)
    actions.retire_exercise(actor=Actor.staff(carlos), exercise=toe_curls)
    assert Exercise.objects.get(pk=toe_curls.pk).stage == toe_curls.stage == Stage.RETIRED


def test_the_admin_says_which_routines_hold_it(carlos: User, basics: Routine, toe_curls: Exercise) -> None:
    client = Client()
    client.force_login(carlos)
    chosen = {"action": "retire", "confirmed": "yes", "_selected_action": [toe_curls.pk]}
    page = client.post(reverse("admin:exercises_exercise_changelist"), chosen, follow=True)
    (said,) = page.context["messages"]
    assert said.level_tag == "error"
    assert str(said).endswith("first, or retire them: Article basics.")
    assert Exercise.objects.get(pk=toe_curls.pk).stage == Stage.PUBLISHED


@pytest.mark.hazard("HZ-31")
def test_routines_out_of_sight_lose_their_signature_and_stay_unnamed(
    carlos: User, priya: User, hugo: User, personal: Routine, toe_curls: Exercise
) -> None:
    theirs = factories.write_routine(hugo, [actions.RoutineLine(exercise=toe_curls)], name="Hilltop evenings")
    factories.write_routine(
        hugo, [actions.RoutineLine(exercise=toe_curls)], name="Hugo's mornings", scope=Scope.PERSONAL
    )
    as_carlos = signed_in(carlos)
    page = text(as_carlos.get(reverse("admin:exercises_exercise_retire", args=[toe_curls.pk])))
    assert "3 routines of other clinics or people lose their signature" in page
    chosen = {"action": "retire", "confirmed": "yes", "_selected_action": [toe_curls.pk]}
    page += text(as_carlos.post(reverse("admin:exercises_exercise_changelist"), chosen, follow=True))
    for name in ("Hilltop", "mornings", "My evenings"):
        assert name not in page
    assert Exercise.objects.get(pk=toe_curls.pk).stage == Stage.RETIRED
    for routine in Routine.objects.all():
        assert (routine.stage, routine.signed_off_by, routine.signed_off_on) == (Stage.DRAFT, None, None)
    entries = AuditEntry.objects.filter(verb="routine.unsigned")
    assert {entry.object_id for entry in entries} == {
        str(pk) for pk in Routine.objects.values_list("pk", flat=True)
    }
    with pytest.raises(Refused) as refusal:
        actions.publish_routine(actor=Actor.staff(hugo), routine=theirs, now=NOON)
    assert refusal.value.code == "unpublished"


@pytest.mark.hazard("HZ-31")
def test_only_the_routines_in_sight_are_named(
    carlos: User, hugo: User, basics: Routine, personal: Routine, toe_curls: Exercise
) -> None:
    factories.write_routine(hugo, [actions.RoutineLine(exercise=toe_curls)], name="Hilltop evenings")
    before = factories.count_rows()
    with pytest.raises(Refused) as refusal:
        actions.retire_exercise(actor=Actor.staff(carlos), exercise=toe_curls)
    assert refusal.value.message.endswith("or retire them: Article basics.")
    assert factories.count_rows() == before
    assert Routine.objects.filter(stage=Stage.PUBLISHED).count() == 3


def test_an_exercise_in_two_stages_names_its_routine_once(
    carlos: User, staged: Routine, toe_curls: Exercise
) -> None:
    with pytest.raises(Refused) as refusal:
        actions.retire_exercise(actor=Actor.staff(carlos), exercise=toe_curls)
    assert refusal.value.message.endswith("or retire them: Article basics, Loading.")


def test_an_unknown_picture_is_not_published(carlos: User) -> None:
    exercise = factories.make_exercise("hops", published=False, picture="hops")
    with pytest.raises(Refused) as refusal:
        actions.publish_exercise(actor=Actor.staff(carlos), exercise=exercise, now=NOON)
    assert refusal.value.code == "picture"
    assert refusal.value.message.startswith(
        "Hops: there is no picture “hops”. Known are: ankle-alphabet, arch-roll, "
    )
    assert "toe-curls-and-spreads" in refusal.value.message
    assert Exercise.objects.get().stage == Stage.DRAFT


def test_nothing_is_published_without_a_picture() -> None:
    with pytest.raises(Refused) as refusal:
        factories.make_exercise("hops", picture="")
    assert refusal.value.code == "incomplete"

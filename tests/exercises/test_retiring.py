"""What must not be published, and what must not leave the catalogue while a signed routine holds it."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import User
from exercises import actions
from exercises.models import Exercise, Routine, Stage
from tests import factories
from tests.factories import NOON

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


def test_an_exercise_without_a_picture_is_not_published() -> None:
    with pytest.raises(Refused, match="without a drawing or a photo"):
        factories.make_exercise("hops", picture="")

"""The form of an exercise in the admin: closed lists are offered, and faults stand where they are."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises import figures, kit
from exercises.models import Exercise, Side
from patients.cautions import flags
from tests import factories
from tests.exercises.test_admin_exercises import send

pytestmark = pytest.mark.django_db
RANGE = "Give a number above zero, or a range with the smaller number first."


@pytest.fixture
def as_carlos(carlos: User) -> Client:
    client = Client()
    client.force_login(carlos)
    return client


def errors(response: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def test_known_pictures_sides_and_words_are_offered(as_carlos: Client, toe_curls: Exercise) -> None:
    response = as_carlos.get(reverse("admin:exercises_exercise_change", args=[toe_curls.pk]))
    fields = response.context["adminform"].form.fields
    assert [key for key, _label in fields["picture"].choices] == ["", *figures.slugs()]
    assert [key for key, _label in fields["sides"].choices] == Side.values
    page = response.content.decode()
    assert page.count('type="checkbox" name="sides"') == len(Side.values)
    assert page.count('type="checkbox" name="equipment"') == len(kit.known())
    assert [key for key, _label in fields["cautions"].choices] == list(flags())
    assert "Fall risk. Say what to hold on to." in page


def test_an_unknown_picture_is_refused_with_the_known_ones(as_carlos: Client, toe_curls: Exercise) -> None:
    (message,) = errors(send(as_carlos, toe_curls, picture="hops"))["picture"]
    assert message == f"“hops” is not known. Known are: {', '.join(figures.slugs())}."
    assert Exercise.objects.get().picture == "toe-curls-and-spreads"


def test_the_picture_may_be_taken_away(as_carlos: Client, toe_curls: Exercise) -> None:
    send(as_carlos, toe_curls, picture="")
    assert Exercise.objects.get().picture == ""


def test_sides_are_kept_once_in_their_order(as_carlos: Client, toe_curls: Exercise) -> None:
    send(as_carlos, toe_curls, sides=["together", "left", "left"])
    assert Exercise.objects.get().sides == ["left", "together"]


@pytest.mark.parametrize(
    ("low", "high", "field"),
    [(15, 10, "hold_s_max"), ("", 10, "hold_s_min"), (5, 0, "hold_s_max")],
)
def test_a_range_is_mended_at_its_field(
    as_carlos: Client, toe_curls: Exercise, low: Any, high: Any, field: str
) -> None:
    before = factories.count_rows()
    assert errors(send(as_carlos, toe_curls, hold_s_min=low, hold_s_max=high)) == {field: [RANGE]}
    assert factories.count_rows() == before


def test_one_fault_is_said_once(as_carlos: Client, toe_curls: Exercise) -> None:
    assert list(errors(send(as_carlos, toe_curls, reps_min=-1, reps_max=5))) == ["reps_min"]


def test_a_box_that_left_its_list_is_not_lost_unseen(as_carlos: Client, toe_curls: Exercise) -> None:
    Exercise.objects.update(equipment=["towel", "sofa"])
    toe_curls.refresh_from_db()
    send(as_carlos, toe_curls, name="Toe curling")
    assert Exercise.objects.get().equipment == ["towel", "sofa"]

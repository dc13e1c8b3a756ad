"""Lines of a programme that do not say how much."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import User
from exercises import actions
from exercises.models import Exercise, Programme
from patients.models import Patient
from tests import factories
from tests.exercises.assign_world import nothing_was_written, problems, typed

pytestmark = pytest.mark.django_db
DOSE = "Give repetitions, a hold or a duration."


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


@pytest.mark.parametrize("extra", [{}, {"sets": "3"}, {"cue": "after breakfast"}])
def test_a_line_says_how_much(as_priya: Client, url: str, toe_curls: Exercise, extra: dict[str, str]) -> None:
    line = {f"{toe_curls.slug}-{name}": value for name, value in ({"reps": ""} | extra).items()}
    response = as_priya.post(url, typed(toe_curls) | line)
    assert (response.status_code, problems(response)) == (422, [DOSE])
    assert f'<a href="#id_{toe_curls.slug}-reps">' in response.content.decode()
    assert nothing_was_written()


@pytest.mark.parametrize("name", ["reps", "hold_s", "duration_s"])
def test_one_amount_is_enough(as_priya: Client, url: str, toe_curls: Exercise, name: str) -> None:
    line = {f"{toe_curls.slug}-reps": "", f"{toe_curls.slug}-{name}": "30"}
    assert as_priya.post(url, typed(toe_curls) | line).status_code == 302
    assert Programme.objects.count() == 1


def test_a_slip_in_the_only_amount_is_said_once(as_priya: Client, url: str, toe_curls: Exercise) -> None:
    line = {f"{toe_curls.slug}-reps": "", f"{toe_curls.slug}-hold_s": "long"}
    response = as_priya.post(url, typed(toe_curls) | line)
    assert problems(response) == ["Write a number such as 10, or a range such as 10-15."]


@pytest.mark.hazard("HZ-15")
@pytest.mark.parametrize("dose", [{}, {"reps_min": None, "sets_min": 3, "cue": "after breakfast"}])
def test_the_action_refuses_it_too(
    priya: User, margaret: Patient, toe_curls: Exercise, dose: dict[str, Any]
) -> None:
    assert toe_curls.current
    item = factories.item_plan(toe_curls.current, dose=dose)
    plan = actions.ProgrammePlan(name="Feet", items=[item], starts_on=factories.TODAY, weeks=4)
    with pytest.raises(Refused) as refusal:
        actions.assign_programme(actor=Actor.staff(priya), patient=margaret, plan=plan, now=factories.NOON)
    assert refusal.value.code == "dose"
    assert refusal.value.message == "Give repetitions, a hold or a duration for Toe curls and spreads."
    assert nothing_was_written()

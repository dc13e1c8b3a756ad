"""Assigning a routine that the patient has already."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises.models import Exercise, Programme, Routine
from patients.models import Patient
from tests import factories
from tests.exercises.assign_world import problems, typed

pytestmark = pytest.mark.django_db
SAID = "“Article basics” from this routine is running since 23 Nov 2026."
BOTH = "Tick “End …” above, or say that both are meant to run."


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


@pytest.fixture
def first(priya: User, margaret: Patient, toe_curls: Exercise, basics: Routine) -> Programme:
    made = factories.make_programme(priya, margaret, [toe_curls], routine=basics)
    Programme.objects.update(ends_on=date(2099, 1, 1))
    return made


@pytest.mark.hazard("HZ-16")
@pytest.mark.usefixtures("first")
def test_the_page_warns_above_the_button(as_priya: Client, url: str, basics: Routine) -> None:
    page = as_priya.get(url, {"routine": basics.slug}).content.decode()
    assert SAID in page
    assert 0 < page.index("Both are meant to run") < page.index("Assign and send")
    redrawn = as_priya.post(url, {"routine": basics.slug, "items": ["toe-curls-and-spreads"], "update": "1"})
    assert SAID in redrawn.content.decode()


def test_one_that_waits_is_said_to_start(as_priya: Client, url: str, first: Programme) -> None:
    Programme.objects.update(starts_on=date(2098, 12, 1), review_on=date(2099, 1, 1))
    page = as_priya.get(url, {"routine": "article-basics"}).content.decode()
    assert "“Article basics” from this routine starts on 1 Dec 2098." in page


@pytest.mark.usefixtures("first")
def test_it_is_not_sent_before_somebody_chose(
    as_priya: Client, url: str, basics: Routine, toe_curls: Exercise
) -> None:
    response = as_priya.post(url, typed(toe_curls, routine=basics.slug))
    assert (response.status_code, problems(response)) == (422, [BOTH])
    assert '<a href="#id_both">' in response.content.decode()
    assert Programme.objects.count() == 1


def test_ending_the_old_one_is_a_choice(
    as_priya: Client, url: str, basics: Routine, toe_curls: Exercise, first: Programme
) -> None:
    data = typed(toe_curls, routine=basics.slug, ending=[str(first.pk)])
    assert as_priya.post(url, data).status_code == 302
    assert dict(Programme.objects.values_list("name", "state")) == {
        "Article basics": "ended",
        "Feet first": "active",
    }


@pytest.mark.usefixtures("first")
def test_wanting_both_is_a_choice(as_priya: Client, url: str, basics: Routine, toe_curls: Exercise) -> None:
    data = typed(toe_curls, routine=basics.slug, both="on")
    answers = [as_priya.post(url, data) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Programme.objects.filter(state="active").count() == 2


def test_a_double_press_is_not_taken_for_another_programme(
    as_priya: Client, url: str, basics: Routine, toe_curls: Exercise
) -> None:
    data = typed(toe_curls, routine=basics.slug)
    assert [as_priya.post(url, data).status_code for _ in range(2)] == [302, 302]
    assert Programme.objects.count() == 1


@pytest.mark.parametrize("routine", ["", "other", "\x00"])
@pytest.mark.usefixtures("first")
def test_without_the_same_routine_nothing_is_asked(as_priya: Client, url: str, routine: str) -> None:
    data = {"routine": routine, "items": ["toe-curls-and-spreads"], "update": "1"}
    response = as_priya.post(url, data)
    assert response.status_code == 200
    assert "Both are meant to run" not in response.content.decode()


@pytest.mark.usefixtures("basics")
def test_nor_when_it_runs_for_somebody_else_or_has_ended(
    as_priya: Client, priya: User, url: str, first: Programme
) -> None:
    Programme.objects.update(patient=factories.make_patient(priya, "Tom", "Reed"))
    assert "Both are" not in as_priya.get(url, {"routine": "article-basics"}).content.decode()

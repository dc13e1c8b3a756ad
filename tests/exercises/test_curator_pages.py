"""Comparing texts, looking at the preview, and asking who uses an exercise."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import User
from exercises import actions, usage
from exercises.models import Exercise, Favourite, Programme, Routine
from tests import factories
from tests.factories import NOON
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_carlos(carlos: User) -> Client:
    return signed_in(carlos)


def page(client: Client, name: str, exercise: Exercise, **asked: Any) -> Any:
    return client.get(reverse(f"admin:exercises_exercise_{name}", args=[exercise.pk]), asked)


def edit(carlos: User, exercise: Exercise, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(exercise, name, value)
    actions.save_exercise(actor=Actor.staff(carlos), exercise=exercise)


def test_the_working_text_is_compared_with_the_published_one(
    as_carlos: Client, carlos: User, toe_curls: Exercise
) -> None:
    assert "These two say the same." in text(page(as_carlos, "compare", toe_curls))
    edit(carlos, toe_curls, movement="curl the toes <b>, then fan them apart", reps_max=20)
    response = page(as_carlos, "compare", toe_curls)
    shown, content = text(response), response.content.decode()
    assert "<del>towards the floor</del>" in content
    assert "&lt;b&gt;" in content
    assert "<b>" not in content
    assert ">Movement in one line<" in shown
    assert ">Repetitions<" in shown
    assert ">Steps<" not in shown


def test_any_two_versions_are_compared(as_carlos: Client, carlos: User, toe_curls: Exercise) -> None:
    edit(carlos, toe_curls, name="Toe curling")
    actions.publish_exercise(actor=Actor.staff(carlos), exercise=toe_curls, now=NOON)
    response = page(as_carlos, "compare", toe_curls)  # nothing to publish: what the last publishing changed
    assert [change.name for change in response.context["changes"]] == ["name"]
    back = page(as_carlos, "compare", toe_curls, old="2", new="1")
    assert back.context["changes"][0].new == "Toe curls and spreads"
    for asked in ({"old": "7"}, {"new": "x"}):
        assert "Choose two of the texts in the lists." in text(page(as_carlos, "compare", toe_curls, **asked))
    draft = factories.make_exercise("short-foot", published=False)
    assert "Nothing was published yet" in text(page(as_carlos, "compare", draft))


def test_a_draft_is_seen_as_patients_would(as_carlos: Client) -> None:
    draft = factories.make_exercise("short-foot", published=False, steps=["Shorten <the> foot."])
    before = factories.count_rows()
    content = page(as_carlos, "preview", draft)
    shown = text(content)
    assert content.status_code == 200
    assert "Shorten <the> foot." in shown
    assert "<the>" not in content.content.decode()
    assert "10–15 times, left foot" in shown
    assert "Stop this exercise and contact your clinic" in shown
    assert factories.count_rows() == before


@pytest.mark.parametrize(
    ("asked", "direction", "medium"),
    [
        ({}, "ltr", "phone"),
        ({"medium": "dark"}, "ltr", "dark"),
        ({"medium": "print"}, "ltr", "print"),
        ({"dir": "rtl"}, "rtl", "phone"),
        ({"medium": "../x"}, "ltr", "phone"),
    ],
)
def test_the_preview_has_four_media(
    as_carlos: Client, toe_curls: Exercise, asked: dict[str, str], direction: str, medium: str
) -> None:
    content = page(as_carlos, "preview", toe_curls, **asked).content.decode()
    assert f'dir="{direction}"' in content
    address = reverse("admin:exercises_exercise_sheet", args=[medium])
    assert f'href="{address}"' in content
    sheet = as_carlos.get(address)
    assert sheet.headers["Content-Type"].startswith("text/css")
    css = sheet.content.decode()
    assert ("prefers-color-scheme" in css, "@media print" in css) == (False, medium != "print")
    assert not re.search(r"@media[^{]*(min|max)-width", css)
    assert "css/app" not in content  # or its own answers would count as well


def test_an_unknown_sheet_is_not_found(as_carlos: Client) -> None:
    assert as_carlos.get(reverse("admin:exercises_exercise_sheet", args=["settings"])).status_code == 404


def test_who_uses_it_is_counted_and_no_patient_named(
    as_carlos: Client, carlos: User, priya: User, hugo: User, basics: Routine, programme: Programme
) -> None:
    toe_curls = Exercise.objects.get(slug="toe-curls-and-spreads")
    tom = factories.make_patient(priya, "Tom", "Okafor")
    factories.make_programme(priya, tom, [toe_curls])
    far = factories.make_patient(hugo, "Nadia", "Berg")
    factories.make_programme(hugo, far, [toe_curls])
    Favourite.objects.create(user=priya, exercise=toe_curls)
    content = text(page(as_carlos, "change", toe_curls))
    for words in ("3 running programmes<", "in 2 clinics<", "1 person has it as a favourite<"):
        assert words in content
    assert "routine “Article basics” (published)" in content
    for name in ("Hale", "Okafor", "Berg"):
        assert name not in content
    question = text(page(as_carlos, "retire", toe_curls))
    assert "A published routine holds it: take it out there first" in question
    assert not re.search("Hale|Okafor|Berg", question)


def test_routines_of_others_are_only_counted(
    carlos: User, priya: User, hugo: User, toe_curls: Exercise
) -> None:
    whose: list[tuple[User, dict[str, Any]]] = [
        (hugo, {"clinic": hugo.staff_membership.clinic}),
        (priya, {"clinic": priya.staff_membership.clinic, "owner": priya}),
        (priya, {"clinic": carlos.staff_membership.clinic}),
    ]
    for number, (user, fields) in enumerate(whose):
        factories.make_routine(user, [toe_curls], f"routine-{number}", name=f"Routine {number}", **fields)
    (use,) = usage.of([toe_curls], Actor.staff(carlos))
    assert [routine.name for routine in use.routines] == ["Routine 2"]
    assert use.other_routines == use.to_be_signed_anew == 2


def test_the_use_of_many_costs_what_the_use_of_one_does(
    carlos: User, toe_curls: Exercise, django_assert_num_queries: Any
) -> None:
    factories.make_routine(carlos, [toe_curls])
    many = [toe_curls, *(factories.make_exercise(f"exercise-{number}") for number in range(9))]
    for exercises in ([toe_curls], many):
        with django_assert_num_queries(4):
            usage.of(exercises, Actor.staff(carlos))

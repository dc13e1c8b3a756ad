"""What a member of staff keeps at hand and used lately, on the catalogue's pages and while a programme is written."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, Clinic, User
from exercises import actions
from exercises.models import Exercise, Favourite, Programme
from exercises.shelf import MOST_AT_HAND, MOST_HITS
from patients.models import Patient
from tests import factories
from tests.exercises.assign_world import nothing_was_written, typed
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def star(exercise: Exercise, query: str = "") -> str:
    return reverse("exercises:favourite", args=[exercise.slug]) + query


def kept_by(user: User) -> list[str]:
    return list(Favourite.objects.filter(user=user).values_list("exercise__slug", flat=True))


def assign(patient: Patient) -> str:
    return reverse("exercises:assign", args=[patient.pk])


def groups(response: Any) -> dict[str, list[str]]:
    return {group.key: [one.slug for one in group.exercises] for group in response.context["shelf"].groups}


def test_the_star_keeps_an_exercise_and_lets_it_go(
    as_priya: Client, priya: User, toe_curls: Exercise
) -> None:
    back = "/exercises/?q=toe"
    for _ in range(2):  # pressed twice, it stays kept
        response = as_priya.post(star(toe_curls), {"next": back})
        assert (response.status_code, response["Location"]) == (302, back)
        assert kept_by(priya) == [toe_curls.slug]
    page = text(as_priya.get("/exercises/"))
    assert f'aria-pressed="true" form="stars" formaction="{star(toe_curls, "?off")}"' in page
    for _ in range(2):
        as_priya.post(star(toe_curls, "?off"))
        assert kept_by(priya) == []
    verbs = AuditEntry.objects.filter(object_id=str(toe_curls.pk), actor_user_id=priya.pk)
    assert list(verbs.order_by("pk").values_list("verb", flat=True)) == [
        "favourite.added",
        "favourite.removed",
    ]


def test_htmx_gets_the_star_alone(as_priya: Client, toe_curls: Exercise) -> None:
    response = as_priya.post(star(toe_curls), headers=HTMX)
    assert text(response).startswith("<button")
    assert 'aria-pressed="true"' in text(response)
    bench = text(as_priya.post(star(toe_curls, "?off&bench"), headers=HTMX))
    assert f'aria-pressed="false" name="star" value="{toe_curls.slug}"' in bench


@pytest.mark.check(15)
@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", "a\x00b"]
)
def test_the_way_back_stays_in_the_house(as_priya: Client, toe_curls: Exercise, back: str) -> None:
    response = as_priya.post(star(toe_curls), {"next": back})
    assert response.status_code == 302
    assert response["Location"] == reverse("exercises:exercise", args=[toe_curls.slug])


def test_marks_are_each_persons_own(as_priya: Client, priya: User, olivia: User, toe_curls: Exercise) -> None:
    as_priya.post(star(toe_curls))
    factories.make_exercise("other")
    mine = as_priya.get("/exercises/", {"favourites": "on"}).context["exercises"]
    assert [one.slug for one in mine] == [toe_curls.slug]
    assert list(signed_in(olivia).get("/exercises/", {"favourites": "on"}).context["exercises"]) == []
    assert 'aria-pressed="true"' not in text(signed_in(olivia).get("/exercises/"))
    signed_in(olivia).post(star(toe_curls, "?off"))  # hers was never there, and mine stays
    assert kept_by(priya) == [toe_curls.slug]


def test_only_what_one_may_see_can_be_kept(as_priya: Client, hilltop: Clinic) -> None:
    foreign = factories.make_exercise("hilltop-roll", clinic=hilltop)
    draft = factories.make_exercise("draft", published=False)
    before = factories.count_rows()
    for exercise in (foreign, draft):
        assert as_priya.post(star(exercise)).status_code == 404
    assert as_priya.get(star(foreign)).status_code == 405
    assert factories.count_rows() == before


def test_a_job_has_no_favourites(toe_curls: Exercise) -> None:
    before = factories.count_rows()
    with pytest.raises(Refused):
        actions.add_favourite(actor=Actor.system("test"), exercise=toe_curls)
    assert not actions.remove_favourite(actor=Actor.system("test"), exercise=toe_curls)
    assert factories.count_rows() == before


def test_what_was_assigned_last_is_at_hand(
    as_priya: Client, priya: User, olivia: User, margaret: Patient
) -> None:
    made = [factories.make_exercise(f"exercise-{n:02}") for n in range(12)]
    for day, chosen in enumerate(([made[0], made[1]], [made[2], made[1]])):
        factories.make_programme(
            priya,
            factories.make_patient(priya, "Ana", f"Quinn{day}"),
            chosen,
            now=factories.NOON + timedelta(days=day),
        )
    with CaptureQueriesContext(connection) as queries:
        page = as_priya.get("/exercises/")
    lines = [query for query in queries if '"exercises_exerciseversion"."picture"' in query["sql"]]
    assert len(lines) == 1, "the page and what is at hand are read together"
    assert [one.slug for one in page.context["lately"]] == ["exercise-02", "exercise-01", "exercise-00"]
    assert "Used lately" in text(page)
    assert "Used lately" not in text(as_priya.get("/exercises/", {"q": "exercise"}))
    assert signed_in(olivia).get("/exercises/").context["lately"] == []
    actions.retire_exercise(actor=Actor.system("test"), exercise=made[2])
    assert [one.slug for one in as_priya.get("/exercises/").context["lately"]] == [
        "exercise-01",
        "exercise-00",
    ]
    factories.make_programme(
        priya, factories.make_patient(priya, "Ben", "Full"), made[3:], now=factories.NOON + timedelta(days=3)
    )
    assert len(as_priya.get("/exercises/").context["lately"]) == MOST_AT_HAND


# The shelf of the page on which a programme is written.


@pytest.fixture
def shelf(priya: User, margaret: Patient) -> dict[str, Exercise]:
    made = {slug: factories.make_exercise(slug) for slug in ("apple", "berry", "cherry", "date")}
    factories.make_programme(
        priya, factories.make_patient(priya, "Ana", "Quinn"), [made["cherry"], made["date"]]
    )
    actions.add_favourite(actor=Actor.staff(priya), exercise=made["date"])
    return made


def test_what_is_at_hand_comes_first_while_nothing_is_asked(
    as_priya: Client, margaret: Patient, shelf: dict[str, Exercise]
) -> None:
    response = as_priya.get(assign(margaret))
    assert groups(response) == {"kept": ["date"], "lately": ["cherry"], "found": ["apple", "berry"]}
    page = text(response)
    assert "Your favourites" in page
    assert page.count('id="add-date"') == page.count('id="star-date"') == 1
    asked = as_priya.post(assign(margaret) + "?part=hits", {"q": "date"}, headers=HTMX)
    assert groups(asked) == {"found": ["date"]}


def test_kind_and_equipment_narrow_the_shelf(as_priya: Client, margaret: Patient) -> None:
    factories.make_exercise("roll", kind="release", kit_options=["tin"])
    factories.make_exercise("raise", kind="strength", equipment=["step"])
    for query, slugs in (
        ({"only_kind": "release"}, ["roll"]),
        ({"only_kit": "step"}, ["raise"]),
        ({"only_kit": "tin", "only_kind": "strength"}, []),
        ({"only_kit": "a\x00b", "only_kind": "magic"}, ["raise", "roll"]),
    ):
        response = as_priya.post(assign(margaret) + "?part=hits", query, headers=HTMX)
        assert groups(response).get("found", []) == slugs
    nothing = as_priya.post(assign(margaret) + "?part=hits", {"q": "xylophone"}, headers=HTMX)
    assert "Nothing fits." in text(nothing)


def test_a_long_list_ends_and_says_how_much_more_there_is(as_priya: Client, margaret: Patient) -> None:
    for number in range(MOST_HITS + 2):
        factories.make_exercise(f"roll-{number:02}")
    response = as_priya.post(assign(margaret) + "?part=hits", {"q": "roll"}, headers=HTMX)
    assert len(groups(response)["found"]) == MOST_HITS
    assert "2 more: narrow the search." in text(response)
    assert f"{MOST_HITS + 2} exercises" in text(response)


def test_a_star_without_htmx_keeps_what_was_typed_and_assigns_nothing(
    as_priya: Client, priya: User, margaret: Patient, toe_curls: Exercise
) -> None:
    sent = typed(toe_curls, star=toe_curls.slug, name="Half a name")
    response = as_priya.post(assign(margaret), sent)
    assert response.status_code == 200
    assert 'value="Half a name"' in text(response)
    assert kept_by(priya) == [toe_curls.slug]
    assert nothing_was_written()
    as_priya.post(assign(margaret), sent)
    assert kept_by(priya) == []
    assert as_priya.post(assign(margaret), typed(star="unheard-of\x00")).status_code == 200
    assert not Programme.objects.exists()


def test_the_shelf_costs_the_same_for_one_and_for_ten(
    as_priya: Client, priya: User, margaret: Patient
) -> None:
    counts = []
    for number in (1, 10):
        made = [factories.make_exercise(f"exercise-{number}-{n}") for n in range(2 * number)]
        for exercise in made[:number]:
            actions.add_favourite(actor=Actor.staff(priya), exercise=exercise)
        factories.make_programme(priya, factories.make_patient(priya, "Ana", f"Quinn{number}"), made[-1:])
        with CaptureQueriesContext(connection) as queries:
            as_priya.get(assign(margaret))
        counts.append(len(queries))
    assert counts[0] >= counts[1] - 1  # a count is asked only of more hits than are shown

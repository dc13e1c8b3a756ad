"""The page on which a programme is written: what can be chosen, what is filled in, which buttons change the list."""

from datetime import time

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises.models import Exercise, Routine
from patients.models import FindingType, Patient
from patients.models import Side as FindingSide
from tests import factories
from tests.exercises.assign_world import nothing_was_written, problems, today, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


@pytest.mark.hazard("HZ-38")
def test_routines_tagged_for_the_findings_are_listed_first_and_called_a_filter(
    as_priya: Client, url: str, finding: object, basics: Routine, carlos: User, fasciitis: FindingType
) -> None:
    other = factories.make_routine(carlos, [*basics.exercises.all()], slug="another", name="Another routine")
    basics.findings.add(fasciitis)
    response = as_priya.get(url)
    shelf = response.context["shelf"]
    assert [shelf.tagged_routines, shelf.other_routines] == [[basics], [other]]
    page = response.content.decode()
    assert "Tagged for: Plantar fasciitis" in page
    assert "recommend" not in page.lower()
    assert "suggest" not in page.lower()
    assert response.context["form"].items == []


@pytest.mark.hazard("HZ-15")
def test_a_routine_fills_the_form_with_its_doses_and_leaves_open_what_they_leave_open(
    as_priya: Client, url: str, finding: object, basics: Routine
) -> None:
    form = as_priya.get(url, {"routine": basics.slug}).context["form"]
    curls, raises = form.items
    assert [curls["sets"].value(), curls["reps"].value(), curls["hold_s"].value()] == [None, "10–15", None]
    assert [raises["reps"].value(), raises["hold_s"].value()] == ["15", "3–5"]
    assert form["name"].value() == "Article basics"
    assert not form["frequency"].value()
    assert str(form["starts_on"].value()) == today()
    assert form["weeks"].value() == 4
    assert form["reminder_time"].value() == time(18, 0)
    assert "Europe/London" in form.fields["reminder_time"].help_text


def test_without_consent_no_reminder_is_filled_in(as_priya: Client, priya: User, basics: Routine) -> None:
    patient = factories.make_patient(priya, "Tom", "Reed", reminders_allowed=False)
    response = as_priya.get(reverse("exercises:assign", args=[patient.pk]), {"routine": basics.slug})
    field = response.context["form"]["reminder_time"]
    assert field.value() is None
    assert "has not agreed" in field.help_text


@pytest.mark.slow
@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize(
    ("sides", "allowed", "filled_in"),
    [
        (["left"], ["left", "right", "both_in_turn"], "left"),
        (["right"], ["left", "right", "both_in_turn"], "right"),
        (["bilateral"], ["left", "right", "both_in_turn"], "both_in_turn"),
        (["bilateral"], ["left", "right", "together"], ""),
        (["left"], ["together", "both_in_turn"], ""),
        ([], ["left", "right"], ""),
        (["left"], ["not_sided"], "not_sided"),
    ],
)
def test_the_side_comes_from_the_findings_as_far_as_the_exercise_allows(
    as_priya: Client,
    priya: User,
    margaret: Patient,
    url: str,
    sides: list[str],
    allowed: list[str],
    filled_in: str,
) -> None:
    for side in sides:
        factories.make_finding(priya, margaret, side=FindingSide(side))
    exercise = factories.make_exercise("short-foot", sides=allowed)
    (item,) = as_priya.get(url, {"add": exercise.slug}).context["form"].items
    assert item["side"].value() == filled_in
    assert [value for value, _ in item.fields["side"].choices if value] == sorted(
        allowed, key=["left", "right", "both_in_turn", "together", "not_sided"].index
    )


def test_a_finding_that_the_exercise_is_tagged_for_counts_before_others(
    as_priya: Client, priya: User, margaret: Patient, url: str, fasciitis: FindingType, toe_curls: Exercise
) -> None:
    flat = factories.make_finding_type("flat_foot", label="Flat foot")
    factories.make_finding(priya, margaret, fasciitis, FindingSide.LEFT)
    factories.make_finding(priya, margaret, flat, FindingSide.RIGHT)
    toe_curls.findings.add(fasciitis)
    (item,) = as_priya.get(url, {"add": toe_curls.slug}).context["form"].items
    assert item["side"].value() == "left"


def test_search_shows_what_fits_and_htmx_gets_the_list_alone(
    as_priya: Client, url: str, basics: Routine
) -> None:
    response = as_priya.post(
        url + "?part=hits", {"q": "heel wall", "update": "find"}, headers={"HX-Request": "true"}
    )
    assert [found.slug for found in response.context["shelf"].hits] == ["heel-raises-near-wall"]
    assert response.templates[0].name == "exercises/_assign_hits.html"
    assert b"<html" not in response.content
    assert response.headers["Vary"].startswith("HX-Request")
    whole = as_priya.post(url, {"q": "heel\x00", "update": "find"})
    assert whole.templates[0].name == "exercises/assign.html"
    assert len(whole.context["shelf"].hits) == 2  # control characters are no query


# --- changing the draft -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("button", "value", "order"),
    [
        ("add", "c", ["a", "b", "c"]),
        ("add", "a", ["a", "b"]),
        ("up", "b", ["b", "a"]),
        ("up", "a", ["a", "b"]),
        ("down", "a", ["b", "a"]),
        ("remove", "a", ["b"]),
        ("update", "1", ["a", "b"]),
        ("up", "nobody", ["a", "b"]),
    ],
)
def test_buttons_change_the_list_keep_what_was_typed_and_write_nothing(
    as_priya: Client, url: str, button: str, value: str, order: list[str]
) -> None:
    a, b, _ = (factories.make_exercise(slug) for slug in "abc")
    data = typed(a, b, **{"b-hold_s": "what?", "name": "My name", button: value})
    response = as_priya.post(url, data)
    form = response.context["form"]
    assert response.status_code == 200
    assert [item.exercise.slug for item in form.items] == order
    assert {item.exercise.slug: item["hold_s"].value() for item in form.items}["b"] == "what?"
    assert form["name"].value() == "My name"
    assert str(form["programme_id"].value()) == data["programme_id"]
    assert problems(response) == []
    assert nothing_was_written()


@pytest.mark.slow
@pytest.mark.parametrize("part", ["bench", "hits", "budget", "unheard-of", ""])
def test_asking_for_a_part_of_the_page_never_assigns(
    as_priya: Client, url: str, toe_curls: Exercise, part: str
) -> None:
    """Fields post the whole form along when they ask for the minutes or the list; it may be complete by then."""
    for headers in ({}, {"HX-Request": "true"}):
        response = as_priya.post(f"{url}?part={part}", typed(toe_curls), headers=headers)
        assert response.status_code == 200
    assert nothing_was_written()


def test_htmx_says_in_the_address_which_button_it_was(
    as_priya: Client, url: str, toe_curls: Exercise
) -> None:
    response = as_priya.post(
        f"{url}?part=bench&add={toe_curls.slug}", typed(), headers={"HX-Request": "true"}
    )
    assert [item.exercise for item in response.context["form"].items] == [toe_curls]
    assert b"<html" not in response.content


def test_an_added_exercise_brings_its_dose(as_priya: Client, url: str, toe_curls: Exercise) -> None:
    (item,) = as_priya.post(url, typed(add=toe_curls.slug)).context["form"].items
    assert item["reps"].value() == "10–15"


# --- the dose budget --------------------------------------------------------------------------------------------


@pytest.mark.hazard("HZ-16")
@pytest.mark.parametrize(("number", "tone"), [(4, ""), (5, "warn"), (6, "warn"), (7, "bad")])
def test_long_lists_are_called_so_before_sending(as_priya: Client, url: str, number: int, tone: str) -> None:
    slugs = [factories.make_exercise(f"exercise-{n}").slug for n in range(number)]
    response = as_priya.get(url, {"add": slugs[0]})
    assert response.context["form"].budget.tone == ""
    response = as_priya.post(
        url + "?part=budget", {"items": slugs, "update": "1"}, headers={"HX-Request": "true"}
    )
    page = response.content.decode()
    assert response.context["form"].budget.tone == tone
    assert f"{number} exercises" in page
    assert ("Check:" in page) is bool(tone)
    assert "each time" in page


def test_minutes_follow_what_is_typed(as_priya: Client, url: str, toe_curls: Exercise) -> None:
    data = typed(
        toe_curls, **{f"{toe_curls.slug}-reps": "20", f"{toe_curls.slug}-hold_s": "3", "update": "1"}
    )
    response = as_priya.post(url, data)
    assert response.context["form"].budget.minutes == 4  # 20 x (3 + 3) s, twice a day
    assert "about 4 min a day" in response.content.decode()

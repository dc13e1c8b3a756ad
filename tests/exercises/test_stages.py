"""Stages of a routine at assignment: a practitioner gives the next one, and nothing else does."""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises import actions
from exercises.actions import RoutineLine, StagePlan
from exercises.models import Exercise, Programme, Routine
from exercises.tasks import remind_due
from patients.models import Patient
from tests import factories
from tests.exercises.assign_world import nothing_was_written, problems, typed
from tests.pages import signed_in, text

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


@pytest.fixture
def first(priya: User, margaret: Patient, staged: Routine, toe_curls: Exercise) -> Programme:
    """The first stage, running."""
    plan: dict[str, Any] = {"routine": staged, "stage": 1, "name": "Loading", "weeks": 2}
    return factories.make_programme(priya, margaret, [toe_curls], now=clock.now(), **plan)


def slugs(form: Any) -> list[str]:
    return [item.exercise.slug for item in form.items]


@pytest.mark.django_db
def test_the_form_starts_from_a_stage_with_its_weeks_and_doses(
    as_priya: Client, url: str, staged: Routine
) -> None:
    form = as_priya.get(url, {"routine": staged.slug}).context["form"]
    assert (slugs(form), form["stage"].value(), form["weeks"].value()) == (["toe-curls-and-spreads"], 1, 2)
    assert form.items[0]["reps"].value() == "10–15"
    answer = as_priya.get(url, {"routine": staged.slug, "stage": "2"})
    form = answer.context["form"]
    assert slugs(form) == ["toe-curls-and-spreads", "heel-raises-near-wall"]
    assert (form["stage"].value(), form["weeks"].value()) == (2, 6)
    curls, raises = form.items
    assert (curls["reps"].value(), curls["times_per_day"].value()) == ("10–15", None)
    shown = {name: raises[name].value() for name in raises.fields if raises[name].value()}
    assert shown == {
        "of_routine": True,
        "sets_open": True,
        "reps": "8",
        "tempo_up_s": 3,
        "tempo_down_s": 4,
        "rest_s": 120,
        "load_note": "a backpack",
        "times_per_day": 1,
        "every_n_days": 2,
    }
    assert "Stage 2 of the routine" in text(answer)
    assert text(answer).count("Dose of the routine") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["0", "3", "x", "\x00", "-1", "9" * 400])
def test_a_stage_that_is_not_there_is_not_found(
    as_priya: Client, url: str, staged: Routine, basics: Routine, stage: str
) -> None:
    assert as_priya.get(url, {"routine": staged.slug, "stage": stage}).status_code == 404
    assert as_priya.get(url, {"routine": basics.slug, "stage": stage}).status_code == 404


@pytest.mark.django_db
def test_assigning_stores_the_stage_and_both_pages_tell_it(
    as_priya: Client, url: str, margaret: Patient, staged: Routine, toe_curls: Exercise
) -> None:
    answer = as_priya.post(url, typed(toe_curls, routine=staged.slug, stage="1"))
    assert answer.status_code == 302
    given = Programme.objects.get()
    assert (given.stage_number, given.stage_name) == (1, "Weeks 1 to 2")
    assert AuditEntry.objects.get(verb="programme.assigned").changes["stage"] == 1
    page = text(as_priya.get(reverse("exercises:programme", args=[given.pk])))
    assert "Stage 1 of 2: <bdi>Weeks 1 to 2</bdi>" in page
    assert "<b>Go on when:</b> No pain above 3 in the morning." in page
    assert f"?routine={staged.slug}&stage=2&ending={given.pk}" in page
    assert "Go back to stage" not in page
    assert "Stage 1: <bdi>Weeks 1 to 2</bdi>" in text(
        as_priya.get(reverse("exercises:patient", args=[margaret.pk]))
    )


@pytest.mark.django_db
def test_the_next_stage_takes_the_place_of_the_first_when_a_practitioner_sends_it(
    as_priya: Client, url: str, first: Programme, staged: Routine, toe_curls: Exercise
) -> None:
    asked = {"routine": staged.slug, "stage": "2", "ending": str(first.pk)}
    form = as_priya.get(url, asked).context["form"]
    assert form["ending"].value() == [first.pk]
    first.refresh_from_db()
    assert first.is_active  # looking changes nothing
    raises = Exercise.objects.get(slug="heel-raises-near-wall")
    data = typed(toe_curls, raises, routine=staged.slug, stage="2", ending=[str(first.pk)])
    silent = as_priya.post(url, data)  # a move has a reason
    assert silent.status_code == 422
    assert "why" in silent.context["form"].errors
    first.refresh_from_db()
    assert first.is_active
    assert as_priya.post(url, data | {"why": "No pain in the morning for a week."}).status_code == 302
    first.refresh_from_db()
    second = Programme.objects.get(stage_number=2)
    moved = AuditEntry.objects.filter(verb="programme.assigned").latest("pk")
    assert (moved.object_id, moved.reason) == (str(second.pk), "No pain in the morning for a week.")
    assert moved.actor_user is not None
    assert (first.is_active, second.stage_name) == (False, "Weeks 3 to 8")
    page = text(as_priya.get(reverse("exercises:programme", args=[second.pk])))
    assert "Stage 2 of 2:" in page
    assert "Go back to stage 1" in page
    assert "Give stage" not in page
    assert "Give stage" not in text(as_priya.get(reverse("exercises:programme", args=[first.pk])))


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["x", "\x00", "7e57d004-2b97-0e7a-b45f-5387367791cd"])
def test_ending_what_is_not_there_ticks_nothing(
    as_priya: Client, url: str, staged: Routine, ending: str
) -> None:
    answer = as_priya.get(url, {"routine": staged.slug, "ending": ending})
    assert answer.status_code == 200
    assert "checked" not in text(answer)


@pytest.mark.django_db
@pytest.mark.hazard("HZ-38")
def test_only_who_may_give_it_is_offered_it(
    olivia: User, asha: User, first: Programme, staged: Routine, priya: User
) -> None:
    page = reverse("exercises:programme", args=[first.pk])
    for user, offered in ((priya, True), (olivia, False), (asha, False)):
        shown = text(signed_in(user).get(page))
        assert "Stage 1 of 2" in shown
        assert ("Give stage 2" in shown) is offered
    actions.retire_routine(actor=Actor.staff(priya), routine=staged)
    assert "Give stage 2" not in text(signed_in(priya).get(page))


@pytest.mark.django_db
@pytest.mark.hazard("HZ-38")
def test_no_code_gives_a_stage_but_the_action_and_that_asks_for_a_person(
    priya: User, margaret: Patient, staged: Routine, toe_curls: Exercise
) -> None:
    writing = set()
    for path in (*ROOT.glob("exercises/**/*.py"), *ROOT.glob("patients/**/*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.keyword) and node.arg == "stage_number"
            stored = isinstance(node, ast.Attribute) and node.attr == "stage_number"
            if named or (stored and isinstance(node.ctx, ast.Store)):  # type: ignore[attr-defined]
                writing.add(str(path.relative_to(ROOT)))
    # The model names it in a constraint, which writes nothing.
    assert writing == {"exercises/actions/programmes.py", "exercises/models/programme.py"}
    version = toe_curls.current
    assert version is not None
    plan = actions.ProgrammePlan(
        name="Loading",
        items=[factories.item_plan(version)],
        starts_on=factories.TODAY,
        weeks=2,
        routine=staged,
        stage=2,
    )
    for actor in (Actor.system("tick"), Actor.patient(margaret)):
        with pytest.raises(Refused):
            actions.assign_programme(actor=actor, patient=margaret, plan=plan, now=factories.NOON)
    assert nothing_was_written()


@pytest.mark.django_db
@pytest.mark.hazard("HZ-38")
def test_time_alone_gives_no_stage(first: Programme) -> None:
    Programme.objects.update(
        starts_on=clock.now().date() - timedelta(days=30),
        ends_on=clock.now().date() - timedelta(days=16),
        review_on=clock.now().date() - timedelta(days=16),
    )
    remind_due()
    assert list(Programme.objects.values_list("stage_number", flat=True)) == [1]


@pytest.mark.django_db
def test_a_stage_that_went_meanwhile_is_said_once_and_then_dropped(
    as_priya: Client, url: str, staged: Routine, toe_curls: Exercise
) -> None:
    data = typed(toe_curls, routine=staged.slug, stage="7")
    answer = as_priya.post(url, data)
    assert (answer.status_code, problems(answer)) == (
        422,
        ["The routine has no such stage any more. Start again from the routine."],
    )
    assert nothing_was_written()
    assert answer.context["form"].kept_stage == ""
    assert as_priya.post(url, data | {"stage": answer.context["form"].kept_stage}).status_code == 302


@pytest.mark.django_db
def test_a_stage_without_its_routine_is_dropped(as_priya: Client, url: str, toe_curls: Exercise) -> None:
    assert as_priya.post(url, typed(toe_curls, routine="", stage="2")).status_code == 302
    assert Programme.objects.get().stage_number is None


@pytest.mark.django_db
def test_buttons_keep_the_stage(as_priya: Client, url: str, staged: Routine, toe_curls: Exercise) -> None:
    answer = as_priya.post(url, typed(toe_curls, routine=staged.slug, stage="2") | {"update": "1"})
    assert '<input type="hidden" name="stage" value="2">' in text(answer)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("courses", "weeks"),
    [
        ([(8, None), (8, None)], 8),
        ([(8, 8)], 8),
        ([(4, 6)], 4),
        ([(8, None), (10, None)], 4),
        ([(8, None), (None, None)], 4),
        ([(60, None)], 52),
    ],
)
def test_weeks_come_from_the_course_that_all_sources_agree_on(
    as_priya: Client, url: str, priya: User, courses: list[tuple[int | None, int | None]], weeks: int
) -> None:
    """A range is no agreement: then the usual four stand there, for the practitioner to change."""
    exercises = [
        factories.make_exercise(f"exercise-{n}", weeks_min=low, weeks_max=high)
        for n, (low, high) in enumerate(courses)
    ]
    routine = factories.write_routine(priya, [RoutineLine(exercise=one) for one in exercises])
    form = as_priya.get(url, {"routine": routine.slug}).context["form"]
    assert form["weeks"].value() == weeks


@pytest.mark.django_db
def test_an_open_last_stage_has_the_usual_weeks(
    as_priya: Client, url: str, priya: User, toe_curls: Exercise
) -> None:
    stages = [
        StagePlan(name="A", from_week=1, to_week=2, criteria="x"),
        StagePlan(name="B", from_week=3),
    ]
    lines = [RoutineLine(exercise=toe_curls), RoutineLine(exercise=toe_curls, stage=2)]
    routine = factories.write_routine(priya, lines, stages=stages)
    form = as_priya.get(url, {"routine": routine.slug, "stage": "2"}).context["form"]
    assert form["weeks"].value() == 4


@pytest.mark.django_db
def test_the_form_with_stages_costs_the_same_for_one_and_for_four(
    as_priya: Client, url: str, priya: User
) -> None:
    counts, posts = [], []
    for number in (1, 4):
        exercises = [factories.make_exercise(f"exercise-{number}-{n}") for n in range(number)]
        lines = [RoutineLine(exercise=one, stage=stage) for stage in (1, 2) for one in exercises]
        stages = [
            StagePlan(name="A", from_week=1, to_week=2, criteria="x"),
            StagePlan(name="B", from_week=3),
        ]
        routine = factories.write_routine(priya, lines, stages=stages)
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(url, {"routine": routine.slug, "stage": "2"}).status_code == 200
        counts.append(len(queries))
        posts.append(typed(*exercises, routine=routine.slug, stage="2"))
    assert counts[0] == counts[1]
    for data in posts:
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.post(url, data).status_code == 302
        marks = ("SAVEPOINT", "RELEASE")
        assert len([query for query in queries if not query["sql"].startswith(marks)]) <= 16


@pytest.mark.django_db
def test_the_api_gives_a_stage_too(
    priya: User, margaret: Patient, staged: Routine, toe_curls: Exercise
) -> None:
    item = {"exercise": toe_curls.slug, "exercise_version": 1, "side": "left", "times_per_day": 1}
    item |= {"days_per_week": 7, "reps_min": 8, "sets_open": True, "rest_s": 90, "load_note": "a band"}
    plan = {
        "patient": str(margaret.pk),
        "name": "Loading",
        "routine": staged.slug,
        "stage": 2,
        "starts_on": clock.now().date().isoformat(),
        "weeks": 6,
        "items": [item],
    }
    client = signed_in(priya)
    answer = client.post("/api/v1/programmes/", plan, content_type="application/json")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["stage"], body["stage_name"]) == (2, "Weeks 3 to 8")
    words = body["items"][0]["dose_in_words"]
    assert words == [
        "as many sets of 8 as you can, left foot",
        "rest 90 seconds between sets",
        "with a band",
        "once a day, every day",
    ]
    page = text(client.get(reverse("exercises:programme", args=[body["id"]])))
    assert all(f"<span>{phrase}</span>" in page for phrase in words)
    refused = client.post("/api/v1/programmes/", plan | {"stage": 3}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "stage")

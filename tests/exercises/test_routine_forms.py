"""Writing a routine without JavaScript, and making one from a programme."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clinic import clock
from clinic.models import AuditEntry, User
from exercises.forms.routines import Outline, Row
from exercises.models import Exercise, Programme, ProgrammeItem, Routine, RoutineItem, Scope, Stage
from patients.models import FindingType, Patient
from tests import factories
from tests.pages import signed_in, text

NEW = "/routines/new/"


def written(*rows: str, stages: tuple[int, ...] = (1,), **fields: Any) -> dict[str, Any]:
    return {
        "routine_id": str(uuid.uuid4()),
        "name": "Evening set",
        "scope": "clinic",
        "basis": "",
        "stages": [str(stage) for stage in stages],
        "rows": list(rows),
        **{f"s{key}-{name}": value for key, stage in STAGES.items() for name, value in stage.items()},
    } | fields


STAGES: dict[int, dict[str, str]] = {
    1: {"name": "Start", "from_week": "1", "to_week": "2", "criteria": "No pain."},
    2: {"name": "Load", "from_week": "3", "to_week": "", "criteria": ""},
}
CURLS = "1:1:toe-curls-and-spreads"


def said(response: Any) -> list[str]:
    return [message for _target, _label, message in response.context["problems"]]


keys = st.integers(1, 3)
rows = st.lists(st.builds(Row, st.integers(1, 6), keys, st.sampled_from(["a", "b", "c"])), max_size=6)
pressed = st.lists(
    st.tuples(
        st.sampled_from(["up", "down", "remove", "remove_stage", "add_stage", "add"]), st.integers(0, 7)
    ),
    max_size=12,
)


class Sent(dict[str, Any]):
    """As much of a QueryDict as the outline reads."""

    def getlist(self, name: str) -> list[str]:
        found: list[str] = self.get(name, [])
        return found


@given(rows, pressed)
def test_no_button_loses_or_doubles_a_line(start: list[Row], buttons: list[tuple[str, int]]) -> None:
    outline = Outline.typed(Sent(stages=["1", "2", "3"], rows=[str(row) for row in start]))  # type: ignore[arg-type]
    for name, value in buttons:
        data = Sent(
            stages=[str(key) for key in outline.stages],
            rows=[str(row) for row in outline.rows],
            exercise="d",
            to="2",
        )
        after = Outline.typed(Sent({**data, name: str(value)}))  # type: ignore[arg-type]
        before, now = {row.number for row in outline.rows}, {row.number for row in after.rows}
        assert len(now) == len(after.rows)
        assert now - before == ({max(before, default=0) + 1} if name == "add" else set())
        assert before - now <= ({value} if name == "remove" else set())
        assert {row.stage for row in after.rows} <= set(after.stages)
        places = [after.stages.index(row.stage) for row in after.rows]
        assert places == sorted(places)
        outline = after


@pytest.mark.django_db
def test_a_practitioner_writes_stages_doses_and_signs(
    as_priya: Client, priya: User, toe_curls: Exercise, fasciitis: FindingType
) -> None:
    raises = factories.make_exercise("heel-raises-near-wall", kit_options=["tennis_ball"])
    answer = as_priya.post(
        NEW,
        written(
            CURLS,
            f"2:2:{raises.slug}",
            stages=(1, 2),
            basis="Ours.",
            scope="personal",
            findings=[fasciitis.pk],
            **{
                "r2-reps": "8-12",
                "r2-sets_open": "on",
                "r2-tempo_up_s": "3",
                "r2-rest_s": "90",
                "r2-load_note": "a backpack",
                "r2-times_per_day": "1",
                "r2-every_n_days": "2",
                "r2-kit": "tennis_ball",
                "r2-note": "Slowly.",
            },
        ),
        follow=True,
    )
    assert "is signed off by you" in text(answer)
    made = Routine.objects.get()
    assert (made.name, made.scope, made.stage, made.signed_off_by) == (
        "Evening set",
        Scope.PERSONAL,
        Stage.PUBLISHED,
        priya,
    )
    assert list(made.findings.all()) == [fasciitis]
    assert list(made.stages.values_list("number", "name", "from_week", "to_week", "criteria")) == [
        (1, "Start", 1, 2, "No pain."),
        (2, "Load", 3, None, ""),
    ]
    first, second = made.items.all()
    assert (first.stage, first.has_own_dose, first.times_per_day) == (1, False, None)
    assert second.dose_phrases == [
        "as many sets of 8–12 as you can",
        "3 seconds up",
        "rest 90 seconds between sets",
        "with a backpack",
        "once a day, every second day",
    ]
    assert (second.kit, second.note) == ("tennis_ball", "Slowly.")
    assert AuditEntry.objects.filter(object_id=str(made.pk)).count() == 2


@pytest.mark.django_db
def test_an_edit_shows_what_is_stored_and_saving_it_unchanged_keeps_it(
    as_priya: Client, staged: Routine
) -> None:
    url = reverse("exercises:routine_edit", args=[staged.slug])
    form = as_priya.get(url).context["form"]
    data: dict[str, Any] = {
        "stages": list(form.outline.stages),
        "rows": [str(row) for row in form.outline.rows],
    }
    for part in (form, *form.parts):
        for bound in part:
            if (value := bound.value()) not in (None, False):
                data[bound.html_name] = value
    columns = [f.name for f in RoutineItem._meta.fields if f.name != "id"]
    before = list(staged.items.values(*columns)), list(staged.stages.values("number", "name", "to_week"))
    assert as_priya.post(url, data).status_code == 302
    staged.refresh_from_db()
    assert before == (
        list(staged.items.values(*columns)),
        list(staged.stages.values("number", "name", "to_week")),
    )
    assert staged.stage == Stage.PUBLISHED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("button", "rows", "stages"),
    [
        ({"add": "1", "exercise": "short-foot"}, ["1:1:toe-curls-and-spreads", "2:1:short-foot"], (1,)),
        ({"add": "1", "exercise": ""}, ["1:1:toe-curls-and-spreads"], (1,)),
        ({"add_stage": "1"}, ["1:1:toe-curls-and-spreads"], (1, 2)),
        ({"remove": "1"}, [], (1,)),
        ({"up": "1"}, ["1:1:toe-curls-and-spreads"], (1,)),
        ({"update": "1"}, ["1:1:toe-curls-and-spreads"], (1,)),
    ],
)
def test_buttons_change_the_draft_keep_what_was_typed_and_write_nothing(
    as_priya: Client, toe_curls: Exercise, button: dict[str, str], rows: list[str], stages: tuple[int, ...]
) -> None:
    factories.make_exercise("short-foot")
    as_priya.get(NEW)
    before = factories.count_rows()
    answer = as_priya.post(NEW, written(CURLS) | {"r1-reps": "what?"} | button)
    assert answer.status_code == 200
    form = answer.context["form"]
    assert [str(row) for row in form.outline.rows] == rows
    assert form.outline.stages == stages
    assert 'value="Evening set"' in text(answer)
    assert ("what?" in text(answer)) is (len(rows) > 0)
    assert factories.count_rows() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "two\nlines"}, "Write this on one line."),
        ({"rows": []}, "Evening set holds no exercise."),
        (
            {"rows": ["1:1:unheard-of"]},
            "One exercise is not in the catalogue any more. Look at the list again.",
        ),
        (
            {"rows": [CURLS, "2:1:toe-curls-and-spreads"]},
            "Toe curls and spreads stands twice among the same exercises.",
        ),
        ({"r1-reps": "many"}, "Write a number such as 10, or a range such as 10-15."),
        ({"r1-cue": "after breakfast"}, "Give repetitions, a hold or a duration."),
        ({"r1-reps": "8", "r1-rest_s": "601"}, "Ensure this value is less than or equal to 600."),
        (
            {"r1-reps": "8", "r1-sets": "3", "r1-sets_open": "on"},
            "Give a number of sets or “as many as possible”, not both.",
        ),
        ({"r1-times_per_day": "2"}, "Give either days a week or every how many days."),
        ({"r1-days_per_week": "2"}, "Say how many times a day."),
        ({"scope": "shared"}, "Select a valid choice. shared is not one of the available choices."),
        ({"stages": ["1", "2"]}, "Each stage needs an exercise, and each exercise a stage that there is."),
        (
            {"stages": ["1", "2"], "rows": [CURLS, "2:2:toe-curls-and-spreads"], "s2-from_week": "5"},
            "The weeks of “Load” have to follow those of the stage before.",
        ),
        (
            {"stages": ["1", "2"], "rows": [CURLS, "2:2:toe-curls-and-spreads"], "s1-criteria": " "},
            "Say when to go on from “Start”.",
        ),
        (
            {"stages": ["1", "2"], "rows": [CURLS, "2:2:toe-curls-and-spreads"], "s2-to_week": "2"},
            "A stage does not end before it begins.",
        ),
    ],
)
def test_every_slip_is_named_and_nothing_is_written(
    as_priya: Client, toe_curls: Exercise, change: dict[str, Any], message: str
) -> None:
    as_priya.get(NEW)
    before = factories.count_rows()
    answer = as_priya.post(NEW, written(CURLS) | change)
    assert (answer.status_code, said(answer)) == (422, [message])
    assert factories.count_rows() == before


@pytest.mark.django_db
def test_an_owner_leaves_a_draft(olivia: User, toe_curls: Exercise) -> None:
    client = signed_in(olivia)
    assert "Only me" not in text(client.get(NEW))
    assert "Saved as a draft" in text(client.post(NEW, written(CURLS), follow=True))
    assert client.post(NEW, written(CURLS, scope="personal")).status_code == 302  # the field is not there
    assert {(made.stage, made.owner) for made in Routine.objects.all()} == {(Stage.DRAFT, None)}


@pytest.mark.django_db
def test_the_editor_costs_the_same_for_one_line_and_for_ten(as_priya: Client, priya: User) -> None:
    exercises = [factories.make_exercise(f"exercise-{n}") for n in range(10)]
    counts = []
    for number in (1, 10):
        rows = [f"{n + 1}:1:{exercise.slug}" for n, exercise in enumerate(exercises[:number])]
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.post(NEW, written(*rows) | {"update": "1"}).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.fixture
def given_plan(priya: User, margaret: Patient, toe_curls: Exercise) -> Programme:
    """With a dose and a frequency of its own, a note for Margaret, on her left foot."""
    version = toe_curls.current
    assert version is not None
    dose = {"sets_min": 3, "reps_min": 8, "rest_s": 60, "load_note": "a band"}
    items = [factories.item_plan(version, side="left", times_per_day=2, days_per_week=5, dose=dose)]
    made = factories.make_programme(priya, margaret, [], items=items, now=clock.now())
    ProgrammeItem.objects.filter(programme=made).update(note="Mind the cat, Margaret.")
    return made


def copy_of(programme: Programme, **fields: Any) -> dict[str, Any]:
    return {
        "routine_id": str(uuid.uuid4()),
        "name": "Bands",
        "scope": "personal",
        "chosen": [str(item.pk) for item in programme.items.all()],
    } | fields


@pytest.mark.django_db
def test_a_programme_becomes_a_routine_without_side_and_note(
    as_priya: Client, priya: User, given_plan: Programme, toe_curls: Exercise
) -> None:
    url = reverse("exercises:routine_from_programme", args=[given_plan.pk])
    assert url in text(as_priya.get(reverse("exercises:programme", args=[given_plan.pk])))
    page = text(as_priya.get(url))
    assert "Mind the cat, Margaret." in page
    assert "left foot" not in page
    answer = as_priya.post(url, copy_of(given_plan), follow=True)
    assert "Saved as a routine, signed off by you." in text(answer)
    made = Routine.objects.get()
    item = made.items.get()
    assert (made.scope, made.stage, made.owner) == (Scope.PERSONAL, Stage.PUBLISHED, priya)
    assert (item.exercise, item.note, item.times_per_day, item.days_per_week) == (toe_curls, "", 2, 5)
    assert item.dose_phrases == [
        "3 sets of 8",
        "rest 1 minute between sets",
        "with a band",
        "twice a day, 5 days a week",
    ]
    assert "Margaret" not in text(as_priya.get(reverse("exercises:routine", args=[made.slug])))
    undone = as_priya.post(reverse("exercises:routine_retire", args=[made.slug]))
    assert undone.status_code == 302
    made.refresh_from_db()
    assert made.stage == Stage.RETIRED


@pytest.mark.django_db
def test_notes_are_copied_when_asked(as_priya: Client, given_plan: Programme) -> None:
    url = reverse("exercises:routine_from_programme", args=[given_plan.pk])
    as_priya.post(url, copy_of(given_plan, with_notes="on", scope="clinic"))
    made = Routine.objects.get()
    assert (made.items.get().note, made.scope) == ("Mind the cat, Margaret.", Scope.CLINIC)


@pytest.mark.django_db
def test_more_than_four_are_refused_until_some_are_left_out(
    as_priya: Client, priya: User, margaret: Patient
) -> None:
    exercises = [factories.make_exercise(f"exercise-{n}") for n in range(5)]
    programme = factories.make_programme(priya, margaret, exercises)
    url = reverse("exercises:routine_from_programme", args=[programme.pk])
    data = copy_of(programme)
    answer = as_priya.post(url, data)
    assert answer.status_code == 422
    assert "holds 5 exercises" in text(answer)
    assert not Routine.objects.exists()
    assert as_priya.post(url, data | {"chosen": data["chosen"][:4]}).status_code == 302
    assert "Choose at least one exercise." in text(as_priya.post(url, data | {"chosen": []}))


@pytest.mark.django_db
def test_what_left_the_catalogue_is_left_out_and_said(
    as_priya: Client, priya: User, margaret: Patient, given_plan: Programme, toe_curls: Exercise
) -> None:
    Exercise.objects.filter(pk=toe_curls.pk).update(stage=Stage.RETIRED)
    url = reverse("exercises:routine_from_programme", args=[given_plan.pk])
    assert "None of its exercises is in the catalogue any more." in text(as_priya.get(url))
    assert as_priya.post(url, copy_of(given_plan)).status_code == 422
    assert not Routine.objects.exists()


@pytest.mark.django_db
@pytest.mark.hazard("HZ-31", "HZ-38")
def test_who_may_make_one(
    olivia: User, asha: User, carlos: User, hugo: User, given_plan: Programme, margaret: Patient
) -> None:
    url = reverse("exercises:routine_from_programme", args=[given_plan.pk])
    for user, status in ((asha, 403), (carlos, 403), (hugo, 404)):
        assert signed_in(user).get(url).status_code == status
        assert signed_in(user).post(url, copy_of(given_plan)).status_code == status
    assert not Routine.objects.exists()
    assert "Saved as a draft." in text(signed_in(olivia).post(url, copy_of(given_plan), follow=True))
    read = AuditEntry.objects.filter(verb="record.read", patient_id=margaret.pk)
    assert {entry.actor_user for entry in read} == {olivia}


def test_the_list_of_what_can_be_added_reads_names_and_no_texts(as_priya: Client, basics: Routine) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = as_priya.get(NEW)
    assert '<option value="toe-curls-and-spreads">Toe curls and spreads</option>' in text(response)
    read = [query["sql"] for query in queries if 'FROM "exercises_exercise"' in query["sql"]]
    assert len(read) == 1
    assert '"exercises_exerciseversion"."name"' in read[0]
    for column in ("steps", "cautions", "search", "webp"):
        assert f'."{column}"' not in read[0], column
    # Not one more question for any of them.
    assert not [query for query in queries if 'FROM "exercises_exerciseversion"' in query["sql"]]

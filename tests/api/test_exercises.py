from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.actors import Actor
from clinic.models import AuditEntry, Clinic, User
from exercises import actions
from exercises.actions import search_index
from exercises.models import Exercise
from patients.models import FindingType
from tests import factories
from tests.api.conftest import V1, Api

By = Callable[[User | None], Api]
KEYS = {"slug", "stage", "findings", "current"}
VERSION_KEYS = {
    "number",
    "published_at",
    "name",
    "aliases",
    "movement",
    "purpose",
    "prepare",
    "steps",
    "breathe",
    "feel",
    "stop_rules",
    "picture",
    "photo",
    "alt_text",
    "video_url",
    "kind",
    "body_part",
    "position",
    "difficulty",
    "equipment",
    "kit_options",
    "kit",
    "barefoot",
    "cautions",
    "sides",
    "sets_min",
    "sets_max",
    "sets_open",
    "reps_min",
    "reps_max",
    "hold_s_min",
    "hold_s_max",
    "duration_s_min",
    "duration_s_max",
    "tempo_up_s",
    "tempo_down_s",
    "rest_s",
    "load_note",
    "cue",
    "times_per_day_min",
    "times_per_day_max",
    "days_per_week_min",
    "days_per_week_max",
    "every_n_days",
    "weeks_min",
    "weeks_max",
    "dose_in_words",
    "dose_source",
    "dose_note",
    "harder",
    "easier",
    "harder_exercises",
    "easier_exercises",
    "evidence_tag",
    "evidence",
    "sources",
}


@pytest.fixture
def draft(db: None) -> Exercise:
    return factories.make_exercise("secret-draft", published=False)


@pytest.mark.check(6)
def test_who_works_with_it_reads_the_catalogue(
    by: By, priya: User, olivia: User, asha: User, carlos: User, audrey: User, toe_curls: Exercise
) -> None:
    assert by(audrey).get("exercises/").status_code == 403
    for user in (priya, olivia, asha, carlos):
        (row,) = by(user).rows("exercises/")
        assert (set(row), set(row["current"])) == (KEYS, VERSION_KEYS)
        assert by(user).get(f"exercises/{toe_curls.slug}/").json() == row
    assert not AuditEntry.objects.filter(actor_kind="staff").exists()


def test_the_dose_in_numbers_and_in_words(
    by: By, priya: User, toe_curls: Exercise, fasciitis: FindingType
) -> None:
    toe_curls.findings.set([fasciitis])
    row = by(priya).get(f"exercises/{toe_curls.slug}/").json()
    assert row["findings"] == ["plantar_fasciitis"]
    version = row["current"]
    assert (version["number"], version["reps_min"], version["reps_max"]) == (1, 10, 15)
    assert version["sets_min"] is None  # not stated is null, never a default
    assert version["dose_in_words"] == ["10–15 times"]


def test_drafts_are_for_those_who_curate(
    by: By, priya: User, carlos: User, cora: User, draft: Exercise, toe_curls: Exercise
) -> None:
    assert [row["slug"] for row in by(priya).rows("exercises/")] == [toe_curls.slug]
    assert by(priya).get(f"exercises/{draft.slug}/").status_code == 404
    for user in (carlos, cora):
        row = by(user).get(f"exercises/{draft.slug}/").json()
        assert (row["stage"], row["current"]) == ("draft", None)
        assert len(by(user).rows("exercises/")) == 2


def test_an_edit_that_is_not_published_stays_inside(by: By, priya: User, toe_curls: Exercise) -> None:
    toe_curls.name = "Half-finished name"
    actions.save_exercise(actor=Actor.system("test"), exercise=toe_curls)
    answer = by(priya).get(f"exercises/{toe_curls.slug}/")
    assert answer.json()["current"]["name"] == "Toe curls and spreads"
    assert b"Half-finished" not in answer.content


@pytest.fixture
def two(fasciitis: FindingType) -> None:
    factories.make_exercise(
        "heel-drop",
        kind="strength",
        body_part="lower_leg",
        position="on_step",
        difficulty=3,
        equipment=["step"],
    )
    roll = factories.make_exercise(
        "arch-roll",
        kind="release",
        body_part="foot",
        kit_options=["ball", "frozen_bottle"],
        purpose="For the arch.",
    )
    roll.findings.set([fasciitis])
    search_index.index([roll])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "drops heel"}, ["heel-drop"]),
        ({"q": "plantar"}, ["arch-roll"]),
        ({"q": "arch roll"}, ["arch-roll"]),
        ({"q": "%"}, []),
        ({"finding": "plantar_fasciitis"}, ["arch-roll"]),
        ({"kind": "strength"}, ["heel-drop"]),
        ({"body_part": "foot"}, ["arch-roll"]),
        ({"position": "on_step"}, ["heel-drop"]),
        ({"position": "sitting"}, ["arch-roll"]),
        ({"difficulty": "3"}, ["heel-drop"]),
        ({"equipment": "frozen_bottle"}, ["arch-roll"]),
        ({"equipment": "none"}, []),
        ({"equipment": "unheard_of"}, []),
        ({"q": "heel", "kind": "strength", "equipment": "step"}, ["heel-drop"]),
        ({"kind": "strength", "position": "sitting"}, []),
    ],
)
def test_the_list_answers_filters(
    by: By, carlos: User, two: None, query: dict[str, str], found: list[str]
) -> None:
    factories.make_exercise("secret-draft", published=False, kind="strength")
    assert [row["slug"] for row in by(carlos).rows("exercises/", **query)] == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", "x" * 81),
        ("q", "a\x00b"),
        ("finding", "unheard_of"),
        ("finding", "a\x00b"),
        ("kind", "magic"),
        ("body_part", "nose"),
        ("position", "floating"),
        ("difficulty", "9"),
        ("difficulty", "one"),
        ("equipment", "a\x00b"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named(by: By, priya: User, two: None, name: str, value: str) -> None:
    answer = by(priya).get("exercises/", **{name: value})
    assert answer.status_code == 400
    assert name in answer.content.decode()


def test_the_kit_has_names_and_says_what_is_a_choice(by: By, priya: User) -> None:
    factories.make_exercise("roll", equipment=["sock"], kit_options=["tin"])
    (row,) = by(priya).rows("exercises/")
    assert row["current"]["kit"] == [
        {"key": "sock", "name": "sock", "choice": False},
        {"key": "tin", "name": "tin", "choice": True},
    ]
    assert row["current"]["photo"] is None


def test_another_clinics_exercises_are_not_found(by: By, priya: User, hugo: User, hilltop: Clinic) -> None:
    factories.make_exercise("hilltop-roll", clinic=hilltop)
    assert by(priya).rows("exercises/", q="hilltop") == []
    assert len(by(hugo).rows("exercises/", q="hilltop")) == 1


def test_visitors_and_people_without_a_clinic_are_refused(by: By, toe_curls: Exercise) -> None:
    homeless = factories.make_staff(None, None, "Root", is_superuser=True, is_staff=True)
    for user in (homeless, None):
        assert by(user).get("exercises/").status_code == 403
        assert by(user).get(f"exercises/{toe_curls.slug}/").status_code == 403


@pytest.mark.parametrize("slug", ["none", "a%00b", "a" * 5000, "..%2f", "%F0%9F%A6%B6"])
def test_no_such_exercise(by: By, priya: User, toe_curls: Exercise, slug: str) -> None:
    assert by(priya).get(f"exercises/{slug}/").status_code == 404


def test_the_catalogue_is_read_only(by: By, carlos: User, toe_curls: Exercise) -> None:
    client = by(carlos).client
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for url in (f"{V1}exercises/", f"{V1}exercises/{toe_curls.slug}/"):
            assert client.generic(method, url, '{"slug": "x"}', "application/json").status_code == 405
    assert Exercise.objects.get() == toe_curls


def test_the_same_queries_for_one_row_and_for_ten(by: By, priya: User, toe_curls: Exercise) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(api.rows("exercises/")) == count
        return len(captured)

    api = by(priya)
    one = queries(1)
    for number in range(9):
        factories.make_exercise(f"exercise-{number}")
    assert one == queries(10) == 5  # session, user with membership, count, exercises, findings

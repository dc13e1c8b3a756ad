from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Exercise, Routine
from patients.models import FindingType
from tests import factories
from tests.api.conftest import V1, Api

By = Callable[[User | None], Api]
KEYS = {
    "slug",
    "name",
    "scope",
    "stage",
    "basis",
    "findings",
    "exercises",
    "stages",
    "items",
    "signed_off_on",
}


@pytest.mark.check(6)
def test_lists_routines_with_their_exercises_in_order(
    by: By, priya: User, asha: User, basics: Routine, fasciitis: FindingType
) -> None:
    basics.findings.add(fasciitis)
    for user in (priya, asha):
        (row,) = by(user).rows("routines/")
        assert set(row) == KEYS
        said = [item["dose_in_words"] for item in row["items"]]
        assert said == [["10–15 times"], ["15 times", "hold 3–5 seconds"]]
        assert row == {
            "slug": "article-basics",
            "name": "Article basics",
            "scope": "shared",
            "stages": [],
            "items": row["items"],
            "stage": "published",
            "basis": "",
            "findings": ["plantar_fasciitis"],
            "exercises": ["toe-curls-and-spreads", "heel-raises-near-wall"],
            "signed_off_on": "2026-11-23",
        }
        assert by(user).get("routines/article-basics/").json() == row


def test_what_nobody_signed_is_for_those_who_curate(
    by: By, priya: User, carlos: User, basics: Routine
) -> None:
    actions.save_routine(actor=Actor.staff(carlos), routine=basics)  # an edit makes it a draft again
    assert by(priya).rows("routines/") == []
    assert by(priya).get("routines/article-basics/").status_code == 404
    assert by(carlos).get("routines/article-basics/").json()["stage"] == "draft"


def test_visitors_are_refused(by: By, basics: Routine) -> None:
    assert by(None).get("routines/").status_code == 403
    assert by(None).get("routines/article-basics/").status_code == 403


def test_routines_are_read_only(by: By, carlos: User, basics: Routine) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for url in (f"{V1}routines/", f"{V1}routines/article-basics/"):
            answer = by(carlos).client.generic(method, url, "{}", "application/json")
            assert answer.status_code == 405
    assert Routine.objects.get() == basics


def test_the_same_queries_for_one_row_and_for_ten(
    by: By, priya: User, carlos: User, basics: Routine, toe_curls: Exercise
) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(api.rows("routines/")) == count
        return len(captured)

    api = by(priya)
    one = queries(1)
    for number in range(9):
        factories.make_routine(carlos, [toe_curls], f"routine-{number}")
    assert one == queries(10) == 7  # session, user with membership, count, routines, findings, items, stages


def test_stages_and_doses_of_their_own_are_told(by: By, priya: User, staged: Routine) -> None:
    row = by(priya).get(f"routines/{staged.slug}/").json()
    assert (row["scope"], row["exercises"]) == ("clinic", ["toe-curls-and-spreads", "heel-raises-near-wall"])
    assert [stage["number"] for stage in row["stages"]] == [1, 2]
    assert row["stages"][0] == {
        "number": 1,
        "name": "Weeks 1 to 2",
        "from_week": 1,
        "to_week": 2,
        "criteria": "No pain above 3 in the morning.",
    }
    assert [(item["exercise"], item["stage"]) for item in row["items"]] == [
        ("toe-curls-and-spreads", 1),
        ("toe-curls-and-spreads", 2),
        ("heel-raises-near-wall", 2),
    ]
    assert row["items"][0]["reps_min"] is None
    assert row["items"][2]["dose_in_words"] == [
        "as many sets of 8 as you can",
        "3 seconds up, 4 seconds down",
        "rest 2 minutes between sets",
        "with a backpack",
        "once a day, every second day",
    ]


@pytest.mark.hazard("HZ-31")
def test_nobody_elses_routines_are_told(
    by: By, hugo: User, olivia: User, staged: Routine, personal: Routine
) -> None:
    shown = {user: [row["slug"] for row in by(user).rows("routines/")] for user in (hugo, olivia)}
    assert shown == {hugo: ["article-basics"], olivia: ["article-basics", staged.slug]}
    for user, routine in ((hugo, staged), (hugo, personal), (olivia, personal)):
        assert by(user).get(f"routines/{routine.slug}/").status_code == 404

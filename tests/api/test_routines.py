from collections.abc import Callable

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
KEYS = {"slug", "name", "stage", "basis", "findings", "exercises", "signed_off_on"}


def test_lists_routines_with_their_exercises_in_order(
    by: By, priya: User, audrey: User, basics: Routine, fasciitis: FindingType
) -> None:
    basics.findings.add(fasciitis)
    for user in (priya, audrey):
        (row,) = by(user).rows("routines/")
        assert set(row) == KEYS
        assert row == {
            "slug": "article-basics",
            "name": "Article basics",
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
    assert one == queries(10) == 6  # session, user with membership, count, routines, findings, items

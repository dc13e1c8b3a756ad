"""Pages of the catalogue: which one is shown, and that its number costs no second search."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exercises.views.catalogue import A_PAGE
from tests import factories

pytestmark = pytest.mark.django_db
CATALOGUE = "/exercises/"


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("1", 1),
        ("2", 2),
        ("02", 2),
        (" 2", 2),
        ("3", 2),
        ("0", 2),
        ("-1", 2),
        ("9" * 30, 2),
        ("x", 1),
        ("²", 1),
        ("", 1),
    ],
)
def test_a_page_that_is_not_there_is_the_nearest_that_is(as_priya: Client, asked: str, number: int) -> None:
    for one in range(A_PAGE + 2):
        factories.make_exercise(f"roll-{one:02}", name=f"Roll {one:02}", kind="release")
    response = as_priya.get(CATALOGUE, {"q": "roll", "page": asked})
    slugs = [exercise.slug for exercise in response.context["exercises"]]
    first = (number - 1) * A_PAGE
    assert slugs == [f"roll-{one:02}" for one in range(first, min(first + A_PAGE, A_PAGE + 2))]
    page = response.context["page"]
    assert (page.number, page.has_next(), page.paginator.count) == (number, number == 1, A_PAGE + 2)


@pytest.mark.parametrize("query", [{"q": "roll"}, {"kind": "release"}, {"q": "no such"}])
def test_the_catalogue_is_searched_once(as_priya: Client, query: dict[str, str]) -> None:
    for one in range(A_PAGE + 2):
        factories.make_exercise(f"roll-{one}", name=f"Roll {one}", kind="release")
    with CaptureQueriesContext(connection) as queries:
        assert as_priya.get(CATALOGUE, query).status_code == 200
    searches = [q for q in queries if "exercises_exercise" in q["sql"] and "ANY(" not in q["sql"]]
    assert len(searches) == 1
    assert len(queries) <= 7

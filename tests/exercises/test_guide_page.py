"""The page of the guided exercises, as it leaves the server."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.models import User
from exercises.models import Done, Programme
from patients.models import Patient
from tests import factories
from tests.factories import NOON
from tests.pages import text

STATIC = Path(__file__).parent.parent.parent / "static"
HELD = {"reps_min": 2, "reps_max": None, "hold_s_min": 5}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_plan(client, margaret)
    return client


def given(staff: User, patient: Patient, side: str = "both_in_turn", **dose: object) -> Programme:
    version = factories.make_exercise("short-foot", name="Short foot", picture="short-foot").current
    assert version
    item = factories.item_plan(version, side=side, dose=version.dose_fields() | dose)
    return factories.make_programme(staff, patient, [], items=[item])


def data(response: Any) -> dict[str, Any]:
    found = re.search(
        r'<script id="guide-data" type="application/json">(.*?)</script>', response.content.decode()
    )
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


def test_tells_the_script_what_is_stated_and_nothing_else(phone, priya, margaret):
    item = given(priya, margaret, **HELD).items.get()
    (told,) = data(phone.get("/today/guide/"))["items"].values()
    assert told["dose"] == {"reps": 2, "hold": 5, "side": "both_in_turn"}
    assert told["sides"] == {"both_in_turn": "each foot", "left": "left foot", "right": "right foot"}
    assert told["done"] is False
    factories.make_log(margaret, item, done=Done.DONE)
    (told,) = data(phone.get("/today/guide/"))["items"].values()
    assert told["done"] is True


@pytest.mark.hazard("HZ-29", "HZ-02")
@pytest.mark.parametrize(
    ("side", "shown"),
    [
        ("left", {"left": "Shown on the left foot."}),
        ("right", {"right": "Shown on the left foot. Do it with the right."}),
        (
            "both_in_turn",
            {
                "both_in_turn": "Shown on the left foot. Do it with each foot in turn.",
                "left": "Shown on the left foot.",
                "right": "Shown on the left foot. Do it with the right.",
            },
        ),
    ],
)
def test_says_which_side_the_picture_shows_for_each_side_that_is_done(phone, priya, margaret, side, shown):
    given(priya, margaret, side, **HELD)
    (told,) = data(phone.get("/today/guide/"))["items"].values()
    assert told["shown"] == shown


def test_shows_the_whole_range_of_the_dose(phone, priya, margaret):
    given(priya, margaret, "left", reps_min=8, reps_max=12)
    response = phone.get("/today/guide/")
    assert "8–12 times, left foot" in text(response)
    (told,) = data(response)["items"].values()
    assert told["count"] == "8–12 times"


def test_opening_writes_nothing_and_nothing_is_chosen_beforehand(phone, priya, margaret):
    given(priya, margaret, **HELD)
    before = factories.count_rows()
    response = phone.get("/today/guide/")
    assert response.headers["Cache-Control"] == "no-store"
    assert factories.count_rows() == before
    assert "checked" not in re.sub(r'id="sound" checked', "", response.content.decode())


def test_a_day_without_exercises_says_so_and_loads_no_script(phone, margaret):
    response = phone.get("/today/guide/")
    assert "There is no exercise to do today." in text(response)
    assert "player.js" not in text(response)


def test_every_gap_of_a_sentence_is_one_that_the_script_fills(phone, priya, margaret):
    given(priya, margaret, **HELD)
    words = data(phone.get("/today/guide/"))["words"]
    gaps = {gap for sentence in words.values() for gap in re.findall(r"{(\w+)}", sentence)}
    assert gaps == {"side", "count", "set", "sets", "rep", "reps", "n", "all"}


@pytest.mark.parametrize("count", [1, 10])
def test_asks_as_much_of_the_database_for_one_exercise_as_for_ten(phone, priya, margaret, count):
    exercises = [factories.make_exercise(f"exercise-{n}") for n in range(count)]
    factories.make_programme(priya, margaret, exercises)
    with CaptureQueriesContext(connection) as queries:
        phone.get("/today/guide/")
    assert len(queries) <= 8


def packed(*names: str) -> int:
    return sum(len(gzip.compress((STATIC / name).read_bytes())) for name in names)


def test_weighs_little(phone, priya, margaret):
    """Everything that the phone loads until the first exercise runs, both pictures included."""
    exercises = [factories.make_exercise(f"exercise-{n}", picture="short-foot") for n in range(4)]
    factories.make_programme(priya, margaret, exercises)
    page = len(gzip.compress(phone.get("/today/guide/").content))
    assert packed("js/player.js", "js/timeline.js") <= 3_500
    pictures = [f"img/exercises/short-foot{kind}.svg" for kind in ("", "-poses")]
    files = ["css/app.css", "css/player.css", "js/player.js", "js/timeline.js", "img/favicon.svg", *pictures]
    assert page + packed(*files) <= 30_000

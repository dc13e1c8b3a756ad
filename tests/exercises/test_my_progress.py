"""How it has gone, as the patient reads it: weeks, reasons, pain on one line of time."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clinic.actors import Actor
from clinic.models import User
from exercises import actions, adherence
from exercises.models import Done, MissReason, Programme
from exercises.schedule import Frequency
from patients.models import Patient
from tests import factories
from tests.exercises.record_world import log
from tests.factories import NOON, count_rows, make_exercise, make_programme
from tests.pages import text

URL = "/today/progress/"


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Monday, 23 November 2026, 12:00 UTC."""
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def device(client: Client, margaret: Patient) -> Client:
    factories.open_device(client, margaret, now=NOON)
    return client


@pytest.fixture
def programme(priya: User, margaret: Patient) -> Programme:
    exercises = [make_exercise(), make_exercise("heel-raises-near-wall")]
    return make_programme(priya, margaret, exercises, now=NOON - timedelta(days=9))


def miss(patient: Patient, programme: Programme, days_ago: int, reason: MissReason) -> None:
    at = NOON - timedelta(days=days_ago)
    items = [item.pk for item in programme.items.all()]
    entry = actions.DayLog(
        performed_on=at.date(),
        done=dict.fromkeys(items, Done.NOT_DONE),
        reasons=dict.fromkeys(items, reason),
    )
    actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=at)


def weeks(response: Any) -> list[str]:
    page = text(response)
    start = page.index('<ol class="weeks">')
    found = page[start : page.index("</ol>", start)].split("<h3>")[1:]
    return [
        " ".join(" ".join(part.split("<")[0] for part in f">{week}".split(">")).split()) for week in found
    ]


@pytest.mark.hazard("HZ-09", "HZ-23")
def test_each_week_says_what_was_planned_and_what_is_known_of_it(
    device: Client, margaret: Patient, programme: Programme
) -> None:
    log(margaret, programme, 8, done=Done.DONE)
    log(margaret, programme, 7, done=Done.PARTLY)
    miss(margaret, programme, 3, MissReason.NO_TIME)
    miss(margaret, programme, 2, MissReason.PAIN)
    response = device.get(URL)
    assert response.status_code == 200
    why = "Why it was left out or cut short: I had no time × 2 It hurt × 2"
    assert weeks(response) == [
        "23 November to 23 November 0 of 2 done 2 not logged",
        f"16 November to 22 November 0 of 14 done 2 partly done 4 not done 8 not logged {why}",
        "9 November to 15 November 2 of 4 done 2 not logged",
    ]
    assert "You completed 2 of 20 planned exercises." in text(response)


@pytest.mark.hazard("HZ-23")
def test_pain_is_told_in_a_sentence_a_drawing_and_a_table(
    device: Client, margaret: Patient, programme: Programme
) -> None:
    log(margaret, programme, 5, foot=6, back=0)
    log(margaret, programme, 1, foot=4)
    page = text(device.get(URL))
    assert "Foot pain: 6 on 18 November and 4 on 22 November." in page
    assert "Lower back pain: 0 on 18 November." in page
    assert "Research on whether one causes the other is mixed." in page
    assert page.count('class="marks"') == 4  # two lines, and their two keys
    assert '<th scope="row">Sun 22 Nov</th><td>4</td><td>no score</td>' in page
    assert '<th scope="row">Wed 18 Nov</th><td>6</td><td>0</td>' in page


def test_before_anything_was_said(device: Client) -> None:
    page = text(device.get(URL))
    assert "Nothing was planned in this time." in page
    assert "You gave no pain score in this time." in page
    assert '<svg class="timeline"' not in page


@pytest.mark.parametrize(
    ("asked", "first", "table"),
    [
        ("", "27 October", True),
        ("?days=84", "1 September", False),
        ("?days=84&table=1", "1 September", True),
        ("?days=9999", "27 October", True),
    ],
)
def test_four_weeks_or_twelve(
    device: Client, margaret: Patient, programme: Programme, asked: str, first: str, table: bool
) -> None:
    log(margaret, programme, 1, foot=4)
    page = text(device.get(URL + asked))
    assert f"From {first} to 23 November." in page
    assert ('<table class="scores">' in page) is table


@pytest.mark.hazard("HZ-30")
def test_a_link_alone_does_not_open_it_and_nothing_is_written(
    client: Client, device: Client, margaret: Patient, programme: Programme
) -> None:
    log(margaret, programme, 1, foot=4)
    before = count_rows()
    assert device.get(URL).status_code == 200
    stranger = Client()
    assert stranger.get(URL).status_code == 404
    assert count_rows() == before
    factories.open_plan(stranger, margaret)
    answer = stranger.get(URL)
    assert answer.status_code == 404
    assert "22 Nov" not in text(answer)


def test_it_asks_as_much_for_a_day_as_for_twelve_weeks(
    device: Client, margaret: Patient, programme: Programme
) -> None:
    counts = []
    for days in (range(1, 2), range(2, 9)):
        for ago in days:
            log(margaret, programme, ago, done=Done.DONE, foot=3, back=2)
        with CaptureQueriesContext(connection) as queries:
            assert device.get(f"{URL}?days=84").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def test_the_address_is_the_one_that_the_plan_names() -> None:
    assert reverse("exercises:my_progress") == URL


@given(
    first=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    length=st.integers(1, 120),
    frequency=st.integers(1, 7),
)
def test_weeks_hold_every_day_once_and_add_up(first: date, length: int, frequency: int) -> None:
    last = first + timedelta(days=length - 1)
    course = adherence.Course(first, last, {UUID(int=1): adherence.Asked(Frequency(days_per_week=frequency))})
    days = adherence.days([course], {}, first, last)
    found = adherence.by_week(days)
    assert [day for week in found.values() for day in week] == days
    assert all(len(week) <= 7 and monday.isoweekday() == 1 for monday, week in found.items())
    assert all(
        {day.on - timedelta(days=day.on.weekday()) for day in week} == {monday}
        for monday, week in found.items()
    )
    assert sum(adherence.totals(week).due for week in found.values()) == adherence.totals(days).due

"""Before the visit: what happened since the last one, on one screen."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from exercises import actions
from exercises.models import Done, Effort, MissReason, Programme
from patients.models import (
    ActivityScore,
    Finding,
    Measure,
    Patient,
    RecordStatus,
    Source,
)
from tests.exercises.record_world import (
    ago,
    log,
    make_activities,
    make_change,
    make_evaluation,
    make_everything,
    make_pain,
)
from tests.exercises.visit_world import say, section, words
from tests.factories import (
    NOON,
    answer,
    count_rows,
    make_exercise,
    make_finding,
    make_patient,
    make_programme,
    make_questionnaire,
)
from tests.pages import signed_in, text

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Monday, 23 November 2026, 12:00 UTC."""
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:visit", args=[margaret.pk])


@pytest.fixture
def two(priya: User, margaret: Patient) -> Programme:
    """Two exercises a day since Thursday, 12 November."""
    exercises = [make_exercise(), make_exercise("heel-raises-near-wall")]
    return make_programme(priya, margaret, exercises, now=NOON - timedelta(days=11))


def weeks(response: Any) -> list[str]:
    page = text(response)
    start = page.index("by-week")
    body = page[page.index("<tbody>", start) : page.index("</tbody>", start)]
    return [words(row) for row in body.split("<tr>")[1:]]


# --- the sentences on top ---------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-09", "HZ-23")
def test_it_counts_since_the_last_visit(
    as_priya: Client, priya: User, margaret: Patient, url: str, two: Programme
) -> None:
    make_evaluation(priya, margaret, 5)
    log(margaret, two, 9, done=Done.DONE, foot=9)  # before that visit
    log(margaret, two, 4, done=Done.DONE, foot=6, back=0)
    log(margaret, two, 3, done=Done.PARTLY)
    log(margaret, two, 1, done=Done.NOT_DONE, foot=4)
    assert section(as_priya.get(url), "visit").endswith(
        "Print Since the visit on 18 Nov 2026, 6 days: "
        "2 of 12 exercises done, 2 partly, 2 not done, 6 not logged. "
        "Foot pain: 6 on 19 Nov and 4 on 22 Nov, 2 answers. Lower back pain: 0 on 19 Nov, one answer. "
        "Last log: 22 Nov 2026."
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "No visit is on record, so the last 4 weeks, from 27 Oct 2026:"),
        ("?span=visit", "No visit is on record, so the last 4 weeks, from 27 Oct 2026:"),
        ("?span=2", "10 Nov 2026 to 23 Nov 2026:"),
        ("?span=4", "27 Oct 2026 to 23 Nov 2026:"),
        ("?span=12", "1 Sep 2026 to 23 Nov 2026:"),
        ("?span=9999", "No visit is on record"),
        ("?span=x", "No visit is on record"),
    ],
)
def test_how_far_back_stands_in_the_address(as_priya: Client, url: str, asked: str, said: str) -> None:
    response = as_priya.get(url + asked)
    assert said in section(response, "visit")
    assert text(response).count('aria-current="true"') == 2  # the list in the header, this span


def test_a_visit_long_past_is_named_and_twelve_weeks_are_shown(
    as_priya: Client, priya: User, margaret: Patient, url: str
) -> None:
    make_evaluation(priya, margaret, 200)
    said = section(as_priya.get(url), "visit")
    assert "The last visit was on 7 May 2026. The last 12 weeks, from 1 Sep 2026: nothing was due." in said
    assert "No pain score in this time. Last log: none." in said


@pytest.mark.parametrize("kind", ["evaluation", "pain", "change", "activity", "questionnaire"])
def test_whatever_was_told_at_a_visit_is_one(
    as_priya: Client, priya: User, carlos: User, margaret: Patient, url: str, kind: str
) -> None:
    if kind == "evaluation":
        make_evaluation(priya, margaret, 7)
    elif kind == "pain":
        make_pain(margaret, Measure.PAIN_FOOT, 7, 3, source=Source.VISIT, recorded_by=priya)
    elif kind == "change":
        make_change(margaret, 7, 1)
    elif kind == "activity":
        make_activities(margaret, 7, 4)
        ActivityScore.objects.update(recorded_by=priya)
    else:
        answer(priya, margaret, make_questionnaire(carlos), {1: 1, 2: 1}, ago(7))
    make_change(margaret, 0, 1)  # of today: that is the visit that is being prepared
    assert "Since the visit on 16 Nov 2026, 8 days:" in section(as_priya.get(url), "visit")


def test_a_slip_is_no_visit(as_priya: Client, priya: User, margaret: Patient, url: str) -> None:
    slip = {"status": RecordStatus.ENTERED_IN_ERROR}
    make_pain(margaret, Measure.PAIN_FOOT, 7, 3, source=Source.VISIT, recorded_by=priya, **slip)
    make_change(margaret, 7, 1, **slip)
    said = section(as_priya.get(url), "visit")
    assert "No visit is on record" in said
    assert "No pain score in this time." in said


# --- weeks ------------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-09", "HZ-23")
def test_each_week_says_what_was_done_why_it_was_not_and_what_nobody_knows(
    as_priya: Client, margaret: Patient, url: str, two: Programme
) -> None:
    say(margaret, two, 11, done=Done.DONE, efforts=Effort.HARD)
    say(margaret, two, 10, done=Done.DONE, efforts=Effort.EASY)
    say(margaret, two, 6, done=Done.PARTLY, late=2)
    say(margaret, two, 5, done=Done.NOT_DONE, reasons=MissReason.PAIN)
    say(margaret, two, 4, done=Done.NOT_DONE, reasons=MissReason.NO_TIME)
    say(margaret, two, 3, done=Done.NOT_DONE, reasons=MissReason.PAIN)
    response = as_priya.get(url)
    assert weeks(response) == [
        "23 Nov – 23 Nov 0 of 2 0 0 2 –",
        "16 Nov – 22 Nov 0 of 14 2 6 6 It hurt: 4, I had no time: 2 (2 entered later)",
        "9 Nov – 15 Nov 4 of 8 0 0 4 –",
    ]
    said = section(response, "weeks")
    assert "Exercises by week 2 entered later" in said
    assert "Why, altogether It hurt: 4, I had no time: 2" in said
    assert "How hard it was Easy: 2, Just right: 0, Hard: 2, No answer: 2" in said
    assert "no log does not mean no problem" in said


def test_nothing_due_is_said(as_priya: Client, url: str) -> None:
    assert "Nothing was due in this time." in section(as_priya.get(url), "weeks")


# --- pain and the plan --------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-23")
def test_pain_stands_on_one_line_of_time_with_its_table_twin(
    as_priya: Client, priya: User, margaret: Patient, url: str, two: Programme
) -> None:
    make_evaluation(priya, margaret, 13)
    log(margaret, two, 11, done=Done.DONE, foot=6, back=0)
    log(margaret, two, 9, foot=0)
    make_pain(margaret, Measure.PAIN_FIRST_STEP, 8, 7)
    actions.pause_programme(
        actor=Actor.staff(priya),
        programme=two,
        first_day=ago(2),
        last_day=ago(1),
        reason="",
        now=NOON - timedelta(days=3),
    )
    response = as_priya.get(url + "?span=2")
    page, said = text(response), section(response, "pain")
    assert 'role="img" aria-label="Pain from 0 to 10, day by day.' in page
    assert "Foot pain 6 → 0 Lower back pain 0 First-step pain 7 Visit Plan changed Paused" in said
    assert (
        "10 Nov Visit 12 Nov “Article basics” began 21 Nov “Article basics” paused until 22 Nov 2026" in said
    )
    assert "Research on whether one causes the other is mixed." in said
    assert '<path class="visits" d="M24.0 12V160' in page
    assert 'class="pauses" d="M299.8 12h25.1v148' in page
    assert page.count('class="run" d="M') == 0 + 3  # no two days follow each other: only the keys
    days = section(response, "days")
    assert "Day Exercises Foot pain Lower back pain First-step pain Mon 23 Nov today" in days
    assert "Sat 14 Nov 0 of 2 done, 2 not logged 0 no score no score" in days
    assert "Thu 12 Nov 2 of 2 done “Article basics” began 6 0 no score" in days
    assert "Wed 11 Nov nothing due no score no score no score" in days


def test_an_end_is_marked_on_its_day(
    as_priya: Client, priya: User, margaret: Patient, url: str, two: Programme
) -> None:
    ended_at = NOON - timedelta(days=2)
    actions.end_programme(actor=Actor.staff(priya), programme=two, now=ended_at, reason="Reviewed.")
    exercise = two.items.all()[0].version.exercise
    make_programme(priya, margaret, [exercise], now=NOON - timedelta(days=20), weeks=1, name="Earlier")
    said = section(as_priya.get(url), "pain")
    assert "21 Nov “Article basics” was ended" in said
    assert "3 Nov “Earlier” began 9 Nov last day of “Earlier”" in said


@pytest.mark.hazard("HZ-23")
def test_coordinates_are_the_same_where_decimals_have_a_comma(
    as_priya: Client, priya: User, margaret: Patient, url: str, settings: Any, two: Programme
) -> None:
    log(margaret, two, 10, done=Done.PARTLY, foot=7, back=3)
    make_evaluation(priya, margaret, 9)
    make_activities(margaret, 2, 6, 7)
    paths = re.compile(r' (?:d|cx|cy|x|y|r|width|height|viewBox)="([^"]+)"')
    english = as_priya.get(url + "?span=4").content.decode()
    settings.LANGUAGE_CODE = "de"
    german = as_priya.get(url + "?span=4").content.decode()
    assert ("6.5 of 10" in english, "6,5 of 10" in german) == (True, True)
    assert paths.findall(german) == paths.findall(english)


@pytest.mark.parametrize(("asked", "rows"), [("?span=4", 28), ("?span=12", 0), ("?span=12&days=1", 84)])
def test_a_long_table_is_drawn_when_somebody_asks(
    as_priya: Client, margaret: Patient, url: str, asked: str, rows: int
) -> None:
    make_pain(margaret, Measure.PAIN_FOOT, 1, 4)
    days = section(as_priya.get(url + asked), "days")
    assert days.count("nothing due") == rows
    assert ("Show day by day, as a table" in days) is (rows == 0)


# --- who, how many, and what is written down ------------------------------------------------------------------------
def test_the_number_of_queries_does_not_grow(
    as_priya: Client, priya: User, margaret: Patient, url: str, finding: Finding
) -> None:
    # session, user with membership, patient; savepoint, audit entry, release; findings, cautions, warning signs; the rest;
    # beside PostgreSQL's clock, which stands still here
    curls, counts = make_exercise(), []
    for number in range(10):
        programme = make_programme(priya, margaret, [curls], now=NOON - timedelta(days=10))
        log(margaret, programme, 10 - number, done=Done.DONE, foot=number)
        if number in {0, 9}:
            with CaptureQueriesContext(connection) as queries:
                assert as_priya.get(url).status_code == 200
            counts.append(len(queries))
    make_everything(priya, margaret, finding, 0)
    with CaptureQueriesContext(connection) as queries:
        response = as_priya.get(url + "?span=12&days=1")
    counts.append(len(queries))
    for number in range(1, 10):
        make_everything(priya, margaret, finding, number)
    with CaptureQueriesContext(connection) as queries:
        response = as_priya.get(url + "?span=12&days=1")
    counts.append(len(queries))
    assert counts == [10, 10, 10, 10]
    visit = response.context["visit"]
    assert (len(visit.brief.worn), len(visit.brief.referrals), len(visit.days)) == (10, 10, 84)


@pytest.mark.hazard("HZ-31")
@pytest.mark.parametrize(("more", "named"), [("", "visit"), ("text/", "visit_text")])
def test_reading_leaves_one_entry(
    as_priya: Client, priya: User, margaret: Patient, url: str, more: str, named: str
) -> None:
    before = count_rows()
    as_priya.get(url + more)
    entry = AuditEntry.objects.get(verb="record.read")
    assert (entry.actor_user, entry.patient_id, entry.changes) == (priya, margaret.pk, {"page": named})
    after = count_rows()
    assert {table for table in after if after[table] != before[table]} == {"clinic_auditentry"}


@pytest.mark.hazard("HZ-31")
def test_who_reads_it(
    olivia: User, asha: User, carlos: User, audrey: User, hugo: User, url: str, client: Client
) -> None:
    for address in (url, url + "text/"):
        assert signed_in(olivia).get(address).status_code == 200
        before = AuditEntry.objects.count()
        assert [signed_in(user).get(address).status_code for user in (asha, carlos, audrey)] == [403] * 3
        assert signed_in(hugo).get(address).status_code == 404
        assert AuditEntry.objects.count() == before
        assert client.get(address).headers["Location"] == f"{reverse('account_login')}?next={address}"
        assert signed_in(olivia).post(address).status_code == 405


def test_another_patient_s_record_stays_away(as_priya: Client, priya: User, url: str) -> None:
    ana = make_patient(priya, "Ana", "García")
    programme = make_programme(priya, ana, [make_exercise()], now=NOON - timedelta(days=10))
    say(ana, programme, 3, done=Done.DONE, note="Ana wrote this.")
    make_everything(priya, ana, make_finding(priya, ana), 5)
    response = as_priya.get(url + "?span=12")
    assert section(response, "measures") == "Measures Nothing measured yet."
    assert section(response, "worn") == "Hours worn No foot support in use."
    assert "Ana wrote" not in text(response)
    assert "Article basics" not in text(response)
    assert section(response, "visit").endswith("nothing was due. No pain score in this time. Last log: none.")


def test_the_old_address_leads_here(as_priya: Client, margaret: Patient, url: str) -> None:
    response = as_priya.get(reverse("exercises:progress", args=[margaret.pk]))
    assert (response.status_code, response.headers["Location"]) == (301, url)


def test_it_stands_in_the_record(as_priya: Client, url: str) -> None:
    page = text(as_priya.get(url))
    assert "<title>Before the visit: Margaret Hale – Footwork</title>" in page
    assert f'<a href="{url}" aria-current="page">Before the visit</a>' in page

"""Outcome measures of a patient: what the page shows, and who may see it."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.models import AuditEntry
from patients.models import ChangeRating, PainScore, Patient
from patients.outcome_measures import CHANGE_RATING, Step, measure
from tests.factories import (
    TODAY,
    answer,
    make_activity,
    make_questionnaire,
    tell,
)
from tests.pages import signed_in
from tests.patients.outcomes_world import board_url, by_patient, new, status, today

__all__ = ["board_url", "new", "status", "today"]  # fixtures


# --- the page ------------------------------------------------------------------------------------------------------
def test_an_empty_record_says_so_and_is_noted_as_read(as_priya, margaret, board_url):
    body = as_priya.get(board_url).content.decode()
    assert body.count("No answer yet.") == 3
    assert "Nothing about pain yet." in body
    assert "No activity is named yet." in body
    assert "No rating yet." in body
    assert "Curators add questionnaires for which your clinic holds a licence." in body
    entry = AuditEntry.objects.get(verb="record.read")
    assert (entry.patient_id, entry.changes) == (margaret.pk, {"page": "outcomes"})


@pytest.mark.hazard("HZ-23")
def test_values_changes_and_both_sources(as_priya, priya, margaret, board_url):
    tell(priya, margaret, TODAY - timedelta(days=20), pain_foot_24h=6, pain_back_24h=5)
    by_patient(margaret, 5, TODAY - timedelta(days=10))
    tell(priya, margaret, pain_foot_24h=4, pain_back_24h=4)
    response = as_priya.get(board_url)
    board = response.context["board"]
    first_step, foot, back = board.pain
    assert first_step.latest is None
    assert (foot.latest.value, foot.source) == (4, "told at a visit")
    assert (foot.first.earlier, foot.first.latest, foot.first.since) == (6, 4, TODAY - timedelta(days=20))
    assert (foot.previous.earlier, foot.previous.important) == (5, 1)
    assert (back.first.earlier, back.first.latest, back.first.important, back.previous) == (5, 4, None, None)
    assert [(row.source, [cell for _name, cell in row.cells]) for row in board.pain_days] == [
        ("at a visit", [None, 4, 4]),
        ("in the plan", [None, 5, None]),
        ("at a visit", [None, 6, 5]),
    ]
    body = response.content.decode()
    assert "6 → 4 since 3 Nov 2026" in body
    assert "5 → 4 since 13 Nov 2026" in body
    assert body.count("Important change: 1 or more") == 2
    assert body.count("no score") == 4  # missing is missing, never 0


def test_of_two_answers_for_one_day_the_patients_own_counts(as_priya, priya, margaret, board_url):
    tell(priya, margaret, TODAY - timedelta(days=1), pain_foot_24h=8)
    tell(priya, margaret, pain_foot_24h=3)
    by_patient(margaret, 7)
    board = as_priya.get(board_url).context["board"]
    assert (board.pain[1].latest.value, board.pain[1].source) == (7, "the patient's plan")
    assert (board.pain[1].first.earlier, board.pain[1].first.latest) == (8, 7)
    assert len(board.pain_days) == 3


def test_activities_over_time_with_their_mean(as_priya, priya, margaret, board_url):
    dog, stairs = make_activity(priya, margaret), make_activity(priya, margaret, "Stairs")
    tell(priya, margaret, TODAY - timedelta(days=9), activities={dog: 2, stairs: 3})
    tell(priya, margaret, TODAY - timedelta(days=5), activities={dog: 4})
    tell(priya, margaret, activities={dog: 5, stairs: 4})
    board = as_priya.get(board_url).context["board"]
    (_, first), (_, second) = board.activities.current
    assert (first.first.earlier, first.first.latest, first.first.important) == (2, 5, 3)
    assert (second.first.earlier, second.first.latest, second.first.important) == (3, 4, None)
    mean = board.activities.mean
    assert (str(mean.first.earlier), str(mean.first.latest), mean.first.important) == ("2.5", "4.5", 2)
    assert mean.previous is None  # on the day between only one was scored: no mean
    assert [[cell for _name, cell in row.cells] for row in board.activities.days] == [
        [5, 4],
        [4, None],
        [2, 3],
    ]


def test_ratings_show_their_sign_and_are_marked_from_three(as_priya, priya, margaret, board_url):
    for days, rating in ((3, -2), (2, 0), (1, 3)):
        tell(priya, margaret, TODAY - timedelta(days=days), change=rating)
    response = as_priya.get(board_url)
    assert [(row.signed, row.important) for row in response.context["board"].ratings] == [
        ("+3", Decimal("2.5")),
        ("0", None),
        ("\N{MINUS SIGN}2", None),
    ]
    assert response.content.decode().count("Important change: 2.5 or more") == 1


@pytest.mark.slow
def test_the_figure_of_an_important_rating_is_the_reviewed_one(
    as_priya, priya, margaret, board_url, monkeypatch
):
    tell(priya, margaret, change=3)
    reviewed = measure(CHANGE_RATING)
    other = replace(reviewed, steps=(Step(-5, 5, Decimal("3.0")),))
    monkeypatch.setattr("patients.outcome_measures.measure", lambda key: other)
    assert "Important change: 3 or more" in as_priya.get(board_url).content.decode()


def test_twenty_days_are_shown_and_the_rest_on_request(as_priya, margaret, board_url):
    for days in range(22):
        by_patient(margaret, 4, TODAY - timedelta(days=days))
    response = as_priya.get(board_url)
    assert len(response.context["board"].pain_days) == 20
    assert "Show 2 earlier days" in response.content.decode()
    assert len(as_priya.get(board_url, {"all": "1"}).context["board"].pain_days) == 22


def test_the_number_of_queries_does_not_grow(as_priya, priya, carlos, margaret, board_url):
    """Session, person, membership; patient; audit; five kinds of rows; strip; questionnaires; clock."""
    walking = make_questionnaire(carlos)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(board_url).status_code == 200
        return len(queries)

    def day(number: int, **told) -> None:
        on = TODAY - timedelta(days=number)
        tell(priya, margaret, on, change=1, pain_foot_24h=3, **told)
        answer(priya, margaret, walking, {1: 2, 2: 2}, on)

    dog = make_activity(priya, margaret)
    day(0, activities={dog: 4})
    one = count()
    others = [make_activity(priya, margaret, words) for words in ("Stairs", "Cooking")]
    for number in range(1, 10):
        day(number, activities=dict.fromkeys([dog, *others], 5))
    assert count() == one
    assert ChangeRating.objects.count() == 10


def test_owners_read_and_write_nothing(olivia, priya, margaret, board_url):
    make_activity(priya, margaret)
    tell(priya, margaret, pain_foot_24h=4)
    body = signed_in(olivia).get(board_url).content.decode()
    assert "4 of 10" in body
    for word in ("Record at this visit", "Entered in error", "Add the activity", "Correct an answer"):
        assert word not in body


# --- who ------------------------------------------------------------------------------------------------------
def test_only_practitioners_write(olivia, asha, carlos, audrey, priya, margaret, new, status, today):
    tell(priya, margaret, change=1)
    for user in (olivia, asha, carlos, audrey):
        client = signed_in(user)
        assert client.get(new).status_code == 403
        given = {"on": today.isoformat(), "pain_foot_24h": "4"}
        assert client.post(new, given).status_code == 403
        assert client.post(status, {"error": f"change:{TODAY.isoformat()}"}).status_code == 403
    assert (PainScore.objects.count(), ChangeRating.objects.get().status) == (0, "recorded")


def test_assistants_curators_and_auditors_read_nothing(asha, carlos, audrey, board_url):
    for user in (asha, carlos, audrey):
        assert signed_in(user).get(board_url).status_code == 403


def test_assistants_get_no_tab(asha, priya, margaret, board_url):
    overview = reverse("exercises:patient", args=[margaret.pk])
    assert board_url not in signed_in(asha).get(overview).content.decode()
    assert board_url in signed_in(priya).get(overview).content.decode()


def test_another_clinic_finds_nothing(hugo, heinrich, priya, margaret, board_url, new, status, today):
    tell(priya, margaret, change=1)
    client = signed_in(hugo)
    assert client.get(board_url).status_code == 404
    assert client.get(new).status_code == 404
    assert client.post(new, {"on": today.isoformat(), "pain_foot_24h": "4"}).status_code == 404
    assert client.post(status, {"error": f"change:{TODAY.isoformat()}"}).status_code == 404
    # Nor through a patient of his own: the answer's name leads only to that patient's rows.
    own = reverse("patients:outcome_status", args=[heinrich.pk])
    assert client.post(own, {"error": f"change:{TODAY.isoformat()}"}).status_code == 422
    assert (PainScore.objects.count(), ChangeRating.objects.get().status) == (0, "recorded")


def test_strangers_are_sent_to_sign_in(client, board_url, new, status):
    for url in (board_url, new, status):
        assert client.post(url).headers["Location"].startswith(reverse("account_login"))


def test_wrong_methods(as_priya, board_url, new, status):
    assert as_priya.post(board_url).status_code == 405
    assert as_priya.put(new).status_code == 405
    assert as_priya.get(status).status_code == 405


def test_an_archived_record_offers_nothing_to_write(as_priya, priya, carlos, margaret, board_url):
    make_activity(priya, margaret)
    tell(priya, margaret, pain_foot_24h=4, change=1)
    questionnaire = make_questionnaire(carlos)
    fill = reverse("patients:questionnaire_fill", args=[margaret.pk, questionnaire.pk])
    ours = re.compile(r'<form[^>]* action="(/patients/[^"]+)"')
    body = as_priya.get(board_url).content.decode()
    assert (len(ours.findall(body)) > 2, fill in body) == (True, True)
    Patient.objects.filter(pk=margaret.pk).update(archived_at=clock.now(), archived_by=priya)
    body = as_priya.get(board_url).content.decode()
    assert ours.findall(body) == [reverse("exercises:patient_restore", args=[margaret.pk])]
    assert fill not in body
    assert reverse("patients:outcome_new", args=[margaret.pk]) not in body

"""Answers that were a slip: marked as entered in error, and taken back."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry
from patients import actions
from patients.models import (
    ActivityScore,
    ChangeRating,
    Measure,
    PainScore,
    RecordStatus,
    Source,
)
from tests.factories import (
    TODAY,
    answer,
    make_activity,
    make_questionnaire,
    tell,
)


@pytest.fixture
def board_url(margaret) -> str:
    return reverse("patients:outcome_list", args=[margaret.pk])


@pytest.fixture
def status(margaret) -> str:
    return reverse("patients:outcome_status", args=[margaret.pk])


def by_patient(patient, score: int, on: date = TODAY, asked: Measure = Measure.PAIN_FOOT) -> None:
    actions.record_pain(
        actor=Actor.patient(patient), patient=patient, on=on, scores={asked: score}, now=clock.now()
    )


def told() -> list[tuple]:
    return list(
        PainScore.objects.order_by("on", "source", "measure").values_list(
            "source", "measure", "score", "status"
        )
    )


def verbs(prefix: str = "") -> list[str]:
    return list(
        AuditEntry.objects.filter(verb__startswith=prefix)
        .exclude(verb__startswith="patient.")
        .values_list("verb", flat=True)
    )


def everything(priya, carlos, margaret) -> dict[str, object]:
    """One answer of each kind: its name on the page, and the row."""
    dog = make_activity(priya, margaret)
    tell(priya, margaret, pain_foot_24h=4, change=2, activities={dog: 3})
    by_patient(margaret, 7)
    response = answer(priya, margaret, make_questionnaire(carlos), {1: 1, 2: 2})
    day = TODAY.isoformat()
    return {
        f"pain:pain_foot_24h,{day},visit": PainScore.objects.get(source=Source.VISIT),
        f"pain:pain_foot_24h,{day},patient": PainScore.objects.get(source=Source.PATIENT),
        f"activity:{dog.pk},{day}": ActivityScore.objects.get(),
        f"change:{day}": ChangeRating.objects.get(),
        f"response:{response.pk}": response,
    }


@pytest.mark.slow
def test_each_kind_is_marked_and_taken_back(as_priya, priya, carlos, margaret, board_url, status):
    for ref, row in everything(priya, carlos, margaret).items():
        listed = as_priya.get(board_url).content.decode()
        assert f'name="error" value="{ref}"' in listed
        response = as_priya.post(status, {"error": ref})
        assert response.status_code == 302
        row.refresh_from_db()
        assert row.status == RecordStatus.ENTERED_IN_ERROR
        shown = as_priya.get(response.headers["Location"]).content.decode()
        assert "Marked as entered in error:" in shown
        assert f'name="restore" value="{ref}"' in shown
        assert f'name="error" value="{ref}"' not in shown
        response = as_priya.post(status, {"restore": ref})
        assert response.headers["Location"] == board_url
        row.refresh_from_db()
        assert row.status == RecordStatus.RECORDED
        shown = as_priya.get(board_url).content.decode()
        assert "It stands again: " in shown
        assert f'name="error" value="{ref}"' in shown
    marked = AuditEntry.objects.filter(verb__endswith=".entered_in_error")
    assert sorted(marked.values_list("verb", flat=True)) == [
        "activity_score.entered_in_error",
        "change_rating.entered_in_error",
        "pain.entered_in_error",
        "pain.entered_in_error",
        "questionnaire_response.entered_in_error",
    ]
    assert set(marked.values_list("patient_id", flat=True)) == {margaret.pk}
    assert AuditEntry.objects.filter(verb__endswith=".restored").count() == 5


def test_a_slip_counts_no_more(as_priya, priya, margaret, board_url, status):
    tell(priya, margaret, TODAY - timedelta(days=2), pain_foot_24h=9)
    tell(priya, margaret, pain_foot_24h=4)
    as_priya.post(status, {"error": f"pain:pain_foot_24h,{(TODAY - timedelta(days=2)).isoformat()},visit"})
    board = as_priya.get(board_url).context["board"]
    assert (board.pain[1].latest.value, board.pain[1].first) == (4, None)
    assert [entry.words for entry in board.in_error] == ["Foot pain 9 on 21 Nov 2026, told at a visit"]


def test_marking_twice_says_so(as_priya, priya, margaret, status):
    tell(priya, margaret, change=1)
    given = {"error": f"change:{TODAY.isoformat()}"}
    as_priya.post(status, given)
    response = as_priya.post(status, given)
    assert response.status_code == 422
    assert "This was changed in the meantime. Please look again." in response.content.decode()
    assert verbs("change_rating.") == ["change_rating.entered_in_error"]


def test_a_patients_new_answer_stands_after_a_slip(margaret, priya):
    by_patient(margaret, 7)
    actions.enter_outcome_in_error(actor=Actor.staff(priya), outcome=PainScore.objects.get())
    by_patient(margaret, 5)
    assert told() == [("patient", "pain_foot_24h", 5, "recorded")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"error": "change:2026-11-23", "restore": "change:2026-11-23"},
        {"error": "change:2026-11-22"},
        {"error": "change:yesterday"},
        {"error": "pain:pain_foot_24h,2026-11-23"},
        {"error": "pain:pain_foot_24h,2026-11-23,nobody"},
        {"error": "activity:dog,2026-11-23"},
        {"error": "response:1"},
        {"error": "patient:1"},
        {"error": "x" * 101},
    ],
)
def test_an_unknown_answer_changes_nothing(as_priya, priya, margaret, status, typed):
    tell(priya, margaret, TODAY, change=1)
    response = as_priya.post(status, typed)
    assert response.status_code == 422
    assert "Choose one of the answers below." in response.content.decode()
    assert ChangeRating.objects.get().status == RecordStatus.RECORDED


@pytest.mark.parametrize("undo", ["change:2026-11-23", "change:never", "nonsense", ""])
def test_an_undo_is_offered_only_for_a_slip(as_priya, priya, margaret, board_url, undo):
    tell(priya, margaret, TODAY, change=1)
    assert "Marked as entered in error" not in as_priya.get(board_url, {"undo": undo}).content.decode()

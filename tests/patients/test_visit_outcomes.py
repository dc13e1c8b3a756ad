"""Writing down what was told at a visit."""

from datetime import timedelta

import pytest

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry
from clinic.roles import Role
from patients import actions
from patients.models import ActivityScore, ChangeRating, Measure, PainScore, RecordStatus
from tests.factories import (
    NOON,
    TODAY,
    count_rows,
    make_activity,
    make_staff,
    tell,
)
from tests.pages import signed_in
from tests.patients.outcomes_world import board_url, by_patient, new, today, told

__all__ = ["board_url", "new", "today"]  # fixtures


def test_nothing_is_chosen_beforehand(as_priya, priya, margaret, new, today):
    make_activity(priya, margaret)
    body = as_priya.get(new).content.decode()
    assert " checked" not in body
    assert f'value="{today.isoformat()}"' in body
    for words in (
        "Think of your first few steps after getting up today. How much did your foot hurt?",
        "Name up to three things your feet or back make harder. How well can you do each today?",
        "Since this programme started, how is your foot problem overall?",
        "0: no pain",
        "10: worst you can imagine",
        "0: cannot do it",
        "10: as well as before",
        "\N{MINUS SIGN}5: much worse",
        "0: same",
        "+5: much better",
        "Walking the dog",
    ):
        assert words in body, words
    assert AuditEntry.objects.get(verb="record.read").changes == {"page": "outcomes_new"}


def test_every_kind_of_answer_is_kept(as_priya, priya, margaret, new, board_url, today):
    dog = make_activity(priya, margaret)
    given = {"pain_first_step": "6", "pain_foot_24h": "0", f"activity-{dog.pk}": "3", "change": "-5"}
    response = as_priya.post(new, {"on": today.isoformat()} | given)
    assert response.headers["Location"] == board_url
    assert told() == [
        ("visit", "pain_first_step", 6, "recorded"),
        ("visit", "pain_foot_24h", 0, "recorded"),
    ]
    score, rating = ActivityScore.objects.get(), ChangeRating.objects.get()
    assert (score.activity, score.score, score.on, score.recorded_by) == (dog, 3, today, priya)
    assert (rating.patient, rating.rating, rating.recorded_by) == (margaret, -5, priya)
    entry = AuditEntry.objects.get(verb="visit_outcomes.recorded")
    assert (entry.patient_id, entry.actor_user) == (margaret.pk, priya)
    assert entry.changes == {
        "on": today.isoformat(),
        "pain_first_step": 6,
        "pain_foot_24h": 0,
        f"activity-{dog.pk}": 3,
        "change": -5,
    }
    assert "4 answers recorded." in as_priya.get(board_url).content.decode()


def test_a_second_press_changes_nothing(as_priya, board_url, new, today):
    given = {"on": today.isoformat(), "pain_foot_24h": "4"}
    as_priya.post(new, given)
    before = count_rows()
    as_priya.post(new, given)
    after = count_rows()
    assert {name for name in after if after[name] != before[name]} <= {"django_session"}
    assert "These answers were on record already." in as_priya.get(board_url).content.decode()


def test_the_patients_own_answer_of_the_day_stays(as_priya, margaret, new, today):
    by_patient(margaret, 7, today)
    as_priya.post(new, {"on": today.isoformat(), "pain_foot_24h": "4"})
    assert told() == [
        ("patient", "pain_foot_24h", 7, "recorded"),
        ("visit", "pain_foot_24h", 4, "recorded"),
    ]


def test_ones_own_earlier_answer_is_replaced_and_kept_in_the_history(as_priya, new, today):
    as_priya.post(new, {"on": today.isoformat(), "pain_foot_24h": "4", "change": "2"})
    as_priya.post(new, {"on": today.isoformat(), "pain_foot_24h": "5", "change": "-4"})
    pain, rating = PainScore.objects.get(), ChangeRating.objects.get()
    assert list(pain.history.order_by("pgh_id").values_list("score", flat=True)) == [4, 5]
    assert list(rating.history.order_by("pgh_id").values_list("rating", flat=True)) == [2, -4]
    assert (pain.score, rating.rating) == (5, -4)


def test_a_colleagues_answer_is_not_overwritten(riverside, as_priya, priya, margaret, new, today):
    peter = make_staff(riverside, Role.PRACTITIONER, "Peter Lund")
    as_priya.post(new, {"on": today.isoformat(), "pain_foot_24h": "4"})
    response = signed_in(peter).post(new, {"on": today.isoformat(), "pain_foot_24h": "9", "change": "1"})
    assert response.status_code == 422
    message = "Somebody else's answer stands for this day. Mark it as entered in error first."
    assert dict(response.context["form"].errors) == {"pain_foot_24h": [message]}
    assert (PainScore.objects.get().score, PainScore.objects.get().recorded_by) == (4, priya)
    assert not ChangeRating.objects.exists()
    actions.enter_outcome_in_error(actor=Actor.staff(peter), outcome=PainScore.objects.get())
    signed_in(peter).post(new, {"on": today.isoformat(), "pain_foot_24h": "9"})
    row = PainScore.objects.get()
    assert (row.score, row.recorded_by, row.status) == (9, peter, RecordStatus.RECORDED)
    assert list(row.history.order_by("pgh_id").values_list("score", "status")) == [
        (4, "recorded"),
        (4, "entered_in_error"),
        (9, "recorded"),
    ]


WRONG = [
    ({}, "__all__", "Give at least one answer."),
    ({"pain_foot_24h": "11"}, "pain_foot_24h", "Choose a number from 0 to 10."),
    ({"pain_foot_24h": "-1"}, "pain_foot_24h", "Choose a number from 0 to 10."),
    ({"pain_back_24h": "six"}, "pain_back_24h", "Choose a number from 0 to 10."),
    ({"change": "6"}, "change", "Choose a number from -5 to 5."),
    ({"change": "2.5"}, "change", "Choose a number from -5 to 5."),
    ({"pain_foot_24h": "4", "on": ""}, "on", "This field is required."),
    ({"pain_foot_24h": "4", "on": "2026-02-30"}, "on", "Enter a date that exists, such as 2026-03-14."),
    ({"pain_foot_24h": "4", "on": "2999-01-01"}, "on", "This day lies in the future."),
    (
        {"pain_foot_24h": "4", "on": "1956-03-13"},
        "on",
        "This day lies before the patient's date of birth.",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "field", "message"), WRONG)
def test_bad_input_is_explained_and_nothing_is_written(
    as_priya, priya, margaret, new, today, typed, field, message
):
    make_activity(priya, margaret)
    before = count_rows()
    response = as_priya.post(new, {"on": today.isoformat()} | typed)
    assert response.status_code == 422
    assert dict(response.context["form"].errors) == {field: [message]}
    assert count_rows() == before


def test_what_was_typed_is_kept(as_priya, new):
    body = as_priya.post(new, {"on": "2999-01-01", "pain_foot_24h": "7"}).content.decode()
    assert 'value="2999-01-01"' in body
    assert body.count(" checked") == 1


def test_the_day_of_birth_and_today_are_days(as_priya, new, today):
    for day in ("1956-03-14", today.isoformat()):
        assert as_priya.post(new, {"on": day, "pain_foot_24h": "7"}).status_code == 302
    assert PainScore.objects.count() == 2


def test_today_is_the_patients_today(priya, margaret):
    """At noon UTC on 23 November it is the 24th already in Kiritimati."""
    margaret.time_zone = "Pacific/Kiritimati"
    tomorrow = TODAY + timedelta(days=1)
    visit = actions.VisitOutcomes(on=tomorrow, change=1)
    actor = Actor.staff(priya)
    assert actions.record_visit_outcomes(actor=actor, patient=margaret, told=visit, now=NOON) == 1


@pytest.mark.parametrize(
    "told_wrong",
    [
        {"pain": {Measure.PAIN_FOOT: 11}},
        {"pain": {Measure.PAIN_FOOT: -1}},
        {"change": 6},
        {"change": -6},
    ],
)
def test_the_action_refuses_what_no_form_lets_through(priya, margaret, told_wrong):
    visit = actions.VisitOutcomes(on=TODAY, **told_wrong)
    with pytest.raises(Refused) as refused:
        actions.record_visit_outcomes(actor=Actor.staff(priya), patient=margaret, told=visit, now=NOON)
    assert refused.value.code == "out_of_range"
    assert (PainScore.objects.count(), ChangeRating.objects.count()) == (0, 0)


def test_an_activity_of_somebody_else_or_retired_is_not_scored(priya, hugo, margaret, heinrich):
    foreign, dog = make_activity(hugo, heinrich), make_activity(priya, margaret)
    actions.retire_activity(actor=Actor.staff(priya), activity=dog, now=NOON)
    for activity in (foreign, dog):
        with pytest.raises(Refused) as refused:
            tell(priya, margaret, activities={activity: 4}, pain_foot_24h=3)
        assert refused.value.code == "unknown_activity"
    assert (ActivityScore.objects.count(), PainScore.objects.count()) == (0, 0)

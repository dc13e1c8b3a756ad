"""Outcome measures of a patient: the page, writing down a visit, and correcting slips."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry
from clinic.roles import Role
from patients import actions
from patients.models import (
    ActivityScore,
    ChangeRating,
    Measure,
    PainScore,
    RecordStatus,
    Source,
)
from tests.factories import NOON, TODAY, answer, count_rows, make_activity, make_questionnaire, make_staff, tell


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def page(margaret) -> str:
    return reverse("patients:outcome_list", args=[margaret.pk])


@pytest.fixture
def new(margaret) -> str:
    return reverse("patients:outcome_new", args=[margaret.pk])


@pytest.fixture
def status(margaret) -> str:
    return reverse("patients:outcome_status", args=[margaret.pk])


@pytest.fixture
def today(margaret) -> date:
    return margaret.local_day(clock.now())


def by_patient(patient, score: int, on: date = TODAY, asked: Measure = Measure.PAIN_FOOT) -> None:
    actions.record_pain(actor=Actor.patient(patient), patient=patient, on=on, scores={asked: score})


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


# --- the page -------------------------------------------------------------------------------------------------
def test_an_empty_record_says_so_and_is_noted_as_read(as_priya, margaret, page):
    body = as_priya.get(page).content.decode()
    assert body.count("No answer yet.") == 3
    assert "Nothing about pain yet." in body
    assert "No activity is named yet." in body
    assert "No rating yet." in body
    assert "Curators add questionnaires for which your clinic holds a licence." in body
    entry = AuditEntry.objects.get(verb="record.read")
    assert (entry.patient_id, entry.changes) == (margaret.pk, {"page": "outcomes"})


def test_values_changes_and_both_sources(as_priya, priya, margaret, page):
    tell(priya, margaret, TODAY - timedelta(days=20), pain_foot_24h=6, pain_back_24h=5)
    by_patient(margaret, 5, TODAY - timedelta(days=10))
    tell(priya, margaret, pain_foot_24h=4, pain_back_24h=4)
    response = as_priya.get(page)
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


def test_of_two_answers_for_one_day_the_patients_own_counts(as_priya, priya, margaret, page):
    tell(priya, margaret, TODAY - timedelta(days=1), pain_foot_24h=8)
    tell(priya, margaret, pain_foot_24h=3)
    by_patient(margaret, 7)
    board = as_priya.get(page).context["board"]
    assert (board.pain[1].latest.value, board.pain[1].source) == (7, "the patient's plan")
    assert (board.pain[1].first.earlier, board.pain[1].first.latest) == (8, 7)
    assert len(board.pain_days) == 3


def test_activities_over_time_with_their_mean(as_priya, priya, margaret, page):
    dog, stairs = make_activity(priya, margaret), make_activity(priya, margaret, "Stairs")
    tell(priya, margaret, TODAY - timedelta(days=9), activities={dog: 2, stairs: 3})
    tell(priya, margaret, TODAY - timedelta(days=5), activities={dog: 4})
    tell(priya, margaret, activities={dog: 5, stairs: 4})
    board = as_priya.get(page).context["board"]
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


def test_ratings_show_their_sign_and_are_marked_from_three(as_priya, priya, margaret, page):
    for days, rating in ((3, -2), (2, 0), (1, 3)):
        tell(priya, margaret, TODAY - timedelta(days=days), change=rating)
    response = as_priya.get(page)
    assert [(row.signed, row.important) for row in response.context["board"].ratings] == [
        ("+3", True),
        ("0", False),
        ("\N{MINUS SIGN}2", False),
    ]
    assert response.content.decode().count("Important change: 2.5 or more") == 1


def test_twenty_days_are_shown_and_the_rest_on_request(as_priya, margaret, page):
    for days in range(22):
        by_patient(margaret, 4, TODAY - timedelta(days=days))
    response = as_priya.get(page)
    assert len(response.context["board"].pain_days) == 20
    assert "Show 2 earlier days" in response.content.decode()
    assert len(as_priya.get(page, {"all": "1"}).context["board"].pain_days) == 22


def test_the_number_of_queries_does_not_grow(as_priya, priya, carlos, margaret, page):
    """Session, person, membership; patient; audit; five kinds of rows; strip; questionnaires; clock."""
    walking = make_questionnaire(carlos)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(page).status_code == 200
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


def test_owners_read_and_write_nothing(olivia, priya, margaret, page):
    make_activity(priya, margaret)
    tell(priya, margaret, pain_foot_24h=4)
    body = signed_in(olivia).get(page).content.decode()
    assert "4 of 10" in body
    for word in ("Record at this visit", "Entered in error", "Add the activity", "Correct an answer"):
        assert word not in body


# --- writing down a visit -------------------------------------------------------------------------------------
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


def test_every_kind_of_answer_is_kept(as_priya, priya, margaret, new, page, today):
    dog = make_activity(priya, margaret)
    given = {"pain_first_step": "6", "pain_foot_24h": "0", f"activity-{dog.pk}": "3", "change": "-5"}
    response = as_priya.post(new, {"on": today.isoformat()} | given)
    assert response.headers["Location"] == page
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
    assert "4 answers recorded." in as_priya.get(page).content.decode()


def test_a_second_press_changes_nothing(as_priya, page, new, today):
    given = {"on": today.isoformat(), "pain_foot_24h": "4"}
    as_priya.post(new, given)
    before = count_rows()
    as_priya.post(new, given)
    after = count_rows()
    assert {name for name in after if after[name] != before[name]} <= {"django_session"}
    assert "These answers were on record already." in as_priya.get(page).content.decode()


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


# --- entered in error, and back -------------------------------------------------------------------------------
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


def test_each_kind_is_marked_and_taken_back(as_priya, priya, carlos, margaret, page, status):
    for ref, row in everything(priya, carlos, margaret).items():
        listed = as_priya.get(page).content.decode()
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
        assert response.headers["Location"] == page
        row.refresh_from_db()
        assert row.status == RecordStatus.RECORDED
        assert f'name="error" value="{ref}"' in as_priya.get(page).content.decode()
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


def test_a_slip_counts_no_more(as_priya, priya, margaret, page, status):
    tell(priya, margaret, TODAY - timedelta(days=2), pain_foot_24h=9)
    tell(priya, margaret, pain_foot_24h=4)
    as_priya.post(status, {"error": f"pain:pain_foot_24h,{(TODAY - timedelta(days=2)).isoformat()},visit"})
    board = as_priya.get(page).context["board"]
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
def test_an_undo_is_offered_only_for_a_slip(as_priya, priya, margaret, page, undo):
    tell(priya, margaret, TODAY, change=1)
    assert "Marked as entered in error" not in as_priya.get(page, {"undo": undo}).content.decode()


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


def test_assistants_curators_and_auditors_read_nothing(asha, carlos, audrey, page):
    for user in (asha, carlos, audrey):
        assert signed_in(user).get(page).status_code == 403


def test_assistants_get_no_tab(asha, priya, margaret, page):
    overview = reverse("exercises:patient", args=[margaret.pk])
    assert page not in signed_in(asha).get(overview).content.decode()
    assert page in signed_in(priya).get(overview).content.decode()


def test_another_clinic_finds_nothing(hugo, heinrich, priya, margaret, page, new, status, today):
    tell(priya, margaret, change=1)
    client = signed_in(hugo)
    assert client.get(page).status_code == 404
    assert client.get(new).status_code == 404
    assert client.post(new, {"on": today.isoformat(), "pain_foot_24h": "4"}).status_code == 404
    assert client.post(status, {"error": f"change:{TODAY.isoformat()}"}).status_code == 404
    # Nor through a patient of his own: the answer's name leads only to that patient's rows.
    own = reverse("patients:outcome_status", args=[heinrich.pk])
    assert client.post(own, {"error": f"change:{TODAY.isoformat()}"}).status_code == 422
    assert (PainScore.objects.count(), ChangeRating.objects.get().status) == (0, "recorded")


def test_strangers_are_sent_to_sign_in(client, page, new, status):
    for url in (page, new, status):
        assert client.post(url).headers["Location"].startswith(reverse("account_login"))


def test_wrong_methods(as_priya, page, new, status):
    assert as_priya.post(page).status_code == 405
    assert as_priya.put(new).status_code == 405
    assert as_priya.get(status).status_code == 405

"""Filling in a questionnaire of the clinic."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry
from patients import actions
from patients.models import Patient, Questionnaire, QuestionnaireItem, QuestionnaireResponse, TemplateStage
from tests.factories import NOON, TODAY, answer, count_rows, make_patient, make_questionnaire
from tests.pages import signed_in


def item(place: int, **fields) -> QuestionnaireItem:
    return QuestionnaireItem(position=place, **{"text": f"Question {place}?", "highest": 4} | fields)


def publish(user, questionnaire, now=NOON) -> Questionnaire:
    return actions.publish_questionnaire(actor=Actor.staff(user), questionnaire=questionnaire, now=now)


def verbs() -> list[str]:
    return list(AuditEntry.objects.filter(verb__startswith="questionnaire").values_list("verb", flat=True))


@pytest.fixture
def walking(carlos) -> Questionnaire:
    return make_questionnaire(carlos)


@pytest.fixture
def draft(carlos) -> Questionnaire:
    return make_questionnaire(carlos, published=False)


@pytest.fixture
def today(margaret: Patient) -> date:
    return margaret.local_day(clock.now())


@pytest.fixture
def fill(margaret, walking) -> str:
    return reverse("patients:questionnaire_fill", args=[margaret.pk, walking.pk])


# --- answering ------------------------------------------------------------------------------------------------
def test_the_page_shows_the_licence_and_chooses_nothing(as_priya, fill, today):
    body = as_priya.get(fill).content.decode()
    assert "Licence: Riverside Podiatry, RP 14." in body
    assert "The score needs at least 2 answers." in body
    assert body.count('name="answer-1"') == 5
    assert " checked" not in body
    assert f'value="{today.isoformat()}"' in body
    assert AuditEntry.objects.get(verb="record.read").changes == {"page": "questionnaire"}


def test_answers_are_kept_with_their_score(as_priya, priya, margaret, walking, fill, today):
    given = {"on": today.isoformat(), "id": str(uuid4()), "answer-1": "0", "answer-3": "4"}
    response = as_priya.post(fill, given)
    assert response.headers["Location"] == reverse("patients:outcome_list", args=[margaret.pk])
    kept = QuestionnaireResponse.objects.get()
    assert (kept.patient, kept.questionnaire, kept.on, kept.recorded_by) == (margaret, walking, today, priya)
    assert (kept.answers, kept.score) == ({"1": 0, "3": 4}, Decimal("4.00"))
    entry = AuditEntry.objects.get(verb="questionnaire_response.recorded")
    assert entry.patient_id == margaret.pk
    assert entry.changes == {
        "code": "walking",
        "version": 1,
        "language": "en",
        "on": today.isoformat(),
        "answered": 2,
    }


def test_too_few_answers_give_no_score(as_priya, margaret, fill, today):
    as_priya.post(fill, {"on": today.isoformat(), "id": str(uuid4()), "answer-1": "0"})
    assert QuestionnaireResponse.objects.get().score is None
    page = as_priya.get(reverse("patients:outcome_list", args=[margaret.pk])).content.decode()
    assert "There are too few of them for a score." in page
    assert "No score: too few answers" in page
    assert "Score 0" not in page


def test_a_second_press_writes_nothing(as_priya, fill, today):
    given = {"on": today.isoformat(), "id": str(uuid4()), "answer-1": "1", "answer-2": "1"}
    for _press in range(2):
        assert as_priya.post(fill, given).status_code == 302
    assert QuestionnaireResponse.objects.count() == 1
    assert verbs().count("questionnaire_response.recorded") == 1


def test_the_same_form_for_somebody_else_is_refused(as_priya, priya, margaret, walking, fill, today):
    given = {"on": today.isoformat(), "id": str(uuid4()), "answer-1": "1", "answer-2": "1"}
    as_priya.post(fill, given)
    ada = make_patient(priya, "Ada", "Quist")
    response = as_priya.post(reverse("patients:questionnaire_fill", args=[ada.pk, walking.pk]), given)
    assert response.status_code == 422
    assert "Open the questionnaire again." in response.content.decode()
    assert QuestionnaireResponse.objects.get().patient == margaret


WRONG = [
    ({"answer-1": ""}, "__all__", "Give at least one answer."),
    ({"answer-1": "5"}, "answer-1", "Choose a number from 0 to 4."),
    ({"answer-1": "-1"}, "answer-1", "Choose a number from 0 to 4."),
    ({"answer-1": "x"}, "answer-1", "Choose a number from 0 to 4."),
    ({"on": ""}, "on", "This field is required."),
    ({"on": "2999-01-01"}, "on", "This day lies in the future."),
    ({"on": "1956-03-13"}, "on", "This day lies before the patient's date of birth."),
    ({"id": ""}, "id", "Open the questionnaire again."),
    ({"id": "1"}, "id", "Open the questionnaire again."),
]


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "field", "message"), WRONG)
def test_bad_input_is_explained_and_nothing_is_written(as_priya, fill, today, typed, field, message):
    before = count_rows()
    given = {"on": today.isoformat(), "id": str(uuid4()), "answer-1": "1"}
    response = as_priya.post(fill, given | typed)
    assert response.status_code == 422
    assert dict(response.context["form"].errors) == {field: [message]}
    assert count_rows() == before


@pytest.mark.parametrize(
    ("typed", "kept"), [("0", 0), ("100", 100), ("101", None), ("-1", None), ("7.5", None)]
)
def test_a_long_scale_is_typed(as_priya, carlos, margaret, today, typed, kept):
    draft = make_questionnaire(carlos, published=False, least_answered=1)
    long = [item(1, highest=100, highest_means="very far")]
    actions.save_questions(actor=Actor.staff(carlos), questionnaire=draft, items=long)
    publish(carlos, draft)
    fill = reverse("patients:questionnaire_fill", args=[margaret.pk, draft.pk])
    response = as_priya.post(fill, {"on": today.isoformat(), "id": str(uuid4()), "answer-1": typed})
    found = [row.answers for row in QuestionnaireResponse.objects.all()]
    assert found == ([] if kept is None else [{"1": kept}])
    if kept is None:
        message = "Enter a whole number from 0 to 100."
        assert dict(response.context["form"].errors) == {"answer-1": [message]}
        assert "100: very far" in response.content.decode()


def test_neither_drafts_nor_retired_ones_are_asked(as_priya, priya, carlos, margaret, draft):
    fill = reverse("patients:questionnaire_fill", args=[margaret.pk, draft.pk])
    assert as_priya.get(fill).status_code == 404
    for step in (lambda: None, lambda: publish(carlos, draft)):
        step()
        if draft.stage == TemplateStage.PUBLISHED:
            actions.retire_questionnaire(actor=Actor.staff(carlos), questionnaire=draft)
        with pytest.raises(Refused) as refused:
            answer(priya, margaret, draft, {1: 1})
        assert refused.value.code == "not_published"
    assert as_priya.get(fill).status_code == 404
    assert not QuestionnaireResponse.objects.exists()


@pytest.mark.hazard("HZ-35")
@pytest.mark.parametrize(("days", "asked"), [(-1, True), (0, True), (1, False)])
def test_a_licence_counts_on_the_day_of_the_answers(priya, carlos, margaret, days, asked):
    until = TODAY - timedelta(days=3)
    walking = make_questionnaire(carlos, published=False, licence_expires_on=until)
    publish(carlos, walking, NOON - timedelta(days=10))
    if asked:
        assert answer(priya, margaret, walking, {1: 1, 2: 1}, until + timedelta(days=days)).score == 2
        return
    with pytest.raises(Refused) as refused:
        answer(priya, margaret, walking, {1: 1, 2: 1}, until + timedelta(days=days))
    assert (refused.value.code, refused.value.field) == ("expired", "on")
    assert not QuestionnaireResponse.objects.exists()


@pytest.mark.parametrize(
    ("given", "code"), [({9: 1}, "unknown_question"), ({1: 5}, "out_of_range"), ({}, "empty")]
)
def test_the_action_refuses_what_no_form_lets_through(priya, margaret, walking, given, code):
    with pytest.raises(Refused) as refused:
        answer(priya, margaret, walking, given)
    assert refused.value.code == code
    assert not QuestionnaireResponse.objects.exists()


def test_only_what_may_be_asked_today_is_offered(as_priya, carlos, margaret, walking, today):
    page = reverse("patients:outcome_list", args=[margaret.pk])
    make_questionnaire(carlos, published=False, code="draft", title="A draft")
    ended = make_questionnaire(
        carlos, published=False, code="ended", title="Ended", licence_expires_on=date(2020, 1, 1)
    )
    publish(carlos, ended, NOON.replace(year=2019))
    assert as_priya.get(page).context["usable"] == [walking]


def test_changes_are_compared_within_one_version(as_priya, priya, carlos, margaret):
    walking = make_questionnaire(carlos, important_change=3)
    for days, given in ((9, {1: 4, 2: 4}), (5, {1: 4}), (1, {1: 2, 2: 3})):
        answer(priya, margaret, walking, given, TODAY - timedelta(days=days))
    (group,) = as_priya.get(reverse("patients:outcome_list", args=[margaret.pk])).context["board"].answered
    assert (group.change.earlier, group.change.latest, group.change.important) == (8, 5, 3)
    assert [row.score for row in group.responses] == [5, None, 8]


def test_the_number_of_queries_does_not_grow(as_priya, carlos, margaret):
    counts = []
    for questions in (2, 10):
        made = make_questionnaire(carlos, questions=questions, code=f"with-{questions}")
        fill = reverse("patients:questionnaire_fill", args=[margaret.pk, made.pk])
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(fill).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- who ------------------------------------------------------------------------------------------------------
def test_only_practitioners_fill_in(
    olivia, asha, carlos, audrey, hugo, client, margaret, fill, walking, heinrich
):
    for user in (olivia, asha, carlos, audrey):
        assert signed_in(user).get(fill).status_code == 403
        assert signed_in(user).post(fill, {"answer-1": "1"}).status_code == 403
    theirs = reverse("patients:questionnaire_fill", args=[heinrich.pk, walking.pk])
    for address in (fill, theirs):  # neither our patient, nor our questionnaire for his
        assert signed_in(hugo).get(address).status_code == 404
        assert signed_in(hugo).post(address, {"answer-1": "1"}).status_code == 404
    assert client.get(fill).headers["Location"].startswith(reverse("account_login"))
    assert signed_in(olivia).put(fill).status_code == 405
    assert not QuestionnaireResponse.objects.exists()


def test_a_questionnaire_of_another_clinic_is_refused(hugo, heinrich, walking):
    with pytest.raises(Refused) as refused:
        answer(hugo, heinrich, walking, {1: 1, 2: 1})
    assert refused.value.code == "not_published"

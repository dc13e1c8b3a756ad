"""What staff wrote down at a visit stays out of the patient's own form; the overview shows both kinds."""

from datetime import date

import pytest
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from exercises.forms.log import QUESTIONS
from patients import actions
from patients.models import Measure, PainScore, Patient, Source
from tests.factories import open_plan, tell


@pytest.fixture
def today(margaret: Patient) -> date:
    return margaret.local_day(clock.now())


def by_patient(patient, on: date, score: int) -> None:
    scores = {Measure.PAIN_FOOT: score}
    actions.record_pain(actor=Actor.patient(patient), patient=patient, on=on, scores=scores, now=clock.now())


def chosen(client):
    return client.get(reverse("exercises:today")).content.decode().count(" checked")


def test_the_three_questions_are_the_reviewed_ones():
    assert {asked: str(text) for asked, text in QUESTIONS.items()} == {
        Measure.PAIN_FIRST_STEP: "Think of your first few steps after getting up today. How much did your foot hurt?",
        Measure.PAIN_FOOT: "Over the last 24 hours, how much has your foot hurt on average?",
        Measure.PAIN_BACK: "Over the last 24 hours, how much has your lower back hurt on average?",
    }


def test_the_patients_form_shows_only_their_own_standing_answers(client, priya, margaret, programme, today):
    """Else the next press of Save would make a patient's answer of what the clinic wrote down."""
    open_plan(client, margaret, now=clock.now())
    tell(priya, margaret, today, pain_foot_24h=8)
    assert chosen(client) == 0
    by_patient(margaret, today, 3)
    assert chosen(client) == 1
    own = PainScore.objects.get(source=Source.PATIENT)
    actions.enter_outcome_in_error(actor=Actor.staff(priya), outcome=own)
    assert chosen(client) == 0


def test_the_days_show_the_patients_own_answer_before_what_was_told(
    as_priya, priya, margaret, programme, today
):
    def foot():
        page = as_priya.get(reverse("exercises:visit", args=[margaret.pk]))
        return dict(page.context["visit"].days[0].scores).get("Foot pain")

    assert foot() is None
    tell(priya, margaret, today, pain_foot_24h=8)
    assert foot() == 8
    by_patient(margaret, today, 3)
    assert foot() == 3
    actions.enter_outcome_in_error(
        actor=Actor.staff(priya), outcome=PainScore.objects.get(source=Source.PATIENT)
    )
    assert foot() == 8

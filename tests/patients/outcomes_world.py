"""The pages of outcome measures: their addresses, and answers of both sources."""

from datetime import date

import pytest
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from patients import actions
from patients.models import Measure, PainScore, Patient
from tests.factories import TODAY


@pytest.fixture
def board_url(margaret: Patient) -> str:
    return reverse("patients:outcome_list", args=[margaret.pk])


@pytest.fixture
def new(margaret: Patient) -> str:
    return reverse("patients:outcome_new", args=[margaret.pk])


@pytest.fixture
def status(margaret: Patient) -> str:
    return reverse("patients:outcome_status", args=[margaret.pk])


@pytest.fixture
def today(margaret: Patient) -> date:
    return margaret.local_day(clock.now())


def by_patient(patient: Patient, score: int, on: date = TODAY, asked: Measure = Measure.PAIN_FOOT) -> None:
    actions.record_pain(
        actor=Actor.patient(patient), patient=patient, on=on, scores={asked: score}, now=clock.now()
    )


def told() -> list[tuple]:
    return list(
        PainScore.objects.order_by("on", "source", "measure").values_list(
            "source", "measure", "score", "status"
        )
    )

"""Foot support: advising, changing, ending, and what staff read of it."""


import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.models import User
from patients.models import Finding, Patient, Side, Site, SupportAdvice
from tests import factories
from tests.factories import NOON

BACK_ALONE = "NICE NG59 advises against foot orthotics for low back pain. Record the foot-related reason."


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def insole(priya: User, margaret: Patient, finding: Finding) -> SupportAdvice:
    return factories.make_support(priya, margaret, finding, hours_per_day=8, note="Ask about the dog.")


@pytest.fixture
def back(priya: User, margaret: Patient) -> Finding:
    kind = factories.make_finding_type(
        "low_back_pain", label="Low-back pain", site=Site.BACK, group="Back", position=2
    )
    return factories.make_finding(priya, margaret, kind, Side.NOT_APPLICABLE)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def list_url(patient: Patient) -> str:
    return reverse("patients:support_list", args=[patient.pk])


def new_url(patient: Patient) -> str:
    return reverse("patients:support_new", args=[patient.pk])


def url(verb: str, advice: SupportAdvice) -> str:
    return reverse(f"patients:support_{verb}", args=[advice.pk])


def typed(reason: Finding, **fields: object) -> dict[str, object]:
    return {"kind": "prefabricated_insole", "side": "left", "reason_finding": str(reason.pk)} | fields


def text(response) -> str:
    return str(response.content.decode())


# --- advising ---------------------------------------------------------------------------------------------------
def test_three_answers_are_enough(as_priya, priya, margaret, finding):
    response = as_priya.post(new_url(margaret), typed(finding))
    assert response["Location"] == list_url(margaret)
    advice = SupportAdvice.objects.get()
    assert (advice.kind, advice.side, advice.reason_finding) == ("prefabricated_insole", "left", finding)
    assert (advice.status, advice.version, advice.recommended_by) == ("active", 1, priya)
    assert (advice.patient, advice.clinic, advice.recommended_at) == (margaret, margaret.clinic, NOON)
    assert (advice.hours_per_day, advice.met_pad, advice.comfort, advice.review_on) == (None,) * 4
    assert (advice.arch_support, advice.product) == ("", "")
    assert "Saved: Prefabricated insole, left." in text(as_priya.get(list_url(margaret)))

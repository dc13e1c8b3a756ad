"""Whoever has opened a restricted record sees so on every page about it, and can shut it from there."""

import pytest
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from clinic.roles import Role
from exercises.models import Programme
from patients import actions as patient_actions
from patients.models import Finding, Patient
from tests import factories
from tests.alert_factories import make_alert
from tests.doors import DOORS
from tests.pages import signed_in, text
from tests.restricted_world import URGENT, make_opening, make_restriction

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # every page about a patient

SAYS = "Restricted record, open to you until"
# What is no page of one patient, or not shown to somebody who has the record open.
NO_BANNER = {
    "exercises:visit_text": "Text to be copied, no page.",
    "exercises:progress": "Leads on to the visit.",
    "exercises:erasure": "A paper that names nobody; the record is closed again by then.",
    "patients:break_glass_of": "Leads on to the record.",
    "exercises:restriction_lift": "It is the end of the restriction, and names nobody.",
    "patients:api-patient-detail": "No page.",
    "patients:api-finding-detail": "No page.",
    "exercises:api-programme-detail": "No page.",
}


@pytest.fixture
def keys(
    priya: User, carlos: User, margaret: Patient, double: Patient, finding: Finding, programme: Programme
) -> dict[str, list[object]]:
    """By what a door is about: rows of one patient."""
    flag = factories.make_flag(priya, margaret)
    evaluation = factories.make_evaluation(priya, margaret)
    draft = patient_actions.start_draft(actor=Actor.staff(priya), patient=margaret, now=clock.now())
    return {
        "patient": [margaret.pk],
        "two patients": [margaret.pk, double.pk],
        "finding": [finding.pk],
        "programme": [programme.pk],
        "support": [factories.make_support(priya, margaret, finding).pk],
        "evaluation": [evaluation.pk],
        "draft": [draft.pk],
        "questionnaire": [margaret.pk, factories.make_questionnaire(carlos).pk],
        "screening": [flag.screening_id],
        "referral": [factories.make_referral(priya, margaret).pk],
        "alert": [make_alert(margaret).pk],
    }


def pages(keys: dict[str, list[object]]) -> dict[str, str]:
    """Every page about a patient that a practitioner may look at."""
    return {
        name: reverse(name, args=keys[door.about])
        for name, door in DOORS.items()
        if door.about in keys
        and "GET" in door.methods
        and not door.patient
        and door.roles is not None
        and Role.PRACTITIONER in door.roles
        and name not in NO_BANNER
    }


def test_each_page_says_so(
    priya: User, olivia: User, margaret: Patient, keys: dict[str, list[object]]
) -> None:
    found = pages(keys)
    client = signed_in(priya)
    before = {name: client.get(address) for name, address in found.items()}
    assert [name for name, answer in before.items() if answer.status_code != 200] == []
    assert [name for name, answer in before.items() if SAYS in text(answer)] == []
    make_restriction(olivia, margaret)
    opening = make_opening(priya, margaret)
    silent = []
    for name, address in found.items():
        said = text(client.get(address))
        shut = reverse("patients:opening_close", args=[opening.pk])
        if said.count(SAYS) != 1 or URGENT not in said or f'action="{shut}"' not in said:
            silent.append(name)
    assert silent == []
    assert len(found) >= 35


def test_the_time_is_the_clinics(priya: User, olivia: User, margaret: Patient, programme: Programme) -> None:
    margaret.clinic.time_zone = "Asia/Tokyo"
    margaret.clinic.save(update_fields=["time_zone"])
    make_restriction(olivia, margaret)
    opening = make_opening(priya, margaret)
    page = text(signed_in(priya).get(reverse("exercises:programme", args=[programme.pk])))
    hour = (opening.ends_at.hour + 9) % 24
    assert f"{SAYS} {hour:02}:{opening.ends_at.minute:02}" in page

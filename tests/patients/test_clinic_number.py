"""The number under which a clinic's own record system has a patient: optional, and never two patients'."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from patients import actions
from patients.models import Patient
from tests import factories
from tests.factories import NOON
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(priya: User) -> dict[str, Patient]:
    amara = factories.make_patient(priya, "Amara", "Okonjo", reference="RV-1042")
    return {"Okonjo": amara, "Xu": factories.make_patient(priya, "Li", "Xu", reference="0042/7")}


@pytest.mark.hazard("HZ-32")
def test_one_number_one_patient(
    as_priya: Client, priya: User, hugo: User, people: dict[str, Patient]
) -> None:
    before = factories.count_rows()
    form = {
        "given_name": "Ana",
        "family_name": "García",
        "date_of_birth": "1971-02-28",
        "time_zone": "Europe/Madrid",
        "language": "en-gb",
        "reference": "rv-1042",
    }
    answer = as_priya.post(reverse("patients:new"), form)
    assert answer.status_code == 422
    assert "Another patient has this clinic number." in text(answer)
    assert factories.count_rows() == before
    assert as_priya.post(reverse("patients:new"), form | {"reference": " RV-1043 "}).status_code == 302
    assert Patient.objects.get(family_name="García").reference == "RV-1043"
    assert signed_in(hugo).post(reverse("patients:new"), form).status_code == 302  # each clinic has its own


def test_a_number_can_be_changed_but_not_to_another_s(
    as_priya: Client, priya: User, people: dict[str, Patient]
) -> None:
    li = people["Xu"]
    page = reverse("exercises:patient_edit", args=[li.pk])
    form = {
        **{
            name: getattr(li, name)
            for name in ("given_name", "family_name", "email", "time_zone", "language")
        },
        "date_of_birth": "1956-03-14",
    }
    answer = as_priya.post(page, form | {"reference": "RV-1042"})
    assert answer.status_code == 422
    assert "Another patient has this clinic number." in text(answer)
    li.refresh_from_db()
    assert li.reference == "0042/7"
    assert as_priya.post(page, form | {"reference": "X-9"}).status_code == 302
    assert "Li Xu" in text(as_priya.get(reverse("patients:list"), {"q": "x-9"}))
    assert AuditEntry.objects.filter(verb="patient.updated").latest("at").changes == {"fields": ["reference"]}
    assert as_priya.post(page, form | {"reference": ""}).status_code == 302
    li.refresh_from_db()
    assert li.reference == ""


def test_who_leaves_the_number_out_changes_nothing_of_it(priya: User, people: dict[str, Patient]) -> None:
    amara = people["Okonjo"]
    fields: Any = {
        name: getattr(amara, name) for name in ("given_name", "family_name", "date_of_birth", "email")
    }
    changed = actions.update_contact(
        actor=Actor.staff(priya),
        patient=amara,
        now=NOON,
        **fields,
        time_zone=amara.time_zone,
        note="Mornings.",
    )
    assert changed == ["note"]
    amara.refresh_from_db()
    assert amara.reference == "RV-1042"


def test_the_refusal_names_the_field(priya: User, people: dict[str, Patient]) -> None:
    fields: Any = {
        "given_name": "A",
        "family_name": "B",
        "date_of_birth": date(1960, 1, 1),
        "email": "",
        "note": "",
    }
    with pytest.raises(Refused) as refused:
        actions.register_patient(
            actor=Actor.staff(priya),
            now=NOON,
            reminders_allowed=False,
            time_zone="UTC",
            reference="rV-1042",
            **fields,
        )
    assert (refused.value.code, refused.value.field) == ("reference_taken", "reference")

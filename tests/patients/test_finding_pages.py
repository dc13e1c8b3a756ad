"""What the pages about findings show around them: whose record it is, and nothing to write with where it is closed."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import User
from patients import actions
from patients.models import Finding, Patient
from tests.factories import NOON, make_flag
from tests.patients.test_amend_findings import edit_url, history_url, page_of
from tests.record_world import merge

HTMX = {"HX-Request": "true"}
CLOSED = "This record is archived. Restore it before you write in it."
MERGED = "This record was merged into another one. Write in that one instead."


def section_of(page: str) -> str:
    return page.partition('<section id="findings"')[2].partition("</section>")[0]


def archive(priya: User, patient: Patient) -> None:
    actions.archive_patient(actor=Actor.staff(priya), patient=patient, now=NOON, reason="Moved away.")


# --- a closed record ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
@pytest.mark.parametrize("typed", [{"type": "plantar_fasciitis", "side": "right"}, {}], ids=["good", "bad"])
def test_what_is_refused_in_an_archived_record_offers_nothing_to_write_with(
    as_priya: Client, priya: User, finding: Finding, typed: dict[str, str], headers: dict[str, str]
) -> None:
    archive(priya, finding.patient)
    add = reverse("patients:finding_add", args=[finding.patient_id])
    response = as_priya.post(add, typed | {"confirmed_by": "clinical"}, headers=headers)
    assert response.status_code == 422
    section = section_of(response.content.decode())
    assert (CLOSED if typed else "Choose a finding.") in section
    assert "Plantar fasciitis, left" in section
    assert 'method="post"' not in section
    assert edit_url(finding) not in section


def test_an_archived_record_is_read_without_forms(as_priya: Client, priya: User, finding: Finding) -> None:
    assert edit_url(finding) in as_priya.get(history_url(finding)).content.decode()
    archive(priya, finding.patient)
    assert edit_url(finding) not in as_priya.get(history_url(finding)).content.decode()
    section = section_of(as_priya.get(page_of(finding)).content.decode())
    assert "Plantar fasciitis, left" in section
    assert 'method="post"' not in section
    assert edit_url(finding) not in section


def test_neither_is_a_merged_one_written_in(
    as_priya: Client, priya: User, margaret: Patient, double: Patient, finding: Finding
) -> None:
    merge(priya, double, margaret)
    add = reverse("patients:finding_add", args=[margaret.pk])
    typed = {"type": "plantar_fasciitis", "side": "right", "confirmed_by": "clinical"}
    section = section_of(as_priya.post(add, typed).content.decode())
    assert MERGED in section
    assert 'method="post"' not in section


# --- whose record it is ---------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-01")
def test_the_page_of_a_refusal_says_whose_record_it_is(
    as_priya: Client, priya: User, finding: Finding
) -> None:
    make_flag(priya, finding.patient)
    add = reverse("patients:finding_add", args=[finding.patient_id])
    response = as_priya.post(add, {"type": "plantar_fasciitis", "confirmed_by": "clinical"})
    assert response.status_code == 422
    page = response.content.decode()
    for words in ("Margaret Hale", "born 14 March 1956", 'id="finding-tags"', "Record a decision"):
        assert words in page
    assert page.count('id="errors-heading"') == 1
    archive(priya, finding.patient)
    page = as_priya.post(add, {"type": "plantar_fasciitis", "confirmed_by": "clinical"}).content.decode()
    assert "Archived on 23 November 2026 by Priya Nair." in page

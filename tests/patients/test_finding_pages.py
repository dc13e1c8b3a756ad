"""What the pages about findings show around them: whose record it is, and nothing to write with where it is closed."""

from pathlib import Path

import pytest
from django.conf import settings
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


# --- titles ---------------------------------------------------------------------------------------------------
def test_no_title_says_twice_that_something_is_wrong() -> None:
    """base_document.html says it, for every page with a form."""
    templates = Path(settings.BASE_DIR, "templates")
    repeated = [
        page.relative_to(templates).as_posix()
        for page in sorted(templates.rglob("*.html"))
        if page.name != "base_document.html"
        and ("Error:" in block_of(page, "title") or "form.errors" in block_of(page, "title_prefix"))
    ]
    assert repeated == []


def block_of(page: Path, name: str) -> str:
    return page.read_text().partition(f"{{% block {name} %}}")[2].partition("{% endblock")[0]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("finding_edit", "Error: Edit Plantar fasciitis, left – Margaret Hale – Footwork"),
        ("screening_foot", "Error: Screen the foot: Margaret Hale – Footwork"),
        ("referral_new", "Error: Refer Margaret Hale – Footwork"),
    ],
)
def test_a_title_says_once_that_something_is_wrong(
    as_priya: Client, finding: Finding, name: str, title: str
) -> None:
    about = finding.pk if name == "finding_edit" else finding.patient_id
    page = as_priya.post(reverse(f"patients:{name}", args=[about])).content.decode()
    assert page.partition("<title>")[2].partition("</title>")[0] == title

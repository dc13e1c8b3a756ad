"""The pages of the record as a browser sees them: accessible, within 320 px, obeying the policy, in light and dark."""

from datetime import date, timedelta

from django.urls import reverse
from playwright.sync_api import BrowserContext

from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from patients.models import Finding, Patient
from tests import factories
from tests.browser.test_pages import examine
from tests.restricted_world import make_erasure, make_opening, make_restriction


def test_archived_and_merged(
    desk: BrowserContext, faults: list[str], priya: User, margaret: Patient, double: Patient
) -> None:
    actor = Actor.staff(priya)
    young = factories.make_patient(priya, "Tim", "Ward", date_of_birth=date(2015, 1, 2))
    old, duplicate = (factories.make_patient(priya, "Olga", name) for name in ("Quinn", "Vance"))
    actions.archive_patient(actor=actor, patient=old, now=factories.NOON, reason="Moved away.")
    actions.merge_patients(
        actor=actor, kept=margaret, duplicate=duplicate, now=factories.NOON, reason="Registered twice."
    )
    page = desk.new_page()
    for address in (
        reverse("exercises:record", args=[margaret.pk]),
        reverse("exercises:merge", args=[margaret.pk, double.pk]),
        *[reverse("exercises:patient", args=[pk]) for pk in (young.pk, old.pk, duplicate.pk)],
        reverse("patients:list") + "?archived=1",
    ):
        examine(page, address, faults)


def test_restricted_and_erased(
    desk: BrowserContext, faults: list[str], priya: User, olivia: User, margaret: Patient, double: Patient
) -> None:
    erased = make_erasure(priya, factories.make_patient(priya, "Nils", "Quist"))
    restriction = make_restriction(olivia, margaret)
    make_opening(priya, margaret)
    shut = make_restriction(olivia, factories.make_patient(priya, "Nora", "Quist"))
    page = desk.new_page()
    for address in (
        reverse("exercises:patient", args=[margaret.pk]),
        reverse("exercises:record", args=[margaret.pk]),
        reverse("exercises:restriction_lift", args=[restriction.pk]),
        reverse("exercises:patient_restrict", args=[double.pk]),
        reverse("exercises:erase", args=[double.pk]),
        reverse("exercises:erasure", args=[erased.pk]),
        reverse("patients:break_glass"),
        reverse("patients:break_glass_of", args=[shut.patient_id]),
    ):
        examine(page, address, faults)


def test_foot_support(
    desk: BrowserContext, faults: list[str], priya: User, margaret: Patient, finding: Finding
) -> None:
    support = factories.make_support(priya, margaret, finding, hours_per_day=8)
    factories.make_wear(margaret, support, 6)
    page = desk.new_page()
    for address in (
        reverse("patients:support_list", args=[margaret.pk]),
        reverse("patients:support_new", args=[margaret.pk]) + f"?reason_finding={finding.pk}",
        reverse("patients:support_edit", args=[support.pk]),
        reverse("patients:support_history", args=[support.pk]),
    ):
        examine(page, address, faults)


def test_outcomes(
    desk: BrowserContext, faults: list[str], priya: User, carlos: User, margaret: Patient
) -> None:
    walking = factories.make_questionnaire(carlos)
    factories.tell(priya, margaret, change=3, activities={factories.make_activity(priya, margaret): 4})
    factories.tell(priya, margaret, factories.TODAY - timedelta(days=7), pain_first_step=6, pain_foot_24h=5)
    factories.answer(priya, margaret, walking, {1: 2, 2: 3})
    page = desk.new_page()
    for address in (
        reverse("patients:outcome_list", args=[margaret.pk]),
        reverse("patients:outcome_new", args=[margaret.pk]),
        reverse("patients:questionnaire_fill", args=[margaret.pk, walking.pk]),
    ):
        examine(page, address, faults)

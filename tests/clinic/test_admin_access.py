"""The admin: who gets which pages, and what an owner may change. Patients are not in it."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises.models import Exercise, Routine
from patients.models import FindingType
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CATALOGUE = {"exercise", "routine"}
WORDS = {"findingtype", "questionnaire"}  # a clinic's own: whoever has no clinic has none
PAGES = {  # identity: what the admin shows; None: no admin
    "olivia": WORDS,
    "carlos": CATALOGUE | WORDS,
    "root": CATALOGUE,
    "priya": None,
    "asha": None,
    "audrey": None,
    "nobody": None,
}


@pytest.fixture
def people(olivia: User, carlos: User, priya: User, asha: User, audrey: User) -> dict[str, Client]:
    root = User.objects.create_superuser("root@footwork.example", None, name="Root")
    found = {"nobody": Client()}
    for user in (olivia, carlos, priya, asha, audrey, root):
        name = user.name.split()[0].lower()
        found[name] = Client()
        found[name].force_login(user)
    return found


@pytest.fixture
def rows(
    toe_curls: Exercise, basics: Routine, carlos: User, fasciitis: FindingType
) -> dict[str, tuple[str, Any]]:
    return {
        "findingtype": ("patients_findingtype", fasciitis.pk),
        "exercise": ("exercises_exercise", toe_curls.pk),
        "routine": ("exercises_routine", basics.pk),
        "questionnaire": ("patients_questionnaire", factories.make_questionnaire(carlos).pk),
    }


@pytest.mark.hazard("HZ-31")
def test_the_admin_holds_these_and_no_patient() -> None:
    assert {model._meta.model_name for model in admin.site._registry} == CATALOGUE | WORDS


@pytest.mark.check(2)
def test_who_gets_which_page(people: dict[str, Client], rows: dict[str, tuple[str, Any]]) -> None:
    wrong, asked = [], 0
    for name, pages in PAGES.items():
        for page, (prefix, pk) in rows.items():
            for kind, args, opened in (
                ("changelist", [], 200),
                ("change", [pk], 200),
                ("history", [pk], 200),
                ("add", [], 200),
                ("delete", [pk], 403),
            ):
                status = people[name].get(reverse(f"admin:{prefix}_{kind}", args=args)).status_code
                asked += 1
                expected = {302} if pages is None else {opened} if page in pages else {403, 302}
                if status not in expected:
                    wrong.append(f"{name} {kind} {page}: {status}")
    assert wrong == []
    assert asked == len(PAGES) * 4 * 5


@pytest.mark.parametrize("name", ["priya", "asha", "audrey"])
@pytest.mark.check(41)
def test_those_without_the_role_end_at_a_closed_door(people: dict[str, Client], name: str) -> None:
    assert people[name].get(reverse("admin:index"), follow=True).status_code == 403


def test_nobody_is_sent_to_sign_in(people: dict[str, Client]) -> None:
    response = people["nobody"].get(reverse("admin:index"), follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_the_front_page_lists_what_one_may_open(people: dict[str, Client]) -> None:
    for name in ("olivia", "carlos", "root"):
        apps = people[name].get(reverse("admin:index")).context["app_list"]
        shown = {model["object_name"].lower() for app in apps for model in app["models"]}
        assert shown == PAGES[name]


def test_no_list_offers_to_delete(people: dict[str, Client], rows: dict[str, tuple[str, Any]]) -> None:
    for prefix, pk in rows.values():
        page = people["carlos"].get(reverse(f"admin:{prefix}_changelist")).content.decode()
        assert "delete_selected" not in page
        url = reverse(f"admin:{prefix}_changelist")
        people["carlos"].post(url, {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
    assert Exercise.objects.count() == 2

"""The admin: who gets which pages, and what an owner may change. Patients are not in it."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEntry, Clinic, Membership, User
from clinic.roles import Role
from exercises.models import Exercise, Routine
from patients.models import FindingType
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CATALOGUE, OWN = {"exercise", "routine"}, {"clinic", "membership"}
WORDS = {"findingtype", "questionnaire"}  # a clinic's own: whoever has no clinic has none
PAGES = {  # identity: what the admin shows; None: no admin
    "olivia": CATALOGUE | WORDS | OWN,
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
    toe_curls: Exercise, basics: Routine, olivia: User, carlos: User, fasciitis: FindingType
) -> dict[str, tuple[str, Any]]:
    return {
        "findingtype": ("patients_findingtype", fasciitis.pk),
        "exercise": ("exercises_exercise", toe_curls.pk),
        "routine": ("exercises_routine", basics.pk),
        "questionnaire": ("patients_questionnaire", factories.make_questionnaire(carlos).pk),
        "clinic": ("clinic_clinic", olivia.staff_membership.clinic_id),
        "membership": ("clinic_membership", olivia.staff_membership.pk),
    }


@pytest.mark.hazard("HZ-31")
def test_the_admin_holds_these_and_no_patient() -> None:
    assert {model._meta.model_name for model in admin.site._registry} == CATALOGUE | WORDS | OWN


def test_who_gets_which_page(people: dict[str, Client], rows: dict[str, tuple[str, Any]]) -> None:
    wrong, asked = [], 0
    for name, pages in PAGES.items():
        for page, (prefix, pk) in rows.items():
            add = 403 if page == "clinic" else 200
            for kind, args, opened in (
                ("changelist", [], 200),
                ("change", [pk], 200),
                ("history", [pk], 200),
                ("add", [], add),
                ("delete", [pk], 403),
            ):
                status = people[name].get(reverse(f"admin:{prefix}_{kind}", args=args)).status_code
                asked += 1
                expected = {302} if pages is None else {opened} if page in pages else {403, 302}
                if status not in expected:
                    wrong.append(f"{name} {kind} {page}: {status}")
    assert wrong == []
    assert asked == len(PAGES) * 6 * 5


@pytest.mark.parametrize("name", ["priya", "asha", "audrey"])
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
        page = people["olivia"].get(reverse(f"admin:{prefix}_changelist")).content.decode()
        assert "delete_selected" not in page
        url = reverse(f"admin:{prefix}_changelist")
        people["olivia"].post(url, {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
    assert Exercise.objects.count() == 2
    assert Membership.objects.count() == 5


@pytest.fixture
def as_olivia(olivia: User, client: Client) -> Client:
    client.force_login(olivia)
    return client


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_an_owner_changes_the_clinics_numbers(as_olivia: Client, riverside: Clinic) -> None:
    url = reverse("admin:clinic_clinic_change", args=[riverside.pk])
    fields = ("name", "sender_name", "address", "phone", "urgent_number", "emergency_number")
    given = {name: getattr(riverside, name) for name in (*fields, "urgent_days", "time_zone", "language")}
    given |= {"urgent_number": "116 117", "urgent_days": "3"}
    assert as_olivia.post(url, given).status_code == 302
    riverside.refresh_from_db()
    assert (riverside.urgent_number, riverside.urgent_days) == ("116 117", 3)
    entry = AuditEntry.objects.get(verb="clinic.updated")
    assert (entry.clinic, entry.actor_label, entry.changes) == (
        riverside,
        "Olivia Brandt",
        {"fields": ["urgent_number", "urgent_days"]},
    )
    assert as_olivia.post(url, given).status_code == 302  # nothing changed, nothing written
    assert AuditEntry.objects.filter(verb="clinic.updated").count() == 1
    assert as_olivia.post(url, given | {"time_zone": "Mars/Olympus"}).status_code == 200
    for days in ("0", "15", ""):
        assert as_olivia.post(url, given | {"urgent_days": days}).status_code == 200
    riverside.refresh_from_db()
    assert (riverside.time_zone, riverside.urgent_days) == ("Europe/London", 3)


@pytest.mark.hazard("HZ-31")
def test_another_clinic_is_out_of_reach(as_olivia: Client, hugo: User) -> None:
    before = factories.count_rows()
    for name, pk in (("clinic", hugo.staff_membership.clinic_id), ("membership", hugo.staff_membership.pk)):
        url = reverse(f"admin:clinic_{name}_change", args=[pk])
        assert as_olivia.get(url).status_code == 302  # "does not exist", at the front page
        assert as_olivia.post(url, {"name": "Taken over"}).status_code == 302
    page = as_olivia.get(reverse("admin:clinic_membership_changelist")).content.decode()
    assert "Hugo" not in page
    assert {k: v for k, v in factories.count_rows().items() if v != before[k]}.keys() <= {"django_session"}


def test_an_owner_adds_a_member_who_has_no_password_yet(as_olivia: Client, riverside: Clinic) -> None:
    given = {"name": "Nora Quinn", "email": "Nora@riverside.example", "role": "practitioner"}
    response = as_olivia.post(reverse("admin:clinic_membership_add"), given, follow=True)
    assert (
        "Nora Quinn chooses a password through “Forgot your password?” on the sign-in page."
        in messages_of(response)
    )
    nora = User.objects.get(email="nora@riverside.example")
    assert (nora.name, nora.has_usable_password(), nora.is_superuser) == ("Nora Quinn", False, False)
    assert (nora.staff_membership.clinic, nora.staff_membership.role) == (riverside, Role.PRACTITIONER)
    entry = AuditEntry.objects.get(verb="member.added")
    assert entry.changes == {"user": nora.pk, "role": "practitioner"}
    assert entry.clinic == riverside


def test_an_address_that_has_an_account_is_refused(as_olivia: Client, hugo: User) -> None:
    before = factories.count_rows()
    given = {"name": "Another Hugo", "email": "HUGO@hilltop.example", "role": "owner"}
    response = as_olivia.post(reverse("admin:clinic_membership_add"), given, follow=True)
    assert messages_of(response) == ["This address has an account already."]
    assert {k for k, v in factories.count_rows().items() if v != before[k]} <= {"django_session"}


def test_an_owner_changes_and_closes_a_members_account(as_olivia: Client, priya: User) -> None:
    member = priya.staff_membership
    url = reverse("admin:clinic_membership_change", args=[member.pk])
    given = {"name": "Priya Nair-Lund", "email": "else@riverside.example", "role": "assistant"}
    assert as_olivia.post(url, given).status_code == 302
    member.refresh_from_db()
    priya.refresh_from_db()
    assert (priya.name, priya.email) == ("Priya Nair-Lund", "priya@riverside.example")
    assert (member.role, member.is_active) == (Role.ASSISTANT, False)
    entry = AuditEntry.objects.get(verb="member.changed")
    assert entry.changes == {"fields": ["name", "role", "is_active"], "role": "assistant", "is_active": False}


@pytest.mark.parametrize("change", [{"role": "curator", "is_active": "on"}, {"role": "owner"}])
def test_the_last_owner_stays(as_olivia: Client, olivia: User, change: dict[str, str]) -> None:
    before = factories.count_rows()
    url = reverse("admin:clinic_membership_change", args=[olivia.staff_membership.pk])
    response = as_olivia.post(url, {"name": "Olivia B."} | change, follow=True)
    assert messages_of(response) == ["A clinic needs an owner: make somebody else owner first."]
    olivia.refresh_from_db()
    assert olivia.name == "Olivia Brandt"
    assert (olivia.staff_membership.role, olivia.staff_membership.is_active) == (Role.OWNER, True)
    assert {k for k, v in factories.count_rows().items() if v != before[k]} <= {"django_session"}
    assert LogEntry.objects.count() == 0


def test_control_characters_in_a_name_are_refused(as_olivia: Client) -> None:
    given = {"name": "Nora\nBcc: x", "email": "nora@riverside.example", "role": "assistant"}
    response = as_olivia.post(reverse("admin:clinic_membership_add"), given)
    assert response.context["adminform"].form.errors == {"name": ["Write this on one line."]}
    assert not User.objects.filter(email="nora@riverside.example").exists()

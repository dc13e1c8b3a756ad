"""Staff as their owner sees them: roles, accounts that close, and patients who are handed over."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, Clinic, Membership, User
from clinic.roles import Role
from patients import actions
from patients.models import Patient
from patients.views import people
from tests import factories
from tests.pages import signed_in, text
from tests.staff_factories import make_invitation, make_patients

pytestmark = pytest.mark.django_db
PEOPLE = "/clinic/people/"


@pytest.fixture
def as_olivia(olivia: User) -> Client:
    return signed_in(olivia)


@pytest.fixture
def nils(riverside: Clinic) -> User:
    """Another practitioner."""
    return factories.make_staff(riverside, Role.PRACTITIONER, "Nils Berg")


def address(name: str, user: User) -> str:
    return reverse(f"patients:{name}", args=[user.staff_membership.pk])


def hand(client: Client, giver: User, receiver: User, **more: str) -> Any:
    given = {"receiver": receiver.staff_membership.pk, **more}
    return client.post(address("hand_over", giver), given, follow=True)


def is_open(user: User) -> tuple[bool, bool]:
    user = User.objects.get(pk=user.pk)
    return user.is_active, user.staff_membership.is_active


def test_the_list(as_olivia: Client, priya: User, asha: User, margaret: Patient, hugo: User) -> None:
    signed_in(priya)  # so that she has signed in once
    page = text(as_olivia.get(PEOPLE))
    for said in ("Olivia Brandt", "Priya Nair", "Asha Moyo", "priya@riverside.example", "Practitioner"):
        assert said in page
    assert "Hugo" not in page
    assert "never" in page  # Asha
    assert "Hand over patients<span" in page


def test_a_rename_does_not_open_an_account_that_was_closed_meanwhile(
    as_olivia: Client, olivia: User, nils: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = people._member

    def closed_after_reading(request: Any, pk: int) -> Membership:
        found = read(request, pk)
        stored = Membership.objects.get(pk=pk)
        actions.change_member(actor=Actor.staff(olivia), membership=stored, is_active=False)
        return found

    monkeypatch.setattr(people, "_member", closed_after_reading)
    answer = as_olivia.post(address("member", nils), {"name": "Nils Bergh", "role": "practitioner"})
    assert answer.status_code == 302
    assert is_open(nils) == (False, False)
    assert User.objects.get(pk=nils.pk).name == "Nils Bergh"


def test_closing_keeps_what_was_changed_meanwhile(
    olivia: User, priya: User, nils: User, margaret: Patient
) -> None:
    actor, read = Actor.staff(olivia), Membership.objects.select_related("user").get(user=priya)
    assert read.user.name == "Priya Nair"
    stored = Membership.objects.get(user=priya)
    actions.change_member(actor=actor, membership=stored, name="Priya Rao")
    actions.hand_over_patients(actor=actor, giver=read, receiver=nils.staff_membership, close=True)
    assert User.objects.get(pk=priya.pk).name == "Priya Rao"
    assert is_open(priya) == (False, False)


def test_members_are_locked_before_their_accounts(olivia: User, nils: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        actions.change_member(actor=Actor.staff(olivia), membership=nils.staff_membership, role=Role.AUDITOR)
    locks = [query["sql"] for query in asked if "FOR UPDATE" in query["sql"]]
    assert 'FOR UPDATE OF "clinic_membership"' in locks[0]
    assert 'FOR UPDATE OF "clinic_user"' in locks[1]


def test_as_many_queries_for_one_as_for_ten(
    olivia: User, priya: User, riverside: Clinic, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page = signed_in(olivia)
    # session, person with membership; members, patients by practitioner, invitations, patients of nobody, the clock
    with django_assert_num_queries(7):
        page.get(PEOPLE)
    for number in range(10):
        other = factories.make_staff(
            riverside, Role.PRACTITIONER, f"P{number} Q", email=f"p{number}@x.example"
        )
        make_patients(other, 3)
        make_invitation(olivia, f"New{number} Person")
    with django_assert_num_queries(7):
        page.get(PEOPLE)


def test_name_and_role_are_changed_and_written_down(as_olivia: Client, asha: User) -> None:
    given = {"name": "Asha Moyo-Lind", "role": "practitioner"}
    answer = as_olivia.post(address("member", asha), given, follow=True)
    assert "Saved." in text(answer)
    asha = User.objects.get(pk=asha.pk)
    assert (asha.name, asha.staff_membership.role) == ("Asha Moyo-Lind", "practitioner")
    entry = AuditEntry.objects.get(verb="member.changed")
    assert entry.changes == {"fields": ["name", "role"], "role": "practitioner", "is_active": True}


@pytest.mark.check(36)
def test_a_new_role_counts_in_the_next_request(as_olivia: Client, asha: User) -> None:
    page = signed_in(asha)
    assert page.get(PEOPLE).status_code == 403
    as_olivia.post(address("member", asha), {"name": "Asha", "role": "owner"})
    assert page.get(PEOPLE).status_code == 200


@pytest.mark.parametrize(
    "given", [{"name": "", "role": "owner"}, {"name": "A\nB", "role": "owner"}, {"name": "A", "role": "king"}]
)
def test_what_is_no_name_and_no_role(as_olivia: Client, asha: User, given: dict[str, str]) -> None:
    before = factories.count_rows()
    assert as_olivia.post(address("member", asha), given).status_code == 422
    assert factories.count_rows() == before


def test_the_last_owner_stays(as_olivia: Client, olivia: User) -> None:
    before = factories.count_rows()
    answer = as_olivia.post(address("member", olivia), {"name": "Olivia B.", "role": "curator"})
    assert answer.status_code == 422
    assert "A clinic needs an owner: make somebody else owner first." in text(answer)
    answer = as_olivia.post(address("member_close", olivia), follow=True)
    assert "A clinic needs an owner: make somebody else owner first." in text(answer)
    assert is_open(olivia) == (True, True)
    assert User.objects.get(pk=olivia.pk).name == "Olivia Brandt"
    assert factories.count_rows() == before


@pytest.mark.check(34)
def test_a_closed_account_is_signed_out_everywhere_at_once_and_for_good(
    as_olivia: Client, asha: User
) -> None:
    phone, desk = signed_in(asha), signed_in(asha)
    assert phone.get("/patients/").status_code == 200
    answer = as_olivia.post(address("member_close", asha), follow=True)
    assert "The account of Asha Moyo is closed." in text(answer)
    for client in (phone, desk):
        assert client.get("/patients/")["Location"].startswith(reverse("account_login"))
    assert not Client().login(username=asha.email, password=factories.PASSWORD)
    as_olivia.post(address("member_open", asha))
    assert is_open(asha) == (True, True)
    for client in (phone, desk):  # opening it again does not sign the old browsers in
        assert client.get("/patients/").status_code == 302
    assert Client().login(username=asha.email, password=factories.PASSWORD)


def test_who_has_patients_is_asked_about_them_first(
    as_olivia: Client, priya: User, nils: User, margaret: Patient
) -> None:
    before = factories.count_rows()
    answer = as_olivia.post(address("member_close", priya), follow=True)
    assert answer.redirect_chain[-1][0] == address("hand_over", priya)
    assert "Hand over 1 patient first" in text(answer)
    answer = as_olivia.post(address("member", priya), {"name": "Priya", "role": "curator"})
    assert answer.status_code == 422
    assert is_open(priya) == (True, True)
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-31")
def test_two_hundred_in_one_action_and_none_without(
    olivia: User,
    priya: User,
    nils: User,
    heinrich: Patient,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """A fixed number of statements, one entry a patient, and one for all of them."""
    make_patients(priya, 200)
    archived = Patient.objects.filter(practitioner=priya).order_by("pk")[0]
    Patient.objects.filter(pk=archived.pk).update(archived_at=factories.NOON, archived_by=priya)
    page = signed_in(olivia)
    with django_assert_num_queries(24):  # those of closing the account among them
        answer = page.post(address("hand_over", priya), {"receiver": nils.staff_membership.pk, "close": "on"})
    assert answer.status_code == 302
    assert "200 patients are with Nils Berg now." in text(page.get(answer["Location"]))
    assert Patient.objects.filter(practitioner=nils).count() == 200
    assert not Patient.objects.filter(practitioner=priya).exists()
    assert is_open(priya) == (False, False)
    entries = AuditEntry.objects.filter(verb="patient.handed_over")
    assert entries.count() == entries.values("patient_id").distinct().count() == 200
    summary = AuditEntry.objects.get(verb="member.patients_handed_over")
    assert (summary.changes["from"], summary.changes["to"], summary.changes["patients"]) == (
        priya.pk,
        nils.pk,
        200,
    )
    heinrich.refresh_from_db()
    assert heinrich.practitioner_id != nils.pk


def test_as_many_statements_for_two_as_for_twenty(
    priya: User, nils: User, olivia: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (2, 20):
        make_patients(priya, count)
        with django_assert_num_queries(7):  # savepoint twice, members, patients, update, entries, entry
            actions.hand_over_patients(
                actor=Actor.staff(olivia), giver=priya.staff_membership, receiver=nils.staff_membership
            )


def test_taken_back_as_far_as_nothing_else_changed(
    as_olivia: Client, priya: User, nils: User, asha: User, margaret: Patient, double: Patient
) -> None:
    own = make_patients(nils, 1)[0]
    answer = hand(as_olivia, priya, nils)
    assert "2 patients are with Nils Berg now." in text(answer)
    key = AuditEntry.objects.get(verb="member.patients_handed_over").changes["hand_over"]
    assert f"/clinic/hand-overs/{key}/undo/" in text(answer)
    Patient.objects.filter(pk=double.pk).update(practitioner=asha)  # somebody else by now
    answer = as_olivia.post(reverse("patients:hand_over_undo", args=[key]), follow=True)
    assert "1 patient is back." in text(answer)
    held = dict(Patient.objects.values_list("pk", "practitioner"))
    assert held == {margaret.pk: priya.pk, double.pk: asha.pk, own.pk: nils.pk}
    answer = as_olivia.post(reverse("patients:hand_over_undo", args=[key]), follow=True)
    assert "These patients have other practitioners by now." in text(answer)


def test_not_taken_back_to_a_closed_account(
    as_olivia: Client, priya: User, nils: User, margaret: Patient
) -> None:
    hand(as_olivia, priya, nils, close="on")
    key = AuditEntry.objects.get(verb="member.patients_handed_over").changes["hand_over"]
    before = factories.count_rows()
    answer = as_olivia.post(reverse("patients:hand_over_undo", args=[key]), follow=True)
    assert "Open the account of the person first who had these patients." in text(answer)
    for other in (uuid.uuid4(), key):
        as_olivia.post(reverse("patients:hand_over_undo", args=[other]))
    assert factories.count_rows() == before


def test_those_whom_nobody_looks_after(as_olivia: Client, priya: User, nils: User, asha: User) -> None:
    lost, orphaned, kept = *make_patients(asha, 2), make_patients(priya, 1)[0]
    Patient.objects.filter(pk=orphaned.pk).update(practitioner=None)
    Membership.objects.filter(user=asha).update(is_active=False)
    page = text(as_olivia.get(PEOPLE))
    assert "2 patients have no practitioner with an open account." in page
    url = reverse("patients:hand_over_nobody")
    assert "Hand over 2 patients" in text(as_olivia.get(url))
    answer = as_olivia.post(url, {"receiver": nils.staff_membership.pk}, follow=True)
    assert "2 patients are with Nils Berg now." in text(answer)
    held = dict(Patient.objects.values_list("pk", "practitioner"))
    assert held == {lost.pk: nils.pk, orphaned.pk: nils.pk, kept.pk: priya.pk}
    assert "There are no patients to hand over." in text(as_olivia.get(url))


def test_who_may_receive(
    as_olivia: Client, priya: User, nils: User, asha: User, hugo: User, margaret: Patient
) -> None:
    Membership.objects.filter(user=nils).update(is_active=False)
    before = factories.count_rows()
    for other in (nils, asha, priya, hugo):  # closed, does not treat, the same person, another clinic
        answer = as_olivia.post(address("hand_over", priya), {"receiver": other.staff_membership.pk})
        assert answer.status_code == 422
    assert as_olivia.post(address("hand_over", priya), {}).status_code == 422
    for member in (nils, asha, hugo):
        with pytest.raises(Refused) as refused:
            actions.hand_over_patients(
                actor=Actor.staff(User.objects.get(name="Olivia Brandt")),
                giver=priya.staff_membership,
                receiver=member.staff_membership,
            )
        assert refused.value.code == "receiver"
    assert "Nobody else treats patients here." in text(as_olivia.get(address("hand_over", priya)))
    assert factories.count_rows() == before
    margaret.refresh_from_db()
    assert margaret.practitioner == priya


def test_handing_over_and_closing_are_one_thing(as_olivia: Client, olivia: User, nils: User) -> None:
    """The last owner has patients: neither the patients go nor does the account close."""
    make_patients(olivia, 2)
    before = factories.count_rows()
    answer = hand(as_olivia, olivia, nils, close="on")
    assert answer.status_code == 422
    assert "A clinic needs an owner" in text(answer)
    assert Patient.objects.filter(practitioner=olivia).count() == 2
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-31")
@pytest.mark.parametrize("name", ["member", "member_close", "member_open", "hand_over"])
def test_another_clinics_people_do_not_exist(as_olivia: Client, hugo: User, nils: User, name: str) -> None:
    before = factories.count_rows()
    given = {"receiver": nils.staff_membership.pk, "name": "Taken over", "role": "owner"}
    assert as_olivia.post(address(name, hugo), given).status_code == 404
    if name in {"member", "hand_over"}:
        assert as_olivia.get(address(name, hugo)).status_code == 404
    assert factories.count_rows() == before
    assert is_open(hugo) == (True, True)

"""The door into a restricted record: one practitioner, one reason, one hour, and the owner knows."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, Membership, OutgoingEmail, User
from clinic.roles import Role
from exercises.models import Programme
from patients import actions, emails
from patients.models import Finding, Opening, Patient, Restriction
from tests import factories
from tests.pages import signed_in, text
from tests.restricted_world import REASON, URGENT, make_opening, make_restriction

PAGE = reverse("patients:break_glass")
OWNERS = reverse("patients:restrictions")
WHO = {"given_name": "margaret", "family_name": "HALE", "date_of_birth": "1956-03-14"}


@pytest.fixture
def closed(olivia: User, margaret: Patient, finding: Finding, programme: Programme) -> Restriction:
    return make_restriction(olivia, margaret)


def record(patient: Patient) -> str:
    return reverse("exercises:patient", args=[patient.pk])


def test_the_whole_name_the_birthday_and_a_reason_open_it_for_an_hour(
    closed: Restriction, as_priya: Client, priya: User, margaret: Patient
) -> None:
    assert as_priya.get(record(margaret)).status_code == 404
    done = as_priya.post(PAGE, WHO | {"reason": URGENT}, follow=True)
    page = text(done)
    assert done.redirect_chain[-1][0] == record(margaret)
    assert "Restricted record, open to you until" in page
    assert f"Your reason: {URGENT}" in page
    assert "Plantar fasciitis" in page
    opening = Opening.objects.get()
    assert opening.ends_at - opening.opened_at == timedelta(minutes=60)
    entry = AuditEntry.objects.get(verb="restriction.opened")
    assert (entry.actor_user_id, entry.patient_id, entry.reason) == (priya.pk, margaret.pk, URGENT)
    for address in ("patients:safety", "exercises:record", "exercises:visit"):
        assert "open to you until" in text(as_priya.get(reverse(address, args=[margaret.pk]))), address
    assert "Margaret Hale" in text(as_priya.get(PAGE))


@pytest.mark.parametrize(
    "given",
    [
        {"given_name": "Marga"},
        {"family_name": "Hal"},
        {"date_of_birth": "1956-03-15"},
        {"given_name": "Ana", "family_name": "Quinn"},  # whose record is open
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(
    closed: Restriction, as_priya: Client, priya: User, given: dict[str, str]
) -> None:
    factories.make_patient(priya, "Ana", "Quinn")
    answer = as_priya.post(PAGE, WHO | {"reason": URGENT} | given)
    assert answer.status_code == 422
    assert "No restricted record has this name and date of birth." in text(answer)
    assert not Opening.objects.exists()
    entry = AuditEntry.objects.get(verb="restriction.sought")
    assert (entry.changes, entry.patient_id) == ({"found": False}, None)


def test_of_two_who_are_called_the_same_neither_opens_by_name(
    closed: Restriction, as_priya: Client, priya: User, double: Patient
) -> None:
    make_restriction(priya, double)
    assert as_priya.post(PAGE, WHO | {"reason": URGENT}).status_code == 422
    assert not Opening.objects.exists()


def test_tries_are_counted(closed: Restriction, as_priya: Client) -> None:
    wrong = WHO | {"reason": URGENT, "given_name": "Ada"}
    for _try in range(10):
        assert "No restricted record" in text(as_priya.post(PAGE, wrong))
    assert "These were many tries" in text(as_priya.post(PAGE, WHO | {"reason": URGENT}))
    assert not Opening.objects.exists()


@pytest.mark.parametrize("reason", ["", "123456789", "   short      "])
def test_a_reason_has_ten_characters(
    closed: Restriction, as_priya: Client, priya: User, margaret: Patient, reason: str
) -> None:
    before = factories.count_rows()
    for address in (PAGE, reverse("patients:break_glass_of", args=[margaret.pk])):
        assert as_priya.post(address, WHO | {"reason": reason}).status_code == 422
    with pytest.raises(Refused, match="ten characters"):
        actions.break_glass(actor=Actor.staff(priya), patient_id=margaret.pk, reason=reason, now=clock.now())
    assert factories.count_rows() == before


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRACTITIONER])
def test_nobody_else_opens_it(closed: Restriction, priya: User, margaret: Patient, role: Role) -> None:
    Membership.objects.filter(user=priya).update(role=role)
    person = User.objects.get(pk=priya.pk)
    before = factories.count_rows()
    for address in (PAGE, reverse("patients:break_glass_of", args=[margaret.pk])):
        assert signed_in(person).post(address, WHO | {"reason": URGENT}).status_code == 403
    with pytest.raises(Refused, match="Only a practitioner"):
        actions.break_glass(actor=Actor.staff(person), patient_id=margaret.pk, reason=URGENT, now=clock.now())
    after = factories.count_rows()
    assert {table for table in after if after[table] != before[table]} <= {
        "django_session",
        "usersessions_usersession",
    }


def test_another_clinic_s_practitioner_finds_no_such_record(
    closed: Restriction, hugo: User, margaret: Patient
) -> None:
    client = signed_in(hugo)
    assert client.post(PAGE, WHO | {"reason": URGENT}).status_code == 422
    address = reverse("patients:break_glass_of", args=[margaret.pk])
    assert client.post(address, {"reason": URGENT}).status_code == 404
    assert not Opening.objects.exists()


def test_it_is_open_to_one_person_and_not_to_a_colleague(
    closed: Restriction, priya: User, olivia: User, margaret: Patient
) -> None:
    nora = factories.make_staff(margaret.clinic, Role.PRACTITIONER, "Nora Quinn")
    opening = make_opening(priya, margaret)
    assert signed_in(priya).get(record(margaret)).status_code == 200
    for other in (nora, olivia):
        assert signed_in(other).get(record(margaret)).status_code == 404
    shut = reverse("patients:opening_close", args=[opening.pk])
    assert signed_in(nora).post(shut).status_code == 404
    assert signed_in(priya).get(record(margaret)).status_code == 200


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 404)])
def test_it_ends_after_an_hour(
    closed: Restriction, as_priya: Client, priya: User, margaret: Patient, minutes: int, status: int
) -> None:
    make_opening(priya, margaret, now=clock.now() - timedelta(minutes=minutes))
    assert as_priya.get(record(margaret)).status_code == status
    later = make_opening(priya, margaret)
    assert (later.opened_at > clock.now() - timedelta(minutes=1)) is (status == 404)


def test_who_is_no_practitioner_any_more_has_no_door(
    closed: Restriction, as_priya: Client, priya: User, margaret: Patient
) -> None:
    make_opening(priya, margaret)
    Membership.objects.filter(user=priya).update(role=Role.ASSISTANT)
    assert as_priya.get(record(margaret)).status_code == 404


def test_it_can_be_shut_before(closed: Restriction, as_priya: Client, priya: User, margaret: Patient) -> None:
    opening = make_opening(priya, margaret)
    shut = reverse("patients:opening_close", args=[opening.pk])
    assert shut in text(as_priya.get(record(margaret)))
    assert "The record is shut again." in text(as_priya.post(shut, follow=True))
    assert as_priya.get(record(margaret)).status_code == 404
    assert AuditEntry.objects.filter(verb="restriction.closed").count() == 1
    assert "shut already" in text(as_priya.post(shut, follow=True))
    assert AuditEntry.objects.filter(verb="restriction.closed").count() == 1


def test_pressed_twice_it_is_one_door_and_one_letter(
    closed: Restriction, priya: User, margaret: Patient
) -> None:
    assert make_opening(priya, margaret) == make_opening(priya, margaret)
    assert OutgoingEmail.objects.filter(letter="record_opened").count() == 1


def test_the_address_of_a_record_leads_to_the_door_and_on(
    closed: Restriction, as_priya: Client, olivia: User, priya: User, margaret: Patient
) -> None:
    address = reverse("patients:break_glass_of", args=[margaret.pk])
    page = text(as_priya.get(address))
    assert "Open the record for an hour" in page
    assert "Hale" not in page
    owners = text(signed_in(olivia).get(address))
    assert "a practitioner can open it" in owners
    assert "Open the record for an hour" not in owners
    assert as_priya.post(address, {"reason": URGENT})["Location"] == record(margaret)
    assert as_priya.get(address)["Location"] == record(margaret)
    ana = factories.make_patient(priya, "Ana", "Quinn")
    open_one = reverse("patients:break_glass_of", args=[ana.pk])
    assert as_priya.get(open_one)["Location"] == record(ana)


class TestOwners:
    def test_every_owner_gets_a_letter_that_names_nobody(
        self, closed: Restriction, priya: User, olivia: User, margaret: Patient
    ) -> None:
        factories.make_staff(margaret.clinic, Role.OWNER, "Oscar Brandt")
        left = factories.make_staff(margaret.clinic, Role.OWNER, "Lena Brandt")
        Membership.objects.filter(user=left).update(is_active=False)
        make_opening(priya, margaret)
        posted = OutgoingEmail.objects.filter(letter="record_opened").order_by("pk")
        letters = [emails.record_opened(email.object_id, clock.now()) for email in posted]
        assert {letter.to for letter in letters if letter} == {olivia.email, "oscar@riverside.example"}
        for letter in letters:
            assert letter
            assert OWNERS in letter.text
            for word in ("Hale", "Margaret", "Priya", URGENT, str(margaret.pk)):
                assert word not in letter.text + letter.html + letter.subject
        Membership.objects.filter(user=olivia).update(role=Role.CURATOR)
        mine = next(email for email in posted if email.object_id.endswith(f":{olivia.pk}"))
        assert emails.record_opened(mine.object_id, clock.now()) is None

    def test_the_page_says_who_when_and_why(
        self, closed: Restriction, priya: User, olivia: User, hugo: User, margaret: Patient
    ) -> None:
        make_opening(priya, margaret)
        page = text(signed_in(olivia).get(OWNERS))
        for said in ("Priya Nair", URGENT, REASON, str(margaret.pk)[:8], "open now"):
            assert said in page
        assert "Hale" not in page
        Membership.objects.filter(user=hugo).update(role=Role.OWNER)
        other = text(signed_in(hugo).get(OWNERS))
        assert "Nobody opened a restricted record." in other
        assert "Priya Nair" not in other

    def test_only_owners_read_that_e_mail_in_the_list(
        self, closed: Restriction, priya: User, olivia: User, margaret: Patient
    ) -> None:
        make_opening(priya, margaret)
        listed = reverse("exercises:outgoing")
        assert "a restricted record was opened" in text(signed_in(olivia).get(listed))
        assert "a restricted record was opened" not in text(signed_in(priya).get(listed))


def test_the_date_can_be_typed_in_words(closed: Restriction, as_priya: Client) -> None:
    typed = WHO | {"reason": URGENT, "date_of_birth": date(1956, 3, 14).strftime("%d/%m/%Y")}
    assert as_priya.post(PAGE, typed).status_code == 302

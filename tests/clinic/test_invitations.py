"""Somebody is invited, gets a link, and chooses a password. Used, ended, taken back and unknown are one answer."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from clinic import actions, clock, emails, limits
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.mail import Letter
from clinic.models import AuditEntry, EmailState, Invitation, OutgoingEmail, User
from clinic.roles import Role
from tests import factories
from tests.pages import signed_in, text
from tests.staff_factories import make_invitation

pytestmark = pytest.mark.django_db
PASSWORD = "seven plain words are quite enough"
PAGE = "/invitation/"


def letter_of(invitation: Invitation) -> Letter:
    with transaction.atomic():
        letter = emails.staff_invited(str(invitation.pk), clock.now())
    assert letter is not None
    return letter


def link_of(invitation: Invitation) -> str:
    found = re.search(r"https?://\S+#[\w-]{43}", letter_of(invitation).text)
    assert found
    return found.group()


def accept(link: str, password: str = PASSWORD, again: str | None = None) -> Any:
    given = {"link": link, "password": password, "again": password if again is None else again}
    return Client().post(PAGE, given)


def test_invited_from_the_page_and_written_to_once(olivia: User) -> None:
    page = signed_in(olivia)
    given = {"name": "Nora Quinn", "email": "Nora@Riverside.example", "role": "practitioner"}
    answer = page.post(reverse("patients:people"), given, follow=True)
    assert "Nora Quinn is invited: the e-mail is on its way." in text(answer)
    made = Invitation.objects.get()
    assert (made.email, made.role, made.secret_hash) == ("nora@riverside.example", "practitioner", None)
    assert made.expires_at - made.invited_at == timedelta(days=7)
    assert OutgoingEmail.objects.get().object_id == str(made.pk)
    entry = AuditEntry.objects.get(verb="member.invited")
    assert (entry.actor_user, entry.changes) == (olivia, {"role": "practitioner"})
    assert not User.objects.filter(email=made.email).exists()  # the account comes with the answer


def test_invited_again_while_the_letter_still_waits_is_one_letter(olivia: User) -> None:
    made = make_invitation(olivia)
    page = signed_in(olivia)
    for _again in range(2):
        answer = page.post(reverse("patients:invitation_send", args=[made.pk]), follow=True)
        assert "Nora Quinn is invited again." in text(answer)
    letters = OutgoingEmail.objects.order_by("generation").values_list("state", flat=True)
    assert list(letters) == [EmailState.CANCELLED, EmailState.CANCELLED, EmailState.PENDING]


def test_trying_addresses_out_comes_to_an_end(
    olivia: User, hugo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patients.views.people.INVITING", limits.Limit("invite", 2, timedelta(hours=1)))
    page, given = signed_in(olivia), {"name": "Nora Quinn", "email": hugo.email, "role": "practitioner"}
    for said in ("has an account already", "has an account already", "These were many invitations."):
        answer = page.post(reverse("patients:people"), given)
        assert answer.status_code == 422
        assert said in text(answer)
    assert "has an account already" not in text(answer)
    assert not Invitation.objects.exists()


@pytest.mark.check(14)
def test_the_letter_is_neutral_and_holds_the_secret_in_the_fragment(olivia: User) -> None:
    made = make_invitation(olivia)
    letter = letter_of(made)
    said = f"{letter.subject} {letter.text} {letter.html}"
    assert letter.to == "nora@riverside.example"
    assert "Podiatry" not in said
    assert "Nora" not in said.replace("nora@riverside.example", "")
    link = re.search(r"https?://\S+/invitation/#([\w-]{43})", letter.text)
    assert link
    made.refresh_from_db()
    assert link.group(1) not in str(vars(made))


def test_opening_writes_nothing_and_is_the_same_for_everybody(client: Client, olivia: User) -> None:
    made = make_invitation(olivia)
    link_of(made)
    before = factories.count_rows()
    for ask in (client.get, client.head, client.get):
        answer = ask(PAGE)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
    assert factories.count_rows() == before


def test_accepting_makes_the_account_and_the_password_works(olivia: User) -> None:
    made = make_invitation(olivia, role=Role.ASSISTANT)
    answer = accept(link_of(made))
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_login"))
    nora = User.objects.get(email="nora@riverside.example")
    member = nora.staff_membership
    assert (nora.name, member.role, member.clinic_id) == ("Nora Quinn", "assistant", made.clinic_id)
    made.refresh_from_db()
    assert made.account == nora
    assert Client().login(username=nora.email, password=PASSWORD)
    entry = AuditEntry.objects.get(verb="member.invitation_accepted")
    assert (entry.clinic_id, entry.changes) == (made.clinic_id, {"user": nora.pk})


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", None, "at least 12 characters"),
        ("password1234", None, "Others try this password first"),
        ("nora@riverside.example", None, "too similar"),
        (PASSWORD, "seven other words", "The two passwords differ."),
        ("", "", "This field is required."),
    ],
)
def test_a_weak_password_is_said_and_the_link_still_works(
    olivia: User, password: str, again: str | None, said: str
) -> None:
    link = link_of(make_invitation(olivia))
    before = factories.count_rows()
    answer = accept(link, password, again)
    assert answer.status_code == 422
    assert said in text(answer)
    assert factories.count_rows() == before
    assert accept(link).status_code == 302


@pytest.mark.check(30)
def test_used_ended_taken_back_replaced_and_unknown_are_one_answer(olivia: User) -> None:
    used = link_of(make_invitation(olivia, "Una Used"))
    assert accept(used).status_code == 302
    late = make_invitation(olivia, "Lars Late")
    ended = link_of(late)
    Invitation.objects.filter(pk=late.pk).update(
        invited_at=clock.now() - timedelta(days=8), expires_at=clock.now() - timedelta(days=1)
    )
    back = make_invitation(olivia, "Bea Back")
    taken = link_of(back)
    actions.revoke_invitation(actor=Actor.staff(olivia), invitation=back, now=clock.now())
    twice = make_invitation(olivia, "Tom Twice")
    replaced = link_of(twice)
    link_of(twice)
    before, answers = factories.count_rows(), []
    for link in (used, ended, taken, replaced, "x" * 43, "", "https://evil.example/#" + "y" * 43):
        answer = accept(link)
        answers.append((answer.status_code, re.sub(rb'value="\w{64}"', b"", answer.content)))
    assert len(set(answers)) == 1
    assert answers[0][0] == 404
    assert factories.count_rows() == before


def test_seven_days_later_it_has_ended(olivia: User) -> None:
    made = make_invitation(olivia)
    with transaction.atomic():
        assert emails.staff_invited(str(made.pk), made.expires_at) is None
    link = link_of(made)
    secret = link.partition("#")[2]
    assert Invitation.objects.opened_by(secret, made.expires_at - timedelta(seconds=1)) == made
    assert Invitation.objects.opened_by(secret, made.expires_at) is None


def test_sent_again_with_another_link_and_the_old_one_is_dead(olivia: User) -> None:
    made = make_invitation(olivia)
    first = link_of(made)
    answer = signed_in(olivia).post(reverse("patients:invitation_send", args=[made.pk]), follow=True)
    assert "Nora Quinn is invited again." in text(answer)
    assert accept(first).status_code == 404
    assert OutgoingEmail.objects.filter(letter="staff_invited").count() == 2
    assert accept(link_of(made)).status_code == 302


def test_taken_back_and_nothing_goes_out(olivia: User) -> None:
    made = make_invitation(olivia)
    answer = signed_in(olivia).post(reverse("patients:invitation_revoke", args=[made.pk]), follow=True)
    assert "The invitation of Nora Quinn is taken back." in text(answer)
    assert OutgoingEmail.objects.get().state == EmailState.CANCELLED
    with transaction.atomic():
        assert emails.staff_invited(str(made.pk), clock.now()) is None
    for name in ("invitation_send", "invitation_revoke"):
        again = signed_in(olivia).post(reverse(f"patients:{name}", args=[made.pk]), follow=True)
        assert "This invitation has been accepted or taken back, or it has ended." in text(again)
    make_invitation(olivia)  # the address is free again


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("HUGO@hilltop.example", "This address has an account already."),
        ("nora@riverside.example", "This address has been invited already."),
        ("nobody", "Enter a valid email address."),
        ("", "This field is required."),
    ],
)
def test_refused_at_the_address(olivia: User, hugo: User, email: str, said: str) -> None:
    make_invitation(olivia)
    page = signed_in(olivia)
    before = factories.count_rows() | {"clinic_attempt": 0}
    answer = page.post(reverse("patients:people"), {"name": "Nora", "email": email, "role": "owner"})
    assert answer.status_code == 422
    assert said in text(answer)
    assert factories.count_rows() | {"clinic_attempt": 0} == before  # the try is counted


def test_an_address_that_got_an_account_meanwhile(olivia: User, hugo: User) -> None:
    made = make_invitation(olivia)
    link = link_of(made)
    User.objects.filter(pk=hugo.pk).update(email=made.email)
    before = factories.count_rows()
    assert accept(link).status_code == 404
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-31")
def test_another_clinics_invitation_does_not_exist(olivia: User, hilltop: Any) -> None:
    made = make_invitation(factories.make_staff(hilltop, Role.OWNER, "Otto", email="otto@hilltop.example"))
    page = signed_in(olivia)
    before = factories.count_rows()
    for name in ("invitation_send", "invitation_revoke"):
        assert page.post(reverse(f"patients:{name}", args=[made.pk])).status_code == 404
    assert "otto" not in text(page.get(reverse("patients:people"))).lower()
    assert factories.count_rows() == before


def test_two_at_once_make_one_account(olivia: User) -> None:
    made = make_invitation(olivia)
    link_of(made)
    made.refresh_from_db()
    now = clock.now()
    actions.accept_invitation(actor=Actor.system("test"), invitation=made, password=PASSWORD, now=now)
    with pytest.raises(Refused) as refused:
        actions.accept_invitation(actor=Actor.system("test"), invitation=made, password=PASSWORD, now=now)
    assert refused.value.code == "ended"
    assert User.objects.filter(email=made.email).count() == 1


def test_the_page_names_those_whose_link_has_ended(olivia: User) -> None:
    make_invitation(olivia)
    page = signed_in(olivia)
    assert "Invited, not here yet" in text(page.get(reverse("patients:people")))
    Invitation.objects.update(
        invited_at=clock.now() - timedelta(days=8), expires_at=clock.now() - timedelta(days=1)
    )
    assert '<span class="tag warn">ended</span>' in text(signed_in(olivia).get(reverse("patients:people")))

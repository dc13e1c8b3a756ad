"""The pages and mails of django-allauth, where they are in our words."""

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from clinic.models import User
from tests import factories

RESET = reverse("account_reset_password")


def asked(client: Client, address: str) -> str:
    return client.post(RESET, {"email": address}, follow=True).content.decode()


@pytest.mark.check(30)
def test_a_reset_answers_the_same_whether_or_not_the_address_is_known(
    client: Client, priya: User, mailoutbox: list[EmailMessage]
) -> None:
    unknown = asked(client, "nobody@riverside.example")
    assert mailoutbox == []
    assert asked(client, priya.email) == unknown
    assert "If nothing arrives, ask the owner of your clinic." in unknown
    assert len(mailoutbox) == 1


def test_the_letter_holds_one_link_and_no_invitation(
    client: Client, priya: User, mailoutbox: list[EmailMessage]
) -> None:
    asked(client, priya.email)
    (mail,) = mailoutbox
    assert (mail.subject, mail.to) == ("Choose a new password", [priya.email])
    assert mail.from_email.startswith("Footwork <")
    assert str(mail.body).startswith("Hello,\n\nSomebody, probably you,")
    assert str(mail.body).count("http") == 1
    assert "/accounts/password/reset/key/" in mail.body
    assert "sign up" not in str(mail.body).lower()


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/email/"])
def test_nobody_changes_the_address_they_sign_in_with(client: Client, as_priya: Client, path: str) -> None:
    assert as_priya.get(path).headers["Location"] == reverse("mfa_index")
    assert as_priya.post(path, {"email": "x@y.example", "action_add": ""}).headers["Location"] == reverse(
        "mfa_index"
    )
    assert client.get(path).headers["Location"].startswith(reverse("account_login"))


def test_a_link_of_a_letter_leads_to_a_new_password_once(
    client: Client, priya: User, mailoutbox: list[EmailMessage]
) -> None:
    asked(client, priya.email)
    link = re.search(r"(/accounts/password/reset/key/\S+)", str(mailoutbox[0].body))
    assert link
    form = client.get(link[1], follow=True)
    assert "Choose a new password" in form.content.decode()
    here = form.redirect_chain[-1][0]
    refused = client.post(here, {"password1": "short", "password2": "short"}).content.decode()
    assert 'class="error"' in refused
    chosen = "seven plain words are quite enough"
    done = client.post(here, {"password1": chosen, "password2": chosen}, follow=True).content.decode()
    assert "Your password is changed" in done
    assert f'href="{reverse("account_login")}"' in done
    client.post(reverse("account_login"), {"login": priya.email, "password": chosen})
    client.post(reverse("account_reauthenticate"), {"password": chosen})
    app = client.get(reverse("mfa_activate_totp"), follow=True).content.decode()
    assert "QR code for the authenticator app" in app, "who chose a password so can add a second step"
    again = Client().get(link[1], follow=True).content.decode()
    assert "This link does not work" in again
    assert f'href="{RESET}"' in again


@pytest.mark.parametrize("page", ["account_login", "account_reset_password"])
def test_an_address_is_an_e_mail_address(client: Client, db: None, page: str) -> None:
    shown = client.get(reverse(page)).content.decode()
    assert "E-mail address" in shown
    assert "Email" not in shown


def test_another_role_is_led_to_its_own_start(client: Client, audrey: User) -> None:
    client.force_login(audrey)
    response = client.get(reverse("patients:list"))
    assert response.status_code == 403
    assert "Your role does not include this page." in response.content.decode()
    assert f'href="{reverse("clinic:home")}"' in response.content.decode()


@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("mfa_index", "Two-step sign-in"),
        ("mfa_activate_totp", "Set up an authenticator app"),
        ("mfa_list_webauthn", "Passkeys and security keys"),
        ("mfa_add_webauthn", "Add a passkey or security key"),
        ("account_change_password", "Change your password"),
        ("account_logout", "Sign out?"),
    ],
)
def test_pages_about_one_s_own_account_speak_as_the_others_do(priya: User, page: str, heading: str) -> None:
    client = _just_confirmed(priya)
    shown = client.get(reverse(page)).content.decode()
    assert re.findall(r"<h1>(.*?)</h1>", shown) == [heading]
    assert not re.search(r"Two-Factor|Security Key|Authenticator App|Recovery Codes|Sign Out", shown)


def test_a_wrong_password_is_said_in_our_words(priya: User) -> None:
    answer = Client().post(reverse("account_login"), {"login": priya.email, "password": "no"})
    assert "The e-mail address or the password is wrong." in answer.content.decode()


def test_how_long_a_password_is_to_be_is_said_once(priya: User) -> None:
    shown = _just_confirmed(priya).get(reverse("account_change_password")).content.decode()
    assert len(re.findall(r"at least (?:12|twelve)", shown, re.IGNORECASE)) == 1
    assert "Several words that have nothing to do with each other are easy to keep." in shown


def _just_confirmed(user: User) -> Client:
    user.set_password(factories.PASSWORD)
    user.save(update_fields=["password"])
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": factories.PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    return client

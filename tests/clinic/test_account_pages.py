"""The pages and mails of django-allauth, where they are in our words."""

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from clinic.models import User

RESET = reverse("account_reset_password")


def asked(client: Client, address: str) -> str:
    return client.post(RESET, {"email": address}, follow=True).content.decode()


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

"""Signing in as somebody who guesses: limits, answers that tell nothing, sessions that cannot be planted."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEntry, User
from tests import factories
from tests.clinic.test_step_up import unconfirmed
from tests.pages import signed_in

LOGIN = reverse("account_login")
MOST = 5  # failures of an address in five minutes: allauth's default, kept


@pytest.fixture
def one_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    connection.close()
    yield
    connection.close()


def tried(user: User, word: str = "wrong one, surely", **options: Any) -> Any:
    return Client(**options).post(LOGIN, {"login": user.email, "password": word})


@pytest.mark.check(29)
@pytest.mark.django_db
def test_after_so_many_failures_the_right_password_is_refused_too(priya: User) -> None:
    for number in range(MOST):
        assert tried(priya, REMOTE_ADDR=f"192.0.2.{number}").status_code == 200
    assert AuditEntry.objects.filter(verb="sign_in.failed").count() == MOST
    answer = tried(priya, factories.PASSWORD, REMOTE_ADDR="192.0.2.99")
    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()
    assert AuditEntry.objects.filter(verb="sign_in.done").count() == 0
    cache.clear()
    assert tried(priya, factories.PASSWORD).status_code == 302


@pytest.mark.check(29)
@pytest.mark.django_db
def test_one_network_cannot_try_many_addresses(priya: User, olivia: User) -> None:
    for number in range(10):
        Client().post(LOGIN, {"login": f"nobody{number}@riverside.example", "password": "wrong one, surely"})
    assert tried(olivia, factories.PASSWORD).status_code in {200, 429}
    assert tried(olivia, factories.PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


@pytest.mark.check(29)
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("one_connection_for_each_thread")
def test_many_tries_at_once_are_no_more_than_the_limit(priya: User) -> None:
    at_once = 16
    start = threading.Barrier(at_once)

    def guess(place: int) -> int:
        try:
            start.wait(30)
            return int(tried(priya, REMOTE_ADDR=f"192.0.2.{place}").status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(at_once) as pool:
        statuses = list(pool.map(guess, range(at_once)))
    assert set(statuses) <= {200, 429}
    failed = AuditEntry.objects.filter(verb="sign_in.failed").count()
    assert 1 <= failed <= MOST


def shown(answer: Any) -> str:
    """Without what differs at each request: the form's token, and what was typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return re.sub(r'value="[^"]*@[^"]*"', "", page)


@pytest.mark.check(30)
@pytest.mark.django_db
def test_signing_in_tells_nobody_who_has_an_account(
    priya: User, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown, known, closed: the same page after the same number of hashes."""
    olivia.is_active = False
    olivia.save()
    hashed: list[str] = []
    plain = MD5PasswordHasher.encode

    def counted(hasher: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return plain(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    answers, costs = [], []
    for email in (priya.email, "nobody@riverside.example", olivia.email):
        hashed.clear()
        answer = Client().post(LOGIN, {"login": email, "password": "wrong one, surely"})
        answers.append((answer.status_code, shown(answer), sorted(answer.cookies)))
        costs.append(len(hashed))
    assert answers[0] == answers[1] == answers[2]
    assert costs[0] == costs[1] == costs[2] == 1


@pytest.mark.check(34)
@pytest.mark.django_db
def test_a_planted_session_is_not_signed_in(priya: User) -> None:
    """The key changes at signing in, and again at signing out."""
    browser = Client()
    session = browser.session
    session["planted"] = True
    session.save()
    planted = str(session.session_key)
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted
    browser.post(LOGIN, {"login": priya.email, "password": factories.PASSWORD})
    mine = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert mine not in {planted, ""}
    stranger = Client()
    stranger.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert stranger.get(reverse("patients:list")).status_code == 302
    assert browser.get(reverse("patients:list")).status_code == 200


@pytest.mark.check(13, 34)
@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/patients/", "/api/v1/patients/", "/admin/", "/accounts/2fa/"])
def test_after_signing_out_the_old_key_opens_nothing(priya: User, address: str) -> None:
    browser = signed_in(priya)
    old = browser.cookies[settings.SESSION_COOKIE_NAME].value
    left = browser.post(reverse("account_logout"))
    assert left["Clear-Site-Data"] == '"cache"'
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value == ""
    again = Client()
    again.cookies[settings.SESSION_COOKIE_NAME] = old
    assert again.get(address).status_code in {302, 403}


# What asks for the password again, however lately somebody clicked. A page of ours that is dangerous stands here too.
ASKS_AGAIN = {
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_view_recovery_codes",
}


@pytest.mark.check(35)
@pytest.mark.django_db
@pytest.mark.parametrize("has_app", [False, True])
def test_what_is_dangerous_asks_for_the_password_again(priya: User, has_app: bool) -> None:
    if has_app:
        TOTP.activate(priya, generate_totp_secret())
        RecoveryCodes.activate(priya)
    again = (reverse("account_reauthenticate"), reverse("mfa_reauthenticate"), reverse("mfa_index"))
    browser, before, led = unconfirmed(priya), factories.count_rows(), set()
    for name in sorted(ASKS_AGAIN):
        for answer in (browser.get(reverse(name)), browser.post(reverse(name))):
            assert answer.status_code in {302, 404, 405}, name
            if answer.status_code == 302:
                assert answer["Location"].startswith(again), name
                led.add(name)
    assert led == ASKS_AGAIN if has_app else led >= {"mfa_activate_totp", "mfa_add_webauthn"}
    after = factories.count_rows()
    assert {table for table in before if after[table] != before[table]} <= {"django_session"}


@pytest.mark.check(35)
@pytest.mark.django_db
def test_the_password_is_asked_for_before_it_is_changed(priya: User) -> None:
    new = "four slow steps before breakfast"
    answer = signed_in(priya).post(
        reverse("account_change_password"),
        {"oldpassword": "wrong one, surely", "password1": new, "password2": new},
    )
    assert answer.status_code == 200
    priya.refresh_from_db()
    assert not priya.check_password(new)


@pytest.mark.check(42)
@pytest.mark.django_db
def test_failures_and_refusals_stand_in_the_log(
    priya: User, asha: User, caplog: pytest.LogCaptureFixture
) -> None:
    """Who failed to sign in, and what was refused, without address or name; a newline in what was typed makes no line."""
    caplog.set_level("INFO")
    for _ in range(MOST + 1):
        Client().post(LOGIN, {"login": f"{priya.email}", "password": 'wrong\n{"level": "forged"}'})
    signed_in(asha).get(reverse("clinic:audit"))
    Client().get("/patients/%0aforged/")
    lines = [(record.name, record.getMessage(), getattr(record, "status", 0)) for record in caplog.records]
    assert [message for name, message, _status in lines if name == "clinic.sign_in"].count(
        "sign-in failed"
    ) == MOST
    assert ("clinic.requests", "request", 403) in lines
    assert not [
        line for line in lines if priya.email in str(line) or "Asha" in str(line) or "forged\n" in line[1]
    ]

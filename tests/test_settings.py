"""What the environment may say, and what the product does about nonsense."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from clinic import env
from clinic.checks import check_installation

GOOD = "9dK2mVq7LrXz4TbNc8PwHs6FgYj3QaEu5RiOvSxZkBlCnMtD1e"


def test_a_variable_or_a_file_with_its_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORD", "typed")
    assert env.text("WORD") == "typed"
    (tmp_path / "word").write_text("from a file\n")
    monkeypatch.setenv("WORD_FILE", str(tmp_path / "word"))
    assert env.text("WORD") == "from a file"
    monkeypatch.setenv("WORD_FILE", str(tmp_path / "gone"))
    with pytest.raises(ImproperlyConfigured, match="WORD_FILE: cannot read"):
        env.text("WORD")


@pytest.mark.parametrize("secret", ["", "short", "insecure" * 10, "a" * 60, GOOD[:49]])
def test_a_default_or_short_secret_stops_the_start(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("SECRET_KEY", secret)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is a default or too short"):
        env.secret("SECRET_KEY")


def test_a_random_secret_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD)
    assert env.secret("SECRET_KEY") == GOOD
    monkeypatch.delenv("SECRET_KEY")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        env.secret("SECRET_KEY")


@pytest.mark.parametrize(
    ("reader", "value", "message"),
    [
        (lambda: env.boolean("X", default=False), "maybe", "X must be 1 or 0"),
        (lambda: env.integer("X", 1, low=1, high=9), "ten", "X must be a whole number from 1 to 9"),
        (lambda: env.integer("X", 1, low=1, high=9), "10", "X must be a whole number from 1 to 9"),
        (lambda: env.database("X"), "mysql://a/b", "X must look like postgresql://"),
        (lambda: env.database("X"), "postgresql://host/", "X must look like postgresql://"),
        (lambda: env.pairs("X"), "postmark", "X must look like name=value"),
        (lambda: env.pairs("X"), "=secret", "X must look like name=value"),
        (lambda: env.smtp("X"), "mail.example", "X must look like smtp://"),
    ],
)
def test_nonsense_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, reader: Any, value: str, message: str
) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=message):
        reader()


def test_addresses_are_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "postgresql://me:p%40ss@%2Frun%2FPg:5433/foot")
    assert env.database("X") == {
        "ENGINE": "clinic.postgres",
        "NAME": "foot",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "/run/Pg",
        "PORT": "5433",
    }
    monkeypatch.setenv("X", "smtps://u:p%40@mail.example")
    assert env.smtp("X")["EMAIL_PORT"] == 465
    assert env.smtp("X")["EMAIL_HOST_PASSWORD"] == "p@"
    monkeypatch.setenv("X", "smtp://mail.example:587?tls=starttls")
    assert env.smtp("X")["EMAIL_USE_TLS"] is True
    assert env.words("NONE", " a, ,b ") == ["a", "b"]


def test_pairs_of_a_name_and_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.pairs("X_UNSET") == {}
    monkeypatch.setenv("X", "postmark=hooks:p, sendgrid=MFkw/E+Q==")
    assert env.pairs("X") == {"postmark": "hooks:p", "sendgrid": "MFkw/E+Q=="}


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"MFA_KEYS": []}, "E001"),
        ({"MFA_KEYS": ["nonsense"]}, "E002"),
        ({"SITE_URL": "clinic"}, "E003"),
        ({"SITE_URL": "https://elsewhere.example"}, "E004"),
        ({"SECURE": False, "DEMO": False}, "E005"),
        ({"TIME_ZONE": "Mars/Olympus"}, "E006"),
        ({"MAIL_FROM": "nobody"}, "E007"),
        ({"OUTBOX": {"command": 60, "final_reply": 120, "lease": 300}}, "E008"),
        ({"HELP_DIR": "/proc/version/help"}, "E009"),
        ({"STAFF_SECOND_FACTOR": False}, "E030"),
        ({"DEPLOYMENT_GUARD": True}, "E010"),
        ({"DEPLOYMENT_GUARD": True, "DEPLOYMENT_ID": "with a space"}, "E010"),
        ({"MONITOR_TOKEN": "x" * 31}, "E011"),
        ({"OPERATOR_EMAIL": "nobody"}, "E012"),
        ({"BOUNCE_DOMAIN": "returns"}, "E020"),
        ({"BOUNCE_DOMAIN": "a@returns.clinic.example"}, "E020"),
        ({"IMAP_URL": "imap://a:b@c.example"}, "E021"),
        ({"MAIL_EVENTS": {"pigeon": "a:b" * 20}}, "E022"),
        ({"MAIL_EVENTS": {"postmark": "no-password-but-a-long-key"}}, "E023"),
        ({"MAIL_EVENTS": {"mailgun": "short"}}, "E023"),
        ({"DEMO": True, "SECURE": True}, "W001"),
    ],
)
@pytest.mark.check(41)
def test_checks_find_what_no_single_variable_shows(
    settings: Settings, changes: dict[str, Any], number: str
) -> None:
    settings.SITE_URL, settings.SECURE, settings.DEMO = "https://testserver", True, False
    settings.STAFF_SECOND_FACTOR = True
    assert check_installation() == []
    for name, value in changes.items():
        setattr(settings, name, value)
    assert [found.id for found in check_installation()] == [f"footwork.{number}"]

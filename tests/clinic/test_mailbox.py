from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

MAILBOX = reverse("clinic:mailbox")


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DEMO, settings.DEMO_MAIL_DIR = True, str(tmp_path / "mail")
    (tmp_path / "mail").mkdir()
    (tmp_path / "secret.eml").write_text("Subject: not yours\n\nsecret")
    return tmp_path / "mail"


@pytest.fixture
def caught(folder: Path) -> Path:
    email = EmailMessage()
    email["Subject"], email["From"], email["To"] = (
        "A message <b>",
        "Riverside <c@footwork.example>",
        "m@x.example",
    )
    email["Date"] = "Mon, 23 Nov 2026 18:00:00 +0000"
    email.set_content("Hello.\n\nhttp://testserver/t/#abc\n<script>")
    path = folder / "1.eml"
    path.write_bytes(email.as_bytes())
    return path


def test_shows_what_was_sent_and_makes_its_links_followable(client: Client, caught: Path) -> None:
    page = client.get(MAILBOX).content.decode()
    assert "A message &lt;b&gt;" in page
    assert reverse("clinic:mailbox_message", args=[caught.name]) in page
    message = client.get(reverse("clinic:mailbox_message", args=[caught.name])).content.decode()
    assert '<a href="http://testserver/t/#abc">' in message
    assert "<script>" not in message


def test_a_reminder_is_told_from_other_letters(client: Client, caught: Path) -> None:
    page = client.get(MAILBOX).content.decode()
    assert ("letter</span>" in page, "reminder</span>" in page) == (True, False)
    stop = b"List-Unsubscribe: <https://footwork.example/u/x/>\n"
    (caught.parent / "2.eml").write_bytes(stop + caught.read_bytes())
    page = client.get(MAILBOX).content.decode()
    assert ("letter</span>" in page, "reminder</span>" in page) == (True, True)


def test_an_empty_mailbox_says_what_will_come(client: Client, folder: Path) -> None:
    assert "No e-mail yet" in client.get(MAILBOX).content.decode()


@pytest.mark.parametrize(
    "name", ["../secret.eml", "..%2Fsecret.eml", "..", "none.eml", "1.eml.txt", "key", "%00.eml"]
)
@pytest.mark.check(24)
def test_only_letters_of_the_folder_can_be_read(client: Client, caught: Path, name: str) -> None:
    for other in ("1.eml.txt", "key"):
        (caught.parent / other).write_text("Subject: no letter\n\nsecret")
    assert client.get(f"{MAILBOX}{name}/").status_code == 404


def test_is_not_there_outside_the_demo(client: Client, caught: Path, settings: Settings) -> None:
    settings.DEMO = False
    assert client.get(MAILBOX).status_code == 404
    assert client.get(reverse("clinic:mailbox_message", args=[caught.name])).status_code == 404


def test_post_is_refused(client: Client, folder: Path) -> None:
    assert client.post(MAILBOX).status_code == 405

"""Help opens while the database is away: from the file that was written when the clinic's settings changed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from clinic import actions as clinic_actions
from clinic.actors import Actor
from clinic.models import Clinic, Language, User
from patients import help_pages

WITHOUT_DATABASE = """
import sys, django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
client.cookies["staff"] = "a-session-that-cannot-be-read"
client.cookies["today"] = client.cookies["device"] = "x" * 43
answer = client.get(sys.argv[1], headers={"host": "testserver"})
print(answer.status_code, answer.headers.get("Cache-Control"))
print(answer.content.decode())
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.HELP_DIR = str(tmp_path / "help")
    return tmp_path / "help"


@contextmanager
def database_away() -> Iterator[None]:
    def refuse(*_: object) -> Any:
        raise OperationalError("connection refused")

    with pytest.MonkeyPatch.context() as patch:  # undone before the test's transaction ends
        patch.setattr(connection, "ensure_connection", refuse)
        patch.setattr(connection, "cursor", refuse)
        yield


@pytest.mark.hazard("HZ-24", "HZ-18")
def test_opens_from_the_file_for_everybody(client: Client, riverside: Clinic) -> None:
    address = f"/help/{riverside.pk}/"
    help_pages.write(riverside.pk)
    shown = client.get(address).content
    client.force_login(User.objects.create(email="a@riverside.example", name="A"))
    for browser in (Client(), client):  # a session cookie would ask the database who it is
        with database_away():
            answer = browser.get(address)
        assert answer.status_code == 200
        assert answer.content == shown
        assert "112" in answer.content.decode()
        assert answer["Cache-Control"].startswith("public, max-age=3600")


@pytest.mark.hazard("HZ-24")
def test_with_the_port_of_the_database_closed(riverside: Clinic, folder: Path) -> None:
    help_pages.write(riverside.pk)
    refused = {"DATABASE_URL": "postgresql://footwork@127.0.0.1:1/footwork", "HELP_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DATABASE, f"/help/{riverside.pk}/"],
        env={**os.environ, **refused, "DJANGO_SETTINGS_MODULE": "clinic.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    head, body = done.stdout.split("\n", 1)
    assert head == f"200 {help_pages_kept()}"
    assert "<bdi>112</bdi>" in body
    assert "<script" not in body


def help_pages_kept() -> str:
    return "public, max-age=3600, stale-if-error=2592000"


def test_while_the_database_answers_its_numbers_are_shown(client: Client, riverside: Clinic) -> None:
    help_pages.write(riverside.pk)
    Clinic.objects.update(emergency_number="000111")
    assert "000111" in client.get(f"/help/{riverside.pk}/").content.decode()


def test_without_a_file_the_page_says_that_the_service_is_away(riverside: Clinic) -> None:
    with database_away():
        answer = Client(raise_request_exception=False).get(f"/help/{riverside.pk}/")
    assert answer.status_code == 503
    assert b"call your clinic" in answer.content


def test_a_language_without_a_file_is_answered_in_english(riverside: Clinic, folder: Path) -> None:
    help_pages.write(riverside.pk)
    assert {file.name for file in folder.iterdir()} == {
        f"{riverside.pk}.{code}.html" for code in Language.values
    }
    (folder / f"{riverside.pk}.de.html").unlink()
    assert help_pages.stored(riverside.pk, "de") == help_pages.stored(riverside.pk, "en-gb")
    assert help_pages.stored(riverside.pk, "../../etc/passwd") == help_pages.stored(riverside.pk, "en-gb")


@pytest.mark.hazard("HZ-18", "HZ-24")
def test_a_change_of_the_clinic_writes_it_after_the_commit(
    riverside: Clinic, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        clinic_actions.update_clinic(actor=Actor.system("test"), clinic=riverside, urgent_number="116117")
        assert help_pages.stored(riverside.pk, "en-gb") is None
    page = help_pages.stored(riverside.pk, "en-gb")
    assert page
    assert "116117" in page


def test_a_folder_that_cannot_be_written_does_not_undo_the_change(
    riverside: Clinic, settings: Settings, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    (tmp_path / "file").write_text("")
    settings.HELP_DIR = str(tmp_path / "file")
    with django_capture_on_commit_callbacks(execute=True):
        clinic_actions.update_clinic(actor=Actor.system("test"), clinic=riverside, urgent_number="116117")
    riverside.refresh_from_db()
    assert riverside.urgent_number == "116117"


def test_the_command_writes_every_clinic(riverside: Clinic, hilltop: Clinic, folder: Path) -> None:
    call_command("write_help_pages", stdout=StringIO())
    assert len(list(folder.iterdir())) == Clinic.objects.count() * len(Language) > 0

"""manage.py backup: encrypted through a pipe, noted when it is whole, and nothing left behind when it is not."""

import io
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from clinic import backups, clock, env
from clinic.models import Clinic, JobBeat
from tests.databases import program_folder

PLAIN = b"PGDMP"  # how a dump begins
HEAD = b"not age, but as unreadable\n"
AGE, OPENPGP = "age1qqqsyqcyq5rqwzqfpg9scrgwpugpzysn", "backup@clinic.example"
# In the place of both programs: each byte moved by one, which can be taken back.
STAND_IN = """#!/bin/sh
printf '%s\\n' "$(basename "$0") $*" >> "$SAID"
printf 'not age, but as unreadable\\n'
LC_ALL=C tr '\\000-\\377' '\\001-\\377\\000'
"""


@pytest.fixture
def folder(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the backups; beside it the programs that stand in, and what they were called with."""
    programs = tmp_path / "programs"
    for path in (programs, tmp_path / "backups"):
        path.mkdir()
    for name in ("age", "gpg"):
        (programs / name).write_text(STAND_IN)
        (programs / name).chmod(0o700)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SAID", str(tmp_path / "said"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    settings.BACKUP_DIR, settings.BACKUP_RECIPIENT = str(tmp_path / "backups"), AGE
    settings.PG_BIN = program_folder()
    return tmp_path / "backups"


def backup(**options: bool) -> str:
    out = io.StringIO()
    call_command("backup", stdout=out, **options)
    return out.getvalue()


def noted() -> bool:
    return JobBeat.objects.filter(name="backup").exists()


def decrypted(file: Path) -> bytes:
    hidden = file.read_bytes()
    assert hidden.startswith(HEAD)
    return bytes((byte - 1) % 256 for byte in hidden[len(HEAD) :])


def plain_dumps(below: Path) -> list[Path]:
    return [path for path in below.rglob("*") if path.is_file() and PLAIN in path.read_bytes()]


@pytest.mark.django_db(transaction=True)
def test_a_dump_is_written_encrypted_and_holds_the_rows_but_no_session(
    folder: Path, tmp_path: Path, riverside: Clinic
) -> None:
    Session.objects.create(session_key="k" * 32, session_data="x", expire_date=clock.now())
    said = backup()
    (made,) = folder.iterdir()
    assert str(made) in said
    assert made.name.endswith(".dump.age")
    assert made.stat().st_mode & 0o777 == 0o600
    assert plain_dumps(tmp_path) == []
    assert noted()
    assert (tmp_path / "said").read_text() == f"age --encrypt --recipient {AGE}\n"

    dump = tmp_path / "decrypted"
    dump.write_bytes(decrypted(made))
    assert dump.read_bytes().startswith(PLAIN)
    pg_restore = [backups.program("pg_restore"), "--data-only", "--file=-", str(dump)]
    text = subprocess.run(pg_restore, check=True, capture_output=True, text=True).stdout
    assert "Riverside Podiatry" in text
    assert "COPY public.django_session" not in text
    assert "COPY public.usersessions_usersession" not in text
    assert "k" * 32 not in text


@pytest.mark.django_db(transaction=True)
def test_for_a_key_of_openpgp(folder: Path, tmp_path: Path, settings: Settings) -> None:
    settings.BACKUP_RECIPIENT = OPENPGP
    backup()
    (made,) = folder.iterdir()
    assert made.name.endswith(".dump.gpg")
    said = (tmp_path / "said").read_text()
    assert said.startswith("gpg --batch ")
    assert said.endswith(f" --encrypt --recipient {OPENPGP}\n")
    assert plain_dumps(tmp_path) == []


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["BACKUP_DIR", "BACKUP_RECIPIENT"])
def test_nothing_is_written_in_the_clear_where_nobody_is_named(
    folder: Path, tmp_path: Path, settings: Settings, missing: str
) -> None:
    setattr(settings, missing, "")
    with pytest.raises(CommandError, match="BACKUP_DIR and BACKUP_RECIPIENT"):
        backup()
    assert list(folder.iterdir()) == []
    assert plain_dumps(tmp_path) == []
    assert not noted()


def _no_encryption(folder: Path, settings: Settings) -> None:
    (folder.parent / "programs" / "age").write_text("#!/bin/sh\nhead -c 100\nexit 3\n")


def _no_dump(folder: Path, settings: Settings) -> None:
    settings.BACKUP_DATABASE = {"NAME": "no_such_database"}


def _no_program(folder: Path, settings: Settings) -> None:
    settings.PG_BIN = str(folder)


def _no_folder(folder: Path, settings: Settings) -> None:
    settings.BACKUP_DIR = str(folder / "not mounted")


FAULTS = {
    "age ended with 3": _no_encryption,
    "pg_dump ended with 1": _no_dump,
    "pg_dump: No such file": _no_program,
    "not mounted/.*: No such file": _no_folder,
}


@pytest.mark.django_db
@pytest.mark.parametrize("fault", FAULTS)
def test_a_backup_that_failed_is_said_and_leaves_nothing(
    folder: Path, tmp_path: Path, settings: Settings, fault: str
) -> None:
    FAULTS[fault](folder, settings)
    with pytest.raises(CommandError, match=f"no backup was made: .*{fault}"):
        backup()
    assert list(folder.iterdir()) == []
    assert plain_dumps(tmp_path) == []
    assert not noted()


@pytest.mark.django_db
def test_old_ones_go_when_a_new_one_is_there(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BACKUP_KEEP_DAYS = 30
    now = datetime(2028, 3, 30, 2, 15, tzinfo=UTC)
    monkeypatch.setattr(backups, "_dump_into", lambda out, cipher: out.write(b"encrypted"))
    kept, old = (now - timedelta(days=30), now - timedelta(days=30, seconds=1))
    for at in (kept, old):
        (folder / f"footwork-{at:%Y%m%dT%H%M%SZ}.dump.age").touch()
    (folder / "notes.txt").touch()
    assert backups.make(now).name == "footwork-20280330T021500Z.dump.age"
    assert sorted(path.name for path in folder.iterdir()) == [
        "footwork-20280229T021500Z.dump.age",
        "footwork-20280330T021500Z.dump.age",
        "notes.txt",
    ]


@pytest.mark.django_db
def test_what_something_else_made_is_noted() -> None:
    assert backup(made_elsewhere=True) == "Noted: a backup was made.\n"
    assert noted()


def test_the_password_stands_in_no_command(settings: Settings) -> None:
    settings.BACKUP_DATABASE = {"PASSWORD": "a secret of the role", "USER": "backup", "PORT": "5433"}
    where = backups.libpq(backups.server())
    assert (where["PGPASSWORD"], where["PGUSER"], where["PGPORT"]) == (
        "a secret of the role",
        "backup",
        "5433",
    )
    assert where["PGDATABASE"] == connection.settings_dict["NAME"]
    assert "secret" not in " ".join(backups._dump())


@pytest.mark.parametrize(
    "address",
    ["postgresql://me:p%40ss%2Fword@%2Frun%2FPg:5433/foot", "postgresql://me@db.example/foot%20work"],
)
def test_an_address_survives_being_taken_apart(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("X", address)
    assert env.database_url(env.database("X")) == address

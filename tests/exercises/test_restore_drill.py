"""The restore drill: what was dumped is there again, and a fault of the copy is found and named."""

import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from clinic import backups, clock, drill
from clinic.models import AuditEntry, JobBeat, User
from exercises.management.commands import check_restored
from exercises.models import ExerciseVersion, Photo, Programme
from patients.models import Finding, Patient
from tests import factories
from tests.databases import program_folder


@pytest.fixture
def drilled(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], str]]:
    """The command; afterwards neither a database nor a dump may be left."""
    settings.PG_BIN = program_folder()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)  # which remembers where it was before

    def run() -> str:
        out = io.StringIO()
        call_command("restore_drill", stdout=out)
        return out.getvalue()

    yield run
    assert list(tmp_path.iterdir()) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [copy_name()])
        assert cursor.fetchone() == (0,)


def copy_name() -> str:
    return f"{connection.settings_dict['NAME']}_drill"


def noted() -> bool:
    return JobBeat.objects.filter(name="restore_drill").exists()


@pytest.mark.hazard("HZ-34")
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_restored_copy_is_the_same_and_shows_a_patient(
    drilled: Callable[[], str], programme: Programme, finding: Finding
) -> None:
    Session.objects.create(session_key="k" * 32, session_data="x", expire_date=clock.now())
    entries = AuditEntry.objects.count()
    said = drilled()
    assert "Migrations, audit, files: as they should be." in said
    assert "A patient's page of " in said
    assert "Rows, checksums and structure are the same." in said
    assert noted()
    assert AuditEntry.objects.count() == entries


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_the_copy_lacks_is_named(
    drilled: Callable[[], str], programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the dump had lost a row, changed one, and forgotten a trigger: the look at it is left out here."""
    restore = backups.restore_plainly

    def spoil(dump: Path, where: dict[str, Any]) -> None:
        restore(dump, where)
        with drill._connected(where) as there:
            there.execute("SET session_replication_role = replica")
            there.execute("DELETE FROM clinic_auditentry WHERE id = (SELECT max(id) FROM clinic_auditentry)")
            there.execute("UPDATE patients_patient SET given_name = 'Margret'")
            there.execute("DROP TRIGGER audit_append_only ON clinic_auditentry")

    monkeypatch.setattr(backups, "restore_plainly", spoil)
    looked = subprocess.CompletedProcess([], 0, stdout="", stderr="")
    monkeypatch.setattr(drill, "_look", lambda _where: looked)
    with pytest.raises(CommandError, match="THE BACKUP CANNOT BE TRUSTED") as refused:
        drilled()
    rows = AuditEntry.objects.count()
    faults = str(refused.value).splitlines()[1:]
    assert faults == [
        f"clinic_auditentry differs: {rows} rows were dumped, {rows - 1} are there",
        "patients_patient differs: 1 rows were dumped, 1 are there",
        "missing: trigger audit_append_only on clinic_auditentry: clinic_append_only, O",
    ]
    assert not noted()


def test_a_table_that_is_missing_or_should_be_empty_is_named() -> None:
    one = ("django_session", "clinic_clinic")
    before = drill.Contents(dict.fromkeys(one, (3, "abc")), frozenset({"index a"}))
    after = drill.Contents({"django_session": (3, "abc")}, frozenset({"index b"}))
    assert drill.differences(before, after) == [
        "django_session should be there, and empty",
        "clinic_clinic is missing",
        "missing: index a",
        "new: index b",
    ]
    emptied = drill.Contents({"django_session": (0, ""), "clinic_clinic": (3, "abc")}, frozenset({"index a"}))
    assert drill.differences(before, emptied) == []


class TestTheLook:
    """check_restored, which a person may also call after a true restore."""

    def said(self) -> str:
        out = io.StringIO()
        call_command("check_restored", stdout=out)
        return out.getvalue()

    def fault(self) -> str:
        with pytest.raises(CommandError) as refused:
            self.said()
        return str(refused.value)

    def test_finds_nothing_and_changes_nothing(self, programme: Programme) -> None:
        before = factories.count_rows()
        assert "A patient's page of " in self.said()
        assert factories.count_rows() == before

    @pytest.mark.django_db
    def test_an_empty_installation_has_no_page_to_show(self) -> None:
        assert "There is no patient" in self.said()

    @pytest.mark.django_db
    def test_migrations_of_another_release(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('clinic', '0999_later', now())"
            )
            cursor.execute(
                "DELETE FROM django_migrations WHERE app = 'exercises' AND name = '0016_parts_of_a_deleted_record'"
            )
        said = self.fault()
        assert "migration clinic.0999_later is of another release" in said
        assert "exercises.0016_parts_of_a_deleted_record is not applied" in said

    def test_a_drawing_that_is_not_there(
        self, programme: Programme, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert ExerciseVersion.objects.exclude(picture="").exists()
        monkeypatch.setattr("django.contrib.staticfiles.finders.find", lambda _name: None)
        assert "the drawing toe-curls-and-spreads is missing" in self.fault()

    def test_a_photo_that_is_no_picture(self, carlos: User) -> None:
        whole, torn = (
            Photo.objects.create(webp=webp, width=4, height=3, uploaded_by=carlos)
            for webp in (b"RIFF", b"RI")
        )
        assert self.fault() == f"exercises.Photo {torn.pk} is no picture"
        assert whole.pk != torn.pk

    def test_a_page_that_does_not_show_its_patient(
        self, margaret: Patient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(check_restored, "_shown", lambda _patient: "An error page.")
        assert f"the page of patient {margaret.pk} does not show the patient" in self.fault()

    def test_a_seal_that_is_broken(self, margaret: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
        def verify(name: str, **_options: object) -> None:
            raise CommandError("range 3 was changed")

        monkeypatch.setattr(check_restored, "get_commands", lambda: {"verify_audit": "clinic"})
        monkeypatch.setattr(check_restored, "call_command", verify)
        assert "verify_audit: range 3 was changed" in self.fault()

"""A list of patients from the file to the records: through the pages, as somebody at the screen goes it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry, Membership, User
from patients import actions, import_work
from patients.models import ConsentRecord, ImportRow, Patient, PatientImport
from tests import factories
from tests.pages import signed_in, text
from tests.patients.import_world import (
    HEAD,
    THREE,
    address,
    checked,
    confirmed,
    many,
    named,
    numbers,
    send,
    uploaded,
)

OF_AN_IMPORT = {"patients_patientimport", "patients_importrow", "clinic_auditentry", "django_session"}


def changed(before: dict[str, int]) -> set[str]:
    after = factories.count_rows()
    return {table for table in before if after[table] != before[table]}


def test_three_patients_from_a_file(as_priya: Client, priya: User) -> None:
    before = factories.count_rows()
    made = checked(as_priya, THREE)
    assert numbers(made) == (3, 0, 0, 0)
    page = text(as_priya.get(address("import", made)))
    assert "Nobody is added yet" in page
    assert "Import 3 patients" in page
    assert changed(before) <= OF_AN_IMPORT  # nothing is a patient yet
    made = confirmed(as_priya, made)
    assert (made.state, numbers(made)) == ("done", (0, 0, 0, 3))
    zoe = Patient.objects.get(given_name="Zoë")
    assert (zoe.date_of_birth, zoe.email) == (date(1980, 2, 29), "zoe@patients.example")
    assert (zoe.clinic_id, zoe.practitioner, zoe.reminders_allowed) == (made.clinic_id, priya, False)
    assert (zoe.time_zone, zoe.language) == (made.clinic.time_zone, made.clinic.language)
    assert list(Patient.objects.matching("mork", factories.NOON.date())) == [zoe]  # the search finds them
    assert (
        AuditEntry.objects.filter(verb="patient.imported", patient_id=zoe.pk, actor_user=priya).count() == 1
    )
    assert not ConsentRecord.objects.exists()
    assert "3 patients were added" in text(as_priya.get(address("import", made)))


def test_the_list_has_a_link_for_those_who_may(as_priya: Client, asha: User) -> None:
    assert "Import a list" in text(as_priya.get("/patients/"))
    assert "Import a list" not in text(signed_in(asha).get("/patients/"))


def test_consent_is_an_explicit_yes(as_priya: Client) -> None:
    made = checked(
        as_priya,
        "First name,Last name,Date of birth,E-mail,Reminders\n"
        "Ana,Quinn,1956-03-14,ana@patients.example,yes\n"
        "Ben,Okafor,1961-12-24,ben@patients.example,No\n"
        "Cem,Ates,1961-12-24,cem@patients.example,\n"
        "Dan,Ek,1961-12-24,dan@patients.example,perhaps\n"
        "Eve,Ek,1961-12-24,,Ja\n",
    )
    assert numbers(made) == (3, 0, 2, 0)
    faults = dict(made.rows.filter(state="faulty").values_list("number", "faults"))
    assert faults == {
        5: [{"field": "reminders_allowed", "code": "invalid_choice"}],
        6: [{"field": "email", "code": "no_email"}],
    }
    confirmed(as_priya, made)
    agreed = Patient.objects.filter(reminders_allowed=True)
    assert [patient.given_name for patient in agreed] == ["Ana"]
    assert [record.patient_id for record in ConsentRecord.objects.all()] == [agreed[0].pk]


def test_each_fault_is_named_at_its_row(as_priya: Client) -> None:
    made = checked(
        as_priya,
        "Name;Vorname;Geburtsdatum;E-Mail;Zeitzone;Sprache\n"
        "Quinn;Ana;14.03.1956;ana@patients.example;London;Deutsch\n"
        ";Ben;24.12.1961;;;\n"
        "Ek;;24.12.1961;;;\n"
        "Ek;Dan;31.02.1961;;;\n"
        "Ek;Dan;24.12.2961;;;\n"
        "Ek;Dan;24.12.1861;;;\n"
        "Ek;Dan;24.12.1961;nowhere;Atlantis;Klingon\n" + "x" * 90 + ";Dan;24.12.1961;;;\n",
    )
    assert numbers(made) == (1, 0, 7, 0)
    page = text(as_priya.get(address("import", made) + "?show=faulty"))
    for sentence in (
        "The last name is missing.",
        "The first name is missing.",
        "This is no date in the order",
        "lies in the future",
        "lies before 1900",
        "This is no e-mail address.",
        "This is no known time zone.",
        "This language is not available.",
        "This is too long.",
    ):
        assert sentence in page, sentence
    assert "This cannot be used." not in page
    ana = made.rows.get(number=2).said
    assert (ana["time_zone"], ana["language"]) == ("Europe/London", "de")


def test_faulty_rows_come_back_as_a_file_and_can_be_mended(as_priya: Client) -> None:
    made = checked(as_priya, HEAD + '"=cmd|x",Quinn,14,\n"Ben, the ""other""",Okafor,1961-12-24,\n')
    file = as_priya.get(address("import_csv", made))
    assert file["Content-Type"].startswith("text/csv")
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "First name,Last name,Date of birth,E-mail,Row,What is wrong"
    assert lines[1].startswith("'=cmd|x,Quinn,14,,2,Date of birth: This is no date")
    assert len(lines) == 2
    again = checked(as_priya, file.content.replace(b",14,", b",1956-03-14,"))
    assert numbers(again) == (1, 0, 0, 0)
    assert again.rows.get().said["given_name"] == "=cmd|x"


def test_ambiguous_dates_ask_for_their_order(as_priya: Client) -> None:
    made = uploaded(as_priya, HEAD + "Ana,Quinn,03/04/1956,\nBen,Okafor,05/06/1956,\n")
    refused = named(as_priya, made)
    assert refused.status_code == 422
    assert "can be read in more than one way" in text(refused)
    assert not made.rows.exclude(state="new").exists()
    assert named(as_priya, made, day_order="mdy").status_code == 302
    assert made.rows.get(number=2).said["date_of_birth"] == "1956-03-04"
    assert named(as_priya, made, day_order="dmy").status_code == 302  # changed one's mind
    assert made.rows.get(number=2).said["date_of_birth"] == "1956-04-03"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"column_1": "given_name"}, "Two columns cannot both be"),
        ({"column_1": ""}, "which columns hold the first and the last name"),
        ({"column_2": ""}, "which column holds the date of birth"),
        ({"column_3": "full_name"}, "Choose either the full name"),
        ({"column_3": "shoe_size"}, "Select a valid choice"),
    ],
)
def test_columns_that_do_not_fit_together(as_priya: Client, fields: dict[str, str], said: str) -> None:
    made = uploaded(as_priya, THREE)
    before = factories.count_rows()
    refused = named(as_priya, made, **fields)
    assert refused.status_code == 422
    assert said in text(refused)
    assert factories.count_rows() == before
    assert PatientImport.objects.get().state == "uploaded"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \r\n", "The file is empty."),
        (b"First name,Last name\n", "no patients below it"),
        (b"PK\x03\x04 workbook", "a spreadsheet, not a CSV file"),
        ("Ana,Quinn".encode("utf-16"), "UTF-16"),
        (b"a,b\nc\0,d\n", "not a plain text file"),
        (b"a,b\nc,d\ne,\x81\n", "Line 3 holds a character"),
        (b'a,b\nc,"d" e\n', "quotation marks in line 2"),
        (b'a,b\nc,"d\n', "quotation marks in line 2"),
        (b"a,b\nc,d\ne\nf,g,h\n", "Line 3 has 1 cells, the first line has 2. Lines to look at: 3, 4."),
        (",".join("abcd" * 16).encode() + b"\n1\n", "64 columns; 60 are possible"),
        (b"a\n" + b"b\n" * 10_001, "10001 rows; 10000 are possible"),
        (b"a\n" + b"b" * 5_000_001, "larger than 5 MB"),
        (b"a,b\n" + b"c" * 140_000 + b",d\n", "quotation marks in line 2"),
    ],
)
def test_files_that_are_no_list_leave_nothing(as_priya: Client, data: bytes, said: str) -> None:
    before = factories.count_rows()
    refused = send(as_priya, data)
    assert refused.status_code == 422
    assert said in text(refused)
    assert factories.count_rows() == before


def test_windows_1252_is_told(as_priya: Client) -> None:
    made = uploaded(as_priya, THREE.encode("cp1252"))
    assert made.encoding == "cp1252"
    page = text(as_priya.get(address("import_columns", made)))
    assert "was read as Windows-1252" in page
    assert "Zoë" in page
    assert "Windows-1252" not in text(
        as_priya.get(address("import_columns", uploaded(as_priya, THREE.encode("utf-8-sig"))))
    )


def test_discarding_deletes_the_rows_at_once(as_priya: Client) -> None:
    made = checked(as_priya, THREE)
    as_priya.post(address("import_discard", made))
    made.refresh_from_db()
    assert (made.state, ImportRow.objects.count(), Patient.objects.count()) == ("discarded", 0, 0)
    before = factories.count_rows()
    confirmed(as_priya, made)
    assert Patient.objects.count() == 0
    assert changed(before) <= {"django_session"}
    assert "thrown away" in text(as_priya.get(address("import", made)))


def test_rows_are_forgotten_in_time(as_priya: Client) -> None:
    waiting, done = checked(as_priya, THREE), confirmed(as_priya, checked(as_priya, THREE))
    system, now = Actor.system("test"), clock.now()
    assert actions.forget_imports(actor=system, now=now + timedelta(days=6)) == 0
    assert actions.forget_imports(actor=system, now=now + timedelta(days=8)) == 1
    assert set(ImportRow.objects.values_list("patient_import", flat=True)) == {waiting.pk}
    assert actions.forget_imports(actor=system, now=now + timedelta(days=15)) == 1
    assert not ImportRow.objects.exists()
    waiting.refresh_from_db()
    assert waiting.state == "discarded"
    assert Patient.objects.count() == 3
    assert "The rows of this file were deleted" in text(as_priya.get(address("import", done)))
    assert actions.forget_imports(actor=system, now=now + timedelta(days=30)) == 0


def test_taking_back_archives_whom_nobody_worked_with(as_priya: Client, priya: User) -> None:
    made = confirmed(as_priya, checked(as_priya, THREE))
    ana = Patient.objects.get(given_name="Ana")
    as_priya.get(f"/patients/{ana.pk}/")  # looked at only
    factories.make_finding(priya, Patient.objects.get(given_name="Ben"))
    response = as_priya.post(address("import_undo", made), follow=True)
    assert "2 patients were archived. 1 stays" in text(response)
    assert {p.given_name for p in Patient.objects.current()} == {"Ben"}
    ana.refresh_from_db()
    assert ana.archived_by == priya
    assert AuditEntry.objects.filter(verb="patient.archived", patient_id=ana.pk).exists()
    before = factories.count_rows()
    assert "one day only" in text(as_priya.post(address("import_undo", made), follow=True))
    assert changed(before) <= {"django_session"}


def test_taking_back_is_possible_for_a_day(as_priya: Client) -> None:
    made = confirmed(as_priya, checked(as_priya, THREE))
    PatientImport.objects.update(finished_at=clock.now() - timedelta(hours=25))
    assert "Archive what this list added" not in text(as_priya.get(address("import", made)))
    as_priya.post(address("import_undo", made))
    assert Patient.objects.current().count() == 3


def test_a_large_list_goes_through_the_worker(
    as_priya: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    monkeypatch.setattr("patients.actions.imports.FEW_ROWS", 2)
    monkeypatch.setattr("patients.actions.FEW_ROWS", 2)
    made = checked(as_priya, THREE)
    assert made.state == "checking"
    page = text(as_priya.get(address("import", made)))
    assert "0 of 3 rows checked" in page
    assert "waits for the background worker" not in page
    PatientImport.objects.update(queued_at=clock.now() - timedelta(minutes=1))
    assert "waits for the background worker" in text(as_priya.get(address("import", made)))
    part = as_priya.get(address("import", made), headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    assert import_work.work() == 1
    over = as_priya.get(address("import", made), headers={"HX-Request": "true"})
    assert over["HX-Refresh"] == "true"
    assert confirmed(as_priya, made).state == "running"
    as_priya.post(address("import_stop", made))
    assert (import_work.work(), Patient.objects.count()) == (0, 0)
    assert "Stopped: 3 patients were not added." in text(as_priya.get(address("import", made)))
    confirmed(as_priya, made)
    assert (import_work.work(), Patient.objects.count()) == (1, 3)


def test_a_batch_that_fails_is_taken_back_whole_and_can_be_gone_on_with(
    as_priya: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patients.actions.import_writing.BATCH", 2)
    made = checked(as_priya, THREE)
    real, calls = actions.write_import_batch, []

    def failing(**given: Any) -> PatientImport:
        calls.append(1)
        result = real(**given)
        if len(calls) == 2:
            raise RuntimeError("marker")
        return result

    monkeypatch.setattr(actions, "write_import_batch", failing)
    made = confirmed(as_priya, made)
    assert (made.state, made.fault, made.done, Patient.objects.count()) == ("failed", "RuntimeError", 2, 2)
    assert "Interrupted by a fault" in text(as_priya.get(address("import", made)))
    made = confirmed(as_priya, made)
    assert (made.state, made.done, Patient.objects.count()) == ("done", 3, 3)


def test_nobody_adds_for_a_person_who_has_left(
    as_priya: Client, priya: User, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patients.actions.FEW_ROWS", 0)
    made = checked(as_priya, THREE)
    import_work.work()
    confirmed(as_priya, made)
    Membership.objects.filter(user=priya).update(is_active=False)
    import_work.work()
    made.refresh_from_db()
    assert (made.state, made.fault, Patient.objects.count()) == ("failed", "no_role", 0)
    confirmed(signed_in(olivia), made)
    import_work.work()
    assert set(Patient.objects.values_list("practitioner__name", flat=True)) == {"Olivia Brandt"}


def test_a_thousand_rows_in_two_batches_of_as_many_questions(as_priya: Client) -> None:
    made = checked(as_priya, many(1_000))
    questions = []
    while made.state != "done":
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert import_work.step()
        questions.append(len(asked))
        made.refresh_from_db()
        if made.state == "checked":
            assert numbers(made) == (1_000, 0, 0, 0)
            assert not Patient.objects.exists()
            confirmed(as_priya, made)
    assert (Patient.objects.count(), ConsentRecord.objects.count()) == (1_000, 500)
    assert AuditEntry.objects.filter(verb="patient.imported").count() == 1_000
    assert questions == [15, 16, 18, 19]  # the last batch of each also says that it is over


def test_the_pages_ask_as_much_of_many_rows(as_priya: Client) -> None:
    few, lots = (
        checked(as_priya, many(1)),
        checked(as_priya, many(20).replace("Given", "Other").replace("p", "q")),
    )
    asked = []
    for made in (few, lots):
        with CaptureQueriesContext(connection) as queries:
            as_priya.get(address("import", made))
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 15
    assert settings.CELERY_BEAT_SCHEDULE["work_on_imports"]["task"] == "patients.tasks.work_on_imports"

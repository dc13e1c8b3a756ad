"""A copy of one record, handed over by the clinic: all of it, both states of what was amended, nothing of anybody else."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from clinic.models import AuditEntry, User
from exercises.rights import files, rows
from exercises.rights.copies import Copy
from exercises.rights.registry import BY_LABEL, DECLARED
from exercises.rights.rows import HISTORY
from patients.import_files import unguarded
from patients.models import Device, Patient
from tests import factories
from tests.factories import TODAY
from tests.pages import signed_in
from tests.rights_world import CANARY, copy, patient, priya, unzipped

__all__ = ["copy", "patient", "priya"]  # fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def saved(priya: User, patient: Patient) -> dict[str, str]:
    """As a practitioner saves it from the page."""
    response = signed_in(priya).post(f"/patients/{patient.pk}/export/")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == f'attachment; filename="record-{str(patient.pk)[:8]}.zip"'
    assert response["Cache-Control"] == "no-store"
    return unzipped(response.content)


def counted(label: str, patient: Patient) -> int:
    """By SQL that knows nothing of the registry's reader."""
    one = BY_LABEL[label]
    if label == "clinic.OutgoingEmail":
        return one.model._base_manager.exclude(letter="signs_reported").count()  # of the world's one reader
    found: set[Any] = set()
    for column in one.of:
        found |= set(one.model._base_manager.filter(**{column: patient.pk}).values_list("pk", flat=True))
    return len(found)


@pytest.mark.hazard("HZ-11")
def test_no_model_is_left_out_and_no_row(copy: Copy, patient: Patient) -> None:
    assert [label for label, count in copy.counts.items() if count == 0] == []
    for one in DECLARED:
        assert copy.counts[one.label] == counted(one.label, patient), one.label
    assert copy.total > 70


def test_every_kind_of_row_was_audited(copy: Copy, patient: Patient) -> None:
    """Of each model that the world fills by actions, an entry of this patient tells."""
    verbs = set(AuditEntry.objects.filter(patient_id=patient.pk).values_list("verb", flat=True))
    words = {verb.partition(".")[0] for verb in verbs}
    by_hand = {  # rows of the world that no action wrote
        *("patients.Evaluation", "patients.FootMeasures", "patients.EvaluationDraft", "patients.Screening"),
        *("patients.SignReport", "patients.RaisedFlag", "patients.Referral", "patients.SupportAdvice"),
        *("patients.WearEntry", "patients.Activity", "patients.ActivityScore", "exercises.CautionOverride"),
        *("patients.QuestionnaireResponse", "exercises.ProgrammeDraft", "patients.ImportRow"),
        "clinic.AuditEntry",
    }
    silent = {one.label for one in DECLARED if not set(one.audit) & words}
    assert silent <= by_hand
    assert len(words) >= 15


def test_the_files_say_the_same(saved: dict[str, str], patient: Patient) -> None:
    head = json.loads(saved["manifest.json"])
    found = json.loads(saved["record.json"])
    assert head["patient"] == str(patient.pk)
    assert head["rows"] == found["about"]["rows"]
    assert set(head["files"]) == set(saved) - {"manifest.json"}
    for label, number in head["rows"].items():
        assert len(found["rows"][label]) == number
        if number:
            table = list(csv.reader(io.StringIO(saved[f"csv/{files.file_name(label)}.csv"])))
            assert len(table) == number + 1
            assert set(table[0]) >= set(found["rows"][label][0])
    assert sum(head["resources"].values()) == len(json.loads(saved["fhir.json"])["entry"])
    assert found["named"]["clinic.Clinic"][0]["name"] == "Riverside Podiatry"
    assert [one["name"] for one in found["named"]["clinic.User"]] == ["Priya Nair"]


def test_the_page_can_be_read(saved: dict[str, str]) -> None:
    page = saved["record.html"]
    assert '<html lang="en-gb" dir="ltr">' in page
    for words in (
        "Record of Margaret Hale",
        "23 November 2026",
        "Plantar fasciitis",
        "Worse on stairs.",
        "Mild",
    ):
        assert words in page
    assert "<script" not in page
    assert "style=" not in page
    assert 'href="record.css"' in page
    assert saved["record.css"].startswith(":root")


@pytest.mark.hazard("HZ-31")
def test_holds_nothing_of_another_patient_and_no_secret(saved: dict[str, str]) -> None:
    (device,) = Device.objects.all()
    for name, text in saved.items():
        assert CANARY not in text, name
        assert device.secret_hash not in text, name
        assert "argon2" not in text, name
        assert "md5$" not in text, name
    assert CANARY in str(rows.rows_of(Patient.objects.values_list("pk", flat=True)))


@pytest.mark.hazard("HZ-32")
def test_what_was_amended_shows_with_what_stood_before(saved: dict[str, str]) -> None:
    found = json.loads(saved["record.json"])["rows"]
    (finding,) = found["patients.Finding"]
    states = found["patients.Finding" + HISTORY]
    assert (finding["version"], finding["severity"], finding["change_reason"]) == (
        2,
        "mild",
        "Said so later.",
    )
    assert [(row["version"], row["severity"]) for row in states] == [(1, ""), (2, "mild")]
    assert {row["changed_by"] for row in states} == {"Priya Nair"}
    first, second = sorted(found["patients.Evaluation"], key=lambda row: row["amends_id"] or "")
    assert (first["status"], second["status"]) == ("amended", "signed")
    assert (second["amends_id"], second["amendment_reason"]) == (first["id"], "Wrong foot.")
    (rating,) = found["patients.ChangeRating"]
    assert rating["status"] == "entered_in_error"
    kept = [row["status"] for row in found["patients.ChangeRating" + HISTORY]]
    assert kept == ["recorded", "entered_in_error"]
    page = saved["record.html"]
    assert "Findings that were amended: every state" in page
    assert page.count("<bdi>Said so later.</bdi>") == 2  # as it stands, and in its history


def test_it_is_written_down_and_nothing_is_kept(priya: User, patient: Patient, saved: dict[str, str]) -> None:
    entry = AuditEntry.objects.get(verb="patient.exported")
    assert (entry.patient_id, entry.actor_user, entry.changes["whole"]) == (patient.pk, priya, True)
    assert entry.changes["rows"] == sum(json.loads(saved["manifest.json"])["rows"].values())


def test_the_page_before_it_tells_and_takes_nothing(priya: User, patient: Patient) -> None:
    before = factories.count_rows()
    page = signed_in(priya).get(f"/patients/{patient.pk}/export/")
    after = factories.count_rows()
    assert "Save the copy" in page.content.decode()
    assert f'<a href="/patients/{patient.pk}/record/" aria-current="true">Record</a>' in page.content.decode()
    assert {table for table in before if before[table] != after[table]} <= {
        "clinic_auditentry",
        "django_session",
    }
    assert not AuditEntry.objects.filter(verb="patient.exported").exists()
    assert "A copy of this record" in signed_in(priya).get(f"/patients/{patient.pk}/record/").content.decode()


def test_asks_as_much_of_the_database_for_many_rows_as_for_few(priya: User, patient: Patient) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            rows.named_by(rows.rows_of([patient.pk]), patient.clinic)
        return len(queries)

    few = asked()
    for score in range(10):
        factories.tell(priya, patient, TODAY.replace(day=score + 1), pain_first_step=score)
    assert asked() == few


TEXTS = st.text("=+-@\t\r\n'\",;aé ", max_size=12)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b"]), TEXTS), min_size=1, max_size=4))
def test_a_csv_file_gives_back_what_went_in_and_is_no_formula(found: list[dict[str, str]]) -> None:
    table = list(csv.reader(io.StringIO(files.as_csv(found), newline="")))
    names = table[0] if table else []
    for row, line in zip(found, table[1:], strict=False):
        assert not any(cell[:1] in {"=", "+", "-", "@", "\t"} for cell in line)
        assert {name: unguarded(cell) for name, cell in zip(names, line, strict=True)} == {
            name: row.get(name, "") for name in names
        }

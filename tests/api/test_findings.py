from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic import clock
from clinic.models import AuditEntry, User
from patients.models import Finding, FindingType, Patient, Side
from tests import factories
from tests.api.conftest import V1, Api, audited, codes

By = Callable[[User | None], Api]
TYPE_KEYS = {
    "key",
    "label",
    "patient_wording",
    "group",
    "site",
    "sides",
    "extra_fields",
    "exclusive_group",
    "needs_imaging",
    "position",
    "source",
    "codes",
}
KEYS = {
    "id",
    "patient",
    "type",
    "side",
    "severity",
    "severity_scale",
    "flexibility",
    "origin",
    "onset_date",
    "onset_precision",
    "course",
    "status",
    "confirmed_by",
    "imaging_date",
    "note",
    "lacks_imaging",
    "recurrence_of",
    "recorded_by",
    "recorded_at",
    "version",
    "changed_by",
    "changed_at",
    "change_reason",
}
UNSTATED = {
    "severity_scale": "",
    "flexibility": "",
    "origin": "",
    "course": "",
    "imaging_date": None,
    "recurrence_of": None,
    "version": 1,
    "changed_by": "Priya Nair",
    "change_reason": "",
}


def stated(patient: Patient, /, **changes: Any) -> dict[str, Any]:
    body = {
        "patient": str(patient.pk),
        "type": "plantar_fasciitis",
        "side": "left",
        "confirmed_by": "clinical",
    }
    return body | changes


@pytest.mark.check(6)
def test_the_vocabulary_is_for_who_works_with_it(
    by: By, priya: User, olivia: User, asha: User, carlos: User, audrey: User, fasciitis: FindingType
) -> None:
    assert by(audrey).get("finding-types/").status_code == 403
    for user in (priya, olivia, asha, carlos):
        (row,) = by(user).rows("finding-types/")
        assert set(row) == TYPE_KEYS
        assert row["key"] == "plantar_fasciitis"
        assert by(user).post("finding-types/", row).status_code == 405
    assert by(None).get("finding-types/").status_code == 403


@pytest.mark.check(4, 6)
def test_lists_those_of_the_clinic_or_of_one_patient(
    by: By, priya: User, hugo: User, margaret: Patient, heinrich: Patient, finding: Finding
) -> None:
    theirs = factories.make_finding(hugo, heinrich)
    abel = factories.make_patient(priya, "Abel", "Adams")
    other = factories.make_finding(priya, abel)
    assert {row["id"] for row in by(priya).rows("findings/")} == {str(finding.pk), str(other.pk)}
    assert not AuditEntry.objects.filter(verb="record.read").exists()
    (row,) = by(priya).rows("findings/", patient=abel.pk)
    assert (row["id"], set(row)) == (str(other.pk), KEYS)
    assert str(theirs.pk) not in {row["id"] for row in by(priya).rows("findings/")}
    entry = audited("record.read")
    assert (entry.actor_user, entry.patient_id) == (priya, abel.pk)


def test_filtering_by_a_patient_out_of_sight_says_the_same_as_by_none(
    by: By, priya: User, heinrich: Patient
) -> None:
    for unseen in (heinrich.pk, uuid4()):
        answer = by(priya).get("findings/", patient=unseen)
        assert codes(answer) == {"patient": ["does_not_exist"]}
    assert codes(by(priya).get("findings/", patient="17")) == {"patient": ["invalid"]}


def test_reading_one_is_noted(by: By, olivia: User, finding: Finding) -> None:
    answer = by(olivia).get(f"findings/{finding.pk}/")
    assert answer.json() == UNSTATED | {
        "id": str(finding.pk),
        "patient": str(finding.patient_id),
        "type": "plantar_fasciitis",
        "side": "left",
        "severity": "",
        "onset_date": None,
        "onset_precision": "",
        "status": "active",
        "confirmed_by": "clinical",
        "note": "",
        "lacks_imaging": False,
        "recorded_by": "Priya Nair",
        "recorded_at": "2026-11-23T12:00:00Z",
        "changed_at": "2026-11-23T12:00:00Z",
    }
    entry = audited("record.read")
    assert (entry.actor_user, entry.patient_id) == (olivia, finding.patient_id)


def test_records_through_the_action(by: By, priya: User, margaret: Patient, fasciitis: FindingType) -> None:
    details = {
        "severity": "moderate",
        "onset_date": "2026-05-01",
        "onset_precision": "month",
        "note": "Worst in the morning.",
    }
    answer = by(priya).post("findings/", stated(margaret, **details))
    assert answer.status_code == 201
    made = Finding.objects.get()
    assert answer.json() == UNSTATED | stated(margaret, **details) | {
        "id": str(made.pk),
        "status": "active",
        "lacks_imaging": False,
        "recorded_by": "Priya Nair",
        "recorded_at": answer.json()["recorded_at"],
        "changed_at": answer.json()["recorded_at"],
    }
    assert (made.clinic_id, made.recorded_by) == (margaret.clinic_id, priya)
    assert audited("finding.recorded").actor_user == priya


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("patient", "17", "invalid"),
        ("patient", None, "null"),
        ("patient", {}, "invalid"),
        ("type", "dragon_foot", "does_not_exist"),
        ("type", "plantar\x00", "null_characters_not_allowed"),
        ("type", ["plantar_fasciitis"], "invalid"),
        ("type", "x" * 10_000, "max_length"),
        ("side", "left and both", "invalid_choice"),
        ("side", ["left", "bilateral"], "invalid_choice"),
        ("severity", "terrible", "invalid_choice"),
        ("confirmed_by", "", "invalid_choice"),
        ("onset_date", "2026-02-30", "invalid"),
        ("onset_date", "2026-05-01", None),
        ("onset_precision", "month", "onset"),
        ("note", "x" * 2001, "max_length"),
        ("note", "a\x00", "null_characters_not_allowed"),
        ("status", "resolved", "not_settable"),
        ("recorded_by", 1, "not_settable"),
    ],
)
def test_wrong_input_is_explained_and_writes_nothing(
    by: By, priya: User, margaret: Patient, fasciitis: FindingType, field: str, value: Any, code: str | None
) -> None:
    found = codes(by(priya).post("findings/", stated(margaret, **{field: value})))
    assert set(found) == {field if code else "onset_precision"}
    assert (code or "onset") in found[field if code else "onset_precision"]
    assert not Finding.objects.exists()


@pytest.mark.parametrize(
    ("day", "precision"), [("2026-05-02", "month"), ("2026-05-01", "year"), ("2026-01-02", "year")]
)
def test_an_onset_is_the_first_day_of_what_is_left_open(
    by: By, priya: User, margaret: Patient, fasciitis: FindingType, day: str, precision: str
) -> None:
    body = stated(margaret, onset_date=day, onset_precision=precision)
    assert codes(by(priya).post("findings/", body)) == {"onset_date": ["onset"]}


@pytest.mark.hazard("HZ-31")
@pytest.mark.check(3)
def test_foreign_patients_do_not_exist(
    by: By, priya: User, heinrich: Patient, fasciitis: FindingType
) -> None:
    unseen = codes(by(priya).post("findings/", stated(heinrich)))
    assert unseen == {"patient": ["does_not_exist"]}
    assert not Finding.objects.exists()


@pytest.mark.hazard("HZ-02", "HZ-21")
def test_what_the_action_refuses_is_a_conflict(
    by: By, priya: User, margaret: Patient, finding: Finding
) -> None:
    answer = by(priya).post("findings/", stated(margaret, side="bilateral"))
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["field"]) == ("contradiction", "side")
    answer = by(priya).post("findings/", stated(margaret, side="not_applicable"))
    assert (answer.status_code, answer.json()["code"]) == (409, "no_side")
    tomorrow = (clock.now() + timedelta(days=2)).date().isoformat()
    body = stated(margaret, side="right", onset_date=tomorrow, onset_precision="day")
    assert by(priya).post("findings/", body).json()["code"] == "future"
    body = stated(margaret, side="right", onset_date="1955-01-01", onset_precision="year")
    answer = by(priya).post("findings/", body)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (
        409,
        "before_birth",
        "onset",
    )
    assert Finding.objects.get() == finding


@pytest.mark.check(5)
def test_nothing_else_can_be_set(by: By, priya: User, margaret: Patient, fasciitis: FindingType) -> None:
    fields = {field.name: "1" for field in Finding._meta.get_fields()} | stated(margaret)
    refused = codes(by(priya).post("findings/", fields))
    assert set(refused) == {
        "id",
        "clinic",
        "site",
        "exclusive_group",
        "status",
        "recurrence_of",
        "recorded_by",
        "recorded_at",
        "version",
        "changed_by",
        "changed_at",
        "change_reason",
        "history",
    }
    assert not Finding.objects.exists()


def test_who_may(
    by: By, olivia: User, asha: User, carlos: User, audrey: User, margaret: Patient, finding: Finding
) -> None:
    for user in (asha, carlos, audrey, None):
        assert by(user).get("findings/").status_code == 403
        assert by(user).get(f"findings/{finding.pk}/").status_code == 403
    for user in (olivia, asha, carlos, audrey, None):  # owners read, practitioners write
        assert by(user).post("findings/", stated(margaret, side="right")).status_code == 403
    assert by(olivia).get("findings/").status_code == 200
    assert Finding.objects.get() == finding


@pytest.mark.hazard("HZ-31")
def test_another_clinics_finding_does_not_exist(by: By, hugo: User, finding: Finding) -> None:
    assert by(hugo).get(f"findings/{finding.pk}/").status_code == 404
    assert not AuditEntry.objects.filter(verb="record.read").exists()


def test_other_methods_are_refused(by: By, priya: User, finding: Finding) -> None:
    for method in ("PUT", "DELETE"):
        url = f"{V1}findings/{finding.pk}/"
        assert by(priya).client.generic(method, url, "{}", "application/json").status_code == 405


@pytest.mark.slow
@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_refused_or_kept(by: By, priya: User, margaret: Patient, kind: str, note: str) -> None:
    assert by(priya).post("findings/", stated(margaret, type=kind, note=note)).status_code == 400


def test_the_same_queries_for_one_row_and_for_ten(by: By, priya: User, finding: Finding) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(api.rows("findings/")) == count
        return len(captured)

    api = by(priya)
    one = queries(1)
    for number in range(9):
        patient = factories.make_patient(priya, f"Ada{number}")
        factories.make_finding(priya, patient, side=Side.RIGHT)
    assert one == queries(10) == 4  # session, user with membership, count, findings

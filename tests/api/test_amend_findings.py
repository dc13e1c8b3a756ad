"""Amending a finding through the API: only what changes is sent, with the version that was read."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from clinic.models import User
from patients.models import Finding, Patient, Side
from tests import factories
from tests.api.conftest import V1, Api, audited, codes

By = Callable[[User | None], Api]


def patch(api: Api, finding: Finding, **body: Any) -> Any:
    url = f"{V1}findings/{finding.pk}/"
    return api.client.generic("PATCH", url, json.dumps(body), content_type="application/json")


def test_what_is_sent_changes_and_the_rest_stays(by: By, priya: User, finding: Finding) -> None:
    answer = patch(
        by(priya),
        finding,
        version=1,
        severity="none",
        onset_date="2026-03-01",
        onset_precision="month",
        change_reason="Asked again",
    )
    assert answer.status_code == 200
    row = answer.json()
    assert (row["version"], row["change_reason"], row["changed_by"]) == (2, "Asked again", "Priya Nair")
    assert (row["severity"], row["onset_date"], row["side"]) == ("none", "2026-03-01", "left")
    assert row["patient"] == str(finding.patient_id)
    assert by(priya).get(f"findings/{finding.pk}/").json() == row
    assert patch(by(priya), finding, version=2, onset_date=None, onset_precision="").status_code == 200
    finding.refresh_from_db()
    assert (finding.onset_date, finding.severity, finding.version) == (None, "none", 3)


def test_every_field_of_a_finding_can_be_stated(by: By, priya: User, margaret: Patient) -> None:
    factories.make_finding_type("flat_foot", label="Flat foot", extra_fields=["flexibility", "origin"])
    details = {
        "severity": "moderate",
        "severity_scale": "Own scale",
        "flexibility": "semi_rigid",
        "origin": "unknown",
        "course": "subacute",
        "confirmed_by": "x_ray",
        "imaging_date": "2026-02-03",
    }
    body = {"patient": str(margaret.pk), "type": "flat_foot", "side": "right"} | details
    answer = by(priya).post("findings/", body)
    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in details} == details


@pytest.mark.hazard("HZ-26")
@pytest.mark.check(37)
def test_an_older_version_is_a_conflict(by: By, priya: User, finding: Finding) -> None:
    assert patch(by(priya), finding, version=1, severity="mild").status_code == 200
    before = factories.count_rows()
    answer = patch(by(priya), finding, version=1, severity="severe")
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    finding.refresh_from_db()
    assert (finding.severity, finding.version) == ("mild", 2)
    changed = {table for table, rows in factories.count_rows().items() if rows != before[table]}
    assert changed <= {"clinic_auditentry", "django_session"}  # reading is noted


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"severity": "mild"}, "version", "required"),
        ({"version": None}, "version", "null"),
        ({"version": "x"}, "version", "invalid"),
        ({"version": 0}, "version", "min_value"),
        ({"version": 1, "severity": "awful"}, "severity", "invalid_choice"),
        ({"version": 1, "status": "resolved"}, "status", "not_settable"),
        ({"version": 1, "patient": "x"}, "patient", "not_settable"),
        ({"version": 1, "onset_date": "2026-03-01"}, "onset_precision", "onset"),
        ({"version": 1, "change_reason": "x" * 301}, "change_reason", "max_length"),
        ({"version": 1, "type": "dragon_foot"}, "type", "does_not_exist"),
    ],
)
def test_wrong_input_is_explained_and_writes_nothing(
    by: By, priya: User, finding: Finding, body: dict[str, Any], field: str, code: str
) -> None:
    assert codes(patch(by(priya), finding, **body)) == {field: [code]}
    finding.refresh_from_db()
    assert finding.version == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"side": "bilateral"}, "contradiction"),
        ({"side": "unknown"}, "no_side"),
        ({"flexibility": "rigid"}, "not_of_this_type"),
        ({"imaging_date": "2026-02-03"}, "no_imaging"),
        ({"severity_scale": "Own"}, "scale_without_severity"),
    ],
)
def test_what_the_action_refuses_is_a_conflict(
    by: By, priya: User, margaret: Patient, finding: Finding, body: dict[str, Any], code: str
) -> None:
    factories.make_finding(priya, margaret, side=Side.RIGHT)
    answer = patch(by(priya), finding, version=1, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    finding.refresh_from_db()
    assert finding.version == 1


def test_who_may(
    by: By, olivia: User, asha: User, carlos: User, audrey: User, hugo: User, finding: Finding
) -> None:
    for user in (olivia, asha, carlos, audrey, None):
        assert patch(by(user), finding, version=1, severity="mild").status_code == 403
    assert patch(by(hugo), finding, version=1, severity="mild").status_code == 404
    finding.refresh_from_db()
    assert (finding.version, finding.severity) == (1, "")


def test_it_is_audited(by: By, priya: User, finding: Finding) -> None:
    patch(by(priya), finding, version=1, note="Told on the telephone.")
    entry = audited("finding.amended")
    assert (entry.actor_user, entry.changes) == (priya, {"fields": ["note"], "version": 2})

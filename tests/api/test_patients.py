from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from patients.models import ConsentRecord, Patient
from tests import factories
from tests.api.conftest import V1, Api, audited, codes

By = Callable[[User | None], Api]
KEYS = {
    "id",
    "given_name",
    "family_name",
    "date_of_birth",
    "email",
    "reference",
    "time_zone",
    "language",
    "note",
    "reminders_allowed",
    "practitioner",
    "created_at",
    "archived_at",
    "merged_into",
}
MARGARET: dict[str, Any] = {
    "given_name": "Margaret",
    "family_name": "Hale",
    "date_of_birth": "1956-03-14",
    "email": "margaret@patients.example",
    "reference": "RV-1042",
    "time_zone": "Europe/London",
    "language": "de",
    "note": "Prefers mornings.",
    "reminders_allowed": True,
}


@pytest.mark.check(6)
def test_lists_the_clinics_patients_by_name(
    by: By, priya: User, margaret: Patient, heinrich: Patient
) -> None:
    factories.make_patient(priya, "Abel", "Adams")
    rows = by(priya).rows("patients/")
    assert [row["family_name"] for row in rows] == ["Adams", "Hale"]
    assert set(rows[0]) == KEYS


def test_finds_by_beginnings_of_words(by: By, priya: User, margaret: Patient) -> None:
    zoe = factories.make_patient(priya, "Zoë", "O’Brien", email="z@patients.example")
    assert [row["id"] for row in by(priya).rows("patients/", q="zoe obr")] == [str(zoe.pk)]
    assert by(priya).rows("patients/", q="nobody") == []
    assert len(by(priya).rows("patients/", q="")) == 2


@pytest.mark.parametrize("q", ["x" * 101, "x" * 10_000, "a\x00b"])
def test_an_impossible_search_is_refused(by: By, priya: User, margaret: Patient, q: str) -> None:
    assert set(codes(by(priya).get("patients/", q=q))) == {"q"}


def test_reading_one_is_noted(by: By, asha: User, margaret: Patient) -> None:
    answer = by(asha).get(f"patients/{margaret.pk}/")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.json() == {
        "id": str(margaret.pk),
        "given_name": "Margaret",
        "family_name": "Hale",
        "date_of_birth": "1956-03-14",
        "email": "margaret.hale@patients.example",
        "reference": "",
        "time_zone": "Europe/London",
        "language": "en-gb",
        "note": "",
        "reminders_allowed": True,
        "practitioner": "Priya Nair",
        "created_at": answer.json()["created_at"],
        "archived_at": None,
        "merged_into": None,
    }
    entry = audited("record.read")
    assert (entry.actor_user, entry.patient_id, entry.changes) == (
        asha,
        margaret.pk,
        {"page": "api.patient"},
    )


def test_registers_through_the_action(by: By, priya: User) -> None:
    answer = by(priya).post("patients/", MARGARET)
    assert answer.status_code == 201
    made = Patient.objects.get()
    assert answer.json() == MARGARET | {
        "id": str(made.pk),
        "practitioner": "Priya Nair",
        "created_at": answer.json()["created_at"],
        "archived_at": None,
        "merged_into": None,
    }
    assert (made.clinic_id, made.practitioner) == (Actor.staff(priya).clinic_id, priya)
    assert audited("patient.registered").actor_user == priya
    assert ConsentRecord.objects.get().patient == made


def test_only_names_birth_and_zone_are_needed(by: By, asha: User) -> None:
    needed = {name: MARGARET[name] for name in ("given_name", "family_name", "date_of_birth", "time_zone")}
    assert by(asha).post("patients/", needed).status_code == 201
    made = Patient.objects.get()
    assert (made.email, made.note, made.reminders_allowed) == ("", "", False)
    assert set(codes(by(asha).post("patients/", {}))) == set(needed)


def test_the_same_request_twice_makes_one_patient(by: By, priya: User) -> None:
    body = MARGARET | {"id": str(uuid4()), "same_person_checked": True}
    first, second = (by(priya).post("patients/", body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Patient.objects.get().pk.hex == body["id"].replace("-", "")
    assert audited("patient.registered")


def test_an_id_of_another_clinic_is_taken_and_shows_nothing(by: By, priya: User, heinrich: Patient) -> None:
    answer = by(priya).post("patients/", MARGARET | {"id": str(heinrich.pk)})
    assert answer.status_code == 409
    assert answer.json() == {
        "code": "id_taken",
        "message": "This id is taken. Try again, or choose another.",
        "field": "id",
    }
    assert Patient.objects.get() == heinrich


@pytest.mark.hazard("HZ-32")
def test_a_second_person_of_that_name_is_a_conflict(by: By, priya: User, margaret: Patient) -> None:
    answer = by(priya).post("patients/", MARGARET)
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["field"]) == ("duplicate", "same_person_checked")
    assert Patient.objects.get() == margaret
    assert by(priya).post("patients/", MARGARET | {"same_person_checked": True}).status_code == 201


@pytest.mark.check(5)
def test_nothing_else_can_be_set(by: By, priya: User, hugo: User) -> None:
    fields = {field.name: "1" for field in Patient._meta.get_fields()} | MARGARET
    refused = codes(by(priya).post("patients/", fields | {"id": str(uuid4()), "nonsense": 1}))
    assert set(refused) == {
        "clinic",
        "daily_measures",
        "pain_guide",
        "pain_advice",
        "next_visit_at",
        "email_doubted_at",
        "practitioner",
        "search",
        "created_at",
        "archived_at",
        "archived_by",
        "merged_into",
        "nonsense",
    }
    assert {code for codes_of_field in refused.values() for code in codes_of_field} == {"not_settable"}
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("given_name", "", "blank"),
        ("given_name", None, "null"),
        ("given_name", ["Margaret"], "invalid"),
        ("given_name", "x" * 10_000, "max_length"),
        ("given_name", "Mar\x00garet", "null_characters_not_allowed"),
        ("given_name", "Mar\x07garet", "control_characters"),
        ("given_name", "Mar\ngaret", "line_break"),
        ("given_name", "Mar\u2028garet", "control_characters"),
        ("given_name", "\ud800", "surrogate_characters_not_allowed"),
        ("date_of_birth", "2023-02-29", "invalid"),
        ("date_of_birth", "1899-12-31", "too_old"),
        ("date_of_birth", 9**30, "invalid"),
        ("date_of_birth", {"year": 1956}, "invalid"),
        ("email", "not an address", "invalid"),
        ("email", f"{'x' * 300}@patients.example", "max_length"),
        ("time_zone", "Europe/Atlantis", "time_zone"),
        ("time_zone", "../../etc/passwd", "time_zone"),
        ("time_zone", 5, "time_zone"),
        ("language", "fr", "invalid_choice"),
        ("language", "", "invalid_choice"),
        ("note", "x" * 2001, "max_length"),
        ("note", "a\x0bb", "control_characters"),
        ("reminders_allowed", "perhaps", "invalid"),
        ("reminders_allowed", {}, "invalid"),
        ("id", "17", "invalid"),
        ("id", 10**60, "invalid"),
    ],
)
def test_wrong_input_is_explained_and_writes_nothing(
    by: By, priya: User, field: str, value: Any, code: str
) -> None:
    assert code in codes(by(priya).post("patients/", MARGARET | {field: value}))[field]
    assert not Patient.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("change", "code"), [({"date_of_birth": "9999-12-31"}, "future"), ({"email": ""}, "no_email")]
)
def test_what_the_action_refuses_is_a_conflict(
    by: By, priya: User, change: dict[str, Any], code: str
) -> None:
    answer = by(priya).post("patients/", MARGARET | change)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not Patient.objects.exists()


def test_a_name_that_grows_in_the_search_column_is_kept(by: By, priya: User) -> None:
    body = MARGARET | {"given_name": "\ufdfa" * 80}  # one letter, eighteen when folded
    assert by(priya).post("patients/", body).status_code == 201


@pytest.mark.slow
@given(st.text(max_size=100), st.text(max_size=100))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_stored_as_sent_or_refused(by: By, priya: User, name: str, note: str) -> None:
    body = MARGARET | {"given_name": name, "note": note, "reference": "", "same_person_checked": True}
    answer = by(priya).post("patients/", body)
    assert answer.status_code in {201, 400}
    if answer.status_code == 201:
        assert answer.json()["given_name"] == name.strip()


def test_curators_auditors_and_visitors_are_refused(
    by: By, carlos: User, audrey: User, margaret: Patient
) -> None:
    for user in (carlos, audrey, None):
        api = by(user)
        assert api.get("patients/").status_code == 403
        assert api.get(f"patients/{margaret.pk}/").status_code == 403
        assert api.post("patients/", MARGARET).status_code == 403
    assert Patient.objects.get() == margaret


@pytest.mark.hazard("HZ-31")
def test_another_clinics_patient_does_not_exist(by: By, priya: User, hugo: User, heinrich: Patient) -> None:
    assert by(priya).rows("patients/") == by(priya).rows("patients/", q="Heinrich") == []
    theirs, invented = (by(priya).get(f"patients/{pk}/") for pk in (heinrich.pk, uuid4()))
    assert theirs.status_code == invented.status_code == 404
    assert theirs.content == invented.content


def test_other_methods_are_refused(by: By, priya: User, margaret: Patient) -> None:
    client = by(priya).client
    for method in ("put", "patch", "delete", "options"):
        answer = client.generic(method.upper(), f"{V1}patients/{margaret.pk}/", "{}", "application/json")
        assert answer.status_code == 405
    assert client.post(f"{V1}patients/{margaret.pk}/", {}, "application/json").status_code == 405
    margaret.refresh_from_db()
    assert margaret.given_name == "Margaret"


@pytest.mark.check(8)
def test_writing_needs_the_csrf_token(priya: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(priya)
    answer = client.post(f"{V1}patients/", MARGARET, content_type="application/json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    assert not Patient.objects.exists()


def test_the_same_queries_for_one_row_and_for_ten(by: By, priya: User, margaret: Patient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            by_name = api.rows("patients/")
        assert len(by_name) == Patient.objects.count()
        return len(captured)

    api = by(priya)
    one = queries()
    for number in range(9):
        factories.make_patient(priya, f"Ada{number}")
    assert one == queries() == 4  # session, user with membership, count, patients

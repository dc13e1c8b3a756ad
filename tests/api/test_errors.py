"""What every endpoint has in common: doors, bodies, pages, failures."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings
from rest_framework.response import Response
from rest_framework.views import APIView

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from clinic.roles import READS_CATALOGUE
from patients.models import Finding, Patient
from tests import factories
from tests.api.conftest import Api, codes

pytestmark = pytest.mark.slow  # tries everything there is

By = Callable[[User | None], Api]
LISTS = ["exercises", "finding-types", "findings", "logs", "patients", "programmes", "routines"]
WRITABLE = ["findings", "logs", "patients", "programmes"]


@pytest.fixture
def ten_patients(priya: User) -> list[Patient]:
    return [factories.make_patient(priya, f"Ada{number}") for number in range(10)]


@pytest.mark.parametrize("noun", LISTS)
def test_visitors_are_refused_everywhere(by: By, db: None, noun: str) -> None:
    for answer in (by(None).get(f"{noun}/"), by(None).post(f"{noun}/", {})):
        assert answer.status_code == 403
        assert set(answer.json()) == {"detail"}


@pytest.mark.parametrize("noun", LISTS)
@pytest.mark.check(36)
def test_staff_who_left_are_refused_at_once(by: By, priya: User, noun: str) -> None:
    api = by(priya)
    assert api.get(f"{noun}/").status_code == 200
    priya.staff_membership.is_active = False
    priya.staff_membership.save()
    assert api.get(f"{noun}/").status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_view_that_declares_no_roles_lets_nobody_in(olivia: User, method: str) -> None:
    class Undeclared(APIView):
        def get(self, request: HttpRequest) -> Response:
            return Response({})

        post = get

    class ReadOnly(Undeclared):
        read_roles = READS_CATALOGUE

    def status(view: type[APIView]) -> int:
        request = getattr(RequestFactory(), method)("/")
        request.user, request.actor, request._dont_enforce_csrf_checks = olivia, Actor.staff(olivia), True
        request.session = SessionStore()
        return view.as_view()(request).status_code

    assert status(Undeclared) == 403
    assert status(ReadOnly) == (200 if method == "get" else 403)


@pytest.mark.parametrize("noun", WRITABLE)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"given_name": NaN}',
        b'{"given_name": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"{}",
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.check(40)
def test_bodies_that_make_no_sense(by: By, priya: User, noun: str, body: bytes) -> None:
    assert by(priya).post_raw(f"{noun}/", body).status_code == 400
    assert not AuditEntry.objects.exists()


def test_only_json_is_read(by: By, priya: User) -> None:
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml"):
        assert by(priya).post_raw("patients/", b"given_name=A", content_type).status_code == 415
    for charset in ("zlib", "utf-16", "latin-1", "nonsense"):  # the header's charset is not believed
        body = '{"é": 1}'.encode()
        answer = by(priya).post_raw("patients/", body, f"application/json; charset={charset}")
        assert codes(answer) == {"é": ["not_settable"]}


def test_a_body_has_a_largest_size(by: By, priya: User, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert by(priya).post_raw("patients/", b" " * 999 + b"1").status_code == 400
    assert by(priya).post_raw("patients/", b" " * 1000 + b"1").status_code == 413


def test_surplus_fields_are_named_but_not_endlessly(by: By, priya: User) -> None:
    found = codes(by(priya).post("patients/", {f"field{number:05}": 1 for number in range(10_000)}))
    assert len(found) == 20


def test_pages(by: By, priya: User, ten_patients: list[Patient]) -> None:
    first = by(priya).get("patients/", page_size=4).json()
    assert set(first) == {"count", "next", "previous", "results"}
    assert (first["count"], first["previous"], len(first["results"])) == (10, None, 4)
    seen = [row["id"] for page in (1, 2, 3) for row in by(priya).rows("patients/", page_size=4, page=page)]
    assert len(set(seen)) == len(seen) == 10


@pytest.mark.check(38)
def test_a_page_holds_at_most_a_hundred(by: By, priya: User) -> None:
    prototype = factories.make_patient(priya)
    Patient.objects.bulk_create(
        Patient(
            clinic_id=prototype.clinic_id,
            given_name="A",
            family_name="B",
            date_of_birth=prototype.date_of_birth,
            time_zone="UTC",
            search="a b",
        )
        for _ in range(104)
    )
    assert len(by(priya).rows("patients/")) == 25
    assert len(by(priya).rows("patients/", page_size=10**9)) == 100
    assert len(by(priya).rows("patients/", page_size=100, page=2)) == 5
    for size in ("0", "-1", "abc", "9" * 5000, "1e3", ""):
        assert len(by(priya).rows("patients/", page_size=size)) == 25


@pytest.mark.parametrize("noun", LISTS)
@pytest.mark.parametrize("page", ["abc", "0", "-1", "1.5", "2", 10**30, "9" * 5000, "\x00"])
def test_pages_that_are_not_there(by: By, priya: User, noun: str, page: Any) -> None:
    assert by(priya).get(f"{noun}/", page=page).status_code == 404


@pytest.mark.check(39)
def test_of_a_parameter_given_twice_the_last_counts(by: By, priya: User, ten_patients: list[Patient]) -> None:
    answer = by(priya).client.get("/api/v1/patients/?q=Ada1&q=Ada2")
    assert [row["given_name"] for row in answer.json()["results"]] == ["Ada2"]


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.check(43)
def test_without_the_database_it_says_so_and_shows_nothing(
    by: By, priya: User, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise error("connection to server at 10.0.0.7 failed")

    monkeypatch.setattr(Patient.objects, "visible_to", away, raising=False)
    answer = by(priya).get("patients/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert set(answer.json()) == {"detail"}
    assert b"10.0.0.7" not in answer.content


@pytest.mark.check(43)
def test_a_fault_of_ours_is_not_dressed_up_as_theirs(
    by: By, priya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("patients.actions.register_patient", broken)
    api = by(priya)
    api.client.raise_request_exception = False
    person = {"given_name": "A", "family_name": "B", "date_of_birth": "1960-01-01", "time_zone": "UTC"}
    answer = api.post("patients/", person)
    assert answer.status_code == 500
    assert b"secret detail" not in answer.content


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = {
    "findings": [
        "patient",
        "type",
        "side",
        "severity",
        "onset_date",
        "onset_precision",
        "confirmed_by",
        "note",
    ],
    "logs": ["patient", "performed_on", "entries", "pain_foot", "pain_back"],
    "patients": [
        "id",
        "given_name",
        "family_name",
        "date_of_birth",
        "email",
        "time_zone",
        "reminders_allowed",
    ],
    "programmes": ["id", "patient", "name", "routine", "starts_on", "weeks", "reminder_time", "items"],
}


@pytest.mark.slow
@pytest.mark.parametrize("noun", WRITABLE)
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.check(21)
def test_nothing_anybody_sends_is_our_fault(by: By, priya: User, noun: str, data: st.DataObject) -> None:
    body = data.draw(st.fixed_dictionaries(dict.fromkeys(FIELDS[noun], json_values)))
    assert by(priya).post(f"{noun}/", body).status_code == 400
    assert not Finding.objects.exists()

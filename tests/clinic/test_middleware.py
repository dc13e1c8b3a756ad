import json
import logging

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from clinic import audit, logs
from clinic.actors import Actor
from clinic.http import network_prefix
from clinic.models import AuditEntry, User
from patients.models import Patient


@pytest.mark.django_db
@pytest.mark.check(9, 10)
def test_every_answer_carries_a_strict_policy_and_an_id(client: Client) -> None:
    for path in ("/", "/nowhere/", reverse("account_login"), reverse("clinic:live")):
        response = client.get(path)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert len(response["X-Request-Id"]) == 32
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["X-Frame-Options"] == "DENY"


@pytest.mark.hazard("HZ-01")
@pytest.mark.check(12)
def test_pages_of_staff_are_not_kept_by_browsers(client: Client, carlos: User) -> None:
    client.force_login(carlos)
    assert client.get(reverse("exercises:catalogue"))["Cache-Control"] == "no-store"


@pytest.mark.check(43)
def test_the_database_away_is_said_without_a_stack(priya: User) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(priya)

    def away(execute: object, sql: str, *_: object) -> None:
        raise OperationalError("server closed the connection")

    with connection.execute_wrapper(away):
        response = client.get(reverse("patients:list"))
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert "closed the connection" not in response.content.decode()


@pytest.mark.check(43)
def test_a_fault_of_ours_is_said_without_a_stack(priya: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(priya)
    monkeypatch.setattr(Patient.objects, "visible_to", lambda _actor: 1 / 0)
    response = client.get(reverse("patients:list"))
    assert response.status_code == 500
    assert "ZeroDivision" not in response.content.decode()
    assert "Content-Security-Policy" in response


@pytest.mark.hazard("HZ-40")
@pytest.mark.check(42)
def test_a_log_line_holds_the_route_and_no_path(caplog: pytest.LogCaptureFixture, client: Client) -> None:
    with caplog.at_level(logging.INFO, "clinic.requests"):
        client.get(reverse("clinic:live"))
    (record,) = [r for r in caplog.records if r.name == "clinic.requests"]
    line = json.loads(logs.JsonFormatter().format(record))
    assert (line["route"], line["status"], line["method"]) == ("clinic:live", 200, "GET")
    assert "path" not in line


@pytest.mark.hazard("HZ-40")
@pytest.mark.check(42)
def test_an_exception_is_logged_without_its_words() -> None:
    try:
        raise ValueError("Key (email)=(margaret@patients.example) already exists")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "failed", (), (ValueError, error, error.__traceback__)
        )
    line = logs.JsonFormatter().format(record)
    assert "margaret" not in line
    assert json.loads(line)["exception"] == "ValueError"
    assert "test_middleware.py" in line


@pytest.mark.hazard("HZ-30", "HZ-40")
@pytest.mark.check(42)
def test_the_one_path_with_a_token_is_masked_and_newlines_cannot_forge_lines() -> None:
    record = logging.LogRecord("x", logging.WARNING, __file__, 1, "Not Found: /u/abc.def-123\n{}", (), None)
    line = logs.JsonFormatter().format(record)
    assert "abc.def" not in line
    assert len(line.splitlines()) == 1


def test_request_factory_requests_have_no_id_left_over(rf: RequestFactory) -> None:
    assert logs.request_id.get() == ""


@pytest.mark.parametrize(
    ("remote", "prefix"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::1", "::/48"),
        ("", ""),
        ("a socket", ""),
    ],
)
def test_the_audit_keeps_about_where_staff_are(remote: str, prefix: str) -> None:
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": remote}
    assert network_prefix(request) == prefix
    assert len(prefix) <= AuditEntry._meta.get_field("ip_prefix").max_length  # type: ignore[operator]


@pytest.mark.django_db
def test_of_patients_and_of_jobs_no_network_is_kept(margaret: Patient, priya: User) -> None:
    kept = logs.network.set("203.0.113.0/24")
    try:
        audit.record(Actor.patient(margaret), "plan.seen", margaret)
        audit.record(Actor.staff(priya), "patient.updated", margaret)
    finally:
        logs.network.reset(kept)
    audit.record(Actor.system("seal_audit"), "clinic.updated", margaret.clinic)
    found = AuditEntry.objects.order_by("-pk").values_list("ip_prefix", flat=True)[:3]
    assert [*found] == ["", "203.0.113.0/24", ""]

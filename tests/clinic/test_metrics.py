"""/metrics: for who knows the token; computed from the database, so that every process answers alike."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from clinic import clock, metrics, tally
from clinic.models import Clinic, MailCircuit, SchedulerBeat
from tests.outbox_world import make_email

ADDRESS = reverse("clinic:metrics")
TOKEN = "a-token-of-the-monitor-that-nobody-guesses"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.MONITOR_TOKEN = TOKEN


def read(text: str) -> dict[str, float]:
    return {
        ":".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"]
)
def test_without_the_token_there_is_nothing_here(client: Client, header: str) -> None:
    assert client.get(ADDRESS, headers={"Authorization": header}).status_code == 404
    assert client.get(ADDRESS).status_code == 404


@pytest.mark.django_db
def test_without_a_configured_token_there_is_nothing_for_anybody(client: Client, settings: Settings) -> None:
    settings.MONITOR_TOKEN = ""
    for header in ("Bearer ", "Bearer", "", f"Bearer {TOKEN}"):
        assert client.get(ADDRESS, headers={"Authorization": header}).status_code == 404


def test_says_what_is_in_the_database(client: Client, riverside: Clinic) -> None:
    now = clock.now()
    SchedulerBeat.objects.create(
        last_tick_at=now - timedelta(seconds=12), materialised_until=now + timedelta(hours=47)
    )
    MailCircuit.objects.create(failures=4, open_until=now, opened_at=now - timedelta(minutes=2))
    make_email(riverside, "due", not_before=now - timedelta(seconds=90))
    make_email(riverside, "planned", not_before=now + timedelta(minutes=5))
    make_email(riverside, "sent", state="sent", sent_at=now, doubt=1)
    make_email(riverside, "unwanted", state="suppressed")
    make_email(riverside, "long ago", state="failed", not_before=now - timedelta(hours=2))
    tally.add(tally.PUBLISH_FAILURES)
    tally.add(tally.PUBLISH_FAILURES)
    response = client.get(ADDRESS, headers=BEARER)
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert response.headers["Cache-Control"] == "no-store"
    found = read(response.text)
    expected = {
        "footwork_tick_age_seconds": 12,
        "footwork_planned_ahead_seconds": 47 * 3600,
        "footwork_circuit_failures": 4,
        "footwork_circuit_open_seconds": 120,
        "footwork_red_seconds": 0,
        "footwork_mails_waiting": 2,
        "footwork_mails_due": 1,
        "footwork_mails_sending": 0,
        "footwork_oldest_due_seconds": 90,
        "footwork_mails_last_hour:sent": 1,
        "footwork_mails_last_hour:suppressed": 1,
        "footwork_mails_last_hour:failed": 0,
        "footwork_mails_last_hour:unconfirmed": 0,
        "footwork_mails_doubted_last_hour": 1,
        "footwork_publish_failures_total": 2,
        "footwork_light:tick": 1,
        "footwork_light:planned_ahead": 1,
    }
    assert {name: found[name] for name in expected} == expected


@pytest.mark.django_db
def test_an_installation_that_never_ticked_says_so(client: Client) -> None:
    found = read(client.get(ADDRESS, headers=BEARER).text)
    assert "footwork_tick_age_seconds" not in found
    assert found["footwork_light:tick"] == 0


def test_names_nobody_and_grows_with_nothing(client: Client, riverside: Clinic, hilltop: Clinic) -> None:
    """As many lines for a hundred mails of two clinics as for one."""
    make_email(riverside, "first")
    before = client.get(ADDRESS, headers=BEARER).text
    for number in range(50):
        make_email(riverside, f"m{number}@patients.example")
        make_email(hilltop, f"m{number}@patients.example", letter="poison", state="failed")
    after = client.get(ADDRESS, headers=BEARER).text
    assert len(before.splitlines()) == len(after.splitlines()) >= 50
    for secret in ("example", "Riverside", "Hilltop", str(riverside.pk), "poison"):
        assert secret not in after


@pytest.mark.django_db
def test_every_metric_has_our_name_and_says_what_it_means() -> None:
    families = list(text_string_to_metric_families(metrics.render().decode()))
    assert len(families) == 18
    for family in families:
        assert family.name.startswith("footwork_")
        assert len(family.documentation.split()) > 4, family.name
        assert re.search(r"[.\d]$", family.documentation), family.name


@pytest.mark.django_db
def test_a_fixed_number_of_queries(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get(ADDRESS, headers=BEARER)
    assert len(queries) == 2


@pytest.mark.django_db
def test_without_a_database_the_scrape_fails(client: Client) -> None:
    def away(*_: object) -> None:
        raise DatabaseError

    with connection.execute_wrapper(away):
        response = client.get(ADDRESS, headers=BEARER)
    assert (response.status_code, response.text) == (503, "database away\n")


@pytest.mark.django_db
def test_it_is_only_read(client: Client) -> None:
    assert client.post(ADDRESS, headers=BEARER).status_code == 405

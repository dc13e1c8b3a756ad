"""A migration that meets a busy table gives up, and nobody waits behind it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse
from psycopg import errors
from pytest_django import Settings

from clinic.management.commands import migrate
from patients.models import Patient

LABEL = "exercises"
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _one_to_apply(settings: Settings, django_db_blocker: object) -> Iterator[None]:
    """In the place of an app's own, which are applied under other names."""
    settings.MIGRATION_MODULES = {LABEL: "tests.held_migrations"}
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE patients_patient DROP COLUMN IF EXISTS held")
        cursor.execute("DELETE FROM django_migrations WHERE name LIKE '%needs_the_table%'")


@contextmanager
def a_long_reading() -> Iterator[threading.Event]:
    """Somebody reads patients in a transaction that goes on; set the event to let it end."""
    reading, over = threading.Event(), threading.Event()

    def read() -> None:
        with transaction.atomic():
            Patient.objects.count()
            reading.set()
            over.wait(60)
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert reading.wait(10)
        yield over
    finally:
        over.set()
        reader.join()


def apply(**options: int) -> None:
    call_command("migrate", LABEL, verbosity=0, **options)


def is_applied() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM information_schema.columns"
            " WHERE table_name = 'patients_patient' AND column_name = 'held'"
        )
        (count,) = cursor.fetchone()
    return bool(count)


def limits() -> tuple[str, ...]:
    found = []
    with connection.cursor() as cursor:
        for name in ("lock_timeout", "statement_timeout"):
            cursor.execute(f"SHOW {name}")
            found += cursor.fetchone()
    return tuple(found)


def test_it_gives_up_soon_and_the_site_stays_up(as_priya: Client, margaret: Patient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")  # as if pages had no limit of their own
    with a_long_reading():
        with pytest.raises(CommandError, match=r"given up: .*lock timeout"):
            apply()
        page = as_priya.get(reverse("exercises:patient", args=[margaret.pk]))
        assert page.status_code == 200
        assert not is_applied()
    assert limits() == ("10s", "30s")  # those of pages and jobs
    apply()
    assert is_applied()


def test_another_try_after_a_pause(margaret: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_long_reading() as over:
        pauses: list[float] = []

        def sleep(seconds: float) -> None:
            pauses.append(seconds)
            over.set()

        monkeypatch.setattr("clinic.management.commands.migrate.time.sleep", sleep)
        apply(tries=3)
    assert is_applied()
    assert pauses == [migrate.PAUSE]


def test_other_faults_are_told_as_they_are(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise OperationalError("the server is gone")

    monkeypatch.setattr("django.core.management.commands.migrate.Command.handle", fail)
    with pytest.raises(OperationalError, match="the server is gone"):
        apply(tries=3)


def test_who_waits_for_a_row_or_an_answer_too_long_gets_an_error(margaret: Patient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '20ms'")
        try:
            with pytest.raises(OperationalError) as ended:
                cursor.execute("SELECT pg_sleep(5)")
        finally:
            cursor.execute("RESET statement_timeout")
    assert isinstance(ended.value.__cause__, errors.QueryCanceled)

"""/health: what each light watches, who reads the reasons, and what the answer costs."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from clinic import clock, deployment, lights, readings
from clinic.models import (
    AuditEntry,
    AuditProof,
    AuditSeal,
    Clinic,
    Deployment,
    JobBeat,
    MailCircuit,
    OutgoingEmail,
    SchedulerBeat,
    User,
)
from tests.outbox_world import make_email

LIVE, READY, REMINDERS = (reverse(f"clinic:{name}") for name in ("live", "ready", "reminders_health"))
TOKEN = "a-token-of-the-monitor-that-nobody-guesses"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
OURS = "riverside-production"
DISK = {"free": 0.5}


@pytest.fixture
def healthy(riverside: Clinic, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is as it should be, and every light has something to look at."""
    settings.MONITOR_TOKEN, settings.BACKUP_WATCHED = TOKEN, True
    monkeypatch.setattr(readings, "disk_free", lambda: DISK["free"])
    monkeypatch.setitem(DISK, "free", 0.5)
    settings.DEPLOYMENT_GUARD, settings.DEPLOYMENT_ID = True, OURS
    now = clock.now()
    deployment.mark(OURS)
    SchedulerBeat.objects.create(last_tick_at=now, materialised_until=now + timedelta(hours=48))
    MailCircuit.objects.create(failures=0, open_until=now)
    for name in [*settings.CELERY_BEAT_SCHEDULE, "backup"]:
        JobBeat.objects.create(name=name, finished_at=now - timedelta(seconds=60))
    for number in range(20):
        make_email(riverside, str(number), state="sent", sent_at=now)
    make_email(riverside, "waiting")


def red(client: Client) -> list[str]:
    answer = client.get(REMINDERS, headers=BEARER)
    said = answer.json()
    found = [name for name, green in said["lights"].items() if not green]
    assert list(said["reasons"]) == found
    assert (answer.status_code, said["status"]) == ((503, "red") if found else (200, "ok"))
    return found


def test_live_touches_no_database(client: Client) -> None:
    with connection.execute_wrapper(lambda *_: pytest.fail("a query")):
        assert client.get(LIVE).json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_when_the_database_answers(client: Client) -> None:
    assert client.get(READY).json() == {"status": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize("address", [READY, REMINDERS])
def test_red_without_a_database_and_no_stack(client: Client, address: str) -> None:
    def away(*_: object) -> None:
        raise DatabaseError

    with connection.execute_wrapper(away):
        response = client.get(address)
    assert (response.status_code, response.json()) == (503, {"status": "red"})


@pytest.mark.usefixtures("healthy")
def test_the_public_gets_one_word(client: Client) -> None:
    assert client.get(REMINDERS).json() == {"status": "ok"}
    SchedulerBeat.objects.all().delete()
    assert client.get(REMINDERS).json() == {"status": "red"}
    for wrong in ("", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN):
        assert client.get(REMINDERS, headers={"Authorization": wrong}).json() == {"status": "red"}


@pytest.mark.usefixtures("healthy")
def test_owners_and_the_monitor_read_the_lights(client: Client, olivia: User, priya: User) -> None:
    assert red(client) == []
    client.force_login(olivia)
    assert set(client.get(REMINDERS).json()["lights"].values()) == {True}
    client.force_login(priya)
    assert client.get(REMINDERS).json() == {"status": "ok"}


@pytest.mark.django_db
def test_an_empty_token_opens_nothing(client: Client, settings: Settings) -> None:
    settings.MONITOR_TOKEN = ""
    assert client.get(REMINDERS, headers={"Authorization": "Bearer "}).json() == {"status": "red"}


def _silent_clock(_riverside: Clinic) -> None:
    """And everything else stands still with it: that is said once."""
    stopped = clock.now() - timedelta(minutes=4)
    SchedulerBeat.objects.update(last_tick_at=stopped)
    JobBeat.objects.update(finished_at=stopped)


def _stuck_job(_riverside: Clinic) -> None:
    JobBeat.objects.filter(name="deliver_outbox").update(finished_at=clock.now() - timedelta(minutes=4))


def _nothing_planned(_riverside: Clinic) -> None:
    SchedulerBeat.objects.update(materialised_until=clock.now() + timedelta(hours=23, minutes=59))


def _overdue(riverside: Clinic) -> None:
    make_email(riverside, "late", not_before=clock.now() - timedelta(minutes=16))


def _mail_server_away(_riverside: Clinic) -> None:
    now = clock.now()
    MailCircuit.objects.update(failures=9, opened_at=now - timedelta(minutes=11))


def _refused(riverside: Clinic) -> None:
    make_email(riverside, "refused", state="failed")
    make_email(riverside, "in doubt", state="unconfirmed")


def _restored(_riverside: Clinic) -> None:
    Deployment.objects.update(place="yesterday's")


def _not_sealed(riverside: Clinic) -> None:
    AuditEntry.objects.create(
        at=clock.now() - timedelta(minutes=11),
        clinic=riverside,
        actor_kind="system",
        actor_label="t",
        verb="clinic.updated",
        object_type="clinic.clinic",
        object_id="1",
    )


def _tampered_with(_riverside: Clinic) -> None:
    AuditProof.objects.create(proved_at=clock.now(), faults=1)


def _no_backup(_riverside: Clinic) -> None:
    JobBeat.objects.filter(name="backup").update(finished_at=clock.now() - timedelta(hours=26, seconds=1))


def _full_disk(_riverside: Clinic) -> None:
    DISK["free"] = 0.099


FAULTS: dict[str, Callable[[Clinic], None]] = {
    "tick": _silent_clock,
    "work": _stuck_job,
    "planned_ahead": _nothing_planned,
    "oldest_due": _overdue,
    "mail_server": _mail_server_away,
    "confirmed": _refused,
    "deployment": _restored,
    "audit_seal": _not_sealed,
    "audit_proof": _tampered_with,
    "backup": _no_backup,
    "disk": _full_disk,
}


@pytest.mark.hazard("HZ-42")
@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize("light", FAULTS)
def test_each_fault_turns_its_own_light_red_and_no_other(
    client: Client, riverside: Clinic, light: str
) -> None:
    FAULTS[light](riverside)
    assert red(client) == [light]


@pytest.mark.usefixtures("healthy")
def test_every_light_has_a_fault_and_says_what_it_is_in_words(client: Client) -> None:
    found = lights.lights()
    assert [light.name for light in found] == list(FAULTS)
    for light in found:
        assert light.title
        assert light.about
        assert light.found.endswith(".")
        assert light.advice.endswith(".")
    _stuck_job(Clinic())
    reason = client.get(REMINDERS, headers=BEARER).json()["reasons"]["work"]
    assert "deliver_outbox 4 minutes ago" in reason


@pytest.mark.usefixtures("healthy")
def test_what_a_seal_holds_waits_for_none(client: Client, riverside: Clinic) -> None:
    _not_sealed(riverside)
    entry = AuditEntry.objects.latest("pk")
    entry.refresh_from_db()
    AuditSeal.objects.create(
        number=1,
        epoch=entry.epoch,
        from_xid=0,
        to_xid=entry.xid + 1,
        entries=1,
        entries_hash="a" * 64,
        previous="0" * 64,
        hash="b" * 64,
        sealed_at=clock.now(),
    )
    assert red(client) == []


@pytest.mark.usefixtures("healthy")
def test_just_inside_every_limit_all_are_green(client: Client, riverside: Clinic) -> None:
    now = clock.now()
    SchedulerBeat.objects.update(
        last_tick_at=now - timedelta(minutes=3), materialised_until=now + timedelta(hours=24)
    )
    JobBeat.objects.update(finished_at=now - timedelta(minutes=6))
    JobBeat.objects.filter(name="backup").update(finished_at=now - timedelta(hours=26))
    DISK["free"] = 0.1
    MailCircuit.objects.update(failures=9, opened_at=now - timedelta(minutes=10))
    make_email(riverside, "late", not_before=now - timedelta(minutes=15))
    make_email(riverside, "refused", state="failed")  # 1 of 21
    make_email(riverside, "long ago", state="failed", not_before=now - timedelta(minutes=61))
    assert red(client) == []


@pytest.mark.hazard("HZ-42")
@pytest.mark.django_db
def test_before_the_first_tick_the_light_is_red(client: Client, settings: Settings) -> None:
    settings.MONITOR_TOKEN = TOKEN
    assert red(client) == ["tick", "planned_ahead"]


@pytest.mark.django_db
def test_an_installation_that_was_never_backed_up_is_red_and_a_demo_is_not(settings: Settings) -> None:
    def light() -> lights.Light:
        return next(light for light in lights.lights() if light.name == "backup")

    settings.BACKUP_WATCHED = True
    assert (light().green, light().found) == (False, "None was ever made.")
    settings.BACKUP_WATCHED = False
    assert light().green


def test_the_fullest_disk_counts(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = {str(tmp_path): 30, str(tmp_path / "backups"): 7}
    settings.HELP_DIR, settings.BACKUP_DIR = str(tmp_path / "help" / "not yet"), str(tmp_path / "backups")
    (tmp_path / "backups").mkdir()

    def usage(path: Path) -> SimpleNamespace:
        return SimpleNamespace(total=100, free=free[str(path)])

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert readings.disk_free() == 0.07
    settings.BACKUP_DIR = ""
    assert readings.disk_free() == 0.3


@pytest.mark.usefixtures("healthy")
def test_it_costs_one_query_that_reads_only_what_waits_and_the_last_hour(
    client: Client, riverside: Clinic
) -> None:
    now = clock.now()
    OutgoingEmail.objects.bulk_create(
        OutgoingEmail(
            clinic=riverside,
            letter="plain",
            object_id=f"old {number}",
            state="sent",
            sent_at=now,
            not_before=now - timedelta(hours=2, minutes=number),
            expires_at=now + timedelta(hours=1),
        )
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clinic_outgoingemail")
        for query in (readings.HEALTH, readings.BACKLOG):
            cursor.execute("EXPLAIN " + query, {"deployment": OURS})
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan on clinic_outgoingemail" not in plan
            assert "email_due" in plan or "email_turn" in plan  # of what waits only
    with CaptureQueriesContext(connection) as queries:
        assert client.get(REMINDERS).status_code == 200
    assert len(queries) == 1

"""A restored backup sends nothing until a person has released it; then only what is due from now on."""

import io
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from clinic import clock, deployment, lights, tasks
from clinic.models import AuditEntry, Clinic, Deployment, OutgoingEmail
from clinic.proof import prove
from clinic.sealing import seal_audit
from tests.audit_world import only_this_database, sealed, write
from tests.databases import program_folder
from tests.outbox_world import make_email
from tests.sink import RunningSink

__all__ = ["only_this_database"]  # a fixture

OURS = "riverside-production"


def states() -> dict[str, str]:
    return dict(OutgoingEmail.objects.values_list("object_id", "state"))


def after_restore() -> str:
    out = io.StringIO()
    call_command("after_restore", stdout=out)
    return out.getvalue()


def program(name: str) -> str:
    return f"{program_folder()}/{name}"


@contextmanager
def restored_elsewhere(dump: Path) -> Iterator[None]:
    """The rest of the test speaks to a database that came out of the dump."""
    server, mine = os.environ["DATABASE_URL"].rpartition("/")[0], connection.settings_dict["NAME"]
    other = f"{mine}_restored"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{other}"')
        try:
            restore = [program("pg_restore"), "--no-owner", "--dbname", f"{server}/{other}", str(dump)]
            subprocess.run(restore, check=True)
            point_to(other)
            yield
        finally:
            point_to(mine)
            admin.execute(f'DROP DATABASE "{other}" WITH (FORCE)')


def point_to(name: str) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has one
    connection.settings_dict["NAME"] = name


@pytest.mark.hazard("HZ-07")
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_yesterdays_backup_sends_nothing_until_it_is_released(
    tmp_path: Path, riverside: Clinic, sink: RunningSink, settings: Settings
) -> None:
    settings.DEPLOYMENT_GUARD, settings.DEPLOYMENT_ID = True, OURS
    deployment.mark(OURS)
    now = clock.now()
    heads = sealed(riverside, 2)
    make_email(riverside, "overdue")
    make_email(riverside, "tomorrow", not_before=now + timedelta(days=1), expires_at=now + timedelta(days=2))
    dump = tmp_path / "backup"
    url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    subprocess.run([program("pg_dump"), "-Fc", "--file", str(dump), url], check=True)
    with restored_elsewhere(dump):
        assert Deployment.objects.get().key == OURS  # the same as the environment's, and still nothing leaves
        assert tasks.deliver_outbox() == 0
        call_command("send_reminders", verbosity=0)
        assert sink.accepted == []
        assert [light.name for light in lights.lights() if not light.green and light.name == "deployment"]

        write(riverside)  # in another epoch before anybody says so: this database lies elsewhere
        assert sorted(AuditEntry.objects.values_list("epoch", flat=True)) == [1, 1, 2]
        said = after_restore()
        assert "The audit goes on in epoch 3" in said  # send_reminders has sealed in the second
        assert seal_audit(clock.now())
        assert prove(heads).faults == []
        make_email(riverside, "new")
        assert tasks.deliver_outbox() == 0  # the environment does not know the new name yet
        settings.DEPLOYMENT_ID = Deployment.objects.get().key
        assert f"FOOTWORK_DEPLOYMENT_ID={settings.DEPLOYMENT_ID}" in said
        assert tasks.deliver_outbox() == 1
        assert states() == {"overdue": "expired", "tomorrow": "pending", "new": "sent"}
    assert len(sink.accepted) == 1
    settings.DEPLOYMENT_ID = OURS
    assert tasks.deliver_outbox() == 1  # the original was never held back

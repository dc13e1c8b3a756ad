"""manage.py after_restore: what it ends, what it leaves, and what it does again from the log."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from clinic import clock, deployment, logs, replay
from clinic.actors import Actor
from clinic.models import AuditEntry, Deployment, Invitation, OutgoingEmail, User
from exercises import actions
from exercises.models import Programme, Reminder
from patients import actions as patient_actions
from patients.models import AccessCode, ConsentChannel, Device, Patient, PlanLink
from tests import factories
from tests.outbox_world import make_email

OURS = "riverside-production"
TOKEN = "9b2f0a52-9f8e-4a39-8d9d-3c5a7a0f1c11"


@pytest.fixture
def guarded(db: None, settings: Settings) -> None:
    settings.DEPLOYMENT_GUARD, settings.DEPLOYMENT_ID = True, OURS
    deployment.mark(OURS)


def states() -> dict[str, str]:
    return dict(OutgoingEmail.objects.values_list("object_id", "state"))


def after_restore(**options: object) -> str:
    out = io.StringIO()
    call_command("after_restore", stdout=out, **options)
    return out.getvalue()


# --- what releasing does ----------------------------------------------------------------------------------------


def test_what_was_due_ends_and_what_is_to_come_stays(guarded: None, programme: Programme) -> None:
    OutgoingEmail.objects.all().delete()
    now = clock.now()
    clinic = programme.clinic
    make_email(clinic, "due")
    make_email(clinic, "put off", not_before=now + timedelta(minutes=20), deferrals=1)
    make_email(clinic, "in doubt", doubt=1)
    make_email(clinic, "in hand", state="sending", lease_token=TOKEN, lease_until=now + timedelta(minutes=5))
    make_email(clinic, "later", not_before=now + timedelta(minutes=20))
    make_email(clinic, "sent", state="sent", sent_at=now)
    Reminder.objects.all().delete()
    for hours, state in ((-1, "planned"), (1, "planned"), (-2, "cancelled")):
        factories_reminder(programme, hours, state)
    said = after_restore()
    assert states() == {
        "due": "expired",
        "put off": "expired",
        "in doubt": "unconfirmed",
        "in hand": "unconfirmed",
        "later": "pending",
        "sent": "sent",
    }
    reasons = set(OutgoingEmail.objects.exclude(reason="").values_list("reason", flat=True))
    assert reasons == {"Restored from a backup: it may have been sent."}
    assert list(Reminder.objects.order_by("due_at").values_list("state", flat=True)) == [
        "cancelled",
        "expired",
        "planned",
    ]
    assert "1 reminders and 3 e-mails were due" in said
    assert "1 e-mails were being sent" in said


def factories_reminder(programme: Programme, hours: int, state: str) -> None:
    due = clock.now() + timedelta(hours=hours)
    Reminder.objects.create(
        clinic=programme.clinic,
        programme=programme,
        local_date=due.date(),
        slot=hours + 5,
        local_time=due.time(),
        time_zone="UTC",
        due_at=due,
        expires_at=due + timedelta(hours=6),
        state=state,
    )


def test_nothing_that_was_open_stays_open_but_printed_codes(
    client: Client, guarded: None, priya: User, margaret: Patient, programme: Programme
) -> None:
    now = clock.now()
    client.force_login(priya)
    person = Actor.staff(priya)
    page = reverse("exercises:patient", args=[margaret.pk])
    assert client.get(page).status_code == 200
    code, _printed = actions.issue_code(actor=person, patient=margaret, now=now)
    patient_actions.issue_link(actor=person, patient=margaret, expires_at=now + timedelta(days=3))
    feed, _address = actions.make_feed(actor=Actor.patient(margaret), patient=margaret, now=now)
    Device.objects.create(
        clinic=margaret.clinic,
        patient=margaret,
        secret_hash="a" * 64,
        label="Firefox",
        own=True,
        opened_with="code",
        seen_at=now,
        expires_at=now + timedelta(days=30),
    )
    Invitation.objects.create(
        clinic=margaret.clinic,
        name="Nell",
        email="nell@riverside.example",
        role="assistant",
        secret_hash="b" * 64,
        invited_by=priya,
        invited_at=now,
        expires_at=now + timedelta(days=7),
    )
    after_restore()
    assert client.get(page).status_code == 302  # to the sign-in
    assert AccessCode.objects.usable_at(clock.now()).filter(pk=code.pk).exists()
    assert not PlanLink.objects.usable_at(clock.now()).exists()
    assert not Device.objects.filter(revoked_at=None).exists()
    feed.refresh_from_db()
    assert feed.revoked_at
    assert Invitation.objects.get().secret_hash is None
    entry = AuditEntry.objects.get(verb="clinic.restored")
    assert (entry.clinic_id, entry.actor_label) == (margaret.clinic_id, "after_restore")
    assert entry.changes == {"deployment": Deployment.objects.get().key, "epoch": 2, "replayed": {}}
    entry.refresh_from_db()
    assert entry.epoch == 2
    assert "The audit goes on in epoch 3" in after_restore()


def test_a_dry_run_says_the_same_and_does_nothing(
    guarded: None, programme: Programme, tmp_path: Path
) -> None:
    make_email(programme.clinic, "due")
    log = tmp_path / "log"
    log.write_text(
        json.dumps({"message": "replay", "kind": "reminders.stopped", "key": str(programme.patient_id)})
    )
    before = factories.count_rows()
    said = after_restore(dry_run=True, replay=log)
    assert "Done again from the log: reminders.stopped, 1." in said
    assert "FOOTWORK_DEPLOYMENT_ID=" not in said
    assert factories.count_rows() == before
    assert Deployment.objects.get().key == OURS
    assert states()["due"] == "pending"
    assert Patient.objects.get().reminders_allowed


# --- the lines of the log -----------------------------------------------------------------------------------------


@pytest.fixture
def stream(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What the log stream holds, as it leaves the process."""
    lines: list[str] = []

    class Stream(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(logs.JsonFormatter().format(record))

    handler = Stream()
    replay.log.addHandler(handler)
    yield lines
    replay.log.removeHandler(handler)


def released(lines: list[str], tmp_path: Path) -> str:
    log = tmp_path / "log"
    log.write_text("\n".join(lines))
    return after_restore(replay=log)


def test_who_stopped_e_mails_since_the_backup_is_stopped_before_any_leaves(
    guarded: None,
    programme: Programme,
    margaret: Patient,
    stream: list[str],
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    backup = transaction.savepoint()
    with django_capture_on_commit_callbacks(execute=True):
        actions.stop_reminders(
            actor=Actor.patient(margaret), patient=margaret, channel=ConsentChannel.ONE_CLICK
        )
    transaction.savepoint_rollback(backup)
    margaret.refresh_from_db()
    assert margaret.reminders_allowed
    (line,) = stream
    assert "margaret.hale" not in line.lower()
    assert "Hale" not in line
    said = released(["worker-1  | not ours", "{broken", "[1]", f"web-1  | {line}"], tmp_path)
    assert "reminders.stopped, 1." in said
    margaret.refresh_from_db()
    assert not margaret.reminders_allowed
    assert not Reminder.objects.filter(state="planned").exists()
    assert "reminders.stopped, 0." in released([line], tmp_path)  # twice is once


def test_who_came_back_later_is_left_as_the_backup_has_it(
    guarded: None,
    margaret: Patient,
    priya: User,
    stream: list[str],
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for change in (actions.stop_reminders, actions.allow_reminders):
            now = {"now": clock.now()} if change is actions.allow_reminders else {}
            change(actor=Actor.staff(priya), patient=margaret, channel=ConsentChannel.CLINIC, **now)
    assert len(stream) == 2
    assert "Done again" not in released(stream, tmp_path)
    assert Patient.objects.get().reminders_allowed


def test_archived_records_and_stopped_carers_are_among_the_lines(
    guarded: None,
    margaret: Patient,
    priya: User,
    stream: list[str],
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    carer = patient_actions.name_carer(
        actor=Actor.staff(priya),
        patient=margaret,
        name="Ruth",
        email="ruth@friends.example",
        language="en-gb",
        now=clock.now(),
    )
    backup = transaction.savepoint()
    with django_capture_on_commit_callbacks(execute=True):
        patient_actions.stop_copies(actor=Actor.staff(priya), carer=carer, now=clock.now())
        actions.archive_patient(
            actor=Actor.staff(priya), patient=margaret, now=clock.now(), reason="She moved away."
        )
    transaction.savepoint_rollback(backup)
    said = released(stream, tmp_path)
    assert "carer.stopped, 1." in said
    assert "patient.archived, 1." in said
    carer.refresh_from_db()
    assert carer.state == "stopped"
    assert not Patient.objects.get().reminders_allowed


def test_a_line_about_nobody_stops_nothing(guarded: None, margaret: Patient, tmp_path: Path) -> None:
    keys = ("", "nobody", TOKEN, "1", "99999999999999999999")
    lines = [
        json.dumps({"message": "replay", "kind": kind, "key": key})
        for kind in ("reminders.stopped", "carer.stopped", "something.else")
        for key in keys
    ]
    lines += [json.dumps({"message": "replay", "kind": "reminders.stopped", "key": 7}), json.dumps("replay")]
    released(lines, tmp_path)
    assert Patient.objects.get().reminders_allowed


def test_a_file_that_is_not_there_is_said_before_anything_is_done(guarded: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot read"):
        after_restore(replay=tmp_path / "nothing")
    assert Deployment.objects.get().key == OURS

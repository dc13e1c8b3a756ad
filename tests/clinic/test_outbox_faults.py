"""What the outbox makes of every fault of the wire, of a dead process and of a database that goes away."""

import threading
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from clinic import clock
from clinic.mail import claims, delivery, outbox, transport
from clinic.models import Clinic, MailCircuit, OutgoingEmail
from tests import outbox_world
from tests.outbox_world import claim_one, make_due, make_email
from tests.sink import Faults, RunningSink

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # a mail server that hesitates

NEVER_TAKEN = [
    (Faults(drop_at="MAIL"), "SMTPServerDisconnected", None),
    (Faults(drop_at="RCPT"), "SMTPServerDisconnected", None),
    (Faults(drop_at="DATA"), "SMTPServerDisconnected", None),
    (Faults(mail="451 4.3.0 not now"), "SMTPSenderRefused", 451),
    (Faults(mail="550 5.7.1 not you"), "SMTPSenderRefused", 550),
    (Faults(rcpt="421 4.3.2 closing"), "", 421),
    (Faults(data_end="421 4.3.2 closing"), "", 421),
]


def taken_one(sink: RunningSink) -> bool:
    """Waits, in a thread of its own, until the server has taken a mail."""
    end = time.monotonic() + 10
    while not sink.accepted and time.monotonic() < end:
        time.sleep(0.01)
    return bool(sink.accepted)


def read(email: OutgoingEmail, *names: str) -> tuple[Any, ...]:
    email.refresh_from_db()
    return tuple(getattr(email, name) for name in names)


@pytest.mark.parametrize(("faults", "error", "code"), NEVER_TAKEN)
def test_before_the_body_the_row_goes_back_and_the_circuit_counts(
    riverside: Clinic, sink: RunningSink, faults: Faults, error: str, code: int | None
) -> None:
    email = make_email(riverside)
    sink.faults = faults
    assert outbox.deliver_due() == 0
    counted = read(email, "state", "attempts", "deferrals", "doubt", "last_error", "last_code")
    assert counted == ("pending", 0, 1, 0, error, code)
    assert timedelta(seconds=25) < email.not_before - clock.now() < timedelta(seconds=61)
    assert MailCircuit.objects.get().failures == 1
    assert outbox_world.unsent == ["margaret"]
    assert sink.accepted == []
    sink.faults = Faults()
    make_due()
    assert outbox.deliver_due() == 1
    assert MailCircuit.objects.get().failures == 0


@pytest.mark.parametrize("faults", [Faults(rcpt="450 4.2.1 greylisted"), Faults(data_end="452 4.3.1 full")])
def test_put_off_is_an_attempt_and_tried_again_later(
    riverside: Clinic, sink: RunningSink, faults: Faults
) -> None:
    email = make_email(riverside)
    sink.faults = faults
    assert outbox.deliver_due() == 0
    assert read(email, "state", "attempts", "deferrals", "doubt", "reason") == ("pending", 1, 0, 0, "")
    assert email.last_code in {450, 452}
    assert email.not_before > clock.now()
    assert outbox_world.unsent == ["margaret"]
    assert MailCircuit.objects.get().failures == 0
    sink.faults = Faults()
    make_due()
    assert outbox.deliver_due() == 1
    assert read(email, "state", "attempts") == ("sent", 2)


def test_the_eighth_refusal_for_now_is_the_last(riverside: Clinic, sink: RunningSink) -> None:
    email = make_email(riverside, attempts=6)
    sink.faults = Faults(rcpt="450 4.2.1 greylisted")
    outbox.deliver_due()
    assert read(email, "state", "attempts") == ("pending", 7)
    make_due()
    outbox.deliver_due()
    assert read(email, "state", "attempts", "reason") == ("failed", 8, outbox.PUT_OFF_TOO_OFTEN)


def test_a_try_that_would_come_too_late_is_not_waited_for(riverside: Clinic, sink: RunningSink) -> None:
    soon = clock.now() + timedelta(seconds=20)
    email = make_email(riverside, expires_at=soon)
    doubted = make_email(riverside, "doubted", expires_at=soon, doubt=1)
    sink.faults = Faults(rcpt="450 4.2.1 greylisted")
    outbox.deliver_due()
    assert read(email, "state", "reason") == ("expired", claims.TOO_LATE)
    assert read(doubted, "state", "reason") == ("unconfirmed", claims.MAY_BE_OUT)


def test_the_pause_doubles_to_half_an_hour_and_is_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [claims.pause_after(3) for _ in range(200)]
    assert min(seen) >= timedelta(minutes=4)
    assert max(seen) <= timedelta(minutes=8)
    assert len(set(seen)) > 100
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    minutes = [claims.pause_after(times) / timedelta(minutes=1) for times in range(8)]
    assert minutes == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (Faults(rcpt="550 5.1.1 no such user"), transport.ADDRESS_REFUSED),
        (Faults(rcpt="550 no such user"), transport.ADDRESS_REFUSED),
        (Faults(rcpt="554 5.7.1 listed"), transport.RULES_REFUSED),
        (Faults(data_end="554 5.6.0 rejected"), transport.MESSAGE_REFUSED),
    ],
)
def test_a_refusal_is_final_and_says_why(
    riverside: Clinic, sink: RunningSink, faults: Faults, reason: str
) -> None:
    email = make_email(riverside)
    doubted = make_email(riverside, "doubted", doubt=1)
    sink.faults = faults
    assert outbox.deliver_due() == 0
    assert read(email, "state", "attempts", "reason") == ("failed", 1, reason)
    assert read(doubted, "state", "reason") == ("unconfirmed", claims.MAY_BE_OUT)
    assert outbox_world.unsent == ["margaret", "doubted"]
    make_due()
    assert outbox.deliver_due() == 0


@pytest.mark.parametrize(
    ("faults", "copies"),
    [
        (Faults(drop_after_accept=True), 2),
        (Faults(drop_mid_data=True), 0),
        (Faults(ack_delay=3), 2),
        (Faults(data_end="what?"), 0),
        (Faults(data_end="354 once more"), 0),
    ],
)
def test_in_the_gap_one_more_try_and_then_a_person_decides(
    riverside: Clinic, sink: RunningSink, faults: Faults, copies: int
) -> None:
    email = make_email(riverside)
    sink.faults = faults
    assert outbox.deliver_due() == 0
    assert read(email, "state", "doubt", "attempts", "deferrals", "reason") == ("pending", 1, 0, 0, "")
    assert MailCircuit.objects.get().failures == 1
    make_due()
    assert outbox.deliver_due() == 0
    assert read(email, "state", "doubt", "reason") == ("unconfirmed", 2, claims.MAY_BE_OUT)
    make_due()
    sink.faults = Faults()
    assert outbox.deliver_due() == 0
    assert outbox_world.unsent == []  # the link may be in an inbox
    assert sum(sink.copies().values()) == copies
    assert len(sink.copies()) == min(copies, 1)  # the same Message-ID both times


def test_doubt_followed_by_a_confirmation_ends_sent(riverside: Clinic, sink: RunningSink) -> None:
    email = make_email(riverside)
    sink.faults = Faults(drop_mid_data=True)
    outbox.deliver_due()
    sink.faults = Faults()
    make_due()
    assert outbox.deliver_due() == 1
    assert read(email, "state", "doubt") == ("sent", 1)


def test_a_doubt_too_late_for_another_try_ends_at_once(riverside: Clinic, sink: RunningSink) -> None:
    email = make_email(riverside, expires_at=clock.now() + timedelta(seconds=20))
    sink.faults = Faults(drop_after_accept=True)
    outbox.deliver_due()
    assert read(email, "state", "doubt", "reason") == ("unconfirmed", 1, claims.MAY_BE_OUT)


def test_a_slow_but_patient_answer_is_no_fault(riverside: Clinic, sink: RunningSink) -> None:
    make_email(riverside)
    sink.faults = Faults(latency=0.2, ack_delay=0.2)
    assert outbox.deliver_due() == 1
    assert len(sink.accepted) == 1


def test_a_server_that_hangs_up_between_two_mails_costs_nothing(riverside: Clinic, sink: RunningSink) -> None:
    sink.faults = Faults(hang_up_after=1)
    for number in range(3):
        make_email(riverside, str(number))
    assert outbox.deliver_due() >= 1
    make_due()
    assert set(OutgoingEmail.objects.values_list("doubt", flat=True)) == {0}
    outbox.deliver_due()
    assert set(sink.copies().values()) == {1}


def test_too_little_lease_sends_nothing_and_blames_nobody(
    riverside: Clinic, sink: RunningSink, settings: Settings
) -> None:
    email = make_email(riverside)
    settings.OUTBOX["lease"] = 1  # shorter than 2 x 0.5 + 0.5
    assert outbox.deliver_due() == 0
    assert read(email, "state", "deferrals", "last_error") == ("pending", 1, "LeaseTooShortError")
    assert "DATA" not in [command.upper() for command in sink.commands]
    assert MailCircuit.objects.get().failures == 0
    assert outbox_world.unsent == ["margaret"]


def test_links_that_cannot_be_forgotten_undo_no_result(
    riverside: Clinic, sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_world, "unsent", None)  # append fails
    email = make_email(riverside)
    sink.faults = Faults(rcpt="550 5.1.1 no such user")
    outbox.deliver_due()
    assert read(email, "state") == ("failed",)


# --- dead processes, lost leases ------------------------------------------------------------------------------


def test_an_expired_lease_is_a_doubt_and_the_second_is_the_last(riverside: Clinic, sink: RunningSink) -> None:
    email = make_email(riverside)
    for doubt, state in ((1, "pending"), (2, "unconfirmed")):
        assert claim_one()
        assert outbox.reap() == 0
        OutgoingEmail.objects.update(lease_until=clock.now() - timedelta(seconds=1))
        assert outbox.reap() == 1
        assert read(email, "doubt", "state", "lease_token", "lease_until") == (doubt, state, None, None)
        assert email.last_error == claims.LEASE_EXPIRED
    assert email.reason == claims.MAY_BE_OUT
    assert outbox.deliver_due() == 0


@pytest.mark.parametrize("doubt", [0, 1])
def test_what_a_dead_process_had_not_begun_waits_again_without_a_doubt(
    riverside: Clinic, sink: RunningSink, doubt: int
) -> None:
    email = make_email(riverside, doubt=doubt)
    assert claim_one(begin=False)
    assert outbox.reap() == 0
    OutgoingEmail.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert outbox.reap() == 1
    assert read(email, "doubt", "state", "lease_token", "lease_until") == (doubt, "pending", None, None)
    assert outbox.deliver_due() == 1


def test_what_was_reaped_or_taken_back_meanwhile_does_not_begin(riverside: Clinic) -> None:
    ours, reaped, cancelled, late = (make_email(riverside, name) for name in ("a", "b", "c", "d"))
    claimed = claims.claim(4, bulk=False)
    assert [claim.id for claim in claimed] == [ours.pk, reaped.pk, cancelled.pk, late.pk]
    OutgoingEmail.objects.filter(pk=reaped.pk).update(lease_until=clock.now() - timedelta(seconds=1))
    assert outbox.reap() == 1
    assert outbox.cancel([cancelled.pk], reason="The programme has ended.") == 1
    OutgoingEmail.objects.filter(pk=late.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    assert claims.turn_over({}, claimed) == {ours.pk}
    assert claims.hand_back(claimed) == 1  # the late one, for the sweep: what has begun is not handed back
    states = dict(OutgoingEmail.objects.values_list("object_id", "state"))
    assert states == {"a": "sending", "b": "pending", "c": "cancelled", "d": "pending"}
    assert outbox.cancel([ours.pk], reason="Too late for that.") == 0


def test_beginning_twice_is_harmless_when_the_first_answer_was_lost(riverside: Clinic) -> None:
    make_email(riverside)
    claimed = claims.claim(1, bulk=False)
    assert claims.turn_over({}, claimed) == claims.turn_over({}, claimed) != set()


def test_a_reaped_row_past_its_expiry_ends_unconfirmed(riverside: Clinic) -> None:
    now = clock.now()
    email = make_email(
        riverside,
        state="sending",
        lease_token=uuid4(),
        lease_until=now - timedelta(seconds=1),
        begun_at=now - timedelta(minutes=5),
        expires_at=now - timedelta(seconds=1),
    )
    outbox.reap()
    assert read(email, "state", "doubt") == ("unconfirmed", 1)


@pytest.mark.parametrize("verdict", list(transport.Verdict))
def test_a_zombie_changes_nothing(
    riverside: Clinic, sink: RunningSink, verdict: transport.Verdict, caplog: pytest.LogCaptureFixture
) -> None:
    """A process is frozen over its mail, another finishes the row, and the first wakes up to any news."""
    email = make_email(riverside)
    zombie = claim_one()
    assert zombie
    OutgoingEmail.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert outbox.deliver_due() == 1
    before = OutgoingEmail.objects.values().get()
    assert not claims.record(zombie, delivery.changes_by(zombie, transport.Outcome(verdict)))
    assert OutgoingEmail.objects.values().get() == before
    assert (before["state"], before["doubt"]) == ("sent", 1)
    assert [record.getMessage() for record in caplog.records] == ["result dropped: the lease was lost"]
    assert vars(caplog.records[0])["email"] == email.pk


def test_a_zombie_does_not_disturb_the_next_holder(riverside: Clinic) -> None:
    make_email(riverside)
    zombie = claim_one()
    assert zombie
    OutgoingEmail.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    outbox.reap()
    holder = claim_one()
    assert holder
    assert not claims.record(zombie, claims.sent())
    assert OutgoingEmail.objects.get().lease_token == holder.token


# --- the database goes away -----------------------------------------------------------------------------------


def test_a_database_that_is_away_while_composing_is_not_the_letters_fault(
    riverside: Clinic, sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connection lost")

    monkeypatch.setattr(outbox_world, "plain", away)
    email = make_email(riverside)
    assert outbox.deliver_due() == 0
    assert read(email, "state", "crashes", "deferrals") == ("pending", 0, 1)


@pytest.mark.django_db(transaction=True)
def test_a_result_is_written_although_the_connection_died_meanwhile(
    riverside: Clinic, sink: RunningSink, caplog: pytest.LogCaptureFixture
) -> None:
    email = make_email(riverside)
    connection.ensure_connection()
    assert connection.connection
    backend = connection.connection.info.backend_pid
    sink.faults = Faults(ack_delay=0.3)

    def kill() -> None:
        assert taken_one(sink)
        with connection.cursor() as cursor:  # this thread's own connection
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
        connection.close()

    killer = threading.Thread(target=kill)
    killer.start()
    assert outbox.deliver_due() == 1
    killer.join()
    assert read(email, "state", "doubt") == ("sent", 0)
    assert "database away" in [record.getMessage() for record in caplog.records]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_and_no_transaction_is_open_while_smtp_talks(
    riverside: Clinic, sink: RunningSink
) -> None:
    email = make_email(riverside)
    sink.faults = Faults(ack_delay=0.3)
    seen: list[tuple[int, int, str]] = []

    def look() -> None:
        assert taken_one(sink)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FILTER (WHERE state LIKE 'idle in%%'), count(*) FILTER (WHERE backend_xid IS NOT NULL)"
                " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            idle, writing = cursor.fetchone()
            cursor.execute(
                "SELECT state FROM clinic_outgoingemail WHERE id = %s FOR UPDATE NOWAIT", [email.pk]
            )
            (state,) = cursor.fetchone()
        connection.close()
        seen.append((idle, writing, state))

    onlooker = threading.Thread(target=look)
    onlooker.start()
    assert outbox.deliver_due() == 1
    onlooker.join()
    assert seen == [(0, 0, "sending")]

"""Posting, cancelling, and every way a row can end when nothing breaks on the wire."""

from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from clinic import clock, mail, tasks
from clinic.mail import claims, outbox
from clinic.models import Clinic, OutgoingEmail
from tests import outbox_world
from tests.outbox_world import claim_one, make_due, make_email
from tests.sink import RunningSink


def post(clinic: Clinic, letter: str = "plan_ready") -> OutgoingEmail:
    now = clock.now()
    return mail.post(letter, 7, clinic_id=clinic.pk, not_before=now, expires_at=now + timedelta(hours=1))


# --- posting and cancelling -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_post_writes_a_row_and_nudges_the_worker_on_commit(
    riverside: Clinic, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        email = post(riverside)
    email.refresh_from_db()
    assert (email.letter, email.object_id, email.state) == ("plan_ready", "7", "pending")
    assert len(callbacks) == 1


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_letter_with_it(riverside: Clinic) -> None:
    with transaction.atomic():
        post(riverside)
        transaction.set_rollback(True)
    assert OutgoingEmail.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_posting_outside_a_transaction_is_refused(riverside: Clinic) -> None:
    with pytest.raises(RuntimeError, match="in the transaction that causes it"):
        post(riverside)
    assert OutgoingEmail.objects.count() == 0


@pytest.mark.django_db
def test_an_unknown_letter_is_refused(riverside: Clinic) -> None:
    with pytest.raises(ValueError, match="unknown letter 'plan_redy'"):
        post(riverside, "plan_redy")
    assert OutgoingEmail.objects.count() == 0


@pytest.mark.django_db
def test_cancel_takes_back_what_waits_and_nothing_else(riverside: Clinic, sink: RunningSink) -> None:
    waiting, doubted, gone = (make_email(riverside, name) for name in ("waiting", "doubted", "gone"))
    OutgoingEmail.objects.filter(pk=doubted.pk).update(doubt=1)
    claim = claim_one()  # the oldest, by primary key among equals
    assert claim
    assert claim.id == waiting.pk
    OutgoingEmail.objects.filter(pk=gone.pk).update(state="sent", sent_at=clock.now())
    other = make_email(riverside, "other")
    assert mail.cancel([waiting.pk, doubted.pk, gone.pk, other.pk], reason="The programme has ended.") == 2
    states = dict(OutgoingEmail.objects.values_list("object_id", "state"))
    assert states == {
        "waiting": "sending",
        "doubted": "unconfirmed",
        "gone": "sent",
        "other": "cancelled",
    }
    other.refresh_from_db()
    assert other.reason == "The programme has ended."


# --- delivering -----------------------------------------------------------------------------------------------


@pytest.mark.hazard("HZ-07")
@pytest.mark.django_db
def test_a_due_mail_is_sent_once(riverside: Clinic, sink: RunningSink) -> None:
    email = make_email(riverside)
    assert [outbox.deliver_due(), outbox.deliver_due()] == [1, 0]
    email.refresh_from_db()
    assert (email.state, email.attempts, email.doubt, email.last_code) == ("sent", 1, 0, 250)
    assert (email.lease_token, email.lease_until, email.reason) == (None, None, "")
    assert email.sent_at
    (taken,) = sink.accepted
    assert taken.recipients == ["margaret@patients.example"]
    assert outbox_world.unsent == []


@pytest.mark.django_db
def test_the_oldest_goes_first_and_nothing_before_its_time(riverside: Clinic, sink: RunningSink) -> None:
    now = clock.now()
    make_email(riverside, "second", not_before=now - timedelta(minutes=1))
    make_email(riverside, "first", not_before=now - timedelta(minutes=2))
    make_email(riverside, "tomorrow", not_before=now + timedelta(seconds=1))
    assert outbox.deliver_due() == 2
    assert [taken.recipients[0].partition("@")[0] for taken in sink.accepted] == ["first", "second"]


@pytest.mark.hazard("HZ-34")
@pytest.mark.django_db
def test_what_is_too_late_expires_and_is_not_sent(riverside: Clinic, sink: RunningSink) -> None:
    now = clock.now()
    past = {"not_before": now - timedelta(hours=2), "expires_at": now - timedelta(seconds=1)}
    late, doubted = make_email(riverside, "late", **past), make_email(riverside, "doubted", doubt=1, **past)
    assert outbox.deliver_due() == 0
    late.refresh_from_db()
    doubted.refresh_from_db()
    assert (late.state, late.reason) == ("expired", claims.TOO_LATE)
    assert (doubted.state, doubted.reason) == ("unconfirmed", claims.MAY_BE_OUT)
    assert sink.accepted == []


@pytest.mark.hazard("HZ-06")
@pytest.mark.django_db
@pytest.mark.parametrize(("doubt", "state"), [(0, "cancelled"), (1, "unconfirmed")])
def test_a_letter_no_longer_wanted_is_not_sent(
    riverside: Clinic, sink: RunningSink, doubt: int, state: str
) -> None:
    email = make_email(riverside, letter="unwanted", doubt=doubt)
    assert outbox.deliver_due() == 0
    email.refresh_from_db()
    assert email.state == state
    assert email.reason == (claims.MAY_BE_OUT if doubt else outbox.NOT_WANTED)
    assert sink.accepted == []


@pytest.mark.django_db
@pytest.mark.parametrize("letter", ["poison", "split", "removed_from_the_settings"])
def test_a_letter_that_cannot_be_composed_gets_three_tries_and_stops_nobody(
    riverside: Clinic, sink: RunningSink, letter: str, caplog: pytest.LogCaptureFixture
) -> None:
    email = make_email(riverside, letter=letter, not_before=clock.now() - timedelta(hours=1))
    make_email(riverside, "heinrich")
    assert outbox.deliver_due() == 1
    for _ in range(3):
        make_due()
        assert outbox.deliver_due() == 0
    email.refresh_from_db()
    assert (email.state, email.crashes, email.attempts) == ("failed", 3, 0)
    assert email.reason == outbox.NOT_COMPOSED
    assert email.last_error in {"LookupError", "ValueError", "KeyError"}
    assert len(sink.accepted) == 1
    assert "@" not in "".join(str(vars(record)) for record in caplog.records)


@pytest.mark.django_db
def test_a_letter_removed_while_in_doubt_stays_in_doubt(riverside: Clinic, sink: RunningSink) -> None:
    email = make_email(riverside, letter="poison", doubt=1, crashes=2)
    outbox.deliver_due()
    email.refresh_from_db()
    assert (email.state, email.reason) == ("unconfirmed", claims.MAY_BE_OUT)


@pytest.mark.django_db
def test_nothing_is_claimed_after_the_stop_or_the_budget(riverside: Clinic, sink: RunningSink) -> None:
    for name in ("one", "two", "three", "four"):
        make_email(riverside, name)
    assert outbox.deliver_due(now_budget=0) == 0
    # The second had begun behind the first.
    assert outbox.deliver_due(stopping=lambda: len(sink.accepted) >= 1) == 2
    assert sorted(OutgoingEmail.objects.values_list("state", flat=True)) == ["pending"] * 2 + ["sent"] * 2


@pytest.mark.django_db
def test_the_task_stops_claiming_when_the_worker_shuts_down(
    riverside: Clinic, sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_stop_asked", bytearray(1))
    make_email(riverside)
    tasks.ask_to_stop()
    assert tasks.deliver_outbox() == 0
    monkeypatch.setattr(tasks, "_stop_asked", bytearray(1))
    assert tasks.deliver_outbox() == 1


@pytest.mark.django_db
def test_one_connection_carries_several_mails_and_not_too_many(
    riverside: Clinic, sink: RunningSink, settings: Settings
) -> None:
    settings.OUTBOX["per_connection"] = 2
    for number in range(5):
        make_email(riverside, str(number))
    assert outbox.deliver_due() == 5
    assert [(taken.connection, taken.nth) for taken in sink.accepted] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (3, 1),
    ]


@pytest.mark.django_db
def test_nothing_due_opens_no_connection(riverside: Clinic, sink: RunningSink) -> None:
    assert outbox.deliver_due() == 0
    assert sink.connections == 0


@pytest.mark.hazard("HZ-40")
@pytest.mark.django_db
def test_logs_hold_ids_and_codes_and_no_address(
    riverside: Clinic, sink: RunningSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "clinic.mail")
    email = make_email(riverside)
    outbox.deliver_due()
    (record,) = caplog.records
    found = {name: vars(record)[name] for name in ("email", "verdict", "code")}
    assert found == {"email": email.pk, "verdict": "accepted", "code": 250}
    assert "@" not in str(vars(record))

"""Addresses to which nothing more goes: when a letter is composed, for one clinic, until somebody confirms them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from clinic import clock, replay
from clinic.actors import Actor
from clinic.mail import outbox, suppression
from clinic.mail.suppression import address_hash
from clinic.models import (
    BounceEvent,
    Clinic,
    OutgoingEmail,
    ReturnCount,
    Suppression,
    SuppressionReason,
    User,
)
from tests import outbox_world
from tests.outbox_world import make_email
from tests.returned_world import suppress
from tests.sink import Faults, RunningSink

TO = "margaret@patients.example"


# --- one address, however it is written -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "written", ["Margaret@Patients.example", " margaret@patients.example ", "MARGARET@PATIENTS.EXAMPLE"]
)
def test_one_address_has_one_hash(written: str) -> None:
    assert address_hash(written) == address_hash(TO)


def test_a_domain_is_known_by_both_its_names() -> None:
    assert address_hash("anna@müller.example") == address_hash("anna@xn--mller-kva.example")


def test_the_hash_is_keyed_and_says_nothing(settings: Settings) -> None:
    before = address_hash(TO)
    assert len(before) == 64
    assert "margaret" not in before
    settings.SECRET_KEY = "another key that nobody can guess, of more than fifty characters"
    assert address_hash(TO) != before


@given(st.text(max_size=80))
def test_whatever_is_typed_has_a_hash_or_none(text: str) -> None:
    assert len(address_hash(text)) in {0, 64}
    assert address_hash("") == address_hash("nobody") == address_hash("@x.example") == ""


# --- when a letter is composed --------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("reason", "words"), list(suppression.WHY_NOT_SENT.items()))
def test_nothing_goes_to_a_suppressed_address(
    riverside: Clinic, sink: RunningSink, reason: str, words: str
) -> None:
    until = clock.now() + timedelta(days=1) if reason == "soft_series" else None
    suppress(riverside, reason=reason, until=until)
    email, other = make_email(riverside), make_email(riverside, "ruth")
    assert outbox.deliver_due() == 1
    email.refresh_from_db()
    assert (email.state, email.reason, email.attempts) == ("suppressed", words, 0)
    assert [taken.recipients for taken in sink.accepted] == [["ruth@patients.example"]]
    other.refresh_from_db()
    assert other.address_hash == address_hash("ruth@patients.example")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("doubt", [0, 1])
def test_a_row_in_doubt_ends_unconfirmed(riverside: Clinic, sink: RunningSink, doubt: int) -> None:
    suppress(riverside)
    make_email(riverside, doubt=doubt)
    assert outbox.deliver_due() == 0
    assert OutgoingEmail.objects.get().state == ("unconfirmed" if doubt else "suppressed")
    assert sink.accepted == []


@pytest.mark.django_db(transaction=True)
def test_what_was_stored_for_a_letter_that_is_held_back_goes_with_it(
    riverside: Clinic, sink: RunningSink, settings: Settings
) -> None:
    suppress(riverside, "minted@patients.example")
    settings.LETTERS = {"plain": "tests.clinic.test_suppression.minting"}
    make_email(riverside, "minted")
    outbox.deliver_due()
    assert OutgoingEmail.objects.get().state == "suppressed"
    assert ReturnCount.objects.count() == 0


def minting(object_id: str, now: Any) -> Any:
    ReturnCount.objects.create(day=now.date(), outcome="minted", count=1)
    return outbox_world.plain(object_id, now)


@pytest.mark.django_db(transaction=True)
def test_what_ended_or_was_lifted_or_is_another_clinic_s_holds_nothing_back(
    riverside: Clinic, hilltop: Clinic, olivia: User, sink: RunningSink
) -> None:
    now = clock.now()
    suppress(hilltop)
    suppress(riverside, reason="soft_series", at=now - timedelta(days=31), until=now - timedelta(days=1))
    suppress(riverside, "ruth@patients.example", lifted_at=now, lifted_by=olivia)
    make_email(riverside)
    make_email(riverside, "ruth")
    assert outbox.deliver_due() == 2


@pytest.mark.django_db(transaction=True)
def test_what_staff_are_told_is_never_held_back(
    riverside: Clinic, sink: RunningSink, settings: Settings
) -> None:
    suppress(riverside)
    settings.STAFF_LETTERS = {"plain"}
    make_email(riverside)
    assert outbox.deliver_due() == 1


# --- refused while we talk to the server ----------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("answer", "kind", "status", "suppressed"),
    [
        ("550 5.1.1 no such user", "hard", "5.1.1", True),
        ("550 no such user", "hard", "", True),
        ("552 5.2.2 mailbox full", "soft", "5.2.2", False),
        ("550 5.7.1 policy", "blocked", "5.7.1", False),
    ],
)
def test_a_refused_recipient_is_a_bounce(
    riverside: Clinic, sink: RunningSink, answer: str, kind: str, status: str, suppressed: bool
) -> None:
    sink.faults = Faults(rcpt=answer)
    email = make_email(riverside)
    outbox.deliver_due()
    event = BounceEvent.objects.get()
    assert (event.email, event.kind, event.provider, event.status) == (email, kind, "smtp", status)
    assert Suppression.objects.exists() is suppressed
    email.refresh_from_db()
    assert email.state == "failed"


@pytest.mark.django_db(transaction=True)
def test_a_refused_message_or_a_delay_says_nothing_of_the_address(
    riverside: Clinic, sink: RunningSink
) -> None:
    for faults in (Faults(data_end="554 5.6.0 rejected"), Faults(rcpt="450 4.2.1 greylisted")):
        sink.faults = faults
        make_email(riverside, f"r{faults.rcpt[:3]}")
        outbox.deliver_due()
    assert BounceEvent.objects.count() == Suppression.objects.count() == 0


# --- lifting --------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_only_what_stands_is_lifted(riverside: Clinic, hilltop: Clinic, olivia: User) -> None:
    actor, now = Actor.staff(olivia), clock.now()
    theirs = suppress(hilltop)
    assert suppression.lift(actor=actor, clinic_id=riverside.pk, address=TO, now=now) is None
    mine = suppress(riverside)
    lifted = suppression.lift(
        actor=actor, clinic_id=riverside.pk, address=" MARGARET@patients.example", now=now
    )
    assert lifted == mine
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.lifted_at, mine.lifted_by, theirs.lifted_at) == (now, olivia, None)
    assert suppression.lift(actor=actor, clinic_id=riverside.pk, address=TO, now=now) is None


# --- after a restore ------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_what_the_log_says_stands_again_after_a_restore(riverside: Clinic, hilltop: Clinic) -> None:
    hashed, now = address_hash(TO), clock.now()
    lost, lifted = f"{riverside.pk}:{hashed}", f"{hilltop.pk}:{hashed}"
    said = [
        {"message": "replay", "kind": "suppression.added", "key": lifted},
        {"message": "replay", "kind": "suppression.lifted", "key": lifted},
        *(
            {"message": "replay", "kind": "suppression.added", "key": key}
            for key in (lost, "x:y", f"{riverside.pk}:z")
        ),
    ]
    lines = [json.dumps(line) for line in said]
    done = replay.apply(lines, actor=Actor.system("after_restore"), now=now)
    assert done["suppression.added"] == 1
    row = Suppression.objects.get()
    assert (row.clinic, row.address_hash, row.is_in_force_at(now)) == (riverside, hashed, True)
    assert replay.apply(lines, actor=Actor.system("after_restore"), now=now)["suppression.added"] == 0


@pytest.mark.django_db
def test_the_log_hears_of_it_when_it_is_committed(
    riverside: Clinic, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    email = make_email(riverside, address_hash=address_hash(TO))
    with caplog.at_level("INFO", "clinic.replay"), django_capture_on_commit_callbacks(execute=True):
        suppression.add(email, SuppressionReason.HARD, clock.now())
    (line,) = caplog.records
    assert (line.kind, line.key) == ("suppression.added", f"{riverside.pk}:{address_hash(TO)}")  # type: ignore[attr-defined]

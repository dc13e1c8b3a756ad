"""What the database itself refuses about outgoing mail."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from clinic import clock
from clinic.models import (
    Clinic,
    MailCircuit,
    MailDomainCheck,
    OutgoingEmail,
    SchedulerBeat,
    SendAllowance,
    SendRate,
    User,
)
from tests.outbox_world import make_email

pytestmark = pytest.mark.django_db


def assert_refused(constraint: str, **fields: Any) -> None:
    before = OutgoingEmail.objects.values().get()
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        OutgoingEmail.objects.update(**fields)
    assert OutgoingEmail.objects.values().get() == before


@pytest.mark.hazard("HZ-07")
def test_a_letter_about_an_object_is_posted_once(riverside: Clinic) -> None:
    make_email(riverside)
    with pytest.raises(IntegrityError, match='"email_once_per_object"'), transaction.atomic():
        make_email(riverside)
    assert OutgoingEmail.objects.count() == 1
    make_email(riverside, generation=1)  # a person sends it again
    make_email(riverside, letter="poison")


def test_states_are_known(riverside: Clinic) -> None:
    make_email(riverside)
    assert_refused("email_state_known", state="posted")


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "sending"},
        {"state": "sending", "lease_token": uuid4()},
        {"state": "sending", "lease_until": clock},
        {"lease_token": uuid4(), "lease_until": clock},
        {"lease_token": uuid4()},
        {"lease_until": clock},
    ],
)
def test_a_lease_belongs_to_a_mail_that_is_being_sent(riverside: Clinic, fields: dict[str, Any]) -> None:
    make_email(riverside)
    filled = {name: clock.now() if value is clock else value for name, value in fields.items()}
    assert_refused("email_lease_while_sending", **filled)


def test_only_what_is_being_sent_has_begun(riverside: Clinic) -> None:
    make_email(riverside)
    assert_refused("email_begun_while_sending", begun_at=clock.now())


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("allowance_not_negative", {"tokens": -1}),
        ("allowance_of_one_at_least", {"per_minute": 0}),
    ],
)
def test_an_allowance_is_one(riverside: Clinic, constraint: str, fields: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        SendAllowance.objects.create(clinic=riverside, **fields)
    assert not SendAllowance.objects.exists()


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [("send_rate_is_one_row", {"id": 2}), ("send_rate_not_negative", {"tokens": -1})],
)
def test_the_rate_of_all_is_one_row(constraint: str, fields: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        SendRate.objects.create(**fields)
    assert not SendRate.objects.exists()


def test_a_mail_expires_after_it_is_due(riverside: Clinic) -> None:
    email = make_email(riverside)
    assert_refused("email_expires_after_due", expires_at=email.not_before)
    assert_refused("email_expires_after_due", expires_at=email.not_before - timedelta(seconds=1))


def test_only_a_sent_mail_has_a_time_of_sending_and_it_always_has(riverside: Clinic) -> None:
    make_email(riverside)
    assert_refused("email_sent_has_time", state="sent")
    assert_refused("email_sent_has_time", sent_at=clock.now())


@pytest.mark.parametrize("state", ["failed", "expired", "suppressed", "cancelled"])
def test_a_mail_that_may_be_out_claims_nothing_else(riverside: Clinic, state: str) -> None:
    make_email(riverside, doubt=1)
    assert_refused("email_doubt_ends_unconfirmed", state=state)
    OutgoingEmail.objects.update(state="unconfirmed")


@pytest.mark.parametrize(
    ("model", "constraint"), [(MailCircuit, "circuit_is_one_row"), (SchedulerBeat, "beat_is_one_row")]
)
def test_there_is_one_circuit_and_one_beat(
    model: type[MailCircuit] | type[SchedulerBeat], constraint: str
) -> None:
    model.objects.create()
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        model.objects.create(id=2)
    assert model.objects.count() == 1


def test_nobody_sent_the_first_one_again(riverside: Clinic, priya: User) -> None:
    make_email(riverside)
    assert_refused("email_again_is_a_later_one", again_by=priya)
    OutgoingEmail.objects.update(generation=1, again_by=priya)


def test_one_row_of_what_the_dns_said(riverside: Clinic) -> None:
    with pytest.raises(IntegrityError, match='"mail_domain_is_one_row"'), transaction.atomic():
        MailDomainCheck.objects.create(pk=2)
    MailDomainCheck.objects.create()

"""The newest seal by e-mail: to each owner, once a day, and to nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic import clock, emails
from clinic.chain import GENESIS, heads_in
from clinic.heads import mail_heads
from clinic.models import AuditSeal, Clinic, Membership, OutgoingEmail, User
from clinic.roles import Role
from exercises.outgoing.kinds import key_of, kind_of
from tests import factories

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)  # in London


@pytest.fixture
def seal() -> AuditSeal:
    return AuditSeal.objects.create(
        number=1,
        epoch=1,
        from_xid=0,
        to_xid=9,
        entries=3,
        entries_hash="a" * 64,
        previous=GENESIS,
        hash="b" * 64,
        sealed_at=MORNING - timedelta(minutes=1),
    )


def posted() -> list[str]:
    rows = OutgoingEmail.objects.filter(letter="audit_head").order_by("pk")
    return [*rows.values_list("object_id", flat=True)]


def test_each_owner_once_a_day(olivia: User, priya: User, audrey: User, seal: AuditSeal) -> None:
    otto = factories.make_staff(olivia.staff_membership.clinic, Role.OWNER, "Otto Berg")
    assert mail_heads(MORNING) == 2
    assert mail_heads(MORNING + timedelta(hours=1)) == 0
    assert posted() == [f"{olivia.pk}:2026-11-24", f"{otto.pk}:2026-11-24"]
    assert mail_heads(MORNING + timedelta(days=1)) == 2


def test_in_the_morning_of_the_clinic(olivia: User, seal: AuditSeal) -> None:
    assert mail_heads(MORNING - timedelta(hours=1)) == 0
    Clinic.objects.update(time_zone="Pacific/Auckland")
    assert mail_heads(MORNING - timedelta(hours=1)) == 1


def test_before_the_first_seal_nothing_is_sent(olivia: User) -> None:
    assert mail_heads(MORNING) == 0


def test_who_left_or_is_no_owner_any_more_gets_none(olivia: User, seal: AuditSeal) -> None:
    mail_heads(MORNING)
    (key,) = posted()
    assert emails.audit_head(key, MORNING)
    Membership.objects.update(role=Role.PRACTITIONER)
    assert emails.audit_head(key, MORNING) is None
    Membership.objects.update(role=Role.OWNER, is_active=False)
    assert emails.audit_head(key, MORNING) is None
    assert mail_heads(MORNING + timedelta(days=1)) == 0


def test_the_letter_holds_the_head_as_it_is_verified(olivia: User, seal: AuditSeal) -> None:
    letter = emails.audit_head(f"{olivia.pk}:2026-11-24", clock.now())
    assert letter is not None
    assert letter.to == olivia.email
    assert [*heads_in(letter.text.splitlines())] == [seal.head]
    assert str(seal.head) in letter.html
    assert "24 November, 06:29" in letter.text
    assert "once a day" in letter.text


def test_staff_read_what_it_is_and_that_it_is_not_sent_again(olivia: User) -> None:
    assert kind_of("audit_head").never
    key = key_of("audit_head", f"{olivia.pk}:2026-11-24")
    assert key is not None
    assert key.person == olivia.pk

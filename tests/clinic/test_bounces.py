"""What comes back: noted once, and what follows for the address. And the mark by which it finds its row."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from clinic import clock
from clinic.actors import Actor
from clinic.mail import suppression, verp
from clinic.mail.bounces import Noted, Report, take
from clinic.mail.messages import build
from clinic.mail.statuses import kind_of, status_in
from clinic.models import (
    AuditEntry,
    BounceEvent,
    BounceKind,
    Clinic,
    OutgoingEmail,
    ReturnCount,
    Suppression,
    User,
)
from tests import outbox_world
from tests.factories import NOON, count_rows
from tests.returned_world import DOMAIN, make_sent

TO = "margaret@patients.example"
DAY = timedelta(days=1)


def report(email: OutgoingEmail, kind: str = "hard", source: str = "1", *, signed: bool = False) -> Report:
    return Report(verp.mark(email.pk), BounceKind(kind), "dsn", source, signed=signed)


def standing() -> set[str]:
    return set(Suppression.objects.in_force_at(clock.now()).values_list("reason", flat=True))


# --- the mark -------------------------------------------------------------------------------------------------
@given(st.integers(min_value=1, max_value=10**18 - 1))
def test_a_mark_names_its_row_in_a_short_local_part(number: int) -> None:
    mark = verp.mark(number)
    assert verp.email_id(mark) == verp.email_id(mark.upper()) == number
    assert len(f"b.{mark}") <= 64
    assert verp.email_id(verp.mark(number)[:-1] + ("0" if mark[-1] != "0" else "1")) is None
    assert verp.email_id(f"{number + 1}.{mark.partition('.')[2]}") is None


@given(st.text(max_size=60))
def test_nothing_else_is_a_mark(text: str) -> None:
    assert verp.email_id(text) is None
    assert verp.mark_in(text) == ("", "")


def test_the_mark_is_keyed(settings: Settings) -> None:
    mark = verp.mark(7)
    settings.SECRET_KEY = "another key that nobody can guess, of more than fifty characters"
    assert verp.email_id(mark) is None


def test_an_address_of_ours_is_read_whatever_its_case(settings: Settings) -> None:
    settings.BOUNCE_DOMAIN = DOMAIN
    mark = verp.mark(7)
    assert verp.mark_in(f"<B.{mark.upper()}@{DOMAIN.upper()}>") == ("b", mark)
    assert verp.mark_in(f"u.{mark}@{DOMAIN}") == ("u", mark)
    for other in (f"b.{mark}@elsewhere.example", f"x.{mark}@{DOMAIN}", f"b.{mark}", f"bb.{mark}@{DOMAIN}"):
        assert verp.mark_in(other) == ("", "")


def test_the_envelope_names_the_row_where_a_domain_is_set(settings: Settings) -> None:
    letter, mark = outbox_world.plain("margaret", NOON), verp.mark(7)
    assert build(letter, "<1@x.example>", NOON, mark).sender == settings.MAIL_FROM
    settings.BOUNCE_DOMAIN = DOMAIN
    message = build(letter, "<1@x.example>", NOON, mark)
    assert message.sender == f"b.{mark}@{DOMAIN}"
    assert mark.encode() not in message.content  # no service asks for it, and there is no way out by mail


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("550 5.1.1 no such user", "5.1.1"),
        ("550-5.7.26 not authenticated", "5.7.26"),
        ("smtp; 452 4.2.2 (full)", "4.2.2"),
        ("550 no", ""),
        ("host 15.1.1.1 said", ""),
        ("5.1.1234", ""),
        (None, ""),
        ("x" * 2000 + " 5.1.1", ""),
    ],
)
def test_the_code_in_an_answer(answer: str | None, status: str) -> None:
    assert status_in(answer) == status


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.1.1", "hard"), ("5.1.10", "hard"), ("5.0.0", "hard"), ("5.2.1", "hard"), ("5.4.4", "hard"),
        ("5.4.1", "hard"), ("5.5.0", "hard"), ("5.2.2", "soft"), ("5.3.4", "soft"), ("5.6.0", "soft"),
        ("5.4.7", "soft"), ("4.4.1", "soft"), ("4.2.2", "soft"), ("5.7.1", "blocked"), ("5.7.26", "blocked"),
        ("", "complaint"), ("2.1.5", "complaint"),
    ],
)  # fmt: skip
def test_what_a_code_says_of_the_address(status: str, kind: str) -> None:
    assert kind_of(status, otherwise=BounceKind.COMPLAINT) == kind


# --- what follows ---------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "reason"), [("hard", "hard"), ("complaint", "complaint"), ("unsubscribed", "patient")]
)
def test_one_is_enough(riverside: Clinic, kind: str, reason: str) -> None:
    email = make_sent(riverside)
    assert take(report(email, kind), clock.now()) == Noted.NOTED
    row = Suppression.objects.get()
    assert (row.clinic, row.address_hash, row.reason, row.until) == (
        riverside,
        email.address_hash,
        reason,
        None,
    )
    event = BounceEvent.objects.get()
    assert (event.email, event.kind) == (email, kind)
    entry = AuditEntry.objects.get(verb="address.suppressed")
    assert (entry.clinic_id, entry.changes) == (riverside.pk, {"reason": reason, "email": email.pk})
    email.refresh_from_db()
    assert email.state == "sent"  # a final state; that it came back is an event of its own


@pytest.mark.django_db
def test_told_again_it_changes_nothing(riverside: Clinic) -> None:
    email = make_sent(riverside)
    take(report(email), clock.now())
    before = count_rows()
    assert take(report(email), clock.now()) == Noted.REPEATED
    assert {k: v for k, v in count_rows().items() if v != before[k]} == {"clinic_returncount": 2}
    assert dict(ReturnCount.objects.values_list("outcome", "count")) == {"noted": 1, "repeated": 1}


@pytest.mark.django_db
def test_five_soft_ones_in_14_days_end_it_for_a_while(riverside: Clinic) -> None:
    now = clock.now()
    for number in range(4):
        email = make_sent(riverside, f"m{number}", to=TO)
        take(report(email, "soft", "a"), now)
        take(report(email, "soft", "b"), now)  # the same e-mail, told twice: one
    assert standing() == set()
    take(report(make_sent(riverside, "other"), "soft"), now)
    assert standing() == set()
    take(report(make_sent(riverside, "m5", to=TO), "soft"), now)
    assert standing() == {"soft_series"}
    row = Suppression.objects.get()
    assert row.until == now + timedelta(days=30)


@pytest.mark.django_db
def test_soft_ones_that_lie_apart_or_are_policy_end_nothing(riverside: Clinic) -> None:
    now = clock.now()
    for number in range(4):
        take(report(make_sent(riverside, f"m{number}", to=TO), "soft"), now)
    BounceEvent.objects.update(at=now - 15 * DAY)
    for number in range(4, 8):
        take(report(make_sent(riverside, f"m{number}", to=TO), "soft"), now)
    for number in range(8, 14):
        take(report(make_sent(riverside, f"m{number}", to=TO), "blocked"), now)
    assert standing() == set()


@pytest.mark.django_db
def test_a_stronger_reason_replaces_a_series_and_nothing_weakens_one(riverside: Clinic) -> None:
    now = clock.now()
    for number in range(5):
        take(report(make_sent(riverside, f"m{number}", to=TO), "soft"), now)
    assert standing() == {"soft_series"}
    take(report(make_sent(riverside, "m6", to=TO), "hard"), now)
    assert standing() == {"hard"}
    take(report(make_sent(riverside, "m7", to=TO), "complaint"), now)
    take(report(make_sent(riverside, "m8", to=TO), "soft"), now)
    assert standing() == {"hard"}
    assert Suppression.objects.count() == 1


@pytest.mark.django_db
def test_after_somebody_confirmed_the_address_old_mail_says_nothing_and_the_count_begins_anew(
    riverside: Clinic, olivia: User
) -> None:
    now, actor = clock.now(), Actor.staff(olivia)
    before = make_sent(riverside, "before", to=TO, ago=2 * timedelta(hours=1))
    for number in range(5):
        take(report(make_sent(riverside, f"m{number}", to=TO, ago=timedelta(hours=2)), "soft"), now)
    assert standing() == {"soft_series"}
    suppression.lift(actor=actor, clinic_id=riverside.pk, address=TO, now=now)
    take(report(before, "hard"), now)
    assert standing() == set()
    later = now + timedelta(hours=1)
    fresh = make_sent(riverside, "fresh", to=TO)
    OutgoingEmail.objects.filter(pk=fresh.pk).update(sent_at=later)
    take(report(fresh, "soft"), later)
    assert standing() == set()
    take(report(fresh, "hard", "2"), later)
    assert standing() == {"hard"}


@pytest.mark.django_db
def test_one_clinic_learns_nothing_of_another_s(riverside: Clinic, hilltop: Clinic) -> None:
    take(report(make_sent(hilltop)), clock.now())
    for number in range(4):
        take(report(make_sent(hilltop, f"h{number}", to="ruth@patients.example"), "soft"), clock.now())
    take(report(make_sent(riverside, "ruth"), "soft"), clock.now())
    assert set(Suppression.objects.values_list("clinic", flat=True)) == {hilltop.pk}


@pytest.mark.django_db
def test_staff_s_mail_is_noted_and_held_back_by_nothing(riverside: Clinic) -> None:
    take(report(make_sent(riverside, letter="signs_reported")), clock.now())
    assert BounceEvent.objects.count() == 1
    assert standing() == set()


# --- what is not believed -------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ago", "signed", "outcome"),
    [
        (timedelta(hours=47), False, "noted"),
        (timedelta(hours=49), False, "expired"),
        (timedelta(days=29), True, "noted"),
        (timedelta(days=31), True, "expired"),
    ],
)
def test_a_report_is_believed_for_a_while(
    riverside: Clinic, ago: timedelta, signed: bool, outcome: str
) -> None:
    email = make_sent(riverside, ago=ago)
    assert take(report(email, signed=signed), clock.now()) == outcome
    assert Suppression.objects.exists() is (outcome == "noted")
    assert dict(ReturnCount.objects.values_list("outcome", "count")) == {outcome: 1}


@pytest.mark.django_db
def test_an_unknown_mark_is_counted_and_nothing_more(riverside: Clinic) -> None:
    email = make_sent(riverside)
    for mark in ("", "x", f"{email.pk}.{'0' * 16}", verp.mark(email.pk + 1)):
        assert take(Report(mark, BounceKind.HARD, "dsn", "1"), clock.now()) == Noted.UNKNOWN
    assert take(Report(verp.mark(email.pk), None, "dsn", "1"), clock.now()) == Noted.IGNORED
    assert BounceEvent.objects.count() == Suppression.objects.count() == 0
    assert dict(ReturnCount.objects.values_list("outcome", "count")) == {"unknown": 4, "ignored": 1}


@pytest.mark.django_db
def test_a_mail_in_a_sender_s_hands_is_too_early(riverside: Clinic) -> None:
    email = make_sent(
        riverside, state="sending", sent_at=None, lease_token=uuid4(), lease_until=clock.now() + DAY
    )
    assert take(report(email), clock.now()) == Noted.EARLY
    assert BounceEvent.objects.count() == 0


@pytest.mark.django_db
def test_a_mail_of_unknown_address_is_noted_and_suppresses_nothing(riverside: Clinic) -> None:
    email = make_sent(riverside, state="unconfirmed", sent_at=None, address_hash="")
    assert take(report(email), clock.now()) == Noted.NOTED
    assert Suppression.objects.count() == 0

"""Posting and cancelling letters, and sending what is due."""

import logging
import smtplib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Case, Count, Q, Value, When
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop

from clinic import queue
from clinic.mail import circuit, claims
from clinic.mail.claims import Claim, expire, reap
from clinic.mail.letters import Letter
from clinic.mail.messages import Message, build, message_id
from clinic.mail.transport import Courier, Outcome, Verdict
from clinic.models import EmailState, MailCircuit, OutgoingEmail

__all__ = ["Health", "cancel", "deliver_due", "expire", "health", "post", "post_again", "put_off", "reap"]

log = logging.getLogger("clinic.mail")

MOST_ATTEMPTS = 8
MOST_CRASHES = 3
NOT_WANTED = gettext_noop("It was no longer wanted when its time had come.")
PUT_OFF_TOO_OFTEN = gettext_noop("The mail server put it off too often.")
NOT_COMPOSED = gettext_noop("A fault in the software kept it from being written.")
DATABASE_AWAY = (OperationalError, InterfaceError)


def post(
    letter: str, object_id: UUID | int | str, *, clinic_id: UUID, not_before: datetime, expires_at: datetime
) -> OutgoingEmail:
    """Write down that a letter about an object is to be sent, in the transaction of what causes it."""
    if letter not in settings.LETTERS:
        raise ValueError(f"unknown letter {letter!r}")
    return _written(
        OutgoingEmail(
            clinic_id=clinic_id,
            letter=letter,
            object_id=str(object_id),
            not_before=not_before,
            expires_at=expires_at,
        )
    )


def post_again(earlier: OutgoingEmail, *, not_before: datetime, expires_at: datetime) -> OutgoingEmail:
    """A person wants the letter sent once more: a new row and Message-ID. Two presses at once: one of them fails."""
    return _written(
        OutgoingEmail(
            clinic_id=earlier.clinic_id,
            letter=earlier.letter,
            object_id=earlier.object_id,
            generation=earlier.generation + 1,
            not_before=not_before,
            expires_at=expires_at,
        )
    )


def _written(email: OutgoingEmail) -> OutgoingEmail:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a letter is posted in the transaction that causes it")
    email.save(force_insert=True)
    queue.enqueue("clinic.tasks.deliver_outbox")
    return email


def put_off(email_ids: Iterable[int], *, not_before: datetime) -> int:
    """Let what waits wait longer; what is being sent is not held back. Returns how many wait now."""
    waiting = OutgoingEmail.objects.filter(
        pk__in=list(email_ids), state=EmailState.PENDING, expires_at__gt=not_before
    )
    return waiting.update(not_before=not_before)


def cancel(email_ids: Iterable[int], *, reason: str) -> int:
    """Take back what waits; what may be out already ends as unconfirmed."""
    ended = Case(When(doubt=0, then=Value(EmailState.CANCELLED)), default=Value(EmailState.UNCONFIRMED))
    waiting = OutgoingEmail.objects.filter(pk__in=list(email_ids), state=EmailState.PENDING)
    return waiting.update(state=ended, reason=reason)


def deliver_due(*, now_budget: float | None = None, stopping: Callable[[], bool] = lambda: False) -> int:
    """Clear up after the dead, then send until nothing is due or the budget of seconds is spent.

    Returns how many mails a server took. Not to be called in a transaction: SMTP can take minutes.
    """
    reap()
    expire()
    end = time.monotonic() + (settings.OUTBOX["budget"] if now_budget is None else now_budget)
    taken = 0
    with Courier() as courier:
        while not stopping() and time.monotonic() < end:
            if not courier.is_ready():
                if not claims.something_is_due() or not circuit.may_try():
                    break
                if not _opened(courier):
                    continue
            claim = claims.claim_one()
            if claim is None:
                break
            taken += _deliver(courier, claim)
    return taken


def _opened(courier: Courier) -> bool:
    """Before the claim: a server that is away touches no row."""
    try:
        courier.open()
    except (OSError, smtplib.SMTPException) as fault:
        log.warning("mail server unavailable", extra={"error": type(fault).__name__})
        circuit.note_failure()
        return False
    return True


def _deliver(courier: Courier, claim: Claim) -> bool:
    """One claimed row to its result; true when a server took the mail."""
    try:
        composed = _compose(claim)
    except DATABASE_AWAY as fault:  # not the letter's fault
        claims.record(claim, claims.later("deferrals", claim.deferrals), error=type(fault).__name__)
        return False
    except Exception as fault:  # noqa: BLE001 - a letter function may raise anything; the others must go on
        _note_crash(claim, type(fault).__name__)
        return False
    if composed is None:
        claims.record(claim, claims.ended(EmailState.CANCELLED, NOT_WANTED))
        return False
    letter, message = composed
    times = settings.OUTBOX
    enough = claim.claimed_at + times["lease"] - (2 * times["command"] + times["final_reply"])
    outcome = courier.send(message, give_up_at=enough)
    claims.record(claim, _changes(claim, outcome), code=outcome.code, error=outcome.error)
    log.info("mail", extra={"email": claim.id, "verdict": outcome.verdict.value, "code": outcome.code})
    if outcome.surely_unsent:
        _forget(claim, letter)
    _tell_circuit(outcome)
    return outcome.verdict == Verdict.ACCEPTED


@transaction.atomic(durable=True)
def _compose(claim: Claim) -> tuple[Letter, Message] | None:
    """Ask once more whether it is wanted, and write it. What it stores, such as a link, is committed on return."""
    letter: Letter | None = import_string(settings.LETTERS[claim.letter])(claim.object_id, claim.now)
    if letter is None:
        return None
    return letter, build(letter, message_id(claim.id, claim.generation), claim.now)


def _note_crash(claim: Claim, error: str) -> None:
    log.error("letter not composed", extra={"email": claim.id, "letter": claim.letter, "error": error})
    if claim.crashes + 1 >= MOST_CRASHES:
        changes = claims.ended(EmailState.FAILED, NOT_COMPOSED, counter="crashes")
    else:
        changes = claims.later("crashes", claim.crashes)
    claims.record(claim, changes, error=error)


def _changes(claim: Claim, outcome: Outcome) -> claims.Changes:
    """What the row becomes: the table of phases in docs/reminders.md."""
    match outcome.verdict:
        case Verdict.ACCEPTED:
            return claims.sent()
        case Verdict.REFUSED:
            return claims.ended(EmailState.FAILED, outcome.reason, counter="attempts")
        case Verdict.PUT_OFF if claim.attempts + 1 >= MOST_ATTEMPTS:
            return claims.ended(EmailState.FAILED, PUT_OFF_TOO_OFTEN, counter="attempts")
        case Verdict.PUT_OFF:
            return claims.later("attempts", claim.attempts)
        case Verdict.UNKNOWN:
            return claims.doubtful(claim.attempts)
        case Verdict.LOST | Verdict.NOT_TRIED:
            return claims.later("deferrals", claim.deferrals)


def _forget(claim: Claim, letter: Letter) -> None:
    """The links in a mail that did not leave are known to nobody. They expire by themselves when this fails."""
    if letter.unsent is None:
        return
    try:
        letter.unsent()
    except Exception as fault:  # noqa: BLE001 - the mail's result is written; this must not undo it
        log.warning("links not forgotten", extra={"email": claim.id, "error": type(fault).__name__})


def _tell_circuit(outcome: Outcome) -> None:
    if outcome.verdict in {Verdict.LOST, Verdict.UNKNOWN}:
        circuit.note_failure()
    elif outcome.verdict != Verdict.NOT_TRIED:
        circuit.close()


@dataclass(frozen=True, slots=True)
class Health:
    oldest_due: timedelta  # how long the longest-waiting mail is overdue
    circuit_open: timedelta  # since when the mail server is away
    unsure_share: float  # unconfirmed and refused, of the mails that ended and were due in the last hour


def health(now: datetime) -> Health:
    """The outbox's part of /health/reminders."""
    none = timedelta(0)
    waiting = OutgoingEmail.objects.filter(state=EmailState.PENDING, not_before__lte=now)
    oldest = waiting.order_by("not_before").values_list("not_before", flat=True).first()
    opened = MailCircuit.objects.values_list("opened_at", flat=True).first()
    unsure = Q(state__in=[EmailState.UNCONFIRMED, EmailState.FAILED])
    counts = OutgoingEmail.objects.filter(
        unsure | Q(state=EmailState.SENT), not_before__gt=now - timedelta(hours=1)
    ).aggregate(ended=Count("pk"), unsure=Count("pk", filter=unsure))
    return Health(
        oldest_due=now - oldest if oldest else none,
        circuit_open=now - opened if opened else none,
        unsure_share=counts["unsure"] / counts["ended"] if counts["ended"] else 0.0,
    )

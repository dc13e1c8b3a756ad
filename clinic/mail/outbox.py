"""Posting letters and taking them back. Sending is in ``delivery``."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Q, Value, When

from clinic import queue
from clinic.mail.claims import FREE, expire, reap
from clinic.mail.composing import NOT_COMPOSED, NOT_WANTED
from clinic.mail.delivery import PUT_OFF_TOO_OFTEN, deliver_due
from clinic.models import EmailState, OutgoingEmail

__all__ = [
    "NOT_COMPOSED",
    "NOT_WANTED",
    "PUT_OFF_TOO_OFTEN",
    "cancel",
    "deliver_due",
    "expire",
    "post",
    "post_again",
    "post_each",
    "put_off",
    "reap",
]

# Nobody has told a server of it: waiting, or claimed and only being written.
NOT_BEGUN = Q(state=EmailState.PENDING) | Q(state=EmailState.SENDING, begun_at=None)


def post(
    letter: str, object_id: UUID | int | str, *, clinic_id: UUID, not_before: datetime, expires_at: datetime
) -> OutgoingEmail:
    """Write down that a letter about an object is to be sent, in the transaction of what causes it."""
    email = OutgoingEmail(
        clinic_id=clinic_id,
        letter=letter,
        object_id=str(object_id),
        not_before=not_before,
        expires_at=expires_at,
    )
    return post_each([email])[0]


def post_again(
    earlier: OutgoingEmail, *, not_before: datetime, expires_at: datetime, by: int | None = None
) -> OutgoingEmail:
    """A person wants the letter sent once more: a new row and Message-ID. Two presses at once: one of them fails.

    ``by``: the user who wants it, where the page of outgoing e-mail is to say who it was.
    """
    email = OutgoingEmail(
        clinic_id=earlier.clinic_id,
        letter=earlier.letter,
        object_id=earlier.object_id,
        generation=earlier.generation + 1,
        again_by_id=by,
        not_before=not_before,
        expires_at=expires_at,
    )
    return post_each([email])[0]


def post_each(emails: Sequence[OutgoingEmail]) -> Sequence[OutgoingEmail]:
    """Many at once, by one statement and with one nudge for the worker."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a letter is posted in the transaction that causes it")
    for email in emails:
        if email.letter not in settings.LETTERS:
            raise ValueError(f"unknown letter {email.letter!r}")
        email.bulk = email.letter in settings.LETTERS_IN_BULK
    OutgoingEmail.objects.bulk_create(emails)
    if emails:
        queue.enqueue("clinic.tasks.deliver_outbox")
    return emails


def put_off(email_ids: Iterable[int], *, not_before: datetime) -> int:
    """Let what waits wait longer; what is being sent is not held back. Returns how many wait now."""
    waiting = OutgoingEmail.objects.filter(NOT_BEGUN, pk__in=list(email_ids), expires_at__gt=not_before)
    return waiting.update(**FREE, state=EmailState.PENDING, not_before=not_before)


def cancel(email_ids: Iterable[int], *, reason: str) -> int:
    """Take back what waits; what may be out already ends as unconfirmed."""
    ended = Case(When(doubt=0, then=Value(EmailState.CANCELLED)), default=Value(EmailState.UNCONFIRMED))
    waiting = OutgoingEmail.objects.filter(NOT_BEGUN, pk__in=list(email_ids))
    return waiting.update(**FREE, state=ended, reason=reason)

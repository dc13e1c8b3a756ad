"""The states of one outgoing e-mail: claim, result, reap, expire. docs/reminders.md draws them.

PostgreSQL's clock decides what is due and when a lease ends. A claim commits by itself, so nothing is locked while
SMTP talks; the lease does the guarding, and every result is fenced by the lease's token.
"""

import logging
import random
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from clinic.models import EmailState, OutgoingEmail
from clinic.models.outbox import OutgoingEmailQuerySet

log = logging.getLogger("clinic.mail")

BATCH = 500
MAY_BE_OUT = gettext_noop("It may have been sent: the mail server's confirmation never came.")
TOO_LATE = gettext_noop("The time to send it had passed.")
LEASE_EXPIRED = "LeaseExpired"

Changes = dict[str, Any]

CLAIM = """
WITH due AS MATERIALIZED (  -- else the planner may evaluate it again and take more than this one row
    SELECT id FROM clinic_outgoingemail
     WHERE state = 'pending' AND not_before <= now() AND now() < expires_at
     ORDER BY not_before, id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE clinic_outgoingemail AS email
   SET state = 'sending', lease_token = %(token)s, lease_until = now() + make_interval(secs => %(lease)s)
  FROM due WHERE email.id = due.id
RETURNING email.id, email.letter, email.object_id, email.generation,
          email.attempts, email.deferrals, email.crashes, now()
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One row, ours until the lease ends."""

    token: uuid.UUID
    claimed_at: (
        float  # time.monotonic() from before the claim, so that our lease ends no later than the row's
    )
    id: int
    letter: str
    object_id: str
    generation: int
    attempts: int
    deferrals: int
    crashes: int
    now: datetime


def claim_one() -> Claim | None:
    """The mail that has been due for longest and that nobody holds."""
    token, claimed_at = uuid.uuid4(), time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"token": token, "lease": settings.OUTBOX["lease"]})
        row = cursor.fetchone()
    return Claim(token, claimed_at, *row) if row else None


def something_is_due() -> bool:
    return OutgoingEmail.objects.due_at(Now()).exists()


# --- what a result changes ------------------------------------------------------------------------------------


def sent() -> Changes:
    return {"state": EmailState.SENT, "sent_at": Now(), "attempts": F("attempts") + 1, "reason": ""}


def later(counter: str, times: int) -> Changes:
    """Again after a pause that grows with ``times``; ends here when it would be too late by then."""
    again = Now() + pause_after(times)
    in_time = Q(expires_at__gt=again)
    return {
        counter: F(counter) + 1,
        "state": Case(
            When(in_time, then=Value(EmailState.PENDING)), default=_unless_doubted(EmailState.EXPIRED)
        ),
        "reason": Case(When(in_time, then=Value("")), default=_reason(TOO_LATE)),
        "not_before": Case(When(in_time, then=again), default=F("not_before")),
    }


def doubtful(times: int) -> Changes:
    """It may be out. Once we try again, which may make a second copy; never a third."""
    again = Now() + pause_after(times)
    once_more = Q(doubt=0, expires_at__gt=again)
    return {
        "doubt": F("doubt") + 1,
        "state": Case(When(once_more, then=Value(EmailState.PENDING)), default=Value(EmailState.UNCONFIRMED)),
        "reason": Case(When(once_more, then=Value("")), default=Value(MAY_BE_OUT)),
        "not_before": Case(When(once_more, then=again), default=F("not_before")),
    }


def ended(state: EmailState, reason: str, *, counter: str = "") -> Changes:
    """For good; a row in doubt ends as unconfirmed, whatever else is known."""
    changes: Changes = {"state": _unless_doubted(state), "reason": _reason(reason)}
    return changes | ({counter: F(counter) + 1} if counter else {})


def pause_after(times: int) -> timedelta:
    """1, 2, 4, 8, 16, 30 minutes; the random half keeps a thousand postponed mails from coming back as one."""
    return timedelta(minutes=min(2 ** min(times, 5), 30)) * random.uniform(0.5, 1)  # noqa: S311


def _unless_doubted(state: EmailState) -> Case:
    return Case(When(doubt__gt=0, then=Value(EmailState.UNCONFIRMED)), default=Value(state))


def _reason(reason: str) -> Case:
    return Case(When(doubt__gt=0, then=Value(MAY_BE_OUT)), default=Value(reason))


# --- writing it down ------------------------------------------------------------------------------------------


def record(claim: Claim, changes: Changes, *, code: int | None = None, error: str = "") -> bool:
    """Write the result however long the database is away. False when the row is no longer ours.

    The fence makes a late result harmless, and a result that is given up would cost the patient a second copy.
    """
    ours = OutgoingEmail.objects.filter(pk=claim.id, lease_token=claim.token, state=EmailState.SENDING)
    free = {"lease_token": None, "lease_until": None, "last_code": code, "last_error": error[:80]}
    pause = 0.5
    while True:
        try:
            written = ours.update(**free, **changes)
        except (OperationalError, InterfaceError) as fault:
            log.warning("database away", extra={"email": claim.id, "error": type(fault).__name__})
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, 10)
        else:
            break
    if not written:
        log.warning("result dropped: the lease was lost", extra={"email": claim.id})
    return bool(written)


@transaction.atomic
def reap() -> int:
    """A lease that ran out means that a process died between claim and result: the mail may be out."""
    orphans = OutgoingEmail.objects.filter(state=EmailState.SENDING, lease_until__lt=Now())
    once_more = Q(doubt=0, expires_at__gt=Now())
    return _locked(orphans).update(
        lease_token=None,
        lease_until=None,
        doubt=F("doubt") + 1,
        last_error=LEASE_EXPIRED,
        state=Case(When(once_more, then=Value(EmailState.PENDING)), default=Value(EmailState.UNCONFIRMED)),
        reason=Case(When(once_more, then=Value("")), default=Value(MAY_BE_OUT)),
    )


@transaction.atomic
def expire() -> int:
    """What could not be sent in time."""
    late = OutgoingEmail.objects.filter(state=EmailState.PENDING, expires_at__lte=Now())
    return _locked(late).update(state=_unless_doubted(EmailState.EXPIRED), reason=_reason(TOO_LATE))


def _locked(rows: OutgoingEmailQuerySet) -> OutgoingEmailQuerySet:
    """At most a batch of them, locked in one order; what another process holds is its business."""
    free = rows.select_for_update(skip_locked=True).order_by("pk")
    return OutgoingEmail.objects.filter(pk__in=list(free.values_list("pk", flat=True)[:BATCH]))

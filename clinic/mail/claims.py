"""The states of one outgoing e-mail: claim, begin, result, reap, expire. docs/reminders.md draws them.

PostgreSQL's clock decides what is due and when a lease ends. A claim commits by itself, so nothing is locked while
SMTP talks; the lease does the guarding, and every result is fenced by the lease's token. Rows are claimed a few at a
time and begun one by one: what a dead process had claimed and not begun is surely not out.
"""

import logging
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from clinic import deployment
from clinic.models import EmailState, OutgoingEmail
from clinic.models.outbox import OutgoingEmailQuerySet

log = logging.getLogger("clinic.mail")

BATCH = 500
WRITING = 60  # seconds: the lease of what is claimed and has not begun
MAY_BE_OUT = gettext_noop("It may have been sent: the mail server's confirmation never came.")
TOO_LATE = gettext_noop("The time to send it had passed.")
LEASE_EXPIRED = "LeaseExpired"
DATABASE_AWAY = (OperationalError, InterfaceError)

Changes = dict[str, Any]
T = TypeVar("T")

# What a clinic may send now: the tokens it had, and those that came back since.
TOKENS = """least(coalesce(per_minute, %(per_minute)s), tokens + coalesce(per_minute, %(per_minute)s) / 60.0
             * greatest(0, coalesce(extract(epoch FROM now() - refilled_at), 60)))"""

# The same of all clinics together; without a row, nobody counts.
RATE = """
    SELECT id, least(%(whole)s, tokens + %(whole)s / 60.0
                      * greatest(0, coalesce(extract(epoch FROM now() - refilled_at), 60))) AS tokens
      FROM clinic_sendrate WHERE %(bulk)s AND %(whole)s > 0 FOR UPDATE"""

# The clinics that were served longest ago, of those that have something to send and may.
TURN = f"""
    SELECT clinic_id FROM clinic_sendallowance AS account
     WHERE (NOT %(bulk)s OR {TOKENS} >= 1)
       AND (SELECT clinic_is_ours(%(deployment)s))
       AND (SELECT true FROM clinic_outgoingemail AS email  -- the limit keeps it a look at one row
             WHERE email.clinic_id = account.clinic_id AND email.bulk = %(bulk)s AND email.state = 'pending'
               AND email.not_before <= now() AND now() < email.expires_at
             ORDER BY email.not_before, email.id LIMIT 1)
     ORDER BY last_served_at NULLS FIRST, clinic_id LIMIT %(most)s"""  # noqa: S608 - constants

# Their rows are locked in one order, and read anew by who waited for them. A share for each, all for one alone.
CLAIM = f"""
WITH rate AS MATERIALIZED ({RATE}),
turn AS MATERIALIZED ({TURN}),
account AS MATERIALIZED (
    SELECT clinic_id, {TOKENS} AS tokens FROM clinic_sendallowance AS account
     WHERE clinic_id IN (SELECT clinic_id FROM turn) ORDER BY clinic_id FOR UPDATE),
due AS MATERIALIZED (  -- else the planner may evaluate it again and take more than these rows
    SELECT email.id, email.clinic_id FROM account CROSS JOIN LATERAL (
        SELECT id, clinic_id FROM clinic_outgoingemail
         WHERE clinic_id = account.clinic_id AND bulk = %(bulk)s AND state = 'pending'
           AND not_before <= now() AND now() < expires_at
         ORDER BY not_before, id
         LIMIT least(CASE WHEN %(bulk)s THEN floor(account.tokens) END,
                     ceil(least(%(most)s, (SELECT floor(tokens) FROM rate)) / (SELECT count(*) FROM turn)::float))
           FOR UPDATE SKIP LOCKED) AS email
     LIMIT (SELECT floor(tokens) FROM rate)),
spent AS (
    UPDATE clinic_sendrate AS paying
       SET tokens = greatest(0, rate.tokens - (SELECT count(*) FROM due)), refilled_at = greatest(paying.refilled_at, now())
      FROM rate WHERE paying.id = rate.id),
paid AS (
    UPDATE clinic_sendallowance AS paying
       SET tokens = greatest(0, account.tokens - (SELECT count(*) FROM due WHERE due.clinic_id = paying.clinic_id)),
           refilled_at = greatest(paying.refilled_at, now()), last_served_at = clock_timestamp()
      FROM account WHERE paying.clinic_id = account.clinic_id)
UPDATE clinic_outgoingemail AS email
   SET state = 'sending', lease_token = gen_random_uuid(), lease_until = now() + make_interval(secs => %(lease)s)
  FROM due WHERE email.id = due.id
RETURNING email.lease_token, email.id, email.clinic_id, email.letter, email.object_id, email.generation,
          email.attempts, email.deferrals, email.crashes, email.doubt, now(), email.not_before
"""  # noqa: S608 - constants

OPEN_RATE = "INSERT INTO clinic_sendrate (id, tokens) VALUES (1, 0) ON CONFLICT DO NOTHING"

OPEN_ACCOUNTS = """
INSERT INTO clinic_sendallowance (clinic_id, tokens)
SELECT id, 0 FROM clinic_clinic AS clinic
 WHERE NOT EXISTS (SELECT FROM clinic_sendallowance AS account WHERE account.clinic_id = clinic.id)
ON CONFLICT DO NOTHING
"""

# What the server took, and what it hears of next, in one commit.
TURN_OVER = """
WITH done AS (
    UPDATE clinic_outgoingemail AS email
       SET state = 'sent', sent_at = now(), attempts = attempts + 1, reason = '', last_code = 250, last_error = '',
           lease_token = NULL, lease_until = NULL, begun_at = NULL, address_hash = mine.address_hash
      FROM unnest(%(sent)s::bigint[], %(sent_by)s::uuid[], %(sent_to)s::text[]) AS mine (id, token, address_hash)
     WHERE email.id = mine.id AND email.lease_token = mine.token AND email.state = 'sending'
    RETURNING email.id),
answered AS (
    UPDATE clinic_mailcircuit SET failures = 0, opened_at = NULL WHERE failures > 0 AND cardinality(%(sent)s::bigint[]) > 0),
begun AS (
    UPDATE clinic_outgoingemail AS email
       SET begun_at = now(), lease_until = now() + make_interval(secs => %(lease)s)
      FROM unnest(%(next)s::bigint[], %(next_by)s::uuid[]) AS mine (id, token)
     WHERE email.id = mine.id AND email.lease_token = mine.token AND email.state = 'sending'
       AND now() < email.expires_at
    RETURNING email.id)
SELECT id, true FROM done UNION ALL SELECT id, false FROM begun
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One row, ours until the lease ends."""

    token: uuid.UUID
    id: int
    clinic_id: uuid.UUID
    letter: str
    object_id: str
    generation: int
    attempts: int
    deferrals: int
    crashes: int
    doubt: int
    now: datetime


def claim(most: int, *, bulk: bool) -> list[Claim]:
    """What has been due for longest and nobody holds, of the clinics that were served longest ago; about ``most``.

    ``bulk``: of what is sent to many at once and waits for the clinic's allowance; else of all other letters.
    """
    lease = min(WRITING, settings.OUTBOX["lease"])
    asked = {"bulk": bulk, "most": most, "lease": lease} | _terms()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, asked)
        rows = cursor.fetchall()
    rows.sort(key=lambda row: (row[-1], row[1]))
    return [Claim(*row[:-1]) for row in rows]


def something_is_due() -> bool:
    """Whether a claim would find something, as far as one can know before."""
    asked = f"SELECT EXISTS ({TURN}) OR EXISTS ({TURN.replace('%(bulk)s', 'true')})"
    with connection.cursor() as cursor:
        cursor.execute(asked, {"bulk": False, "most": 1} | _terms())
        return bool(cursor.fetchone()[0])


def open_accounts() -> None:
    """A clinic that has no allowance yet gets one, full: without it nothing of the clinic's is claimed."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_ACCOUNTS)
        cursor.execute(OPEN_RATE)


def _terms() -> dict[str, Any]:
    """On which anything is claimed at all: so many a minute, and from this installation's own database."""
    return {
        "per_minute": int(settings.MAILS_PER_CLINIC_MINUTE),
        "whole": int(settings.MAILS_PER_MINUTE),
        "deployment": deployment.wanted(),
    }


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
    first = timedelta(seconds=settings.OUTBOX_PAUSES["retry"])
    longer: timedelta = first * min(2 ** min(times, 5), 30)
    return longer * random.uniform(0.5, 1)  # noqa: S311


FREE: Changes = {"lease_token": None, "lease_until": None, "begun_at": None}


def _unless_doubted(state: EmailState) -> Case:
    return Case(When(doubt__gt=0, then=Value(EmailState.UNCONFIRMED)), default=Value(state))


def _reason(reason: str) -> Case:
    return Case(When(doubt__gt=0, then=Value(MAY_BE_OUT)), default=Value(reason))


# --- writing it down ------------------------------------------------------------------------------------------


def turn_over(sent: Mapping[Claim, str], begin: Sequence[Claim]) -> set[int]:
    """Write down what the server took, each with its address's hash, and what it hears of now. Returns the ids of what
    may begin.

    The others are not ours any more, were taken back meanwhile, or are too late by now.
    """
    asked: dict[str, Any] = {
        "sent": [claim.id for claim in sent],
        "sent_by": [claim.token for claim in sent],
        "sent_to": list(sent.values()),
        "next": [claim.id for claim in begin],
        "next_by": [claim.token for claim in begin],
        "lease": settings.OUTBOX["lease"],
    }

    def write() -> list[tuple[int, bool]]:
        with connection.cursor() as cursor:
            cursor.execute(TURN_OVER, asked)
            return list(cursor.fetchall())

    found = _patiently(write, asked["sent"] or asked["next"])
    for lost in {claim.id for claim in sent} - {pk for pk, done in found if done}:
        log.warning("result dropped: the lease was lost", extra={"email": lost})
    return {pk for pk, done in found if not done}


def record(claim: Claim, changes: Changes, *, code: int | None = None, error: str = "") -> bool:
    """Write any other result. False when the row is no longer ours."""
    ours = _held([claim])
    free = {**FREE, "last_code": code, "last_error": error[:80]}
    written = _patiently(lambda: ours.update(**free, **changes), [claim.id])
    if not written:
        log.warning("result dropped: the lease was lost", extra={"email": claim.id})
    return bool(written)


def hand_back(claims: Sequence[Claim], *, begun: bool = False) -> int:
    """What was claimed waits again, as if nobody had touched it. ``begun``: also what has begun, when the caller knows that
    no server has heard of it."""
    if not claims:
        return 0
    held = _held(claims) if begun else _held(claims).filter(begun_at=None)
    return _patiently(lambda: held.update(**FREE, state=EmailState.PENDING), [claims[0].id])


def _held(claims: Sequence[Claim]) -> OutgoingEmailQuerySet:
    return OutgoingEmail.objects.filter(
        pk__in=[claim.id for claim in claims],
        lease_token__in=[claim.token for claim in claims],
        state=EmailState.SENDING,
    )


def _patiently(write: Callable[[], T], ids: Sequence[int]) -> T:
    """However long the database is away: the fence makes a late result harmless, and a result that is given up would
    cost the patient a second copy.
    """
    pause = 0.5
    while True:
        try:
            return write()
        except DATABASE_AWAY as fault:
            log.warning("database away", extra={"email": ids[0], "error": type(fault).__name__})
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, 10)


@transaction.atomic
def reap() -> int:
    """A lease that ran out means that a process died. Over a mail that had begun: it may be out. Over one that had
    not: it waits again. Returns how many leases ended.
    """
    orphans = OutgoingEmail.objects.filter(state=EmailState.SENDING, lease_until__lt=Now())
    fresh, wanted = Q(begun_at=None), Q(doubt=0, expires_at__gt=Now())
    again, over = fresh | wanted, Value(EmailState.UNCONFIRMED)
    return _locked(orphans, "lease_until").update(
        **FREE,
        doubt=Case(When(fresh, then=F("doubt")), default=F("doubt") + 1),
        last_error=LEASE_EXPIRED,
        state=Case(When(again, then=Value(EmailState.PENDING)), default=over),
        reason=Case(When(again, then=Value("")), default=Value(MAY_BE_OUT)),
    )


@transaction.atomic
def expire() -> int:
    """What could not be sent in time."""
    due = OutgoingEmail.objects.filter(state=EmailState.PENDING, not_before__lt=Now())
    return _locked(due.filter(expires_at__lte=Now()), "not_before").update(
        state=_unless_doubted(EmailState.EXPIRED), reason=_reason(TOO_LATE)
    )


def _locked(rows: OutgoingEmailQuerySet, order: str) -> OutgoingEmailQuerySet:
    """At most a batch of them, in the order of their index; what another process holds is its business."""
    free = rows.select_for_update(skip_locked=True).order_by(order)
    return OutgoingEmail.objects.filter(pk__in=list(free.values_list("pk", flat=True)[:BATCH]))

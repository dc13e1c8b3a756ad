"""What comes back of sent mail: noted once, and what follows from it for the address.

One hard bounce or one complaint ends mail to the address; two soft ones in 14 days warn, five end it for a while. What a
report says is believed because of the mark of the e-mail it is about (``verp``): only its reader and our mail service know it.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.module_loading import import_string

from clinic import audit
from clinic.actors import Actor
from clinic.mail import suppression, verp
from clinic.mail.claims import Claim
from clinic.mail.statuses import kind_of
from clinic.mail.transport import ADDRESS_REFUSED, RULES_REFUSED, Outcome
from clinic.models import (
    BounceEvent,
    BounceKind,
    EmailState,
    OutgoingEmail,
    ReturnCount,
    Suppression,
    SuppressionReason,
)

log = logging.getLogger("clinic.mail")

WARNS_AT, ENDS_AT, SERIES = 2, 5, timedelta(days=14)
ACCEPTED_FOR = timedelta(hours=48)  # a report by e-mail, which anybody can write who has the mark
SIGNED_ACCEPTED_FOR = timedelta(days=30)  # one that the mail service signed: complaints come late
ENDING = {
    BounceKind.HARD: SuppressionReason.HARD,
    BounceKind.COMPLAINT: SuppressionReason.COMPLAINT,
    BounceKind.UNSUBSCRIBED: SuppressionReason.PATIENT,
}


class Noted(StrEnum):
    NOTED = "noted"
    REPEATED = "repeated"  # it was told before
    UNKNOWN = "unknown"  # no mark of ours
    EXPIRED = "expired"
    EARLY = "early"  # the e-mail is in a sender's hands still: tell again in a minute
    IGNORED = "ignored"  # a report that asks for nothing, such as a delay
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail service, a DSN or a feedback report says of one e-mail. ``source`` names the report where it comes from."""

    mark: str
    kind: BounceKind | None
    provider: str
    source: str
    status: str = ""
    signed: bool = False
    only_stops: bool = (
        False  # the reader wants no more of these e-mails, but nothing is wrong with the address
    )


def take(report: Report, now: datetime) -> Noted:
    """Note it and count it. Never raises for what a report says."""
    noted = _judged(report, now)
    count(noted, now)
    log.info("returned mail", extra={"provider": report.provider, "outcome": noted.value})
    return noted


def count(outcome: Noted, now: datetime) -> None:
    day = now.astimezone(UTC).date()
    ReturnCount.objects.bulk_create([ReturnCount(day=day, outcome=outcome.value)], ignore_conflicts=True)
    ReturnCount.objects.filter(day=day, outcome=outcome.value).update(count=F("count") + 1)


def _judged(report: Report, now: datetime) -> Noted:
    if report.kind is None:
        return Noted.IGNORED
    number = verp.email_id(report.mark)
    email = OutgoingEmail.objects.filter(pk=number).first() if number else None
    if email is None:
        return Noted.UNKNOWN
    if email.state == EmailState.SENDING:
        return Noted.EARLY
    left = email.sent_at or email.expires_at
    if now - left > (SIGNED_ACCEPTED_FOR if report.signed else ACCEPTED_FOR):
        return Noted.EXPIRED
    return Noted.NOTED if note(email=email, report=report, left=left, now=now) else Noted.REPEATED


@transaction.atomic
def note(*, email: OutgoingEmail, report: Report, left: datetime, now: datetime) -> bool:
    """Write the report down and let follow what follows. False: it was told before. ``left``: when the e-mail went out."""
    kind = BounceKind(report.kind or BounceKind.SOFT)
    key = hashlib.sha256(f"{report.provider}\n{email.pk}\n{report.source}".encode()).hexdigest()
    try:
        with transaction.atomic():
            BounceEvent.objects.create(
                email=email, kind=kind, at=now, provider=report.provider, status=report.status, event_key=key
            )
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "bounce_noted_once":
            raise
        return False
    if email.letter in settings.STAFF_LETTERS:
        return True  # staff's mail is never held back; the page of outgoing mail shows that it came back
    for (
        path
    ) in settings.ON_RETURNED_MAIL:  # first: they lock records, as whoever lifts a suppression does first
        import_string(path)(email, kind, now)
    if email.address_hash and not report.only_stops:
        _one_after_the_other(email)
        if not suppression.lifted_after(email, left):
            _suppress(email, kind, now)
    return True


def _suppress(email: OutgoingEmail, kind: BounceKind, now: datetime) -> None:
    reason = ENDING.get(kind)
    if kind == BounceKind.SOFT and soft_in_series(email, now) >= ENDS_AT:
        reason = SuppressionReason.SOFT_SERIES
    row = suppression.add(email, reason, now) if reason else None
    if row:
        actor = Actor.system("returned_mail")
        audit.record(actor, "address.suppressed", row, changes={"reason": row.reason, "email": email.pk})


def soft_in_series(email: OutgoingEmail, now: datetime) -> int:
    """How many e-mails to the address came back softly in the last 14 days, since somebody confirmed it. An e-mail of which
    several reports came counts once."""
    soft = BounceEvent.objects.filter(
        email__clinic=email.clinic_id,
        email__address_hash=email.address_hash,
        kind=BounceKind.SOFT,
        at__gt=now - SERIES,
    )
    lifted = Suppression.objects.filter(clinic=email.clinic_id, address_hash=email.address_hash)
    last = lifted.exclude(lifted_at=None).order_by("lifted_at").values_list("lifted_at", flat=True).last()
    if last:
        soft = soft.filter(at__gt=last)
    return soft.values("email").distinct().count()


def _one_after_the_other(email: OutgoingEmail) -> None:
    """Of two reports about one address the second sees what the first wrote, or neither would be the fifth."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{email.clinic_id}{email.address_hash}"],
        )


def refused(claim: Claim, outcome: Outcome) -> None:
    """The server refused the recipient while we were talking to it: as good as a bounce, and told by nobody else."""
    if outcome.reason not in {ADDRESS_REFUSED, RULES_REFUSED}:
        return
    kind = kind_of(outcome.status, otherwise=BounceKind.HARD)
    try:
        email = OutgoingEmail.objects.get(pk=claim.id)
        report = Report("", kind, "smtp", f"attempt {email.attempts}", status=outcome.status)
        note(email=email, report=report, left=claim.now, now=claim.now)
    except Exception as fault:  # noqa: BLE001 - the e-mail's result is written; the next ones must go out
        log.error("refusal not noted", extra={"email": claim.id, "error": type(fault).__name__})

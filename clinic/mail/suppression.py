"""Addresses to which a clinic sends nothing more, known by a keyed hash only.

Keyed, because addresses can be guessed: whoever reads the table could try a list of them against a plain hash. With
another SECRET_KEY the list is void, and an address that fails costs one more e-mail to be found again.

Of one clinic only. What one clinic's mails met must not show in another's, or a clinic that enters an address would
learn that somebody else had written to it.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.encoding import punycode
from django.utils.translation import gettext_noop

from clinic import audit, replay
from clinic.actors import Actor
from clinic.mail.claims import Claim
from clinic.models import Clinic, OutgoingEmail, Suppression, SuppressionReason
from clinic.models.returns import SuppressionQuerySet

HASH = re.compile(r"[0-9a-f]{64}")
SERIES_ENDS_AFTER = timedelta(days=30)  # a mailbox that was full may be emptied: then it is tried again
WHY_NOT_SENT = {
    SuppressionReason.HARD: gettext_noop("The address takes no e-mail: an earlier one came back."),
    SuppressionReason.COMPLAINT: gettext_noop("The reader had reported an e-mail as unwanted."),
    SuppressionReason.SOFT_SERIES: gettext_noop("E-mails to the address came back five times in 14 days."),
    SuppressionReason.PATIENT: gettext_noop("The reader had asked the mail service for no more e-mails."),
}


class SuppressedError(Exception):
    """This letter is not to be sent; ``reason`` says why in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def address_hash(address: str) -> str:
    """The same for all ways in which one address is written; empty for none."""
    local, _at, domain = address.strip().casefold().rpartition("@")
    if not local or not domain:
        return ""
    try:
        domain = punycode(domain)
    except UnicodeError:  # no domain: such a letter fails when it is written
        return ""
    return salted_hmac("clinic.mail.suppression", f"{local}@{domain}", algorithm="sha256").hexdigest()


def refuse(written: Iterable[tuple[Claim, str]]) -> None:
    """Raises SuppressedError when a row's clinic sends nothing more to the address of this hash. Asked in the transaction
    that composes the letters: whatever was stored for them goes with it. What staff are told is never held back."""
    asked = {(claim.clinic_id, to) for claim, to in written if claim.letter not in settings.STAFF_LETTERS}
    if not asked:
        return
    perhaps = Suppression.objects.in_force_at(Now()).filter(
        clinic__in={clinic for clinic, _to in asked}, address_hash__in={to for _clinic, to in asked}
    )
    for clinic, to, reason in perhaps.values_list("clinic", "address_hash", "reason"):
        if (clinic, to) in asked:
            raise SuppressedError(WHY_NOT_SENT[SuppressionReason(reason)])


def of_address(clinic_id: UUID, address: str) -> SuppressionQuerySet:
    """Of this clinic and this address, those of the past included."""
    return Suppression.objects.filter(clinic=clinic_id, address_hash=address_hash(address))


def add(email: OutgoingEmail, reason: SuppressionReason, now: datetime) -> Suppression | None:
    """Send nothing more to the address of this e-mail. None: it was so already, for a reason that is no weaker."""
    standing = (
        Suppression.objects.select_for_update()
        .filter(clinic=email.clinic_id, address_hash=email.address_hash, lifted_at=None)
        .first()
    )
    if standing and standing.is_in_force_at(now) and standing.until is None:
        return None
    if standing and standing.is_in_force_at(now) and reason == SuppressionReason.SOFT_SERIES:
        return None
    row = standing or Suppression(clinic_id=email.clinic_id, address_hash=email.address_hash)
    row.reason, row.at = reason, now
    row.until = now + SERIES_ENDS_AFTER if reason == SuppressionReason.SOFT_SERIES else None
    row.save()
    replay.note("suppression.added", _key(row))
    return row


def stand_again(actor: Actor, key: str, now: datetime) -> bool:
    """After a restore: what the log says was suppressed, and the backup does not know (clinic/replay.py)."""
    clinic, _colon, hashed = key.partition(":")
    try:
        clinic_id = UUID(clinic)
    except ValueError:
        return False
    if not HASH.fullmatch(hashed) or not Clinic.objects.filter(pk=clinic_id).exists():
        return False
    row = Suppression.objects.filter(clinic=clinic_id, address_hash=hashed, lifted_at=None).first()
    if row and row.is_in_force_at(now):
        return False
    row = row or Suppression(clinic_id=clinic_id, address_hash=hashed)
    row.reason, row.at, row.until = SuppressionReason.HARD, now, None
    row.save()
    audit.record(actor, "address.suppressed", row, changes={"reason": row.reason})
    return True


def _key(row: Suppression) -> str:
    return f"{row.clinic_id}:{row.address_hash}"


def lift(*, actor: Actor, clinic_id: UUID, address: str, now: datetime) -> Suppression | None:
    """Somebody of the clinic asked the reader: mail goes there again. None: nothing stood. The caller writes the audit,
    with the reason, in the record of the patient."""
    standing = of_address(clinic_id, address).select_for_update().filter(lifted_at=None).first()
    if standing is None or not standing.is_in_force_at(now):
        return None
    standing.lifted_at, standing.lifted_by_id = now, actor.user_id
    standing.save(update_fields=["lifted_at", "lifted_by"])
    replay.note("suppression.lifted", _key(standing))
    return standing


def lifted_after(email: OutgoingEmail, sent_at: datetime) -> bool:
    """Whether somebody confirmed the address since this e-mail left: what comes back of it says nothing new."""
    return Suppression.objects.filter(
        clinic=email.clinic_id, address_hash=email.address_hash, lifted_at__gte=sent_at
    ).exists()

"""The mark that an e-mail carries in its envelope, by which what comes back of it finds its row."""

import re

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

MARK = re.compile(r"([1-9][0-9]{0,17})\.([0-9a-f]{16})")
LOCAL_PART = re.compile(rf"[bu]\.({MARK.pattern})", re.IGNORECASE)
BOUNCES, STOPS = "b", "u"  # what an address of ours is for: reports of the mail's way, and "no more of these"


def mark(email_id: int) -> str:
    """``{id}.{16 hex digits}``: 64 bits of a keyed hash, so that nobody can speak of another e-mail than their own."""
    return f"{email_id}.{_signature(email_id)}"


def email_id(given: str) -> int | None:
    """The row that a mark names; None for one that is not ours."""
    found = MARK.fullmatch(given.strip().lower())
    if not found:
        return None
    number = int(found[1])
    return number if constant_time_compare(found[2], _signature(number)) else None


def address(marked: str, purpose: str = BOUNCES) -> str:
    """An address of ours that carries the mark; the part before the @ has at most 37 of the 64 characters allowed."""
    return f"{purpose}.{marked}@{settings.BOUNCE_DOMAIN}"


def mark_in(given: str) -> tuple[str, str]:
    """Purpose and mark of one of our addresses; empty for any other. MTAs may change the case, nothing else."""
    local, _at, domain = given.strip().strip("<>").rpartition("@")
    if not settings.BOUNCE_DOMAIN or domain.lower() != settings.BOUNCE_DOMAIN.lower():
        return "", ""
    found = LOCAL_PART.fullmatch(local)
    return (local[0].lower(), found[1].lower()) if found else ("", "")


def _signature(number: int) -> str:
    return salted_hmac("clinic.mail.verp", str(number), algorithm="sha256").hexdigest()[:16]

"""What an enhanced status code (RFC 3463) says of an address. No database.

5.7 is about us or our e-mail, not the address; 5.2.2 is a full mailbox. 5.5.0 and 5.4.1 are what two of the largest
receivers answer for a mailbox that does not exist.
"""

import re

from clinic.models import BounceKind

STATUS = re.compile(r"(?<![0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])")
HARD = re.compile(r"5\.(0\.[0-9]+|1\.[0-9]+|2\.1|4\.(1|4|310)|5\.[0-9]+)")
LONGEST = 1000  # characters of an answer that are looked at


def status_in(answer: object) -> str:
    """The code in a server's answer; empty when there is none."""
    found = STATUS.search(str(answer or "")[:LONGEST])
    return found[1] if found else ""


def kind_of(status: str, *, otherwise: BounceKind) -> BounceKind:
    """``otherwise``: what the report itself says, for codes that say nothing of the address."""
    if status.startswith("5.7."):
        return BounceKind.BLOCKED
    if HARD.fullmatch(status):
        return BounceKind.HARD
    if status[:1] in {"4", "5"}:
        return BounceKind.SOFT
    return otherwise

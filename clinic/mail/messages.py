"""From a letter to the bytes that travel: headers, addresses, encoding."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.encoding import punycode

from clinic.mail import mime, providers, verp
from clinic.mail.letters import Letter
from clinic.mail.mime import Header
from clinic.text import has_control_characters

ADDRESS = re.compile(r"([^\s<>@,;]+)@([^\s<>@,;]+)")
DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z-]*")
OWN_HEADERS = {"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "return-path"}


@dataclass(frozen=True, slots=True)
class Message:
    sender: str  # of the envelope
    recipient: str
    content: bytes
    needs_utf8: bool  # the server must speak SMTPUTF8: the part before the @ is not ASCII


def message_id(email_id: int, generation: int) -> str:
    """The same on every attempt, so that a receiver may drop a second copy; it says nothing to anybody else."""
    digest = salted_hmac("clinic.mail.message-id", f"{email_id}.{generation}", algorithm="sha256").hexdigest()
    return f"<r.{digest[:32]}@{settings.MAIL_DOMAIN}>"


def build(letter: Letter, identity: str, now: datetime, mark: str = "") -> Message:
    """Raises ValueError when a part of the letter could break out of its header. ``mark``: of its row (``verp``)."""
    local, domain = _address(letter.to)
    needs_utf8 = not local.isascii()
    headers: list[Header] = [
        ("From", _from(letter.sender_name, settings.MAIL_FROM)),
        ("To", f"{local}@{domain}" if DOT_ATOM.fullmatch(local) else Address("", local, domain)),
        ("Subject", _one_line(letter.subject)),
        ("Date", format_datetime(now)),
        ("Message-ID", identity),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: no auto-reply answers it
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Content-Language", letter.language),
    ]
    for name, value in letter.headers.items():
        if not HEADER_NAME.fullmatch(name) or name.lower() in OWN_HEADERS:
            raise ValueError(f"a letter may not set the header {name!r}")
        headers.append(
            (name, value + _by_mail(name, mark))
        )  # a line break in it is refused where it is written
    headers += _for_services(mark).items()
    content = mime.write(headers, letter.text, letter.html, utf8=needs_utf8)
    sender = verp.address(mark) if mark and settings.BOUNCE_DOMAIN else settings.MAIL_FROM
    return Message(sender, f"{local}@{domain}", content, needs_utf8)


@lru_cache(500)
def _from(name: str, address: str) -> Address:
    return Address(_one_line(name), addr_spec=address)


def _by_mail(name: str, mark: str) -> str:
    """RFC 2369: the second way out, for mail programs that stop by writing an e-mail."""
    if name != "List-Unsubscribe" or not mark or not settings.BOUNCE_DOMAIN:
        return ""
    return f", <mailto:{verp.address(mark, verp.STOPS)}>"


def _for_services(mark: str) -> dict[str, str]:
    return providers.headers(mark, settings.MAIL_EVENTS) if mark else {}


def _address(written: str) -> tuple[str, str]:
    """Both halves, the domain as the DNS knows it (IDNA). The address itself stays out of the message: logs see it."""
    found = ADDRESS.fullmatch(written)
    if not found or has_control_characters(written):
        raise ValueError("this is not one e-mail address")
    return found[1], punycode(found[2])


@lru_cache(500)
def _one_line(text: str) -> str:
    """Names are typed by people: whatever is not printable becomes a space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

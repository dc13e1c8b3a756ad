"""From a letter to the bytes that travel: headers, addresses, encoding."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.encoding import punycode

from clinic.mail.letters import Letter
from clinic.text import has_control_characters

ADDRESS = re.compile(r"([^\s<>@,;]+)@([^\s<>@,;]+)")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z-]*")
OWN_HEADERS = {"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "return-path"}


@dataclass(frozen=True, slots=True)
class Message:
    sender: str  # of the envelope
    recipient: str
    content: bytes
    needs_utf8: bool  # the server must speak SMTPUTF8: the part before the @ is not ASCII


class LongLines(EmailPolicy):
    """Folds no ASCII header. The standard library would split a long URL into encoded words, and no mail reader
    finds the way out of a List-Unsubscribe that looks like that. Lines of up to 998 characters are legal.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        length = 998 if value.isascii() else 78
        return super(LongLines, self.clone(max_line_length=length)).fold_binary(name, value)


# cte_type: not every server announces 8BITMIME, so bodies travel as quoted-printable.
POLICY = LongLines(linesep="\r\n", max_line_length=998, cte_type="7bit")


def message_id(email_id: int, generation: int) -> str:
    """The same on every attempt, so that a receiver may drop a second copy; it says nothing to anybody else."""
    digest = salted_hmac("clinic.mail.message-id", f"{email_id}.{generation}", algorithm="sha256").hexdigest()
    return f"<r.{digest[:32]}@{settings.MAIL_DOMAIN}>"


def build(letter: Letter, identity: str, now: datetime) -> Message:
    """Raises ValueError when a part of the letter could break out of its header."""
    local, domain = _address(letter.to)
    needs_utf8 = not local.isascii()
    message = EmailMessage(policy=POLICY.clone(utf8=True) if needs_utf8 else POLICY)
    message["From"] = Address(_one_line(letter.sender_name), addr_spec=settings.MAIL_FROM)
    message["To"] = Address("", local, domain)
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = identity
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no auto-reply answers it
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    for name, value in letter.headers.items():
        if not HEADER_NAME.fullmatch(name) or name.lower() in OWN_HEADERS:
            raise ValueError(f"a letter may not set the header {name!r}")
        message[name] = value  # a line break in the value is refused by the policy
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.language  # after the content, which takes such headers along
    return Message(settings.MAIL_FROM, f"{local}@{domain}", message.as_bytes(), needs_utf8)


def _address(written: str) -> tuple[str, str]:
    """Both halves, the domain as the DNS knows it (IDNA). The address itself stays out of the message: logs see it."""
    found = ADDRESS.fullmatch(written)
    if not found or has_control_characters(written):
        raise ValueError("this is not one e-mail address")
    return found[1], punycode(found[2])


def _one_line(text: str) -> str:
    """Names are typed by people: whatever is not printable becomes a space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

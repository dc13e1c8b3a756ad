"""Reports that come by e-mail: delivery status (RFC 3464), feedback (RFC 5965), and "no more of these" (RFC 2369).

Anybody may write to the mailbox that they come to, so nothing in here is trusted but the mark, and every fault of the
message is an answer: ``read`` raises nothing. What does not carry a mark of ours is left to people.
"""

import hashlib
from collections.abc import Iterable, Iterator
from email import policy
from email.message import Message
from email.parser import BytesParser

from clinic.mail import verp
from clinic.mail.bounces import Report
from clinic.mail.statuses import kind_of, status_in
from clinic.models import BounceKind

LARGEST = 1_000_000  # bytes: a report with the whole e-mail in it is far smaller
MOST_PARTS = 60
LONGEST = 1000  # characters of a header that are looked at
RECIPIENTS = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To")
COMPLAINTS = {"abuse", "fraud", "virus"}


def read(raw: bytes, recipient: str = "") -> Report | None:
    """What a message reports of an e-mail of ours; None: nothing that we can tell. ``recipient``: to whom it came, where the
    mail server says so; a mark in there is believed before one in the message."""
    if len(raw) > LARGEST:
        return None
    try:
        return _report(raw, recipient)
    except Exception:  # noqa: BLE001 - the parser meets whatever somebody wrote; the next message must be read
        return None


def _report(raw: bytes, recipient: str) -> Report | None:
    # compat32: the newer policy parses each header when it is read, and fails in more ways on what is broken.
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    parts = list(_parts(message))
    feedback = _fields_of(parts, "message/feedback-report")
    purpose, mark = _mark(recipient, message, parts, feedback)
    if not mark or verp.email_id(mark) is None:
        return None
    source = hashlib.sha256(_header(message, "Message-ID").encode() or raw).hexdigest()
    if feedback is not None:
        return _complaint(feedback, mark, source)
    if purpose == verp.STOPS:
        return Report(mark, BounceKind.UNSUBSCRIBED, "mail", source, only_stops=True)
    told = [part for part in parts if part.get_content_type().endswith("delivery-status")]
    statuses = [fields for part in told for fields in _blocks(part)]
    return _delivery(statuses, mark, source) if statuses else None


def _complaint(feedback: Message, mark: str, source: str) -> Report:
    kind = _word(feedback, "Feedback-Type")
    if kind in COMPLAINTS:
        return Report(mark, BounceKind.COMPLAINT, "arf", source)
    if kind == "opt-out":
        return Report(mark, BounceKind.UNSUBSCRIBED, "arf", source, only_stops=True)
    return Report(mark, None, "arf", source)  # "not spam", a failed signature: no wish of the reader


def _delivery(blocks: Iterable[Message], mark: str, source: str) -> Report:
    """Of our e-mails each has one recipient, so the worst that is said is said of it."""
    for fields in blocks:
        if _word(fields, "Action") != "failed":
            continue
        status = status_in(_header(fields, "Status"))
        given = status_in(_header(fields, "Diagnostic-Code"))
        if given and status in {"", "5.0.0", "4.0.0"}:
            status = given  # the reporting server knew no better than "failed"; the receiving one did
        return Report(mark, kind_of(status, otherwise=BounceKind.SOFT), "dsn", source, status=status)
    return Report(mark, None, "dsn", source)  # delayed, relayed, delivered


def _parts(message: Message) -> Iterator[Message]:
    """The first parts, however deep they are nested; an e-mail that is quoted is not looked into."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += [one for one in inner if isinstance(one, Message)]


def _fields_of(parts: Iterable[Message], kind: str) -> Message | None:
    part = next((part for part in parts if part.get_content_type() == kind), None)
    return next(_blocks(part), None) if part is not None else None


def _blocks(part: Message) -> Iterator[Message]:
    """Groups of fields: the parser knows those of message/delivery-status, of others the text is read again."""
    inner = part.get_payload()
    if isinstance(inner, list):
        yield from (one for one in inner[:MOST_PARTS] if isinstance(one, Message))
        for one in inner[:1]:  # some parsers and servers put all fields into one quoted message
            text = one.get_payload() if isinstance(one, Message) else ""
            if isinstance(text, str) and text.strip():
                yield from _read_again(text)
    elif isinstance(inner, str):
        decoded = part.get_payload(decode=True)
        yield from _read_again(decoded.decode(errors="replace") if isinstance(decoded, bytes) else inner)


def _read_again(text: str) -> Iterator[Message]:
    for block in text.replace("\r\n", "\n").strip().split("\n\n")[:MOST_PARTS]:
        yield BytesParser(policy=policy.compat32).parsebytes(block.encode(errors="replace"), headersonly=True)


def _mark(
    recipient: str, message: Message, parts: Iterable[Message], feedback: Message | None
) -> tuple[str, str]:
    """Purpose and mark, from whom the report came to, or from the envelope of the e-mail that it quotes."""
    places = [recipient]
    places += [value for name in RECIPIENTS for value in _all(message, name)]
    if feedback is not None:
        places += _all(feedback, "Original-Mail-From")
        quoted = [
            part for part in parts if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}
        ]
        places += [value for part in quoted for value in _returned_to(part)]
    for place in places:
        for word in place[:LONGEST].replace(",", " ").split():
            purpose, mark = verp.mark_in(word)
            if mark and verp.email_id(mark) is not None:
                return purpose, mark
    return "", ""


def _returned_to(part: Message) -> list[str]:
    inner = part.get_payload()
    if isinstance(inner, list):
        return [value for one in inner[:1] if isinstance(one, Message) for value in _all(one, "Return-Path")]
    return [value for one in _blocks(part) for value in _all(one, "Return-Path")]


def _all(message: Message, name: str) -> list[str]:
    return [str(value)[:LONGEST] for value in (message.get_all(name) or [])[:10]]


def _header(message: Message, name: str) -> str:
    return next(iter(_all(message, name)), "").strip()


def _word(message: Message, name: str) -> str:
    """The first word of a field: a comment may follow it."""
    return next(iter(_header(message, name).lower().split()), "")

"""SMTP: one message, one conversation, and an exact answer to the question whether it may have been taken."""

import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from selectors import EVENT_READ, DefaultSelector
from types import TracebackType
from typing import Self

from django.conf import settings
from django.utils.translation import gettext_noop

from clinic.mail.messages import Message

ADDRESS_REFUSED = gettext_noop("The mail server takes no mail for this address.")
RULES_REFUSED = gettext_noop("The mail server refused the e-mail by its rules.")
MESSAGE_REFUSED = gettext_noop("The mail server refused the e-mail.")
SCRIPT_REFUSED = gettext_noop("The mail server cannot write to an address with these letters.")
UNAVAILABLE = 421  # "closing the channel": about the server, never about the message


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    PUT_OFF = "put off"  # 4xx about this message
    REFUSED = "refused"  # 5xx about this message
    LOST = "lost"  # the connection or the server failed; surely not taken
    UNKNOWN = "unknown"  # failed between the first byte of the body and the reply: perhaps taken
    NOT_TRIED = "not tried"  # too little of the lease was left


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    code: int | None = None
    error: str = ""  # the class of the fault, never its text, which may quote the address
    reason: str = ""

    @property
    def surely_unsent(self) -> bool:
        return self.verdict not in {Verdict.ACCEPTED, Verdict.UNKNOWN}


class LeaseTooShortError(smtplib.SMTPException):
    """Another process could claim the row before the server has answered."""


class PhaseSMTP(smtplib.SMTP):
    """smtplib that knows whether a failure leaves open that the server took the message.

    ``in_doubt`` is true from the 354, after which the body travels, until an intelligible reply to the final dot.
    """

    in_doubt = False
    give_up_at = float("inf")  # time.monotonic() after which the lease is too short to begin
    command_timeout = 30.0
    final_reply_timeout = 120.0
    _asked_for_data = False

    def data(self, msg: object) -> tuple[int, bytes]:
        if time.monotonic() > self.give_up_at:
            raise LeaseTooShortError
        self._asked_for_data = True
        code, text = super().data(msg)  # type: ignore[arg-type]
        if not (200 <= code < 300 or 400 <= code < 600):
            raise smtplib.SMTPServerDisconnected("unintelligible reply to the message")  # still in doubt
        self.in_doubt = False
        self._patience(self.command_timeout)
        return (250 if code < 300 else code), text

    def getreply(self) -> tuple[int, bytes]:
        if self.in_doubt:
            self._patience(self.final_reply_timeout)
        code, text = super().getreply()
        if self._asked_for_data:
            self._asked_for_data, self.in_doubt = False, code == 354
        return code, text

    def _patience(self, seconds: float) -> None:
        if self.sock:
            self.sock.settimeout(seconds)


class PhaseSMTPOverTLS(PhaseSMTP, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


class Courier:
    """One SMTP connection, opened anew after a fault and after every so many messages."""

    def __init__(self) -> None:
        self._client: PhaseSMTP | None = None
        self._carried = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def is_ready(self) -> bool:
        """Connected, not worn out, and not hung up on meanwhile: asked before a row is claimed."""
        if not self._client or not self._client.sock or self._carried >= settings.OUTBOX["per_connection"]:
            return False
        with DefaultSelector() as selector:  # between two messages a server has nothing to say but goodbye
            selector.register(self._client.sock, EVENT_READ)
            return not selector.select(0)

    def open(self) -> None:
        """Raises OSError or SMTPException when there is no server to talk to."""
        self._close()
        client = _connect()
        try:
            _greet(client)
        except BaseException:
            client.close()
            raise
        self._client, self._carried = client, 0

    def send(self, message: Message, give_up_at: float) -> Outcome:
        """Never raises for a fault of the network or of the server."""
        if self._client is None:
            raise RuntimeError("open the courier first")
        self._carried += 1
        self._client.give_up_at = give_up_at
        outcome = _converse(self._client, message)
        if outcome.verdict in {Verdict.LOST, Verdict.UNKNOWN, Verdict.NOT_TRIED}:
            self._client.close()  # no QUIT: whoever is gone or stalled would let us wait for its answer
            self._client = None
        return outcome

    def _close(self) -> None:
        if self._client:
            with suppress(OSError, smtplib.SMTPException):
                self._client.quit()
            self._client.close()
        self._client = None


def _connect() -> PhaseSMTP:
    host, port, times = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.OUTBOX
    client: PhaseSMTP
    if settings.EMAIL_USE_SSL:
        client = PhaseSMTPOverTLS(
            host,
            port,
            local_hostname=settings.MAIL_DOMAIN,
            timeout=times["connect"],
            context=ssl.create_default_context(),
        )
    else:
        client = PhaseSMTP(host, port, local_hostname=settings.MAIL_DOMAIN, timeout=times["connect"])
    client.command_timeout, client.final_reply_timeout = times["command"], times["final_reply"]
    client._patience(client.command_timeout)
    return client


def _greet(client: PhaseSMTP) -> None:
    if settings.EMAIL_USE_TLS:
        client.starttls(context=ssl.create_default_context())
    client.ehlo_or_helo_if_needed()
    if settings.EMAIL_HOST_USER:
        client.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)


def _converse(client: PhaseSMTP, message: Message) -> Outcome:
    if message.needs_utf8 and not client.has_extn("smtputf8"):
        return Outcome(Verdict.REFUSED, reason=SCRIPT_REFUSED)
    options = ("SMTPUTF8", "BODY=8BITMIME") if message.needs_utf8 else ()
    client.in_doubt = False
    try:
        client.sendmail(message.sender, [message.recipient], message.content, options)
    except (OSError, smtplib.SMTPException) as fault:
        return _explain(fault, in_doubt=client.in_doubt)
    return Outcome(Verdict.ACCEPTED, 250)


def _explain(fault: Exception, *, in_doubt: bool) -> Outcome:
    match fault:
        case smtplib.SMTPRecipientsRefused():
            ((code, text),) = fault.recipients.values()
            return _judged(code, RULES_REFUSED if text.startswith(b"5.7.") else ADDRESS_REFUSED)
        case smtplib.SMTPDataError():
            return _judged(fault.smtp_code, MESSAGE_REFUSED)
        case smtplib.SMTPSenderRefused():  # our configuration, not the patient's address
            return Outcome(Verdict.LOST, fault.smtp_code, type(fault).__name__)
    if isinstance(fault, LeaseTooShortError):
        verdict = Verdict.NOT_TRIED
    else:
        verdict = Verdict.UNKNOWN if in_doubt else Verdict.LOST
    return Outcome(verdict, error=type(fault).__name__)


def _judged(code: int, reason: str) -> Outcome:
    if 500 <= code < 600:
        return Outcome(Verdict.REFUSED, code, reason=reason)
    if 400 <= code < 500 and code != UNAVAILABLE:
        return Outcome(Verdict.PUT_OFF, code)
    return Outcome(Verdict.LOST, code if code > 0 else None)

"""SMTP: one message, one conversation, and an exact answer to the question whether it may have been taken."""

import select
import smtplib
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from django.conf import settings
from django.utils.translation import gettext_noop

from clinic.mail.messages import Message
from clinic.mail.statuses import status_in

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
    GONE = "gone"  # the connection had ended before, or the mail had waited too long behind another


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    code: int | None = None
    error: str = ""  # the class of the fault, never its text, which may quote the address
    reason: str = ""
    status: str = ""  # the enhanced code, such as 5.1.1, of an answer about the recipient

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
    _held: list[str] | None = None  # commands that are to travel together
    _ahead = 0  # commands that have travelled, and are not answered yet

    def sendmail(  # type: ignore[override]
        self, from_addr: str, to_addrs: list[str], msg: bytes, mail_options: Sequence[str] = ()
    ) -> dict[str, tuple[int, bytes]]:
        """Where the server reads on while it answers (RFC 2920), the three commands before the body are one way there and
        back instead of three."""
        self.ehlo_or_helo_if_needed()
        if self.has_extn("pipelining"):
            self._go_ahead(from_addr, to_addrs[0], len(msg), mail_options)
        return super().sendmail(from_addr, to_addrs, msg, mail_options)

    def _go_ahead(self, sender: str, recipient: str, size: int, options: Sequence[str]) -> None:
        if time.monotonic() > self.give_up_at:
            raise LeaseTooShortError
        if "SMTPUTF8" in options:
            self.command_encoding = "utf-8"
        told = [f"size={size}"] if self.has_extn("size") else []
        self._held, self._ahead = [], 0
        try:
            self.putcmd("mail", " ".join([f"from:{smtplib.quoteaddr(sender)}", *told, *options]))
            self.putcmd("rcpt", f"to:{smtplib.quoteaddr(recipient)}")
            self.putcmd("data")
            commands = "".join(self._held)
        finally:
            self._held = None
        self.send(commands)
        self._ahead = 3

    def send(self, s: str | bytes) -> None:  # type: ignore[override]
        if self._held is None or not isinstance(s, str):
            super().send(s)
        else:
            self._held.append(s)

    def putcmd(self, cmd: str, args: str = "") -> None:
        if self._ahead and cmd in {"mail", "rcpt", "data"}:
            self._ahead -= 1
            return
        while self._ahead:  # one of them was refused: what is said to the others is not ours to hear later
            self._ahead -= 1
            if self.getreply()[0] == 354:  # a body without a recipient; no dot is sent, so nothing is taken
                self.close()
                raise smtplib.SMTPServerDisconnected("asked for the body of a refused message")
        super().putcmd(cmd, args)

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
        self.close()

    def is_ready(self) -> bool:
        """Connected, not worn out, and not hung up on meanwhile: asked before a row is claimed."""
        if not self._client or not self._client.sock or not self.is_good_for(1):
            return False
        said = select.poll()  # between two messages a server has nothing to say but goodbye
        said.register(self._client.sock, select.POLLIN)
        return not said.poll(0)

    def is_good_for(self, messages: int) -> bool:
        """So many more, before it is opened anew."""
        return self._carried + messages <= settings.OUTBOX["per_connection"]

    def open(self) -> None:
        """Raises OSError or SMTPException when there is no server to talk to."""
        self.close()
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

    def close(self) -> None:
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
            status = status_in(text.decode(errors="replace"))
            return _judged(code, RULES_REFUSED if status.startswith("5.7.") else ADDRESS_REFUSED, status)
        case smtplib.SMTPDataError():
            return _judged(fault.smtp_code, MESSAGE_REFUSED)
        case smtplib.SMTPSenderRefused():  # our configuration, not the patient's address
            return Outcome(Verdict.LOST, fault.smtp_code, type(fault).__name__)
    if isinstance(fault, LeaseTooShortError):
        verdict = Verdict.NOT_TRIED
    else:
        verdict = Verdict.UNKNOWN if in_doubt else Verdict.LOST
    return Outcome(verdict, error=type(fault).__name__)


def _judged(code: int, reason: str, status: str = "") -> Outcome:
    if 500 <= code < 600:
        return Outcome(Verdict.REFUSED, code, reason=reason, status=status)
    if 400 <= code < 500 and code != UNAVAILABLE:
        return Outcome(Verdict.PUT_OFF, code)
    return Outcome(Verdict.LOST, code if code > 0 else None)

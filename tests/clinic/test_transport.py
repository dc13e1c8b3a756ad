"""The bytes that travel, and the conversation that carries them."""

import smtplib
import socket
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from pytest_django import Settings

from clinic.mail import Letter
from clinic.mail.messages import Message, build, message_id
from clinic.mail.transport import SCRIPT_REFUSED, Courier, Outcome, Verdict
from tests.sink import Faults, RunningSink

pytestmark = pytest.mark.slow  # a mail server that hesitates

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
LONG_TOKEN = f"{'a' * 32}.{'b' * 43}"
FOREVER = float("inf")
LETTER = Letter(
    to="margaret@patients.example",
    sender_name="Riverside",
    subject="A message from Riverside",
    text="Something for you.\n.\nThe line above holds one dot. Grüße\n",
    html="<p>Something for you. Grüße</p>",
    headers={
        "List-Unsubscribe": f"<https://footwork.example/u/{LONG_TOKEN}/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
)


def made(letter: Letter = LETTER) -> Message:
    return build(letter, message_id(7, 0), NOW)


def arrived(sink: RunningSink, letter: Letter = LETTER) -> EmailMessage:
    with Courier() as courier:
        courier.open()
        assert courier.send(made(letter), FOREVER) == Outcome(Verdict.ACCEPTED, 250)
    (taken,) = sink.accepted
    return taken.message


# --- the message ----------------------------------------------------------------------------------------------


def test_every_header_of_a_letter(sink: RunningSink) -> None:
    message = arrived(sink)
    assert {name: str(value) for name, value in message.items()} == {
        "From": "Riverside <clinic@footwork.example>",
        "To": "margaret@patients.example",
        "Subject": "A message from Riverside",
        "Date": "Tue, 24 Nov 2026 18:00:00 +0000",
        "Message-ID": message_id(7, 0),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Content-Language": "en-gb",
        "List-Unsubscribe": f"<https://footwork.example/u/{LONG_TOKEN}/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }


def test_text_and_html_arrive_as_they_were_written(sink: RunningSink) -> None:
    message = arrived(sink)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert html
    assert text.get_content().replace("\r\n", "\n") == LETTER.text
    assert html.get_content().strip() == LETTER.html
    assert sink.accepted[0].content.isascii()  # the sink announces no 8BITMIME


def test_a_long_address_in_a_header_stays_whole() -> None:
    assert f"\r\nList-Unsubscribe: <https://footwork.example/u/{LONG_TOKEN}/>\r\n".encode() in made().content


def test_lines_of_headers_with_other_letters_are_folded(sink: RunningSink) -> None:
    subject = "Eine Nachricht für Sie, " * 6
    message = arrived(sink, replace(LETTER, subject=subject))
    assert message["Subject"] == subject.strip()
    written = made(replace(LETTER, subject=subject)).content.partition(b"Subject:")[2].partition(b"Date:")[0]
    assert len(written.splitlines()) > 1
    assert max(len(line) for line in written.splitlines()) <= 78


def test_the_message_id_is_one_per_mail_and_generation() -> None:
    assert message_id(7, 0) == message_id(7, 0)
    assert len({message_id(7, 0), message_id(7, 1), message_id(8, 0)}) == 3
    local, _, domain = message_id(7, 0).strip("<>").partition("@")
    assert (len(local), local[:2], domain) == (34, "r.", "footwork.example")


@pytest.mark.parametrize(
    "name", ["Riverside\r\nBcc: b@elsewhere.example", "River\x00side\u2028Bcc: b", "a\tb\n"]
)
@pytest.mark.check(27)
def test_a_name_breaks_out_of_no_header(sink: RunningSink, name: str) -> None:
    message = arrived(sink, replace(LETTER, sender_name=name, subject=name))
    assert "Bcc" not in message
    assert len(message.keys()) == 12
    assert sink.accepted[0].recipients == ["margaret@patients.example"]


@pytest.mark.parametrize(
    "letter",
    [
        replace(LETTER, to="a@b.example\r\nBcc: c@d.example"),
        replace(LETTER, to="a@b.example, c@d.example"),
        replace(LETTER, to="a@b.example> SIZE=1"),
        replace(LETTER, to="nobody"),
        replace(LETTER, to=""),
        replace(LETTER, to="a@b.example\x00"),
        replace(LETTER, headers={"List-Id": "x\r\nBcc: c@d.example"}),
        replace(LETTER, headers={"X: y\r\nBcc": "c@d.example"}),
        replace(LETTER, headers={"Bcc": "c@d.example"}),
        replace(LETTER, headers={"From": "c@d.example"}),
    ],
)
@pytest.mark.check(27)
def test_what_could_break_out_is_refused(letter: Letter) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several libraries notice, each in its own words
        made(letter)


def test_a_domain_in_other_letters_travels_as_idna(sink: RunningSink) -> None:
    message = arrived(sink, replace(LETTER, to="anna@bücher.example"))
    assert message["To"] == "anna@xn--bcher-kva.example"
    assert sink.accepted[0].recipients == ["anna@xn--bcher-kva.example"]


def test_a_mailbox_in_other_letters_needs_a_server_that_can(sink: RunningSink) -> None:
    letter = replace(LETTER, to="jürgen@patients.example")
    with Courier() as courier:
        courier.open()
        assert courier.send(made(letter), FOREVER) == Outcome(Verdict.REFUSED, reason=SCRIPT_REFUSED)
    sink.faults = Faults(extensions=("SMTPUTF8", "8BITMIME"))
    arrived(sink, letter)
    assert sink.accepted[0].recipients == ["jürgen@patients.example"]
    assert "SMTPUTF8" in next(command for command in sink.commands if command.startswith("mail"))


# --- the conversation -----------------------------------------------------------------------------------------


def test_the_envelope_and_the_greeting_ask_no_name_server(sink: RunningSink) -> None:
    arrived(sink)
    assert [command.lower() for command in sink.commands] == [
        "ehlo footwork.example",
        "mail from:<clinic@footwork.example>",
        "rcpt to:<margaret@patients.example>",
        "data",
        "quit",
    ]


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
@pytest.mark.parametrize(
    ("faults", "verdict", "code"),
    [
        (Faults(), Verdict.ACCEPTED, 250),
        (Faults(data_end="251 as good as"), Verdict.ACCEPTED, 250),
        (Faults(mail="550 5.7.1 not you"), Verdict.LOST, 550),
        (Faults(rcpt="450 4.2.1 greylisted"), Verdict.PUT_OFF, 450),
        (Faults(rcpt="421 4.3.2 closing"), Verdict.LOST, 421),
        (Faults(rcpt="550 5.1.1 no such user"), Verdict.REFUSED, 550),
        (Faults(rcpt="what?"), Verdict.LOST, None),
        (Faults(drop_at="MAIL"), Verdict.LOST, None),
        (Faults(drop_at="RCPT"), Verdict.LOST, None),
        (Faults(drop_at="DATA"), Verdict.LOST, None),
        (Faults(drop_mid_data=True), Verdict.UNKNOWN, None),
        (Faults(drop_after_accept=True), Verdict.UNKNOWN, None),
        (Faults(data_end="what?"), Verdict.UNKNOWN, None),
        (Faults(data_end="452 4.3.1 full"), Verdict.PUT_OFF, 452),
        (Faults(data_end="554 5.6.0 rejected"), Verdict.REFUSED, 554),
        (Faults(data_end="421 4.3.2 closing"), Verdict.LOST, 421),
        (Faults(latency=2), Verdict.UNKNOWN, None),
    ],
)
def test_the_verdict_on_every_phase(
    sink: RunningSink, faults: Faults, verdict: Verdict, code: int | None, extensions: tuple[str, ...]
) -> None:
    sink.faults = Faults(extensions=extensions)
    with Courier() as courier:
        courier.open()
        sink.faults = replace(faults, extensions=extensions)
        outcome = courier.send(made(), FOREVER)
        assert (outcome.verdict, outcome.code) == (verdict, code)
        sink.faults = Faults(extensions=extensions)  # whatever happened, the next mail goes out
        if not courier.is_ready():
            courier.open()
        assert courier.send(made(), FOREVER).verdict == Verdict.ACCEPTED


def together(sink: RunningSink, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was sent at once, each with its lines joined."""
    sink.faults = Faults(extensions=("PIPELINING", "SIZE"))
    sent: list[str] = []
    send = smtplib.SMTP.send

    def noted(self: smtplib.SMTP, s: str | bytes) -> None:
        sent.append(s if isinstance(s, str) else "body")
        send(self, s)

    monkeypatch.setattr(smtplib.SMTP, "send", noted)
    return sent


def test_a_server_that_reads_on_hears_three_commands_at_once(
    sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = together(sink, monkeypatch)
    arrived(sink)
    size = len(made().content)
    assert sent == [
        "ehlo footwork.example\r\n",
        f"mail from:<clinic@footwork.example> size={size}\r\nrcpt to:<margaret@patients.example>\r\ndata\r\n",
        "body",
        "quit\r\n",
    ]


def test_a_refused_recipient_leaves_no_answer_behind_and_the_connection_open(
    sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = together(sink, monkeypatch)
    with Courier() as courier:
        courier.open()
        sink.faults = replace(sink.faults, rcpt="550 5.1.1 no such user")
        assert courier.send(made(), FOREVER).verdict == Verdict.REFUSED
        sink.faults = replace(sink.faults, rcpt="")
        assert courier.is_ready()
        assert courier.send(made(), FOREVER).verdict == Verdict.ACCEPTED
    assert sent.count("rset\r\n") == 1
    assert sink.connections == 1


def test_a_server_that_wants_the_body_of_a_refused_message_gets_none(sink: RunningSink) -> None:
    sink.faults = Faults(extensions=("PIPELINING",))
    with Courier() as courier:
        courier.open()
        sink.faults = replace(sink.faults, mail="550 5.7.1 not you")  # and then it takes the recipient
        assert courier.send(made(), FOREVER).verdict == Verdict.LOST
        assert not courier.is_ready()
    assert sink.accepted == []


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_no_line_break_reaches_a_command(sink: RunningSink, extensions: tuple[str, ...]) -> None:
    sink.faults = Faults(extensions=extensions)
    broken = replace(made(), recipient="margaret@patients.example>\r\nRSET")
    with Courier() as courier:
        courier.open()
        with pytest.raises(ValueError, match="newline"):
            courier.send(broken, FOREVER)
    assert "RSET" not in sink.commands


def test_the_last_answer_may_take_longer_than_the_others(sink: RunningSink, settings: Settings) -> None:
    settings.OUTBOX |= {"command": 0.2, "final_reply": 2}
    sink.faults = Faults(ack_delay=0.6)
    arrived(sink)


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_with_too_little_of_the_lease_left_no_body_is_sent(
    sink: RunningSink, extensions: tuple[str, ...]
) -> None:
    sink.faults = Faults(extensions=extensions)
    with Courier() as courier:
        courier.open()
        assert courier.send(made(), give_up_at=0).verdict == Verdict.NOT_TRIED
    assert "data" not in [command.lower() for command in sink.commands]
    assert sink.accepted == []


def test_a_courier_notices_that_the_server_hung_up(sink: RunningSink) -> None:
    sink.faults = Faults(hang_up_after=1)
    with Courier() as courier:
        assert not courier.is_ready()
        courier.open()
        assert courier.is_ready()
        courier.send(made(), FOREVER)
        while courier.is_ready():  # until the goodbye has crossed the loopback
            pass
        with pytest.raises(RuntimeError, match="open the courier first"):
            Courier().send(made(), FOREVER)


def test_nobody_there_and_no_greeting(sink: RunningSink, settings: Settings) -> None:
    sink.faults = Faults(banner="421 4.3.2 try later")
    with pytest.raises(smtplib.SMTPConnectError):
        Courier().open()
    settings.EMAIL_PORT = 1
    with pytest.raises(ConnectionRefusedError):
        Courier().open()


def test_encryption_and_signing_in_are_not_skipped_when_the_server_has_none(
    sink: RunningSink, settings: Settings
) -> None:
    settings.EMAIL_USE_TLS = True
    with pytest.raises(smtplib.SMTPNotSupportedError):
        Courier().open()
    settings.EMAIL_USE_TLS = False
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "clinic", "secret"
    with pytest.raises(smtplib.SMTPNotSupportedError):
        Courier().open()
    assert sink.accepted == []


def test_smtps_speaks_tls_from_the_first_byte(settings: Settings) -> None:
    settings.EMAIL_USE_SSL = True
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        settings.OUTBOX = settings.OUTBOX | {"connect": 0.3}
        with pytest.raises(TimeoutError):
            Courier().open()
        peer, _ = server.accept()
        with peer:
            assert peer.recv(1) == b"\x16"  # a TLS handshake

"""manage.py read_bounces: reports by e-mail, from a mailbox or a pipe, whatever somebody wrote into them."""

import io
import mailbox
import ssl
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from clinic.mail import mailboxes, reports, verp
from clinic.mail.bounces import Noted
from clinic.management.commands import read_bounces
from clinic.models import BounceEvent, Clinic, OutgoingEmail, ReturnCount, Suppression
from tests.factories import count_rows
from tests.returned_world import DOMAIN, address_of, dsn, feedback, make_sent, stop_by_mail

NOT_OURS = dsn(f"b.7.{'0' * 16}@{DOMAIN}")


@pytest.fixture(autouse=True)
def _domain(settings: Settings) -> None:
    settings.BOUNCE_DOMAIN = DOMAIN


@pytest.fixture
def email(riverside: Clinic) -> OutgoingEmail:
    return make_sent(riverside)


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(raw: bytes, recipient: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", type("In", (), {"buffer": io.BytesIO(raw)}))
        out = io.StringIO()
        call_command("read_bounces", "--stdin", recipient, stdout=out)
        return out.getvalue().strip()

    return run


def told() -> list[tuple[str, str, str]]:
    return list(BounceEvent.objects.order_by("pk").values_list("kind", "provider", "status"))


# --- what a report says ---------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "kind", "status"),
    [
        ({}, "hard", "5.1.1"),
        ({"status": "5.0.0", "diagnostic": "smtp; 550 5.2.2 full"}, "soft", "5.2.2"),
        ({"status": "5.0.0", "diagnostic": "smtp; 550 no"}, "hard", "5.0.0"),
        ({"status": "", "diagnostic": "smtp; 550 no"}, "soft", ""),
        ({"status": "4.4.1 (queue lifetime)", "diagnostic": "x-postfix; timed out"}, "soft", "4.4.1"),
        ({"status": "5.7.1"}, "blocked", "5.7.1"),
        ({"action": "FAILED (for good)"}, "hard", "5.1.1"),
    ],
)
def test_a_delivery_report(
    email: OutgoingEmail, pipe: Any, changes: dict[str, str], kind: str, status: str
) -> None:
    assert pipe(dsn(address_of(email), **changes)) == "1 noted"
    assert told() == [(kind, "dsn", status)]
    assert BounceEvent.objects.get().email == email
    assert Suppression.objects.exists() is (kind == "hard")


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_delay_is_no_return(email: OutgoingEmail, pipe: Any, action: str) -> None:
    assert pipe(dsn(address_of(email), action=action, status="4.4.1")) == "1 ignored"
    assert told() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "noted"),
    [
        ("abuse", [("complaint", "arf", "")]),
        ("fraud", [("complaint", "arf", "")]),
        ("opt-out", [("unsubscribed", "arf", "")]),
        ("not-spam", []),
        ("auth-failure", []),
    ],
)
def test_a_feedback_report(email: OutgoingEmail, pipe: Any, kind: str, noted: list[Any]) -> None:
    pipe(feedback(address_of(email), kind=kind))
    assert told() == noted
    assert Suppression.objects.exists() is (noted[:1] == [("complaint", "arf", "")])


@pytest.mark.django_db
def test_stopping_by_mail_stops_and_suppresses_nothing(email: OutgoingEmail, pipe: Any) -> None:
    assert pipe(stop_by_mail(address_of(email, verp.STOPS))) == "1 noted"
    assert told() == [("unsubscribed", "mail", "")]
    assert Suppression.objects.count() == 0


@pytest.mark.django_db
def test_an_answer_to_the_bounce_address_is_no_report(email: OutgoingEmail, pipe: Any) -> None:
    """Somebody, or a machine of theirs, wrote to the envelope's sender."""
    assert pipe(stop_by_mail(address_of(email))) == "1 unreadable"
    assert told() == []


@pytest.mark.django_db
def test_the_mail_server_says_to_whom_it_came(email: OutgoingEmail, riverside: Clinic, pipe: Any) -> None:
    other = make_sent(riverside, "other")
    assert pipe(dsn(address_of(other)), address_of(email)) == "1 noted"
    assert BounceEvent.objects.get().email == email
    assert pipe(dsn("postmaster@elsewhere.example"), address_of(other)) == "1 noted"


@pytest.mark.django_db
def test_told_again_and_told_of_strangers(email: OutgoingEmail, pipe: Any) -> None:
    raw = dsn(address_of(email))
    pipe(raw)
    assert pipe(b"Received: by another way\r\n" + raw) == "1 repeated"
    before = count_rows()
    for strange in (NOT_OURS, dsn("clinic@footwork.example"), b"", b"\xff\xfe", raw[:200]):
        assert pipe(strange) == "1 unreadable"
    assert {name for name, count in count_rows().items() if count != before[name]} == {"clinic_returncount"}
    assert dict(ReturnCount.objects.values_list("outcome", "count")) == {
        "noted": 1,
        "repeated": 1,
        "unreadable": 5,
    }


@pytest.mark.django_db
def test_what_comes_too_early_is_kept_by_the_mail_server(email: OutgoingEmail, pipe: Any) -> None:
    lease = {"lease_token": "0" * 32, "lease_until": email.expires_at}
    OutgoingEmail.objects.update(state="sending", sent_at=None, **lease)
    with pytest.raises(SystemExit) as stopped:
        pipe(dsn(address_of(email)))
    assert stopped.value.code == 75
    assert told() == []


@pytest.mark.django_db
def test_nothing_is_read_without_a_domain(email: OutgoingEmail, pipe: Any, settings: Settings) -> None:
    raw = dsn(address_of(email))
    settings.BOUNCE_DOMAIN = ""
    with pytest.raises(CommandError, match="BOUNCE_DOMAIN is not set"):
        pipe(raw)
    assert told() == []


# --- where they wait ------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_maildir(email: OutgoingEmail, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    for raw in (dsn(address_of(email)), NOT_OURS, b"x" * (reports.LARGEST + 1)):
        box.add(raw)
    out = io.StringIO()
    call_command("read_bounces", "--maildir", str(tmp_path / "box"), stdout=out)
    assert out.getvalue().strip() == "1 noted, 2 unreadable"
    left = [path.name for path in (tmp_path / "box" / "cur").iterdir()]
    assert len(left) == 2
    assert all(name.endswith("S") for name in left)
    assert list((tmp_path / "box" / "new").iterdir()) == []
    call_command("read_bounces", "--maildir", str(tmp_path / "box"), stdout=out)
    assert out.getvalue().splitlines()[1] == "nothing"


@pytest.mark.django_db
def test_an_mbox(email: OutgoingEmail, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    for raw in (NOT_OURS, dsn(address_of(email)), b"Subject: hello\n\nFrom here on\n"):
        box.add(raw)
    box.close()
    out = io.StringIO()
    call_command("read_bounces", "--mbox", str(tmp_path / "box"), stdout=out)
    assert out.getvalue().strip() == "1 noted, 2 unreadable"
    box = mailbox.mbox(tmp_path / "box")
    assert len(box) == 2
    box.close()
    call_command("read_bounces", "--mbox", str(tmp_path / "box"), stdout=out)
    assert out.getvalue().splitlines()[1] == "nothing"
    assert told() == [("hard", "dsn", "5.1.1")]


class FakeIMAP:
    """As imaplib answers."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.opened = (args, options)
        self.flags: dict[str, str] = {}
        self.expunged = False
        FakeIMAP.last = self

    last: "FakeIMAP"
    messages: dict[str, bytes] = {}

    def __enter__(self) -> "FakeIMAP":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def login(self, user: str, password: str) -> None:
        self.user = (user, password)

    def select(self, folder: str) -> tuple[str, list[bytes]]:
        self.folder = folder
        return ("OK" if folder == '"Returns"' else "NO"), [b""]

    def uid(self, command: str, *args: str) -> tuple[str, list[Any]]:
        if command == "SEARCH":
            return "OK", [" ".join(self.messages).encode()]
        if command == "STORE":
            self.flags[args[0]] = args[2]
            return "OK", [None]
        raw = self.messages[args[0]]
        if args[1] == "(RFC822.SIZE)":
            return "OK", [f"1 (UID {args[0]} RFC822.SIZE {len(raw)})".encode()]
        return "OK", [(f"1 (UID {args[0]} BODY[] {{{len(raw)}}}".encode(), raw), b")"]

    def expunge(self) -> None:
        self.expunged = True


@pytest.mark.django_db
def test_an_imap_folder(email: OutgoingEmail, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic.mail.mailboxes.imaplib.IMAP4_SSL", FakeIMAP)
    FakeIMAP.messages = {
        "4": dsn(address_of(email)),
        "5": NOT_OURS,
        "9": b"x" * (reports.LARGEST + 1),
    }
    with pytest.raises(CommandError, match="IMAP_URL is not set"):
        call_command("read_bounces", "--imap")
    settings.IMAP_URL = "imaps://bounces%40clinic.example:p%2Fw@imap.clinic.example/Returns"
    out = io.StringIO()
    call_command("read_bounces", "--imap", stdout=out)
    assert out.getvalue().strip() == "1 noted, 2 unreadable"
    server = FakeIMAP.last
    assert server.opened[0] == ("imap.clinic.example", 993)
    assert isinstance(server.opened[1]["ssl_context"], ssl.SSLContext)
    assert server.user == ("bounces@clinic.example", "p/w")
    assert server.flags == {"4": r"(\Seen \Deleted)", "5": r"(\Seen)", "9": r"(\Seen)"}
    assert server.expunged
    settings.IMAP_URL = "imaps://x:y@imap.clinic.example/Elsewhere"
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("read_bounces", "--imap")


def test_a_mailbox_that_is_not_there_is_said(tmp_path: Path) -> None:
    for how in ("--maildir", "--mbox"):
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("read_bounces", how, str(tmp_path / "nowhere"))


# --- hostile input --------------------------------------------------------------------------------------------
def nested(depth: int) -> bytes:
    head = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(depth))
    return head.encode() + b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        nested(50),
        nested(5000),
        b"Content-Type: message/rfc822\r\n\r\n" * 5000,
        b'Content-Type: multipart/report; boundary=""\r\n\r\n--\r\n--\r\n',
        b"To: " + b"<" * 100_000,
        b"To: =?utf-8?q?" + b"=" * 10_000,
        b"Content-Type: " + b"a/" * 50_000 + b"\r\n\r\n",
        b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"\r\n" * 400_000,
        b"To: a\r\n" * 100_000,
        b"x" * (reports.LARGEST + 1),
    ],
)
def test_hostile_messages_are_read_without_a_fault(raw: bytes) -> None:
    to = f"b.{verp.mark(7)}@{DOMAIN}".encode()
    for one in (raw, b"To: " + to + b"\r\n" + raw):
        reports.read(one, "x" * 10_000)


@given(st.binary(max_size=2000))
@examples(max_examples=200)
def test_any_bytes_are_read_without_a_fault(raw: bytes) -> None:
    assert reports.read(raw) is None


@given(st.data())
@examples(max_examples=200, deadline=None)
def test_a_report_with_some_bytes_changed_is_read_without_a_fault_and_speaks_of_no_other(data: Any) -> None:
    raw = bytearray(dsn(f"b.{verp.mark(7)}@{DOMAIN}"))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30))
    report = reports.read(bytes(raw))
    assert report is None or report.mark == verp.mark(7)


def test_every_outcome_is_done_or_left() -> None:
    left = set(Noted) - mailboxes.DONE
    assert left == {Noted.UNKNOWN, Noted.EXPIRED, Noted.EARLY, Noted.UNREADABLE}
    assert read_bounces.TRY_LATER == 75
    assert Counter(Noted)[Noted.NOTED] == 1

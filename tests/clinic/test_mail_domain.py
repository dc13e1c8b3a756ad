"""What the DNS says about our e-mail, from a server of the test's own: every verdict, in plain words."""

import base64
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clinic.mail_domain import Answers, Finding, Sender, Verdict, check_sender, exit_code
from tests.dns_stub import REFUSED, SERVFAIL, SILENT, Zone, serving

OK, ATTENTION, MISSING, CANNOT_TELL = Verdict
OURS = Sender("clinic.example", "clinic.example", "mail.clinic.example", ("s1",))
THEIRS = Sender("clinic.example", "bounces.clinic.example", "smtp.relay.example", ("s1",))


def rsa(bits: int) -> str:
    public = generate_private_key(65537, bits).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


KEYS = {bits: rsa(bits) for bits in (1024, 2048)}


def short_rsa(bits: int) -> str:
    """Shorter than the library makes: the key written out (RFC 5280, 8017)."""

    def der(tag: int, *parts: bytes) -> bytes:
        content = b"".join(parts)
        size = len(content)
        length = bytes([size]) if size < 128 else bytes([0x81, size])
        return bytes([tag]) + length + content

    def number(value: int) -> bytes:
        return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))

    key = der(0x30, number((1 << (bits - 1)) | 0x1234567), number(65537))
    kind = der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    return base64.b64encode(der(0x30, kind, der(0x03, b"\0", key))).decode()


GOOD: dict[tuple[str, str], Sequence[str] | str] = {
    ("clinic.example", "TXT"): ["v=spf1 a:mail.clinic.example -all", "another=thing"],
    ("clinic.example", "MX"): ["10 mail.clinic.example."],
    ("mail.clinic.example", "A"): ["1.2.3.4"],
    ("4.3.2.1.in-addr.arpa", "PTR"): ["mail.clinic.example."],
    ("s1._domainkey.clinic.example", "TXT"): [f"v=DKIM1; k=rsa; p={KEYS[2048]}"],
    ("_dmarc.clinic.example", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:dmarc@clinic.example"],
}


def found(zone: Zone, sender: Sender = OURS, **times: float) -> dict[str, Finding]:
    with serving(zone) as stub:
        return {one.check: one for one in check_sender(sender, Answers(stub.server, **times))}


def with_(**changes: Sequence[str] | str | None) -> Zone:
    """The good zone with some records changed: SPF="…" for the text, other names as NAME_TYPE."""
    names = {
        "spf": ("clinic.example", "TXT"),
        "mx": ("clinic.example", "MX"),
        "a": ("mail.clinic.example", "A"),
        "ptr": ("4.3.2.1.in-addr.arpa", "PTR"),
        "dkim": ("s1._domainkey.clinic.example", "TXT"),
        "dmarc": ("_dmarc.clinic.example", "TXT"),
    }
    zone = GOOD | {names[name]: value or [] for name, value in changes.items()}
    return {key: value for key, value in zone.items() if value}


def test_all_is_well() -> None:
    told = found(GOOD)
    assert {name: one.verdict for name, one in told.items()} == {
        "SPF record": OK,
        "SPF questions": OK,
        "SPF ending": OK,
        "SPF and the mail server": OK,
        "DKIM key s1": OK,
        "DMARC policy": OK,
        "DMARC reports": OK,
        "DMARC alignment": OK,
        "PTR 1.2.3.4": OK,
        "MX for returned mail": OK,
        "List-Unsubscribe": CANNOT_TELL,
    }
    assert exit_code(told.values()) == 0  # what no DNS can tell does not count
    assert told["SPF questions"].said == "It costs a receiver 1 of 10 questions."
    assert told["DKIM key s1"].said == "There is an RSA key of 2048 bits."


def test_nothing_is_there() -> None:
    told = found({})
    verdicts = {name: one.verdict for name, one in told.items()}
    assert verdicts["SPF record"] == MISSING
    assert verdicts["DKIM key s1"] == MISSING
    assert verdicts["DMARC policy"] == MISSING
    assert verdicts["MX for returned mail"] == MISSING
    assert told["SPF record"].record == 'clinic.example. TXT "v=spf1 a:mail.clinic.example ~all"'
    assert told["DMARC policy"].record.startswith('_dmarc.clinic.example. TXT "v=DMARC1; p=none; rua=mailto:')
    assert exit_code(told.values()) == 1


@pytest.mark.parametrize("trouble", [SERVFAIL, REFUSED, SILENT])
def test_no_answer_is_never_taken_for_none(trouble: str) -> None:
    zone = {(name, "ANY"): trouble for name, _kind in GOOD} | {("bounces.clinic.example", "ANY"): trouble}
    told = found(zone, each=0.2)
    assert {one.verdict for one in told.values()} == {CANNOT_TELL}
    assert "Nothing is known to be wrong" in told["SPF"].do
    assert exit_code(told.values()) == 2


def test_the_time_for_all_questions_ends() -> None:
    told = found(GOOD, in_all=0)
    assert "the time for all questions was over" in told["DMARC"].said
    assert {one.verdict for one in told.values()} == {CANNOT_TELL}


def test_what_was_found_before_an_answer_failed_to_come_stays() -> None:
    told = found(GOOD | {("mail.clinic.example", "A"): SERVFAIL})
    assert told["SPF record"].verdict == OK
    assert told["SPF"].verdict == CANNOT_TELL
    assert told["DKIM key s1"].verdict == OK


def test_each_question_is_asked_once_and_of_nobody_else() -> None:
    with serving(GOOD) as stub:
        check_sender(OURS, Answers(stub.server))
    assert len(stub.asked) == len(set(stub.asked))
    assert {name.rpartition(".")[2] for name, _kind in stub.asked} == {"example", "arpa"}


# --- SPF --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("texts", "check", "verdict", "words"),
    [
        (["v=spf1 -all", "v=spf1 ~all"], "SPF record", ATTENTION, "2 SPF records"),
        (["v=spf1 ip4:1.2.3.4.5 -all"], "SPF record", ATTENTION, "“ip4:1.2.3.4.5” in the record"),
        (["v=spf1 include: -all"], "SPF record", ATTENTION, "cannot be understood"),
        (["v=spf10 -all"], "SPF record", MISSING, "does not say which servers"),
        (["V=SPF1 IP4:1.2.3.4 -ALL"], "SPF and the mail server", OK, "covers 1.2.3.4"),
        (["v=spf1 ip4:1.2.3.0/24 +all"], "SPF ending", ATTENTION, "allows the whole world"),
        (["v=spf1 ip4:1.2.3.0/24 ?all"], "SPF ending", ATTENTION, "says nothing"),
        (["v=spf1 ip4:1.2.3.0/24"], "SPF ending", ATTENTION, "has no “all”"),
        (["v=spf1 redirect=_spf.clinic.example"], "SPF ending", OK, ""),
        (
            ["v=spf1 redirect=_spf.clinic.example"],
            "SPF questions",
            ATTENTION,
            "_spf.clinic.example has no SPF record",
        ),
        (["v=spf1 ptr -all"], "SPF questions", ATTENTION, "“ptr” is not to be used"),
        (
            ["v=spf1 a:x1.example a:x2.example mx:x3.example -all"],
            "SPF questions",
            ATTENTION,
            "3 parts lead to nothing",
        ),
        (["v=spf1 a:x1.example a:x2.example -all"], "SPF questions", OK, "2 of 10"),
        (["v=spf1 include:clinic.example -all"], "SPF questions", ATTENTION, "leads back to clinic.example"),
        (["v=spf1 -all a:x1.example a:x2.example a:x3.example"], "SPF questions", OK, "0 of 10"),
        (["v=spf1 " + " ".join(["mx"] * 10) + " -all"], "SPF questions", OK, "10 of 10"),
        (["v=spf1 " + " ".join(["mx"] * 11) + " -all"], "SPF questions", ATTENTION, "11 times"),
        (["v=spf1 ip4:9.9.9.9 -all"], "SPF and the mail server", ATTENTION, "leaves from 1.2.3.4"),
        (
            ["v=spf1 exists:%{i}.x.example -all"],
            "SPF and the mail server",
            CANNOT_TELL,
            "does not name 1.2.3.4",
        ),
        (["v=spf1 mx -all"], "SPF and the mail server", OK, "covers 1.2.3.4"),
        (["v=spf1 a:mail.clinic.example/24 -all"], "SPF and the mail server", OK, "covers"),
        (["v=spf1 -ip4:1.2.3.4 +all"], "SPF and the mail server", ATTENTION, "leaves from 1.2.3.4"),
    ],
)
def test_spf(texts: list[str], check: str, verdict: Verdict, words: str) -> None:
    told = found(with_(spf=texts))[check]
    assert (told.verdict, words in told.said) == (verdict, True), told


def test_included_records_are_counted_with_all_that_they_ask() -> None:
    """Two includes, of which one includes four mail servers and a redirect: 2 + 4 + 1 + 1."""
    zone = dict(with_(spf=["v=spf1 include:a.example include:b.example -all"]))
    zone |= {
        ("a.example", "TXT"): [
            "v=spf1 mx:clinic.example mx:clinic.example mx:clinic.example mx:clinic.example redirect=c.example"
        ],
        ("b.example", "TXT"): ["v=spf1 ip4:1.2.3.4 ?all"],
        ("c.example", "TXT"): ["v=spf1 a:mail.clinic.example ~all"],
    }
    told = found(zone)
    assert told["SPF questions"].said == "It costs a receiver 8 of 10 questions."
    assert told["SPF and the mail server"].verdict == OK


def test_an_include_that_lets_nothing_through_is_passed_over() -> None:
    zone = dict(with_(spf=["v=spf1 include:a.example ip4:1.2.3.4 -all"]))
    zone[("a.example", "TXT")] = ["v=spf1 -all"]
    assert found(zone)["SPF and the mail server"].verdict == OK
    zone[("clinic.example", "TXT")] = ["v=spf1 include:a.example -all"]
    assert found(zone)["SPF and the mail server"].verdict == ATTENTION


def test_a_better_ending_is_written_out() -> None:
    told = found(with_(spf=["v=spf1 ip4:1.2.3.0/24 +all"]))["SPF ending"]
    assert told.record == 'clinic.example. TXT "v=spf1 ip4:1.2.3.0/24 ~all"'


def test_a_server_of_somebody_else_may_send_from_other_addresses() -> None:
    zone = {
        ("bounces.clinic.example", "TXT"): ["v=spf1 include:_spf.relay.example -all"],
        ("_spf.relay.example", "TXT"): ["v=spf1 ip4:5.6.7.0/24 -all"],
        ("smtp.relay.example", "A"): ["5.6.8.1"],
    }
    told = found(zone, THEIRS)["SPF and the mail server"]
    assert told.verdict == CANNOT_TELL
    assert "may send on from others" in told.said
    zone[("smtp.relay.example", "A")] = ["5.6.7.8"]
    assert found(zone, THEIRS)["SPF and the mail server"].verdict == OK


def test_addresses_that_the_settings_name() -> None:
    sender = Sender("clinic.example", "clinic.example", "127.0.0.1", (), ("1.2.3.4", "2600::1"))
    told = found(with_(spf=["v=spf1 ip4:1.2.3.4 -all"]), sender)["SPF and the mail server"]
    assert told.verdict == ATTENTION
    assert told.do == "Add to the record, in front of its “all”: ip6:2600::1"
    assert (
        found(with_(spf=["v=spf1 ip4:1.2.3.4 ip6:2600::/32 -all"]), sender)["SPF and the mail server"].verdict
        == OK
    )
    assert found({}, sender)["SPF record"].record.endswith('"v=spf1 ip4:1.2.3.4 ip6:2600::1 -all"')


@pytest.mark.parametrize("relay", ["localhost", "127.0.0.1", "10.0.0.7", "mail"])
def test_a_server_inside_tells_nothing_of_the_way_out(relay: str) -> None:
    sender = Sender("clinic.example", "clinic.example", relay)
    told = found(GOOD | {("mail", "A"): ["10.1.2.3"]}, sender)
    assert told["SPF and the mail server"].verdict == CANNOT_TELL
    assert told["PTR"].verdict == CANNOT_TELL
    assert "MAIL_SENDING_ADDRESSES" in told["PTR"].do


# --- DKIM -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("texts", "verdict", "words"),
    [
        ([f"v=DKIM1; k=rsa; p={short_rsa(768)}"], ATTENTION, "768 bits: receivers ignore"),
        ([f"v=DKIM1; k=rsa; p={KEYS[1024]}"], ATTENTION, "1024 bits, which is short"),
        ([f"p={KEYS[2048]}"], OK, "2048 bits"),
        ([f"v=DKIM1; h=sha1:sha256; s=email:x; p={KEYS[2048]};"], OK, "2048 bits"),
        ([f"v=DKIM1; t=y; p={KEYS[2048]}"], ATTENTION, "marked as a test"),
        ([f"v=DKIM1; t=s; p={KEYS[2048]}"], OK, "2048 bits"),
        ([f"v=DKIM1; h=sha1; p={KEYS[2048]}"], ATTENTION, "h=sha1 only"),
        ([f"v=DKIM1; s=tlsrpt; p={KEYS[2048]}"], ATTENTION, "not for e-mail"),
        (["v=DKIM1; p="], ATTENTION, "revoked"),
        (["v=DKIM1; p=not base64!"], ATTENTION, "no base64"),
        (["v=DKIM1; p=AAAA"], ATTENTION, "no RSA key"),
        (["v=DKIM1; k=dsa; p=AAAA"], ATTENTION, "kind “dsa”"),
        (["v=DKIM2; p=AAAA"], ATTENTION, "cannot be understood"),
        (["v=DKIM1; p=AAAA; p=BBBB"], ATTENTION, "cannot be understood"),
        ([f"v=DKIM1; p={KEYS[2048]}", f"v=DKIM1; p={KEYS[1024]}"], ATTENTION, "2 keys"),
        (["google-site=1"], MISSING, "no key at s1._domainkey.clinic.example"),
    ],
)
def test_dkim(texts: list[str], verdict: Verdict, words: str) -> None:
    told = found(with_(dkim=texts))["DKIM key s1"]
    assert (told.verdict, words in told.said) == (verdict, True), told


def test_dkim_with_another_kind_of_key() -> None:
    raw = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key = base64.b64encode(raw).decode()
    told = found(with_(dkim=[f"v=DKIM1; k=ed25519; p={key}"]))["DKIM key s1"]
    assert (told.verdict, "many receivers cannot check" in told.said) == (ATTENTION, True)
    told = found(with_(dkim=[f"v=DKIM1; k=ed25519; p={key[:20]}"]))["DKIM key s1"]
    assert "length of an Ed25519 key" in told.said


def test_dkim_without_a_selector() -> None:
    told = found(GOOD, Sender("clinic.example", "clinic.example", "mail.clinic.example"))["DKIM key"]
    assert (told.verdict, "DKIM_SELECTORS" in told.do) == (CANNOT_TELL, True)


# --- DMARC ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("texts", "check", "verdict", "words"),
    [
        (["v=DMARC1; p=reject; rua=mailto:d@clinic.example"], "DMARC policy", OK, "refused"),
        (["v=DMARC1; p=none"], "DMARC policy", ATTENTION, "let through"),
        (["v=DMARC1; p=none"], "DMARC reports", ATTENTION, "Nobody gets"),
        (["v=DMARC1; p=reject; pct=20"], "DMARC policy", ATTENTION, "20 %"),
        (["v=DMARC1; p=perhaps"], "DMARC policy", ATTENTION, "cannot be understood"),
        (["v=DMARC1; nonsense"], "DMARC policy", ATTENTION, "cannot be understood"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "DMARC policy", ATTENTION, "2 records"),
        (["v=DMARC1; p=reject; rua=https://x.example"], "DMARC reports", ATTENTION, "Nobody gets"),
        (
            ["v=DMARC1; p=reject; rua=mailto:d@other.example!10m"],
            "DMARC reports",
            ATTENTION,
            "does not say that it takes",
        ),
        (["v=DMARC1; p=reject; rua=mailto:d@in.clinic.example"], "DMARC reports", OK, "in.clinic.example"),
    ],
)
def test_dmarc(texts: list[str], check: str, verdict: Verdict, words: str) -> None:
    told = found(with_(dmarc=texts))[check]
    assert (told.verdict, words in told.said) == (verdict, True), told


def test_dmarc_reports_to_somebody_who_takes_them() -> None:
    zone = dict(with_(dmarc=["v=DMARC1; p=reject; rua=mailto:d@other.example"]))
    told = found(zone)["DMARC reports"]
    assert told.record == 'clinic.example._report._dmarc.other.example. TXT "v=DMARC1"'
    zone[("clinic.example._report._dmarc.other.example", "TXT")] = ["v=DMARC1"]
    assert found(zone)["DMARC reports"].verdict == OK


@pytest.mark.parametrize(
    ("more", "words"), [("", "refused"), ("; sp=quarantine", "set aside"), ("; sp=none", "let through")]
)
def test_a_parents_policy_holds_below_it(more: str, words: str) -> None:
    sender = Sender("mail.clinic.example", "mail.clinic.example", "mail.clinic.example", ("s1",))
    zone = with_(dmarc=[f"v=DMARC1; p=reject{more}"])
    assert words in found(zone, sender)["DMARC policy"].said


@pytest.mark.parametrize(
    ("envelope", "more", "verdict"),
    [
        ("bounces.clinic.example", "", OK),
        ("bounces.clinic.example", "; aspf=s", ATTENTION),
        ("clinic.example", "; aspf=s", OK),
        ("relay.example", "", ATTENTION),
    ],
)
def test_what_comes_back_elsewhere_vouches_within_one_organisation(
    envelope: str, more: str, verdict: Verdict
) -> None:
    sender = Sender("clinic.example", envelope, "mail.clinic.example")
    zone = dict(with_(dmarc=[f"v=DMARC1; p=reject{more}"]))
    zone[(envelope, "TXT")] = ["v=spf1 -all"]
    assert found(zone, sender)["DMARC alignment"].verdict == verdict
    signed = Sender("clinic.example", envelope, "mail.clinic.example", ("s1",))
    assert found(zone, signed)["DMARC alignment"].verdict == OK  # the key is the other way


# --- names of servers -------------------------------------------------------------------------------------------
def test_a_server_of_somebody_else_keeps_its_names_itself() -> None:
    told = found(GOOD | {("smtp.relay.example", "A"): ["5.6.7.8"]}, THEIRS)["PTR"]
    assert told.verdict == OK
    assert "smtp.relay.example, which is somebody else's" in told.said


def test_an_address_without_a_name_and_with_one_that_leads_elsewhere() -> None:
    told = found(with_(ptr=None))["PTR 1.2.3.4"]
    assert (told.verdict, told.record) == (MISSING, "4.3.2.1.in-addr.arpa. PTR mail.clinic.example.")
    told = found(with_(ptr=["host.provider.example."]))["PTR 1.2.3.4"]
    assert (told.verdict, told.record) == (ATTENTION, "host.provider.example. A 1.2.3.4")
    named = found(with_(ptr=["x.example.", "mail.clinic.example."]))["PTR 1.2.3.4"]
    assert named.verdict == OK


@pytest.mark.parametrize(
    ("mx", "verdict", "words"),
    [
        (["0 ."], ATTENTION, "takes no mail"),
        (["10 gone.example."], ATTENTION, "gone.example, which has no address"),
        (None, MISSING, "names no mail server"),
    ],
)
def test_where_returned_mail_goes(mx: list[str] | None, verdict: Verdict, words: str) -> None:
    told = found(with_(mx=mx))["MX for returned mail"]
    assert (told.verdict, words in told.said) == (verdict, True)


def test_the_address_of_the_domain_itself_will_hardly_do() -> None:
    zone = dict(with_(mx=None)) | {("clinic.example", "A"): ["1.2.3.4"]}
    assert found(zone)["MX for returned mail"].verdict == ATTENTION

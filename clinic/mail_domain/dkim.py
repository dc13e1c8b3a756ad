"""DKIM: the public key with which receivers check that a mail is ours and unchanged."""

import binascii
from base64 import b64decode
from collections.abc import Iterator

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from clinic.mail_domain.answers import Answers
from clinic.mail_domain.findings import Finding, Verdict, record
from clinic.mail_domain.sender import Sender
from clinic.mail_domain.tags import tags

SHORTEST, ASKED_FOR = 1024, 2048  # bits of an RSA key
ED25519 = 32  # bytes
AGAIN = "Copy the record once more from your mail service."


class KeyFaultError(Exception):
    """Why receivers make nothing of the key, and what to do."""

    def __init__(self, said: str, todo: str) -> None:
        super().__init__(said)
        self.said, self.todo = said, todo


def check_dkim(sender: Sender, answers: Answers) -> Iterator[Finding]:
    if not sender.selectors:
        yield Finding(
            "DKIM key",
            Verdict.CANNOT_TELL,
            "Nobody has said under which selector the mail server signs.",
            "Ask your mail service for it, or read s= in the DKIM-Signature of a mail that arrived. "
            "Then set DKIM_SELECTORS.",
        )
    for selector in sender.selectors:
        yield _key(f"DKIM key {selector}", f"{selector}._domainkey.{sender.domain}", answers)


def _key(check: str, name: str, answers: Answers) -> Finding:
    found = [text for text in answers.texts(name) if "p=" in text.replace(" ", "")]
    if not found:
        return Finding(
            check,
            Verdict.MISSING,
            f"There is no key at {name}.",
            "Add the key that your mail service shows you. It looks like this:",
            record(name, "TXT", "v=DKIM1; k=rsa; p=…"),
        )
    if len(found) > 1:
        said = f"There are {len(found)} keys at {name}: receivers may take either."
        return Finding(check, Verdict.ATTENTION, said, "Delete all but the one in use.")
    try:
        return Finding(check, Verdict.OK, _judged(found[0]))
    except KeyFaultError as fault:
        return Finding(check, Verdict.ATTENTION, fault.said, fault.todo)


def _judged(text: str) -> str:
    """What is there. Raises KeyFaultError."""
    found = tags(text)
    if found is None or found.get("v", "DKIM1") != "DKIM1":
        raise KeyFaultError("The record cannot be understood.", AGAIN)
    if not found.get("p"):
        said = "This key was revoked: its record has an empty p=."
        raise KeyFaultError(said, "Sign with another selector, or add its key.")
    said = _length(found.get("k", "rsa").lower(), "".join(found["p"].split()))
    if "y" in _list(found.get("t", "")):
        raise KeyFaultError(
            f"{said} It is marked as a test (t=y): receivers treat it as no signature.", "Take t=y out."
        )
    if "sha256" not in _list(found.get("h", "sha256")):
        raise KeyFaultError(f"{said} It allows h={found['h']} only, which receivers refuse.", "Take h= out.")
    if not {"*", "email"} & set(_list(found.get("s", "*"))):
        raise KeyFaultError(f"{said} It is not for e-mail (s={found['s']}).", "Take s= out.")
    return said


def _list(value: str) -> list[str]:
    return [one.strip().lower() for one in value.split(":")]


def _length(kind: str, key: str) -> str:
    try:
        raw = b64decode(key, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise KeyFaultError("The key is damaged: p= is no base64.", AGAIN) from fault
    if kind == "ed25519":
        if len(raw) != ED25519:
            raise KeyFaultError("The key is damaged: it has not the length of an Ed25519 key.", AGAIN)
        said = "It is an Ed25519 key, which many receivers cannot check."
        raise KeyFaultError(said, "Let the mail service sign with an RSA key too.")
    if kind != "rsa":
        raise KeyFaultError(f"No receiver knows keys of the kind “{kind}”.", AGAIN)
    bits = _bits(raw)
    better = f"Make one of {ASKED_FOR} bits."
    if bits < SHORTEST:
        raise KeyFaultError(f"The key has {bits} bits: receivers ignore signatures of it.", better)
    if bits < ASKED_FOR:
        raise KeyFaultError(f"The key has {bits} bits, which is short by now.", better)
    return f"There is an RSA key of {bits} bits."


def _bits(raw: bytes) -> int:
    try:
        public = load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise KeyFaultError("The key is damaged: it is no RSA key.", AGAIN) from fault
    if not isinstance(public, RSAPublicKey):
        raise KeyFaultError("The key is damaged: it is no RSA key.", AGAIN)
    return public.key_size

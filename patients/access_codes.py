"""Codes that people type: ``LLLL-SSSS-SSSS`` on paper, ``SSSS-SSSS`` by e-mail. How they are made and read again."""

import secrets
from typing import NamedTuple

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to be misread
LOCATOR_LENGTH, SECRET_LENGTH, EMAILED_LENGTH = 4, 8, 8
GROUP = 4
LONGEST = 100  # typed; what is longer is no code, whatever it holds
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})


class PrintedCode(NamedTuple):
    """The locator finds the row and is no secret; the secret is 40 random bits."""

    locator: str
    secret: str

    def __str__(self) -> str:
        return spaced(self.locator + self.secret)


def new_printed_code() -> PrintedCode:
    return PrintedCode(_random(LOCATOR_LENGTH), _random(SECRET_LENGTH))


def new_emailed_code() -> str:
    return _random(EMAILED_LENGTH)


def read_printed_code(typed: str) -> PrintedCode | None:
    """What was typed, or None if it cannot be a code. Small letters, spaces and hyphens do not matter."""
    found = _read(typed, LOCATOR_LENGTH + SECRET_LENGTH)
    return PrintedCode(found[:LOCATOR_LENGTH], found[LOCATOR_LENGTH:]) if found else None


def read_emailed_code(typed: str) -> str | None:
    return _read(typed, EMAILED_LENGTH) or None


def spaced(code: str) -> str:
    """In groups of four, which are easier to copy."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def _read(typed: str, length: int) -> str:
    if len(typed) > LONGEST:
        return ""
    kept = "".join(sign for sign in typed if sign.isalnum()).upper().translate(_MISREAD)
    return kept if len(kept) == length and set(kept) <= set(ALPHABET) else ""


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))

"""A message with a text and a page, as bytes. The standard library's way costs more than sending the mail does, and nearly
all of it for headers of plain letters, which need nothing done. It still writes those that do.
"""

import binascii
import re
import secrets
from collections.abc import Iterable
from email.headerregistry import Address
from email.policy import EmailPolicy
from functools import lru_cache

LONGEST_LINE = 998
PLAIN = re.compile(r"[!-~](?:[ -~]*[!-~])?", re.ASCII)
ENCODED = "=?"  # what begins so would be read as an encoded word
Header = tuple[str, str | Address]


class LongLines(EmailPolicy):
    """Folds no ASCII header. The standard library would split a long URL into encoded words, and no mail reader
    finds the way out of a List-Unsubscribe that looks like that. Lines of up to 998 characters are legal.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        length = LONGEST_LINE if value.isascii() else 78
        return super(LongLines, self.clone(max_line_length=length)).fold_binary(name, value)


# cte_type: not every server announces 8BITMIME, so bodies travel as quoted-printable.
POLICY = LongLines(linesep="\r\n", max_line_length=LONGEST_LINE, cte_type="7bit")
POLICY_UTF8 = POLICY.clone(utf8=True)


def write(headers: Iterable[Header], text: str, page: str, *, utf8: bool) -> bytes:
    """Raises ValueError when a header holds a line break. ``utf8``: headers may hold any letter (SMTPUTF8)."""
    boundary = f"={secrets.token_hex(16)}="  # "=" and "_" stand in no encoded body like that
    kind = ("Content-Type", f'multipart/alternative; boundary="{boundary}"')
    top = b"".join(
        _header(name, value, utf8=utf8) for name, value in [*headers, ("MIME-Version", "1.0"), kind]
    )
    mark = f"--{boundary}".encode()
    parts = [_part("plain", text), _part("html", page)]
    return top + b"\r\n" + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _header(name: str, value: str | Address, *, utf8: bool) -> bytes:
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and ENCODED not in value and len(value) + len(name) < LONGEST_LINE - 2
        if plain:
            return f"{name}: {value}\r\n".encode()
        return _folded(name, value, utf8)
    return _address(name, value.display_name, value.username, value.domain, utf8)


@lru_cache(500)
def _address(name: str, shown: str, local: str, domain: str, utf8: bool) -> bytes:
    policy = POLICY_UTF8 if utf8 else POLICY
    return policy.fold_binary(*policy.header_store_parse(name, Address(shown, local, domain)))


@lru_cache(500)
def _folded(name: str, value: str, utf8: bool) -> bytes:
    policy = POLICY_UTF8 if utf8 else POLICY
    return policy.fold_binary(*policy.header_store_parse(name, value))


def _part(kind: str, content: str) -> bytes:
    body, how = _body(content.encode())
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {how}\r\nMIME-Version: 1.0\r\n\r\n'
    return head.encode() + body.replace(b"\n", b"\r\n")


def _body(content: bytes) -> tuple[bytes, str]:
    """As it is where that may travel, else in the shorter of the two encodings. Lines end with a line feed."""
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if content.isascii() and max(map(len, content.split(b"\n"))) <= LONGEST_LINE:
        return content, "7bit"
    quoted = binascii.b2a_qp(content, istext=True)
    if len(quoted) <= len(content) * 4 / 3:
        return quoted, "quoted-printable"
    lines = (content[start : start + 57] for start in range(0, len(content), 57))
    return b"".join(binascii.b2a_base64(line) for line in lines), "base64"

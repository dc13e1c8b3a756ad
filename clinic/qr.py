"""QR codes as one SVG path, for templates/components/qr.html: our content security policy admits no data: images."""

from typing import Any
from urllib.parse import urlsplit

import segno

QUIET_ZONE = 4  # modules; scanners need them to tell the code from what stands around


def path(text: str) -> tuple[str, int]:
    """The dark modules, and how many modules a side has with the quiet zone around.

    Of an address, scheme and host are written in capitals, which mean the same and take two thirds of the room; so
    does a code in capitals behind the "#".
    """
    rows = [list(row) for row in encoded(text).matrix_iter(border=QUIET_ZONE)]
    return "".join(_runs(rows)), len(rows)


def encoded(text: str) -> segno.QRCode:
    parts: Any = _parts(text)  # each in its own mode; the library's types know of one part only
    return segno.make(parts, micro=False)


def _parts(text: str) -> list[str]:
    address = urlsplit(text)
    if not address.netloc:
        return [text]
    site, page = f"{address.scheme}://{address.netloc}".upper() + "/", address.path.removeprefix("/")
    query = f"?{address.query}" if address.query else ""
    small = f"{page}{query}#" if address.fragment else f"{page}{query}"
    return [part for part in (site, small, address.fragment) if part]


def _runs(rows: list[list[int]]) -> list[str]:
    """One stroke for dark modules side by side."""
    found = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            length = next((end for end in range(x, len(row)) if not row[end]), len(row)) - x
            if length:
                found.append(f"M{x} {y}.5h{length}")
            x += length or 1
    return found

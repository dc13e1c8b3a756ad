"""QR codes as one SVG path, for templates/components/qr.html: our content security policy admits no data: images."""

import qrcode


def path(text: str) -> tuple[str, int]:
    """The dark modules, and how many modules a side has with the quiet zone around."""
    code = qrcode.QRCode()
    code.add_data(text)
    rows = code.get_matrix()
    dark = "".join(f"M{x} {y}.5h1" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return dark, len(rows)

"""Photos from uploads: decoded, turned upright, made small, and encoded anew. Pure; nothing of the file itself is kept.

    first = upright(data, longest_side=1600)
    encode([first, second], longest_side=1600, most_bytes=400_000)

What follows the picture in a file (scripts, archives), where it was taken and by which camera is gone afterwards.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont, ImageOps

LARGEST_UPLOAD = 10_000_000  # bytes
MOST_PIXELS = 40_000_000  # decoded this takes 160 MB at worst
SHORTEST_SIDE = 200  # pixels: below, nobody sees how a foot stands
LONGEST_RATIO = 4
FORMATS = ("JPEG", "PNG", "WEBP")  # the only decoders that an upload reaches
QUALITIES = (82, 74, 66, 58, 50, 42)
# What decoders raise over hostile bytes; an unknown format is an OSError.
STUMBLES = (
    *(OSError, ValueError, TypeError, LookupError, SyntaxError, ArithmeticError, AttributeError),
    *(RuntimeError, EOFError, MemoryError, struct.error, zlib.error),
)
GAP = 16  # pixels between two positions
WHITE, INK = (255, 255, 255), (27, 38, 44)


class NotAPhoto(Exception):
    """``message`` is for the person who chose the file."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message, self.code = message, code


@dataclass(frozen=True, slots=True)
class Encoded:
    webp: bytes
    width: int
    height: int


def encode(positions: Sequence[Image.Image], *, longest_side: int, most_bytes: int) -> Encoded:
    """One picture of one or two positions: quality goes down until it fits, then size."""
    picture = positions[0].copy() if len(positions) == 1 else _beside(positions)
    picture.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    while True:
        for quality in QUALITIES:
            webp = _webp(picture, quality)
            if len(webp) <= most_bytes:
                return Encoded(webp, picture.width, picture.height)
        picture = picture.resize((max(1, picture.width * 3 // 4), max(1, picture.height * 3 // 4)))


def upright(
    data: bytes, longest_side: int, *, shortest_side: int = SHORTEST_SIDE, ratio: int = LONGEST_RATIO
) -> Image.Image:
    """The pixels alone, as a person would hold the photo. Raises ``NotAPhoto``.

    Sizes are asked of the header before anything is decoded.
    """
    if not data:
        raise NotAPhoto(_("This file is empty."), "empty")
    if len(data) > LARGEST_UPLOAD:
        raise NotAPhoto(_("This file is larger than 10 MB. Choose a smaller one."), "too_large")
    try:
        opened = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # where warnings are errors
        raise _too_many_pixels() from None
    except STUMBLES:
        raise NotAPhoto(
            _("This is not a photo of a kind that we take: JPEG, PNG or WebP."), "format"
        ) from None
    _refuse_odd_sizes(*opened.size, shortest_side, ratio)
    if opened.format in {"PNG", "WEBP"} and getattr(opened, "n_frames", 1) > 1:
        raise NotAPhoto(_("This is an animation. Choose a photo."), "animated")
    try:
        return _decoded(opened, longest_side)
    except STUMBLES:
        raise NotAPhoto(
            _("This photo cannot be read: the file is damaged or incomplete."), "damaged"
        ) from None


def _refuse_odd_sizes(width: int, height: int, shortest_side: int, ratio: int) -> None:
    if width * height > MOST_PIXELS:
        raise _too_many_pixels()
    if min(width, height) < shortest_side:
        said = _("This photo is too small: it needs at least %(pixels)s pixels on each side.")
        raise NotAPhoto(said % {"pixels": shortest_side}, "too_small")
    if max(width, height) > ratio * min(width, height):
        raise NotAPhoto(_("This photo is too narrow. Cut it to what is to be seen."), "narrow")


def _too_many_pixels() -> NotAPhoto:
    return NotAPhoto(
        _("This photo has more than 40 million pixels. Choose a smaller one, or make it smaller first."),
        "too_many_pixels",
    )


def _decoded(opened: Image.Image, longest_side: int) -> Image.Image:
    opened.draft("RGB", (longest_side, longest_side))  # a JPEG is decoded small at once
    opened.load()
    clear = "A" in opened.getbands() or "transparency" in opened.info
    image = opened if opened.mode in {"RGB", "RGBA"} else opened.convert("RGBA" if clear else "RGB")
    image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    turned = ImageOps.exif_transpose(image)
    plain = Image.new("RGB", turned.size, WHITE)  # a new image has no metadata to pass on
    plain.paste(turned, mask=turned.getchannel("A") if turned.mode == "RGBA" else None)
    return plain


def _beside(positions: Sequence[Image.Image]) -> Image.Image:
    """Of one height, numbered in reading order as the drawings are: left to right in every language."""
    height = min(position.height for position in positions)
    fitted = [
        position.resize((max(1, round(position.width * height / position.height)), height))
        for position in positions
    ]
    width = sum(position.width for position in fitted) + GAP * (len(fitted) - 1)
    picture = Image.new("RGB", (width, height), WHITE)
    left = 0
    for number, position in enumerate(fitted, start=1):
        picture.paste(position, (left, 0))
        _number(picture, number, left, height)
        left += position.width + GAP
    return picture


def _number(picture: Image.Image, number: int, left: int, height: int) -> None:
    across = max(36, height // 9)
    corner = (left + across // 4, across // 4)
    box = (*corner, corner[0] + across, corner[1] + across)
    draw = ImageDraw.Draw(picture)
    draw.ellipse(box, fill=WHITE, outline=INK, width=max(2, across // 16))
    middle = (corner[0] + across / 2, corner[1] + across / 2)
    draw.text(
        middle, str(number), fill=INK, font=ImageFont.load_default(size=round(across * 0.6)), anchor="mm"
    )


def _webp(picture: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    picture.save(out, "WEBP", quality=quality, method=4)
    return out.getvalue()

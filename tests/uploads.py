"""Files that people choose by mistake or on purpose, made here so that no hostile file lies in the repository."""

import struct
import zlib
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

SCRIPT = b"<script>alert('marker-of-a-script')</script><?php system('marker'); ?>"
PLACE = 0x8825  # the EXIF directory with where a photo was taken


def picture(
    width: int = 640, height: int = 480, colour: Any = (40, 120, 90), mode: str = "RGB"
) -> Image.Image:
    image = Image.new(mode, (width, height), colour)
    image.paste((200, 60, 60) if mode == "RGB" else colour, (0, 0, width // 2, height // 2))
    return image


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(**options: Any) -> bytes:
    return encoded(picture(), **options)


def with_place() -> bytes:
    """Turned by its camera, with a maker, a comment and where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me by 90 degrees"
    exif[0x010F] = "marker-of-a-camera"
    exif.get_ifd(PLACE).update({1: "N", 2: (51.0, 30.0, 0.0), 3: "W", 4: (0.0, 7.0, 0.0)})
    return jpeg(exif=exif, comment=b"marker-of-a-comment")


def zipped() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("marker-of-an-archive.html", SCRIPT)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def claiming(width: int, height: int, data: bytes = b"\0") -> bytes:
    """A PNG whose header claims a size; its pixels are whatever ``data`` unpacks to."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


def bomb(width: int = 12_000, height: int = 12_000) -> bytes:
    """A true PNG of 144 million pixels in less than a megabyte."""
    packer = zlib.compressobj(9)
    row = b"\0" + bytes(3 * width)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """Small pixels, and a comment that unpacks to 200 MB."""
    start, end = encoded(picture(), "PNG").split(b"IDAT", 1)
    words = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * 200_000_000, 9))
    return start[:-4] + words + start[-4:] + b"IDAT" + end


def animated(kind: str) -> bytes:
    frames = [picture(colour=(number * 80, 0, 0)) for number in range(3)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><script>alert(1)</script></svg>'


def upload(data: bytes, name: str = "photo.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type=kind)

"""Files that are small on the way and large when somebody looks: each is refused in a process that is allowed no more memory
than a photo takes; and what is large on the way is not kept."""

import struct
import subprocess
import sys
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from clinic.photos import LARGEST_UPLOAD
from tests import factories, uploads
from tests.exercises.own_world import typed

pytestmark = [pytest.mark.slow, pytest.mark.check(22, 23)]

FRAMES = 10_000
MOST = 200  # megabytes that a file may cost
LOOK = """
import resource, sys
from django.conf import settings
settings.configure(USE_I18N=False)
from clinic.photos import NotAPhoto, upright, encode
from PIL import Image
Image.init()
data = sys.stdin.buffer.read()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
try:
    code = "taken" if encode([upright(data, 1600)], longest_side=1600, most_bytes=400_000) else ""
except NotAPhoto as refused:
    code = refused.code
print(code, peak() - before)
"""


def moving_png() -> bytes:
    """Ten thousand frames, each of one packed row of nothing, all of a size that a photo has."""
    pixels = zlib.compress(b"\0" * (1 + 3 * 1000) * 1000, 9)
    control = struct.pack(">IIIIIHHBB", 0, 1000, 1000, 0, 0, 1, 10, 0, 0)
    parts = [
        b"\x89PNG\r\n\x1a\n",
        uploads.chunk(b"IHDR", struct.pack(">IIBBBBB", 1000, 1000, 8, 2, 0, 0, 0)),
        uploads.chunk(b"acTL", struct.pack(">II", FRAMES, 0)),
        uploads.chunk(b"fcTL", control),
        uploads.chunk(b"IDAT", pixels),
    ]
    for number in range(1, FRAMES):
        small = struct.pack(">IIIIIHHBB", 2 * number - 1, 1, 1, 0, 0, 1, 10, 0, 0)
        parts.append(uploads.chunk(b"fcTL", small))
        parts.append(uploads.chunk(b"fdAT", struct.pack(">I", 2 * number) + zlib.compress(b"\0\0\0\0")))
    return b"".join([*parts, uploads.chunk(b"IEND", b"")])


def part(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def little(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def moving_webp() -> bytes:
    """The same as WebP: one frame of a thousand by a thousand pixels, ten thousand times."""
    whole = uploads.encoded(uploads.picture(1000, 1000, mode="RGB"), "WEBP", lossless=True)
    frame = whole[12:]  # the chunk of the pixels
    head = little(0) * 2 + little(999) * 2 + little(10) + b"\0"
    body = part(b"VP8X", b"\x02\0\0\0" + little(999) * 2) + part(b"ANIM", b"\0\0\0\0\0\0")
    body += part(b"ANMF", head + frame) * FRAMES
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def gif() -> bytes:
    return uploads.encoded(uploads.picture().convert("P"), "GIF")


def largest() -> bytes:
    """As many pixels as are taken, in the most costly form."""
    row = b"\0" + bytes(8_000 * 4)
    packed = zlib.compress(row * 5_000, 9)
    header = struct.pack(">IIBBBBB", 8_000, 5_000, 8, 6, 0, 0, 0)
    pieces = (uploads.chunk(b"IHDR", header), uploads.chunk(b"IDAT", packed), uploads.chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


def looked_at(data: bytes) -> tuple[str, int]:
    """What became of it, and how many megabytes it cost, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        input=data,
        capture_output=True,
        check=True,
        cwd=Path(settings.BASE_DIR),
    )
    code, cost = done.stdout.split()
    return code.decode(), int(cost)


@pytest.mark.parametrize(
    ("make", "codes"),
    [
        (moving_png, {"animated"}),
        (moving_webp, {"animated", "too_large", "damaged"}),
        (gif, {"format"}),
        (uploads.bomb, {"too_many_pixels"}),
        (uploads.text_bomb, {"format", "damaged"}),
        (lambda: bytes(LARGEST_UPLOAD + 1), {"too_large"}),
    ],
    ids=["10,000 frames of PNG", "10,000 frames of WebP", "GIF", "pixels", "text", "heavy"],
)
def test_costs_no_more_than_a_photo(make: Any, codes: set[str]) -> None:
    data = make()
    code, cost = looked_at(data)
    assert code in codes
    assert cost < MOST


def test_the_largest_photo_that_is_taken_costs_no_more_either() -> None:
    assert looked_at(largest())[1] < MOST + 100
    assert looked_at(uploads.jpeg())[0] == "taken"


class Endless:
    """The body of a request that nobody could hold: so many bytes, made as they are asked for."""

    def __init__(self, head: bytes, middle: int, tail: bytes) -> None:
        self.head, self.middle, self.tail = BytesIO(head), middle, BytesIO(tail)
        self.length = len(head) + middle + len(tail)

    def read(self, size: int = -1) -> bytes:
        size = 65_536 if size is None or size < 0 else size
        if found := self.head.read(size):
            return found
        if self.middle:
            given = min(size, self.middle)
            self.middle -= given
            return bytes(given)
        return self.tail.read(size)

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)

    def close(self) -> None:
        return


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["a file", "a text"])
def test_two_hundred_megabytes_are_not_kept(as_priya: Client, place: str) -> None:
    said = {name: value for name, value in typed().items() if isinstance(value, str)}
    boundary = b"edge"
    lines = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), value.encode())
        for name, value in said.items()
        if name != "picture"
    )
    named = (
        b'name="photo_first"; filename="a.jpg"\r\nContent-Type: image/jpeg'
        if place == "a file"
        else b'name="more"'
    )
    head = lines + b"--edge\r\nContent-Disposition: form-data; " + named + b"\r\n\r\n"
    body = Endless(head, 200_000_000, b"\r\n--edge--\r\n")
    before = factories.count_rows()
    tracemalloc.start()
    answer = as_priya.request(
        **{
            "REQUEST_METHOD": "POST",
            "PATH_INFO": reverse("exercises:own_new"),
            "CONTENT_TYPE": f"multipart/form-data; boundary={boundary.decode()}",
            "CONTENT_LENGTH": str(body.length),
            "wsgi.input": body,
        }
    )
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == (422 if place == "a file" else 400)
    if place == "a file":
        assert "larger than 10 MB" in answer.content.decode()
    assert most < 60_000_000
    assert factories.count_rows() == before

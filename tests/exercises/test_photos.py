"""Photos from uploads: what comes out is small, upright and clean, and hostile files do not come in."""

import tracemalloc
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clinic.photos import LARGEST_UPLOAD, Encoded, NotAPhoto, encode, upright
from clinic.uploads import LARGEST_FILE
from exercises.models import LARGEST_PHOTO, LONGEST_SIDE
from tests import uploads


def made(*files: bytes) -> Encoded:
    positions = [upright(data, LONGEST_SIDE) for data in files]
    return encode(positions, longest_side=LONGEST_SIDE, most_bytes=LARGEST_PHOTO)


def opened(photo: Encoded) -> Image.Image:
    image = Image.open(BytesIO(photo.webp))
    assert (image.format, image.size) == ("WEBP", (photo.width, photo.height))
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_kinds_come_out_as_one(kind: str) -> None:
    photo = made(uploads.encoded(uploads.picture(), kind))
    assert opened(photo).size == (640, 480)
    assert opened(photo).convert("RGB").getpixel((600, 400)) == pytest.approx((40, 120, 90), abs=6)


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "CMYK", "1", "I;16"])
def test_every_way_to_store_colours_is_read(mode: str) -> None:
    plain = Image.new("L", (300, 300), 90)
    image = Image.new(mode, (300, 300), 90) if mode == "I;16" else plain.convert(mode)
    photo = made(uploads.encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert opened(photo).mode == "RGB"


def test_what_is_clear_becomes_white() -> None:
    photo = made(uploads.encoded(Image.new("RGBA", (300, 300), (0, 0, 0, 0)), "PNG"))
    assert opened(photo).convert("RGB").getpixel((150, 150)) == (255, 255, 255)


@pytest.mark.hazard("HZ-31")
@pytest.mark.check(22)
def test_place_camera_and_comment_are_gone_and_it_stands_upright() -> None:
    source = uploads.with_place()
    assert b"marker-of-a-camera" in source
    assert dict(Image.open(BytesIO(source)).getexif().get_ifd(uploads.PLACE))
    photo = made(source)
    assert opened(photo).size == (480, 640)
    # The upper left of what the camera stored is the upper right of what stood before it.
    assert opened(photo).convert("RGB").getpixel((400, 50)) == pytest.approx((200, 60, 60), abs=8)
    assert b"marker" not in photo.webp
    assert not opened(photo).getexif()
    assert not {"exif", "icc_profile", "xmp"} & set(opened(photo).info)


@pytest.mark.parametrize(
    "tail", [uploads.SCRIPT, uploads.zipped(), b"%PDF-1.7 marker"], ids=["script", "zip", "pdf"]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.check(22)
def test_what_follows_the_picture_does_not_come_along(kind: str, tail: bytes) -> None:
    photo = made(uploads.encoded(uploads.picture(), kind) + tail)
    assert b"marker" not in photo.webp
    assert photo.webp[:4] == b"RIFF"
    assert int.from_bytes(photo.webp[4:8], "little") + 8 == len(photo.webp)


def test_two_positions_stand_side_by_side_numbered_and_of_one_height() -> None:
    first = uploads.encoded(Image.new("RGB", (800, 600), (10, 20, 200)))
    second = uploads.encoded(Image.new("RGB", (400, 800), (20, 200, 10)))
    image = opened(made(first, second)).convert("RGB")
    assert image.size == (800 + 16 + 300, 600)
    assert image.getpixel((700, 500)) == pytest.approx((10, 20, 200), abs=10)
    assert image.getpixel((1000, 500)) == pytest.approx((20, 200, 10), abs=10)
    assert image.getpixel((808, 300)) == pytest.approx((255, 255, 255), abs=12)
    for left in (0, 816):  # a white disc with dark ink in the upper corner of each
        corner = image.crop((left, 0, left + 100, 100)).convert("L")
        tones = corner.tobytes()
        assert min(tones) < 70
        assert max(tones) > 240


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (6000, 2000)])
def test_a_large_photo_is_made_small(size: tuple[int, int]) -> None:
    photo = made(uploads.encoded(uploads.picture(*size)))
    assert max(photo.width, photo.height) == LONGEST_SIDE
    assert photo.width / photo.height == pytest.approx(size[0] / size[1], rel=0.01)


def test_quality_gives_way_before_size_does() -> None:
    """Noise is the hardest to pack; no photo is like it."""
    noise = Image.effect_noise((1600, 1600), 120).convert("RGB")
    photo = made(uploads.encoded(noise, "PNG"))
    assert len(photo.webp) <= LARGEST_PHOTO
    assert photo.width < LONGEST_SIDE
    light = made(uploads.encoded(uploads.picture(1600, 1600), "PNG"))
    assert (light.width, light.height) == (1600, 1600)


REFUSED = {
    "nothing": (b"", "empty"),
    "words": (b"This is no photo.", "format"),
    "svg with a script": (uploads.SVG, "format"),
    "web page": (uploads.SCRIPT, "format"),
    "archive": (uploads.zipped(), "format"),
    "gif": (uploads.encoded(uploads.picture(), "GIF"), "format"),
    "tiff": (uploads.encoded(uploads.picture(), "TIFF"), "format"),
    "ico": (uploads.encoded(uploads.picture(256, 256), "ICO"), "format"),
    "bmp": (uploads.encoded(uploads.picture(), "BMP"), "format"),
    "ppm": (uploads.encoded(uploads.picture(), "PPM"), "format"),
    "jpeg 2000": (uploads.encoded(uploads.picture(), "JPEG2000"), "format"),
    "pdf": (uploads.encoded(uploads.picture(), "PDF"), "format"),
    "postscript": (uploads.encoded(uploads.picture(), "EPS"), "format"),
    "moving png": (uploads.animated("PNG"), "animated"),
    "moving webp": (uploads.animated("WEBP"), "animated"),
    "cut jpeg": (uploads.jpeg()[:900], "damaged"),
    "cut png": (uploads.encoded(uploads.picture(), "PNG")[:200], "damaged"),
    "claims 60000 x 60000": (uploads.claiming(60_000, 60_000), "too_many_pixels"),
    "claims 9000 x 9000": (uploads.claiming(9_000, 9_000), "too_many_pixels"),
    "claims more than it holds": (uploads.claiming(4_000, 4_000), "damaged"),
    "tiny": (uploads.encoded(uploads.picture(20, 20)), "too_small"),
    "a strip": (uploads.encoded(uploads.picture(4000, 210)), "narrow"),
    "too heavy": (bytes(LARGEST_UPLOAD + 1), "too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.check(22, 23)
def test_refused_with_a_reason(name: str) -> None:
    data, code = REFUSED[name]
    with pytest.raises(NotAPhoto) as refused:
        made(data)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "codes"),
    [(uploads.bomb, {"too_many_pixels"}), (uploads.text_bomb, {"format", "damaged"})],
    ids=["pixels", "text"],
)
@pytest.mark.check(23)
def test_a_small_file_that_unpacks_to_a_large_one_takes_no_memory(make: object, codes: set[str]) -> None:
    data = make()  # type: ignore[operator]
    assert len(data) < 1_000_000
    tracemalloc.start()
    with pytest.raises(NotAPhoto) as refused:
        made(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.code in codes
    assert most < 20_000_000


@pytest.mark.check(23)
def test_size_is_judged_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_args: object) -> None:
        pytest.fail("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    for name in ("claims 60000 x 60000", "claims 9000 x 9000", "too heavy", "tiny", "moving png"):
        with pytest.raises(NotAPhoto):
            made(REFUSED[name][0])


@pytest.mark.slow
@given(st.binary(max_size=400), st.integers(0, 3000), st.sampled_from(["JPEG", "PNG", "WEBP"]))
@pytest.mark.check(22)
def test_no_bytes_break_it(noise: bytes, at: int, kind: str) -> None:
    """A photo with other bytes in the middle: clean or refused, never an error of another sort."""
    whole = uploads.encoded(uploads.picture(), kind)
    data = whole[:at] + noise + whole[at + len(noise) :]
    with suppress(NotAPhoto):
        assert opened(made(data))


def test_one_limit_at_both_doors() -> None:
    assert LARGEST_FILE == LARGEST_UPLOAD

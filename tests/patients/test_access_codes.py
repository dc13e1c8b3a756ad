"""Codes on paper and in e-mails, as people type them; browsers, as coarse as the list of devices says them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients import access_codes, browsers
from patients.access_codes import ALPHABET, PrintedCode

SIGNS = st.text(ALPHABET, min_size=12, max_size=12)
FILLERS = st.lists(st.sampled_from(["", " ", "-", "  ", " - ", "–"]), min_size=12, max_size=12)


@given(SIGNS, FILLERS, st.lists(st.booleans(), min_size=12, max_size=12))
def test_what_is_typed_loosely_is_read_as_it_was_printed(signs, fillers, small) -> None:
    typed = "".join(
        filler + (sign.lower() if is_small else sign)
        for sign, filler, is_small in zip(signs, fillers, small, strict=True)
    )
    assert access_codes.read_printed_code(typed) == PrintedCode(signs[:4], signs[4:])


@given(SIGNS)
def test_letters_that_look_like_digits_are_read_as_digits(signs) -> None:
    misread = signs.replace("1", "l").replace("0", "O")
    assert access_codes.read_printed_code(misread) == PrintedCode(signs[:4], signs[4:])
    assert access_codes.read_printed_code(signs.replace("1", "I").replace("0", "o")) is not None


@given(st.text(max_size=120))
def test_whatever_is_typed_is_a_code_or_none(typed) -> None:
    read = access_codes.read_printed_code(typed)
    if read is not None:
        assert set(read.locator + read.secret) <= set(ALPHABET)
        assert access_codes.read_printed_code(str(read)) == read
    emailed = access_codes.read_emailed_code(typed)
    assert emailed is None or (len(emailed) == 8 and set(emailed) <= set(ALPHABET))


def test_a_new_code_has_its_form_and_is_never_made_twice() -> None:
    made = {access_codes.new_printed_code() for _ in range(2000)}
    assert len(made) == 2000
    for code in made:
        printed = str(code)
        assert [len(group) for group in printed.split("-")] == [4, 4, 4]
        assert access_codes.read_printed_code(printed) == code
    assert {sign for code in made for sign in code.secret} == set(ALPHABET)
    assert access_codes.read_emailed_code(access_codes.new_emailed_code()) is not None


@pytest.mark.parametrize(
    "typed", ["", "ABCD-EFGH-JKM", "ABCD-EFGH-JKMNP", "ABCD-EFGU-JKMN", "ÄBCD-EFGH-JKMN", "A" * 5000]
)
def test_what_cannot_be_a_code_is_none(typed) -> None:
    assert access_codes.read_printed_code(typed) is None
    assert access_codes.read_emailed_code(typed) is None


ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (ANDROID, "Chrome on Android"),
        (IPHONE, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox on Linux"),
        ("curl/8.5.0", "?"),
        ("", "?"),
        ("Firefox/133.0", "Firefox"),
    ],
)
def test_a_browser_is_named_coarsely(agent, label) -> None:
    assert browsers.label(agent) == label


@given(st.text(max_size=2000))
def test_a_label_holds_nothing_of_what_a_stranger_wrote(agent) -> None:
    words = {name for _sign, name in (*browsers.BROWSERS, *browsers.SYSTEMS)} | {"?"}
    assert set(browsers.label(agent).split(" on ")) <= words
    assert len(browsers.label(agent)) <= 60

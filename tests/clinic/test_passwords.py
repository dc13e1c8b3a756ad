"""Length is the rule; what everybody tries first is refused however long it is."""

import itertools

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from clinic.passwords import KnownPasswordValidator

KNOWN = KnownPasswordValidator()
WORDS = ["heron", "kettle", "Tuesday", "moss", "violin", "gravel", "lantern", "oboe", "thistle", "quarry"]


@pytest.mark.parametrize(
    "password",
    [
        *("password1234", "Password2026!", "P@ssw0rd2026", "123456789012", "098765432109", "qwertyuiop12"),
        *("QwertyUiop!!", "qwertzuiopasd", "dragondragon", "dragon.dragon1", "monkeydragon", "aaaaaaaaaaaaa"),
        *(
            "abababababab",
            "abcdefghijkl",
            "letmein-letmein",
            "1q2w3e4r5t6y",
            "  welcome123456  ",
            "zyxwvutsrqponm",
        ),
    ],
)
@pytest.mark.check(31)
def test_refuses_what_everybody_tries_first(password: str) -> None:
    with pytest.raises(ValidationError, match="Others try this password first"):
        validate_password(password)


@pytest.mark.check(31)
def test_more_than_three_thousand_long_ones_are_known() -> None:
    """What ASVS 6.2.4 asks for: the 3,000 most common that satisfy the rule of length. Here those that the common ones
    become when people lengthen them."""
    endings = ("2026!", "123456")
    longer = {w + e for w, e in itertools.product(sorted(KNOWN.passwords), endings) if len(w + e) >= 12}
    assert len(longer) > 3_000
    assert [password for password in longer if not KNOWN.is_known(password)] == []


@given(st.lists(st.sampled_from(WORDS), min_size=3, max_size=6, unique=True))
@pytest.mark.check(31)
def test_takes_several_words(words: list[str]) -> None:
    validate_password(" ".join(words))


@pytest.mark.check(31)
def test_takes_what_a_manager_makes_and_cuts_nothing_off() -> None:
    validate_password("xK7#mQ2vLp9z")
    validate_password("ö" * 3 + "the heron sits on a kettle " * 8)


@pytest.mark.check(31)
def test_refuses_short_ones() -> None:
    with pytest.raises(ValidationError, match="at least 12 characters"):
        validate_password("xK7#mQ2vLp9")

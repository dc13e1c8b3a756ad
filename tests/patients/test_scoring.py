"""FPI-6 totals and bands, and which changes may be marked."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.text import signed
from patients.scoring import (
    FPI_BANDS,
    NOISE,
    Reading,
    changed_beyond_noise,
    comparable,
    fpi_in_words,
    fpi_total,
    heel_angle,
)

ITEM = st.integers(-2, 2)
MAYBE = st.none() | ITEM
VALUE = st.none() | st.integers(0, 100)


def reading(value: int | None) -> Reading | None:
    return None if value is None else Reading(value)


@given(st.lists(MAYBE, min_size=6, max_size=6))
def test_a_total_is_the_sum_of_six_items_or_nothing(items: list[int | None]) -> None:
    scored = [item for item in items if item is not None]
    assert fpi_total(items) == (sum(scored) if len(scored) == 6 else None)


@pytest.mark.hazard("HZ-22")
@given(st.lists(ITEM, min_size=5, max_size=5), st.integers(0, 5))
def test_five_items_give_no_total(items: list[int], place: int) -> None:
    five: list[int | None] = [*items[:place], None, *items[place:]]
    assert fpi_total(five) is None
    assert fpi_total(items) is None  # nor does a list that lacks one
    assert fpi_in_words(five) == "No total: 5 of 6 items are scored."


@pytest.mark.parametrize("version", FPI_BANDS)
def test_every_total_lies_in_exactly_one_band(version: int) -> None:
    table = FPI_BANDS[version]
    assert (table.version, table.source) == (version, "fpi-bands")
    for total in range(-12, 13):
        (band,) = [band for band in table.bands if band.low <= total <= band.high]
        assert table.band_of(total) == band


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (-12, "highly supinated"),
        (-5, "highly supinated"),
        (-4, "supinated"),
        (-1, "supinated"),
        (0, "neutral"),
        (5, "neutral"),
        (6, "pronated"),
        (9, "pronated"),
        (10, "highly pronated"),
        (12, "highly pronated"),
    ],
)
def test_bands_begin_and_end_where_they_were_published(total: int, band: str) -> None:
    assert str(FPI_BANDS[1].band_of(total).label) == band


def test_a_band_is_named_as_published_and_as_no_diagnosis() -> None:
    words = "FPI-6 total +7. Published band: pronated. This describes posture; it is not a diagnosis."
    assert fpi_in_words([2, 1, 1, 1, 1, 1]) == words
    assert fpi_in_words([0] * 6).startswith("FPI-6 total 0. Published band: neutral.")
    assert fpi_in_words([-1] * 6).startswith("FPI-6 total \N{MINUS SIGN}6. Published band: highly supinated.")
    assert fpi_in_words([1, *[None] * 5]) == "No total: 1 of 6 items is scored."
    assert fpi_in_words([None] * 6) == "No total: 0 of 6 items are scored."
    assert (signed(2), signed(0), signed(-2)) == ("+2", "0", "\N{MINUS SIGN}2")


@given(VALUE, VALUE)
def test_noise_is_the_same_in_both_directions(before: int | None, now: int | None) -> None:
    forth = changed_beyond_noise("heel_raises", reading(before), reading(now))
    assert forth == changed_beyond_noise("heel_raises", reading(now), reading(before))
    assert forth == (before is not None and now is not None and abs(before - now) >= 7)


@given(st.sampled_from(["fpi", "navicular_drop", "lunge", "heel_stance", "arch", "unheard_of"]), VALUE, VALUE)
def test_what_has_no_published_noise_is_never_marked(
    measure: str, before: int | None, now: int | None
) -> None:
    assert not changed_beyond_noise(measure, reading(before), reading(now))
    assert set(NOISE) == {"heel_raises"}


@pytest.mark.hazard("HZ-22")
def test_readings_of_different_kinds_are_not_compared() -> None:
    assert comparable(Reading(Decimal(10), "cm"), Reading(Decimal(12), "cm"))
    assert not comparable(Reading(Decimal(10), "cm"), Reading(Decimal(36), "deg"))
    assert not comparable(None, Reading(Decimal(36), "deg"))
    assert not changed_beyond_noise("heel_raises", Reading(3, "left"), Reading(30, "right"))


def test_the_direction_of_a_heel_is_a_sign_inside_only() -> None:
    assert heel_angle(Decimal(4), "everted") == 4
    assert heel_angle(Decimal(4), "inverted") == -4
    assert heel_angle(Decimal(0), "vertical") == 0

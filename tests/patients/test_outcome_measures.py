"""The reviewed wording of the measures, and the arithmetic of change at each boundary."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.models import Measure
from patients.outcome_measures import (
    Reading,
    change_between,
    important_rating,
    mean_on,
    measure,
    outcome_measures,
    since_first,
    since_previous,
)

WORDING = {
    "pain_first_step": "Think of your first few steps after getting up today. How much did your foot hurt?",
    "pain_foot_24h": "Over the last 24 hours, how much has your foot hurt on average?",
    "pain_back_24h": "Over the last 24 hours, how much has your lower back hurt on average?",
    "my_activities": "Name up to three things your feet or back make harder. How well can you do each today?",
    "change_rating": "Since this programme started, how is your foot problem overall?",
}


def day(number: int) -> date:
    return date(2026, 3, number)


def readings(*values: int) -> list[Reading]:
    return [Reading(day(number), value) for number, value in enumerate(values, start=1)]


def test_the_wording_is_the_reviewed_one() -> None:
    assert {key: measure(key).text for key in WORDING} == WORDING
    assert set(outcome_measures()) == {*WORDING, "my_activities_mean"}
    assert set(Measure.values) <= set(outcome_measures())


def test_each_names_its_ends_its_sources_and_that_it_is_not_signed_off() -> None:
    for known in outcome_measures().values():
        assert set(known.ends) >= {known.lowest, known.highest}
        assert known.sources
        assert known.basis
        assert known.reviewer == "needs clinical sign-off"
    assert measure("pain_first_step").ends == {0: "no pain", 10: "worst you can imagine"}
    assert measure("my_activities").ends == {0: "cannot do it", 10: "as well as before"}
    assert measure("change_rating").ends == {-5: "much worse", 0: "same", 5: "much better"}


@pytest.mark.parametrize(
    ("key", "baseline", "points"),
    [
        ("pain_first_step", 0, "2"),
        ("pain_first_step", 10, "2"),
        ("pain_foot_24h", 0, "1"),
        ("pain_foot_24h", 10, "1"),
        ("pain_back_24h", 0, "2"),
        ("pain_back_24h", 1, "1"),
        ("pain_back_24h", 4, "1"),
        ("pain_back_24h", 5, "2"),
        ("pain_back_24h", 7, "2"),
        ("pain_back_24h", 8, "3"),
        ("pain_back_24h", 10, "3"),
        ("my_activities", 0, "3"),
        ("my_activities", 10, "3"),
        ("my_activities_mean", 4, "2"),
        ("change_rating", 0, "2.5"),
    ],
)
def test_the_important_change_from_a_baseline(key: str, baseline: int, points: str) -> None:
    assert measure(key).important_from(baseline) == Decimal(points)


@pytest.mark.parametrize("key", [*Measure.values, "my_activities"])
@given(st.integers(0, 10))
def test_every_baseline_has_its_figure(key: str, baseline: int) -> None:
    assert measure(key).important_from(baseline) is not None


def test_where_no_figure_is_known_nothing_is_marked() -> None:
    assert measure("pain_foot_24h").important_from(11) is None
    assert change_between(Reading(day(1), 9), Reading(day(2), 0), None).important is None


@pytest.mark.parametrize(
    ("key", "earlier", "latest", "reached"),
    [
        ("pain_first_step", 6, 5, None),
        ("pain_first_step", 6, 4, "2"),
        ("pain_first_step", 4, 6, "2"),  # either direction: whether it is good is not judged
        ("pain_foot_24h", 6, 6, None),
        ("pain_foot_24h", 6, 5, "1"),
        ("pain_back_24h", 4, 3, "1"),
        ("pain_back_24h", 5, 4, None),
        ("pain_back_24h", 5, 3, "2"),
        ("pain_back_24h", 7, 5, "2"),
        ("pain_back_24h", 8, 6, None),
        ("pain_back_24h", 8, 5, "3"),
        ("my_activities", 3, 5, None),
        ("my_activities", 3, 6, "3"),
    ],
)
def test_a_change_is_marked_only_where_it_reaches_the_figure(
    key: str, earlier: int, latest: int, reached: str | None
) -> None:
    change = since_first(measure(key), readings(earlier, latest))
    assert change is not None
    assert (change.since, change.earlier, change.latest) == (day(1), earlier, latest)
    assert change.important == (None if reached is None else Decimal(reached))


@pytest.mark.parametrize(("mean", "reached"), [("4.9", None), ("5.0", "2")])
def test_the_mean_needs_two_points(mean: str, reached: str | None) -> None:
    values = [Reading(day(1), Decimal("3.0")), Reading(day(2), Decimal(mean))]
    change = since_first(measure("my_activities_mean"), values)
    assert change is not None
    assert change.important == (None if reached is None else Decimal(reached))


@pytest.mark.parametrize(
    ("rating", "important"), [(-5, "2.5"), (-3, "2.5"), (-2, None), (0, None), (2, None), (3, "2.5")]
)
def test_a_rating_is_a_change_already(rating: int, important: str | None) -> None:
    assert important_rating(rating) == (None if important is None else Decimal(important))


def test_since_the_first_and_since_the_previous() -> None:
    known = measure("pain_first_step")
    assert since_first(known, readings()) is None
    assert since_first(known, readings(6)) is None
    assert since_previous(known, readings(6, 4)) is None  # the previous is the first
    previous = since_previous(known, readings(8, 6, 5))
    assert previous is not None
    assert (previous.since, previous.earlier, previous.latest) == (day(2), 6, 5)


@pytest.mark.parametrize(
    ("scores", "mean"),
    [
        ([3, 4, 6], "4.3"),
        ([3, 4], "3.5"),
        ([0, 0, 0], "0.0"),
        ([3, None, 6], None),
        ([3], None),
        ([], None),
        ([None, None], None),
    ],
)
def test_a_mean_needs_every_activity(scores: list[int | None], mean: str | None) -> None:
    assert mean_on(scores) == (None if mean is None else Decimal(mean))

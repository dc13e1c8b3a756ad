"""The dose in words and in minutes, for whatever a source leaves open."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.doses import (
    AMBER_ABOVE,
    RED_ABOVE,
    Budget,
    Dose,
    Limb,
    Range,
    Side,
    minutes,
    phrases,
    seconds_a_day,
    stated_frequency,
)

counts = st.integers(1, 300)
ranges = st.tuples(counts, counts).map(lambda pair: Range(min(pair), max(pair)))
seconds = st.integers(1, 60)
closed_doses = st.builds(
    Dose,
    sets=st.none() | ranges,
    repetitions=st.none() | ranges,
    hold=st.none() | ranges,
    duration=st.none() | ranges,
    tempo_up=st.none() | seconds,
    tempo_down=st.none() | seconds,
    rest=st.none() | st.integers(1, 600),
    load=st.just("") | st.just("a backpack"),
    side=st.none() | st.sampled_from(Side),
    times_per_day=st.none() | st.integers(1, 12),
    days_per_week=st.none() | st.integers(1, 7),
    every_n_days=st.none() | st.integers(1, 14),
    cue=st.just("") | st.just("before the first step in the morning"),
)
# The database keeps a number of sets and "as many as possible" apart.
doses = closed_doses | closed_doses.map(lambda dose: replace(dose, sets=None, sets_open=True))


@pytest.mark.hazard("HZ-03", "HZ-15")
@given(doses)
def test_what_is_not_stated_is_not_said(dose: Dose) -> None:
    said = phrases(dose)
    assert all(said), said
    assert not any("None" in phrase or "%" in phrase for phrase in said)
    words = " | ".join(said)
    if dose.sets is None and not dose.sets_open:
        assert " set" not in words.replace("between sets", "")
    if dose.repetitions is None:
        assert "time," not in words.replace("times a day", "")
    if dose.hold is None:
        assert "hold" not in words
    if dose.duration is None:
        assert "for " not in words
    if dose.times_per_day is None:
        assert "a day" not in words
        assert "a week" not in words


@pytest.mark.hazard("HZ-03", "HZ-15")
@given(doses)
def test_tempo_rest_and_load_are_not_said_when_not_stated(dose: Dose) -> None:
    words = " | ".join(phrases(dose))
    for stated, word in (
        (dose.sets_open, "as you can"),
        (dose.tempo_up, " up"),
        (dose.tempo_down, " down"),
        (dose.rest, "rest "),
        (dose.load, "with "),
    ):
        assert bool(stated) is (word in words)


@pytest.mark.hazard("HZ-02", "HZ-15")
@given(doses)
def test_what_is_stated_is_said(dose: Dose) -> None:
    """Each number stands in the words, and each in a phrase of its own kind."""
    words = " | ".join(phrases(dose))
    for stated, word in (
        (dose.sets, "set"),
        (dose.repetitions, ""),
        (dose.hold, "hold"),
        (dose.tempo_up, "up"),
        (dose.tempo_down, "down"),
    ):
        if stated is not None:
            assert str(stated) in words
            assert word in words
    assert (not dose.sets_open) or "as you can" in words
    assert (dose.rest is None) or "between sets" in words
    assert dose.load in words
    assert dose.cue in words
    assert not any(wrong in words for wrong in (" 1 seconds", " 1 minutes", "|1 seconds"))


@pytest.mark.hazard("HZ-15")
def test_a_dose_of_nothing_is_silent() -> None:
    assert phrases(Dose()) == []
    assert phrases(Dose(days_per_week=3)) == []  # days alone are no frequency


@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize(
    ("dose", "said"),
    [
        (Dose(repetitions=Range(10, 15), side=Side.BOTH_IN_TURN), ["10–15 times, each foot"]),
        (Dose(repetitions=Range(1, 1)), ["1 time"]),
        (Dose(repetitions=Range(1, 2)), ["1–2 times"]),
        (Dose(sets=Range(1, 1), repetitions=Range(8, 8)), ["1 set of 8"]),
        (Dose(sets=Range(3, 3), repetitions=Range(10, 10), side=Side.RIGHT), ["3 sets of 10, right foot"]),
        (Dose(sets=Range(1, 1)), ["1 set"]),
        (Dose(sets=Range(2, 3), side=Side.TOGETHER), ["2–3 sets, both feet together"]),
        (Dose(side=Side.LEFT), ["left foot"]),
        (Dose(side=Side.NOT_SIDED), []),
        (Dose(hold=Range(1, 1)), ["hold 1 second"]),
        (Dose(hold=Range(3, 5)), ["hold 3–5 seconds"]),
        (Dose(duration=Range(60, 60)), ["for 1 minute"]),
        (Dose(duration=Range(120, 600)), ["for 2–10 minutes"]),
        (Dose(duration=Range(60, 90)), ["for 60–90 seconds"]),
        (Dose(times_per_day=1, days_per_week=7), ["once a day, every day"]),
        (Dose(times_per_day=2, every_n_days=2), ["twice a day, every second day"]),
        (Dose(times_per_day=3, days_per_week=1), ["3 times a day, 1 day a week"]),
        (Dose(times_per_day=3, days_per_week=5), ["3 times a day, 5 days a week"]),
        (Dose(times_per_day=1, every_n_days=10), ["once a day, every 10 days"]),
        (Dose(times_per_day=1, every_n_days=1), ["once a day, every day"]),
        (Dose(cue="after breakfast"), ["after breakfast"]),
        (
            Dose(sets_open=True, repetitions=Range(8, 8), side=Side.LEFT),
            ["as many sets of 8 as you can, left foot"],
        ),
        (Dose(sets_open=True, hold=Range(30, 30)), ["as many sets as you can", "hold 30 seconds"]),
        (Dose(tempo_up=1, tempo_down=1), ["1 second up, 1 second down"]),
        (Dose(tempo_up=3, tempo_down=4), ["3 seconds up, 4 seconds down"]),
        (Dose(tempo_down=3), ["3 seconds down"]),
        (Dose(rest=1), ["rest 1 second between sets"]),
        (Dose(rest=60), ["rest 1 minute between sets"]),
        (Dose(rest=90), ["rest 90 seconds between sets"]),
        (Dose(load="a green band"), ["with a green band"]),
    ],
)
def test_words(dose: Dose, said: list[str]) -> None:
    assert phrases(dose) == said


@given(doses)
def test_every_dose_takes_some_time(dose: Dose) -> None:
    assert seconds_a_day(dose) > 0


@given(doses, st.sampled_from(["sets", "repetitions", "hold", "duration"]), st.integers(1, 50))
def test_more_of_anything_never_takes_less_time(dose: Dose, name: str, more: int) -> None:
    stated = getattr(dose, name)
    if stated is not None:
        changed: dict[str, Any] = {name: Range(stated.low, stated.high + more)}
        longer = replace(dose, **changed)
        assert seconds_a_day(longer) >= seconds_a_day(dose)


@given(doses, st.sampled_from(["tempo_up", "tempo_down", "rest"]), st.integers(3, 60))
def test_slower_and_with_longer_rests_never_takes_less_time(dose: Dose, name: str, more: int) -> None:
    """From a stated tempo: a first one may be quicker than the rough figure that stands in for none."""
    stated = getattr(dose, name)
    if stated is not None:
        changed: dict[str, Any] = {name: stated + more}
        assert seconds_a_day(replace(dose, **changed)) >= seconds_a_day(dose)


@given(closed_doses, st.integers(1, 600))
def test_rests_lie_between_the_sets(dose: Dose, rest: int) -> None:
    """One fewer than there are sets, on each foot."""
    without, resting = (seconds_a_day(replace(dose, rest=value)) for value in (None, rest))
    gaps = (dose.sets.high if dose.sets else 1) - 1
    feet = 2 if dose.side is Side.BOTH_IN_TURN else 1
    assert resting - without == pytest.approx(gaps * rest * feet * (dose.times_per_day or 1))


@given(doses, st.integers(1, 11))
def test_more_times_a_day_take_proportionally_longer(dose: Dose, times: int) -> None:
    once = seconds_a_day(replace(dose, times_per_day=1))
    assert seconds_a_day(replace(dose, times_per_day=times)) == pytest.approx(times * once)


@given(doses)
def test_one_foot_after_the_other_takes_longer_than_one_foot(dose: Dose) -> None:
    one, both = (replace(dose, side=side) for side in (Side.LEFT, Side.BOTH_IN_TURN))
    assert seconds_a_day(both) > 2 * seconds_a_day(one)


@pytest.mark.slow
@pytest.mark.hazard("HZ-16")
@given(st.lists(doses, max_size=9))
def test_the_budget_counts_and_warns(plan: list[Dose]) -> None:
    budget = Budget.of(plan)
    assert budget.items == len(plan)
    assert budget.minutes == minutes(plan)
    assert budget.minutes >= (1 if plan else 0)
    expected = "bad" if len(plan) > RED_ABOVE else "warn" if len(plan) > AMBER_ABOVE else ""
    assert budget.tone == expected
    assert (AMBER_ABOVE, RED_ABOVE) == (4, 6)


@given(counts, st.none() | counts)
def test_a_range_without_an_upper_end_is_one_number(low: int, high: int | None) -> None:
    found = Range.of(low, high)
    assert found is not None
    assert str(found) == (str(low) if high in {None, low} else f"{low}–{high}")
    assert Range.of(None, high) is None


@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize(
    ("limb", "side", "said"),
    [
        (Limb.FOOT, Side.LEFT, "10 times, left foot"),
        (Limb.LEG, Side.BOTH_IN_TURN, "10 times, each leg"),
        (Limb.TRUNK, Side.RIGHT, "10 times, right side"),
        (Limb.TRUNK, Side.NOT_SIDED, "10 times"),
    ],
)
def test_a_side_is_a_side_of_what_moves(limb: Limb, side: Side, said: str) -> None:
    assert phrases(Dose(repetitions=Range(10, 10), side=side, limb=limb)) == [said]


@pytest.mark.parametrize(
    ("times", "days", "every", "weeks", "said"),
    [
        (None, None, None, None, []),
        (Range(1, 1), Range(7, 7), None, None, ["once a day", "every day"]),
        (Range(2, 2), None, 2, Range(12, 12), ["twice a day", "every second day", "for 12 weeks"]),
        (
            Range(2, 3),
            Range(3, 5),
            None,
            Range(6, 8),
            ["2–3 times a day", "3–5 days a week", "for 6–8 weeks"],
        ),
        (None, Range(1, 1), None, Range(1, 1), ["1 day a week", "for 1 week"]),
        (None, Range(5, 7), None, None, ["5–7 days a week"]),
        (None, None, 1, None, ["every day"]),
    ],
)
def test_a_stated_frequency_says_what_the_source_says_and_nothing_else(
    times: Range | None, days: Range | None, every: int | None, weeks: Range | None, said: list[str]
) -> None:
    assert stated_frequency(times, days, every, weeks) == said

"""The steps of a guided exercise, for whatever a source leaves open. ``tests/browser/test_guide_timeline.py`` asks the
browser's twin the same."""

from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given

from exercises.doses import Dose, Range, Side
from exercises.timeline import CHANGE, READY, RELEASE, WORKING, Kind, Step, Timeline, dose_data, timeline
from tests.exercises.test_doses import doses
from tests.exercises.timeline_world import EDGES, VECTORS, catalogue, written


def kinds(line: Timeline) -> list[Kind]:
    return [step.kind for step in line.steps]


def small(dose: Dose) -> Dose:
    """With few sets and repetitions, so that a thousand cases stay quick."""
    sets = dose.sets and Range(1 + dose.sets.low % 4, 9)
    return replace(dose, sets=sets, repetitions=dose.repetitions and Range(1 + dose.repetitions.low % 5, 300))


def without_side(steps: list[Step]) -> list[Step]:
    return [replace(step, side=None) for step in steps]


def test_the_browser_is_held_to_what_python_does_now() -> None:
    """``python -m tests.exercises.timeline_world`` writes the file anew after a wanted change."""
    assert VECTORS.read_text() == written()
    assert len(catalogue()) == 33
    assert len(EDGES) > 20


@pytest.mark.hazard("HZ-02")
@given(doses)
def test_every_set_runs_both_sides_in_full_and_alike(dose: Dose) -> None:
    line = timeline(replace(small(dose), side=Side.BOTH_IN_TURN))
    work = [step for step in line.steps if step.kind in WORKING | {Kind.REP, Kind.RELEASE}]
    turns = [(key, list(steps)) for key, steps in groupby(work, lambda step: (step.set, step.side))]
    sides = [side for (_set, side), _steps in turns]
    assert sides == [Side.LEFT, Side.RIGHT] * (len(sides) // 2)
    for (_, left), (_, right) in zip(turns[::2], turns[1::2], strict=True):
        assert without_side(left) == without_side(right)
    worked = line.worked()
    assert worked.get(Side.LEFT) == worked.get(Side.RIGHT)
    changes = [step for step in line.steps if step.kind is Kind.SWITCH]
    assert {step.seconds for step in changes} == {CHANGE}
    # Whoever changes sides is told, whatever stands in between.
    told: Side | None = Side.LEFT
    for step in line.steps:
        told = step.side if step.kind in {Kind.SWITCH, Kind.READY} else told
        assert step.side in {told, None}


@pytest.mark.hazard("HZ-03", "HZ-15")
@given(doses)
def test_the_clock_counts_what_is_stated_and_nothing_else(dose: Dose) -> None:
    dose = small(dose)
    stated: dict[Kind, set[int | None]] = {
        Kind.HOLD: {dose.hold.low} if dose.hold else set(),
        Kind.WORK: {dose.duration.low} if dose.duration else set(),
        Kind.UP: {dose.tempo_up},
        Kind.DOWN: {dose.tempo_down},
        Kind.REST: {dose.rest},
        Kind.REP: {None},
        Kind.READY: {READY, CHANGE},
        Kind.SWITCH: {CHANGE},
        Kind.RELEASE: {RELEASE},
    }
    line = timeline(dose)
    for step in line.steps:
        assert step.seconds in stated[step.kind], step
        assert step.seconds is None or step.seconds > 0
        assert step.rep is None or dose.repetitions is not None
        assert step.set is None or dose.sets is not None or dose.sets_open


@given(doses)
def test_sets_and_repetitions_are_those_of_the_lower_end(dose: Dose) -> None:
    line = timeline(small(dose))
    dose = small(dose)
    sets = {step.set for step in line.steps if step.kind in WORKING | {Kind.REP}}
    assert len(sets) == (dose.sets.low if dose.sets else 1)
    reps = [step.rep for step in line.steps if step.rep]
    if reps and dose.repetitions:
        assert max(reps) == dose.repetitions.low


@given(doses)
def test_a_side_is_never_made_up(dose: Dose) -> None:
    sides = {step.side for step in timeline(small(dose)).steps} - {None}
    if dose.side is Side.BOTH_IN_TURN:
        assert sides == {Side.LEFT, Side.RIGHT}
    elif dose.side in {None, Side.NOT_SIDED}:
        assert sides == set()
    else:
        assert sides == {dose.side}


@given(doses)
def test_it_begins_with_time_to_get_ready_or_waits(dose: Dose) -> None:
    first = timeline(small(dose)).steps[0]
    assert first.kind is Kind.READY if first.seconds else first.kind is Kind.REP


@given(doses)
def test_only_open_sets_come_again_and_they_come_from_their_first_step(dose: Dose) -> None:
    line = timeline(small(dose))
    assert (line.again is not None) == dose.sets_open
    if line.again is not None:
        assert line.steps[line.again].kind in WORKING | {Kind.REP}


@given(doses)
def test_the_browser_gets_what_is_stated_and_no_more(dose: Dose) -> None:
    assert all(dose_data(dose).values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nothing stated", ["rep"]),
        ("hold only", ["ready", "hold", "release"]),
        ("duration, both in turn", ["ready", "work", "switch", "work"]),
        ("sets only", ["rep", "rep", "rep"]),
        ("duration in sets with rest", ["ready", "work", "rest", "work"]),
        (
            "hold in sets without repetitions",
            [
                "ready",
                "hold",
                "release",
                "rest",
                "ready",
                "hold",
                "release",
                "rest",
                "ready",
                "hold",
                "release",
            ],
        ),
        ("rising and lowering", ["ready", "up", "down", "up", "down", "up", "down"]),
        ("lowering only", ["ready", "down", "release", "down", "release", "down", "release"]),
        ("open sets, counted, both in turn", ["rep", "switch", "rep", "switch"]),
        ("open sets, held", ["ready", "hold", "release", "hold", "release", "rest", "ready"]),
    ],
)
def test_examples(name: str, expected: list[str]) -> None:
    assert kinds(timeline(EDGES[name])) == expected


def test_a_rest_that_nobody_stated_waits_for_a_tap() -> None:
    rests = [
        step for step in timeline(EDGES["hold in sets without repetitions"]).steps if step.kind == "rest"
    ]
    assert [step.seconds for step in rests] == [None, None]
    assert [step.set for step in rests] == [2, 3]


@pytest.mark.hazard("HZ-02")
def test_the_catalogue_works_both_sides_alike_without_a_tap_where_all_is_timed() -> None:
    seen = 0
    for slug, dose in catalogue().items():
        line = timeline(replace(dose, side=Side.BOTH_IN_TURN))
        worked = line.worked()
        assert worked.get(Side.LEFT) == worked.get(Side.RIGHT), slug
        if (dose.hold or dose.duration) and (dose.rest or dose.sets is None):
            assert all(step.seconds for step in line.steps), slug
            seen += 1
    assert seen >= 10

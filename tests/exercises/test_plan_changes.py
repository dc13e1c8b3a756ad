"""What changed in a plan, in whole sentences: hand-made cases, then properties over many pairs of plans."""

import copy
from datetime import date
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from exercises.plan_changes import ItemShot, Shot, changes, sealed

TODAY = date(2026, 11, 23)


def item(key: str = "a", exercise: int = 1, **fields: Any) -> ItemShot:
    made: dict[str, Any] = {
        "id": key,
        "exercise": exercise,
        "version": exercise * 10,
        "name": f"Exercise {exercise}",
        "programme": "p",
        "dose": {"reps_min": 10, "hold_s_min": 3, "times_per_day": 1, "days_per_week": 7},
        "side": "left",
        "limb": "foot",
        "kit": "",
        "note": "",
    }
    return {**made, **fields}  # type: ignore[typeddict-item]


def shot(*items: ItemShot, supports: list[Any] | None = None, **programme: Any) -> Shot:
    one = {"id": "p", "name": "Basics", "starts_on": "2026-11-02", "ends_on": "2026-12-20"}
    return {"programmes": [one | programme], "items": list(items), "supports": supports}  # type: ignore[list-item]


def dose(**stated: Any) -> dict[str, Any]:
    return {"reps_min": 10, "hold_s_min": 3, "times_per_day": 1, "days_per_week": 7} | stated


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (item(dose=dose(hold_s_min=5)), "Exercise 1: hold 5 seconds, before it was 3."),
        (item(dose=dose(hold_s_min=None)), "Exercise 1: “hold 3 seconds” does not count any more."),
        (item(dose=dose(rest_s=30)), "Exercise 1: new is “rest 30 seconds between sets”."),
        (
            item(dose=dose(times_per_day=2)),
            "Exercise 1: twice a day, every day. Before, it was: once a day, every day.",
        ),
        (item(side="right"), "Exercise 1: 10 times, right foot. Before, it was: 10 times, left foot."),
        (item(version=11), "Exercise 1: the steps are new. Please read them again."),
        (item(note="Hold on."), "Exercise 1: your practitioner wrote: “Hold on.”"),
        (item(kit="towel"), "Exercise 1: new is “towel”."),
        (item("b", dose=dose(hold_s_min=5)), "Exercise 1: hold 5 seconds, before it was 3."),
    ],
)
def test_each_change_is_one_sentence(after, sentence):
    assert changes(shot(item()), shot(after), TODAY) == [sentence]


def test_new_ones_and_those_that_are_gone():
    assert changes(shot(item()), shot(item("b", 2)), TODAY) == [
        "New: Exercise 2.",
        "Not in your plan any more: Exercise 1.",
    ]


def test_a_programme_that_starts_later_says_when():
    later = shot(item(), item("b", 2), starts_on="2026-11-30", id="q")
    assert changes(shot(item()), later, TODAY)[:2] == [
        "New: Exercise 2.",
        "New exercises start on 30 November 2026.",
    ]


def test_another_last_day():
    assert changes(shot(item()), shot(item(), ends_on="2026-12-27"), TODAY) == [
        "Basics: the last day is 27 December 2026, before it was 20 December 2026."
    ]


def test_supports_and_what_nobody_looked_at():
    insole = {"id": "s", "what": "Insole, both feet", "hours": 4, "advice": ["", "", ""]}
    more = insole | {"hours": 6}
    assert changes(shot(supports=[]), shot(supports=[insole]), TODAY) == ["New to wear: Insole, both feet."]
    assert changes(shot(supports=[insole]), shot(supports=[]), TODAY) == [
        "Not in your plan any more: Insole, both feet."
    ]
    assert changes(shot(supports=[insole]), shot(supports=[more]), TODAY) == [
        "Insole, both feet: the advice is new. Please read it again."
    ]
    assert changes(shot(supports=None), shot(supports=[insole]), TODAY) == []


def test_the_same_exercise_for_left_and_right_is_told_apart():
    before = shot(item("a"), item("b", side="right"))
    after = shot(item("c", side="right"), item("d", dose=dose(hold_s_min=5)))
    assert changes(before, after, TODAY) == ["Exercise 1: hold 5 seconds, before it was 3."]


numbers = st.one_of(st.none(), st.integers(1, 60))
doses_of = st.fixed_dictionaries(
    {
        "reps_min": st.integers(1, 20),
        "hold_s_min": numbers,
        "duration_s_min": numbers,
        "rest_s": numbers,
        "sets_min": numbers,
        "tempo_down_s": numbers,
        "times_per_day": st.integers(1, 4),
        "days_per_week": st.integers(1, 7),
    }
)


@st.composite
def items(draw: st.DrawFn) -> list[ItemShot]:
    found = draw(st.lists(st.integers(1, 6), max_size=5))
    return [
        item(
            f"{draw(st.integers(0, 99))}-{n}",
            exercise,
            version=draw(st.integers(1, 3)),
            side=draw(st.sampled_from(["left", "right", "both_in_turn"])),
            dose=draw(doses_of),
            note=draw(st.sampled_from(["", "Slowly."])),
        )
        for n, exercise in enumerate(found)
    ]


@given(items(), items())
def test_nothing_new_is_silent_and_all_else_is_said(before, after):
    old, now = sealed(shot(*before)), sealed(shot(*after))
    assert changes(old, copy.deepcopy(old), TODAY) == []
    said = changes(old, now, TODAY)
    assert all(sentence.strip() and "%" not in sentence and "None" not in sentence for sentence in said)
    if old["digest"] == now["digest"]:
        assert said == []
    back = changes(now, old, TODAY)
    new = [one for one in said if one.startswith("New: ")]
    gone = [one for one in back if one.startswith("Not in your plan")]
    assert len(new) == len(gone)
    assert len(new) >= len(after) - len(before)
    names = {one["name"] for one in after} - {one["name"] for one in before}
    assert {f"New: {name}." for name in names} <= set(new)


@given(items())
def test_words_in_another_language_are_no_change(before):
    old = sealed(shot(*before))
    renamed = sealed(shot(*[{**one, "name": "Fersenheben"} for one in before]))
    assert old["digest"] == renamed["digest"]
    with translation.override("de"):
        assert changes(old, renamed, TODAY) == []

"""The reviewed lists behind screening: who is asked what, how urgent it is, and what staff do about a yes."""

import json
from string import Formatter
from typing import Any

import pytest

from patients.red_flags import (
    DATA,
    Level,
    Region,
    asked_about,
    framework,
    list_version,
    red_flags,
    staff_advice,
    staff_prompts,
    words,
)

NUMBERS: Any = {"emergency_number": "112", "urgent_number": "111", "urgent_days": 2}
ASKED = {
    Region.FOOT: [
        *("calf_chest", "diabetes_emergency", "hot_joint_fever", "calf_swelling", "tendon_snap"),
        *("foot_injury_bone", "diabetes_active", "new_numb_weak", "rest_night_pain", "training_squeeze"),
        "not_better",
    ],
    Region.BACK: [
        *("cauda_equina", "back_trauma", "back_fever", "new_numb_weak", "rest_night_pain"),
        *("back_systemic", "back_weakness", "not_better"),
    ],
}


@pytest.mark.parametrize("region", Region)
def test_each_region_has_its_list_most_urgent_first(region: Region) -> None:
    asked = asked_about(region)
    assert [sign.key for sign in asked] == ASKED[region]
    assert [list(Level).index(sign.level) for sign in asked] == sorted(
        list(Level).index(sign.level) for sign in asked
    )


def test_every_sign_is_asked_about_somewhere() -> None:
    assert {sign.key for sign in red_flags()} == {key for keys in ASKED.values() for key in keys}
    assert all(sign.regions for sign in red_flags())


@pytest.mark.parametrize(
    ("level", "label", "advice"),
    [
        (Level.EMERGENCY, "Emergency", "Call 112 now."),
        (Level.SAME_DAY, "Same day", "The patient needs medical help today."),
        (Level.NEXT_WORKING_DAY, "Next working day", "for today or the next working day."),
        (Level.URGENT, "Urgent", "Arrange an assessment within 2 working days."),
        (Level.ROUTINE, "Routine", "at the next review."),
    ],
)
def test_each_level_says_in_words_what_staff_do(level: Level, label: str, advice: str) -> None:
    assert words(level).label == label
    assert words(level).source
    sign = next(sign for sign in red_flags() if sign.level is level)
    assert advice in staff_advice(sign, **NUMBERS)


@pytest.mark.hazard("HZ-18")
def test_numbers_are_the_clinic_s_own_never_written_into_the_text() -> None:
    """Advice speaks of numbers by name; a digit sequence of three in it would be a number of some country."""
    for level in Level:
        fields = {name for _text, name, _spec, _conversion in Formatter().parse(words(level).staff_advice)}
        assert fields - {None} <= {"emergency_number", "urgent_number", "urgent_days"}
    content = json.loads(DATA.read_text())
    said = [row["staff_advice"] for row in content["levels"].values()]
    said += [row.get("staff_note", "") for row in content["red_flags"]]
    assert not [text for text in said for number in ("999", "111", "112", "911") if number in text]


def test_advice_adds_what_is_particular_to_the_sign_and_fits_the_column() -> None:
    by_key = {sign.key: sign for sign in red_flags()}
    assert staff_advice(by_key["training_squeeze"], **NUMBERS).endswith("Stop loading the foot.")
    longest: Any = {"emergency_number": "1" * 40, "urgent_number": "2" * 40, "urgent_days": 14}
    assert max(len(staff_advice(sign, **longest)) for sign in red_flags()) <= 500
    assert len([sign for sign in red_flags() if sign.staff_note]) == 7


@pytest.mark.parametrize(
    ("days", "said"), [(1, "1 working day"), (2, "2 working days"), (5, "5 working days")]
)
def test_what_is_urgent_waits_as_many_days_as_the_clinic_says(days: int, said: str) -> None:
    sign = next(sign for sign in red_flags() if sign.level is Level.URGENT and not sign.staff_note)
    advice = staff_advice(sign, **NUMBERS | {"urgent_days": days})
    assert advice == f"Arrange an assessment within {said}."


def test_staff_prompts_are_reading_apart_from_the_signs() -> None:
    prompts = {region: [prompt.key for prompt in staff_prompts(region)] for region in Region}
    assert prompts == {
        Region.FOOT: ["rheumatology", "new_or_changed"],
        Region.BACK: ["back_pain_age", "new_or_changed"],
    }
    everything = [prompt for region in Region for prompt in staff_prompts(region)]
    assert all(prompt.prompt and prompt.source for prompt in everything)
    assert not {prompt.key for prompt in everything} & {sign.key for sign in red_flags()}
    assert framework() == "Finucane 2020, JOSPT 50(7):350"
    assert list_version() == 1

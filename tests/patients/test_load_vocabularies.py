import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic.models import AuditEntry, User
from patients.management.commands.load_vocabularies import FILE
from patients.models import FindingType, Patient, Side
from tests import factories

pytestmark = pytest.mark.django_db
ENTRY = {
    "key": "heel_spur",
    "label": "Heel spur",
    "patient_wording": "Heel spur (bony growth)",
    "group": "Heel spur",
    "site": "foot",
    "exclusive_group": "heel_spur",
    "needs_imaging": True,
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

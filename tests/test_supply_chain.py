"""What we run comes from a lock with hashes and is written down, and no secret lies in the repository."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from clinic.dev import known_faults, sbom
from clinic.dev.known_faults import NONE_KNOWN, NOT_ASKED, SOME_KNOWN

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock"]


class TestTheLock:
    @pytest.mark.parametrize("lock", LOCKS)
    def test_every_package_has_one_version_and_its_hashes(self, lock: str) -> None:
        found = sbom.packages((ROOT / lock).read_text())
        assert [package.name for package in found if not package.hashes] == []
        assert len({package.name for package in found}) == len(found) > 40

    def test_the_image_installs_nothing_but_the_lock(self) -> None:
        (line,) = re.findall(r"pip install .*", (ROOT / "Dockerfile").read_text())
        assert "--require-hashes" in line
        assert "--no-deps" in line


class TestTheBillOfMaterials:
    def test_names_every_package_of_the_lock_and_every_image(self, tmp_path: Path) -> None:
        target = tmp_path / "sbom.json"
        assert sbom.main([str(target)]) == 0
        made = json.loads(target.read_text())
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(target.read_text()) is None
        lock = (ROOT / "requirements.lock").read_text()
        parts = {part["name"]: part for part in made["components"]}
        assert set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE)) <= parts.keys()
        assert {"python", "postgres", "valkey/valkey"} <= parts.keys()
        django = parts["django"]
        assert f"django=={django['version']}" in lock
        assert django["purl"] == f"pkg:pypi/django@{django['version']}"
        assert (
            django["licenses"] == [{"license": {"name": "BSD License"}}]
            or "expression" in django["licenses"][0]
        )
        assert all(re.fullmatch(r"[0-9a-f]{64}", one["value"]) for one in django["properties"])

    def test_says_who_wants_what(self) -> None:
        made = sbom.bill(
            "django==5.2.19 \\\n    --hash=sha256:" + "a" * 64 + "\n    # via footwork (pyproject.toml)\n"
            "asgiref==3.13.0 ; sys_platform == 'linux' \\\n    --hash=sha256:"
            + "b" * 64
            + "\n    # via\n    #   django\n"
        )
        wants = {one["ref"]: one["dependsOn"] for one in made["dependencies"]}
        assert wants["footwork"] == ["pkg:pypi/django@5.2.19"]
        assert wants["pkg:pypi/django@5.2.19"] == ["pkg:pypi/asgiref@3.13.0"]
        only = {"name": "footwork:only-where", "value": "sys_platform == 'linux'"}
        assert only in made["components"][1]["properties"]

    def test_refs_are_unique_and_known(self) -> None:
        made = sbom.bill((ROOT / "requirements.lock").read_text())
        refs = [part["bom-ref"] for part in made["components"]]
        assert len(set(refs)) == len(refs)
        assert {ref for one in made["dependencies"] for ref in one["dependsOn"]} <= set(refs)
        assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", made["serialNumber"])


class TestKnownFaults:
    def judged(self, answer: object, complaint: str = "") -> tuple[int, str]:
        return known_faults.judge(
            "a.lock", answer if isinstance(answer, str) else json.dumps(answer), complaint
        )

    def test_none(self) -> None:
        answer = {"dependencies": [{"name": "a", "version": "1", "vulns": []}]}
        assert self.judged(answer) == (NONE_KNOWN, "a.lock: none known of 1 packages")

    def test_some(self) -> None:
        faults = [{"id": "PYSEC-1", "fix_versions": ["2"]}, {"id": "PYSEC-2", "fix_versions": []}]
        code, said = self.judged({"dependencies": [{"name": "a", "version": "1", "vulns": faults}]})
        assert code == SOME_KNOWN
        assert "a 1: PYSEC-1, mended in 2" in said
        assert "a 1: PYSEC-2, mended in no release" in said

    @pytest.mark.parametrize(
        "answer",
        [
            "",
            "Traceback",
            "[]",
            '{"dependencies": []}',
            '{"dependencies": [{"name": "a", "skip_reason": "x"}]}',
        ],
    )
    def test_a_source_that_is_away_is_said_plainly(self, answer: str) -> None:
        code, said = self.judged(answer, "ERROR: connection refused")
        assert code == NOT_ASKED
        assert "NOT CHECKED" in said
        assert "says nothing about the packages" in said


# Of secrets by their own form, and of what looks like one where a value is assigned. In pieces, so as not to find itself.
SECRETS = {
    "private key": r"-----BEGIN [A-Z ]*PRIVATE" + " KEY",
    "age key": "AGE-SECRET" + "-KEY-1[A-Z0-9]{20}",
    "cloud key": "A(?:KIA|SIA)" + "[A-Z0-9]{16}",
    "forge token": "gh[pousr]_" + "[A-Za-z0-9]{36}",
    "another forge token": "glpat-" + "[A-Za-z0-9_-]{20}",
    "chat token": "xox[abprs]-" + "[A-Za-z0-9-]{10}",
    "mail service": r"SG\." + r"[A-Za-z0-9_-]{22}\.",
    "signed token": "eyJ" + r"[A-Za-z0-9_-]{10,}\.eyJ",
    "password in an address": r"://[^\s:@/\"'{$]+:" + r"[^\s@/\"'{$]{6,}@",
    "assigned": r"[\"'](?=[^\"'0-9]*[0-9])(?=[^\"'A-Z]*[A-Z])(?=[^\"'a-z]*[a-z])[A-Za-z0-9+/_=-]{24,}[\"']",
}
ASSIGNED = re.compile(r"(?i)(secret|password|passwd|token|api_?key)[a-z_]*[\"']?\s*[:=]\s*$")
# A line that may look so, and why: the text of it, in the file.
KNOWN = {
    ("bench/stage.py", "SECRET = "): "of a database that is made for a measurement and thrown away",
}
PLACEHOLDERS = re.compile(r"://[^:]+:(password|secret|a1b2|p%40ss)[^@]*@|\.example\b")


def found_in(name: str, text: str) -> list[str]:
    found = []
    for kind, pattern in SECRETS.items():
        for match in re.finditer(pattern, text):
            begin = text.rfind("\n", 0, match.start()) + 1
            line = text[begin:].partition("\n")[0]
            meant = {
                "password in an address": not PLACEHOLDERS.search(line),
                "assigned": ASSIGNED.search(text[begin : match.start()]),
            }.get(kind, True)
            if meant and not any(name == file and said in line for file, said in KNOWN):
                found.append(f"{name}: {kind}")
    return found


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name.decode() for name in names.split(b"\0") if name]


@pytest.mark.check(44)
def test_no_secret_lies_in_a_tracked_file() -> None:
    looked = 0
    for path in tracked():
        try:
            text = path.read_text()
        except (UnicodeDecodeError, FileNotFoundError):  # a picture; or deleted and not committed yet
            continue
        looked += 1
        assert found_in(str(path.relative_to(ROOT)), text) == []
    assert looked > 800


@pytest.mark.parametrize(
    ("kind", "planted"),
    [
        ("private key", "-----BEGIN RSA PRIVATE" + " KEY-----"),
        ("age key", "AGE-SECRET" + "-KEY-1" + "QQ2X" * 8),
        ("cloud key", "AKIA" + "ABCDEFGH12345678"),
        ("forge token", "ghp_" + "aB3" * 12),
        ("another forge token", "glpat-" + "aB3-" * 5),
        ("chat token", "xoxb-" + "1234567890-a"),
        ("mail service", "SG." + "aB3dE6gH9jK2mN5pQ8sT1v" + ".x"),
        ("signed token", "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJzdWIi"),
        (
            "password in an address",
            "DATABASE_URL=postgresql://footwork:" + "Xk29vLq8@db.clinic.test/footwork",
        ),
        ("assigned", "SECRET_KEY = " + '"aB3dE6gH9jK2mN5pQ8sT1vX4"'),
        ("assigned", "  api_key: " + "'aB3dE6gH9jK2mN5pQ8sT1vX4'"),
    ],
)
def test_a_planted_secret_is_found(kind: str, planted: str) -> None:
    assert found_in("a.py", f"x\n{planted}\n") == [f"a.py: {kind}"]

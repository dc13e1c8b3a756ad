"""What the generated schema says beyond the serializers: the roles of each operation and how it can fail."""

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.openapi import AutoSchema

from clinic.api.permissions import roles_for

PROBLEMS = {
    "Invalid": ("400", "Something about the request is not valid; errors by field.", "FieldErrors"),
    "Denied": ("403", "Not signed in, wrong role, or the CSRF token is missing.", "Detail"),
    "NotFound": ("404", "There is no such thing, or it belongs to another clinic.", "Detail"),
    "Refused": (
        "409",
        "The request is valid, but not possible as things stand. Nothing was written.",
        "Refusal",
    ),
    "Unavailable": ("503", "The database is away for the moment.", "Detail"),
}
TEXT = {"type": "string"}
PROBLEM = {"type": "object", "required": ["code", "message"], "properties": {"code": TEXT, "message": TEXT}}
PROBLEM_SCHEMAS = {
    "Detail": {"type": "object", "required": ["detail"], "properties": {"detail": TEXT}},
    "FieldErrors": {
        "type": "object",
        "minProperties": 1,
        "properties": {
            "errors": {
                "type": "object",
                "description": "By field; rows of a list are counted, such as items.0.side.",
                "additionalProperties": {"type": "array", "items": PROBLEM},
            },
            "detail": {"type": "string", "description": "Instead, where the body is no JSON."},
        },
    },
    "Refusal": {
        "type": "object",
        "required": ["code", "message", "field"],
        "properties": {"code": TEXT, "message": TEXT, "field": {"type": "string", "nullable": True}},
    },
}


class StaffSessionScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """drf-spectacular finds it by itself."""

    target_class = "clinic.api.authentication.StaffSession"


class RoleSchema(AutoSchema):
    def get_extensions(self) -> dict[str, Any]:
        roles = roles_for(self.view, self.method)
        return {**super().get_extensions(), "x-roles": sorted(role.value for role in roles)}


def add_problems(result: dict[str, Any], **about: Any) -> dict[str, Any]:
    """A postprocessing hook: one description of each kind of failure, named by every operation it can happen to."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update(PROBLEM_SCHEMAS)
    components["responses"] = {
        name: {
            "description": words,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape}"}}},
        }
        for name, (_status, words, shape) in PROBLEMS.items()
    }
    for path in result["paths"].values():
        for method, operation in path.items():
            for name in _possible(method, operation):
                reference = {"$ref": f"#/components/responses/{name}"}
                operation["responses"].setdefault(PROBLEMS[name][0], reference)
    return result


def _possible(method: str, operation: dict[str, Any]) -> list[str]:
    places = {parameter["in"] for parameter in operation.get("parameters", [])}
    found = ["Denied", "Unavailable"]
    if method != "get" or "query" in places:
        found.append("Invalid")
    if places:
        found.append("NotFound")  # no such row, or no such page of a list
    if method != "get":
        found.append("Refused")
    return found

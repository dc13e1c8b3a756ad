"""Every refusal in one of three shapes: field errors (400), a refused action (409), or ``detail`` for the rest."""

import logging
from collections.abc import Iterator
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from clinic.errors import Refused

log = logging.getLogger("clinic.requests")


def handle(exception: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(exception, Refused):
        refusal = {"code": exception.code, "message": exception.message, "field": exception.field}
        return Response(refusal, status=status.HTTP_409_CONFLICT)
    if isinstance(exception, OperationalError | InterfaceError):
        log.error("database unavailable", extra={"error": type(exception).__name__})
        away = {"detail": _("The service is not available at the moment. Try again in half a minute.")}
        return Response(away, status=status.HTTP_503_SERVICE_UNAVAILABLE, headers={"Retry-After": "30"})
    if isinstance(exception, ValidationError):
        errors: dict[str, list[Any]] = {}
        for field, problem in _flat(exception.get_full_details()):
            errors.setdefault(field, []).append(problem)
        return Response({"errors": errors}, status=status.HTTP_400_BAD_REQUEST)
    return exception_handler(exception, context)


def _flat(details: Any, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Nested errors under dotted paths, such as ``items.0.side``: one depth for every reader."""
    if isinstance(details, list):
        for index, part in enumerate(details):
            # A list holds the problems of one field, or one mapping for each row of a nested list.
            yield from _flat(part, path if _is_problem(part) else _below(path, index))
    elif _is_problem(details):
        yield path, details
    else:
        for name, part in details.items():
            yield from _flat(part, _below(path, name))


def _is_problem(part: Any) -> bool:
    return isinstance(part, dict) and set(part) == {"message", "code"} and isinstance(part["message"], str)


def _below(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)

"""The session of the pages, with their limits: the middleware that keeps them passes REST views by."""

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from clinic import session_limits, within


class StaffSession(SessionAuthentication):
    """``clinic.api.schema`` describes it."""

    def authenticate(self, request: Request) -> Any:
        if not session_limits.goes_on(request._request):
            return None
        found = super().authenticate(request)
        if found is not None:
            within.enter(request._request.actor)  # type: ignore[attr-defined]
        return found

"""What every request passes: an id, the content security policy, the actor."""

import logging
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from clinic import logs
from clinic.actors import Actor

GetResponse = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("clinic.requests")


class RequestIdMiddleware:
    """Gives log lines, audit entries and error pages the same id. A caller's own header is not trusted."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = logs.request_id.set(uuid.uuid4().hex)
        try:
            response = self.get_response(request)
            response.headers["X-Request-Id"] = logs.request_id.get()
            match = request.resolver_match
            log.info(
                "request",
                # The name of the route, never the path: paths can hold ids, and some hold a token.
                extra={
                    "method": request.method,
                    "route": match.view_name if match else "",
                    "status": response.status_code,
                },
            )
            return response
        finally:
            logs.request_id.reset(token)


class ContentSecurityPolicyMiddleware:
    """Django 6 has this built in under the same setting name; delete the class at the upgrade."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = "; ".join(" ".join([name, *sources]) for name, sources in settings.SECURE_CSP.items())

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)  # a view may set a stricter one
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


class ActorMiddleware:
    """``request.actor``: who asks, for staff pages. Read afresh in every request, so a changed role counts at once."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: _actor_of(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _actor_of(request: HttpRequest) -> Actor | None:
    return Actor.staff(request.user) if request.user.is_authenticated else None

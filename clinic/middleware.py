"""What every request passes: an id, the second lock, the content security policy, the language, the actor."""

import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from clinic import logs, second_factor, session_limits, unsent, within
from clinic.access import readers_language
from clinic.actors import Actor, Kind
from clinic.http import network_prefix

GetResponse = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("clinic.requests")


class RequestIdMiddleware:
    """Gives log lines, audit entries and error pages the same id. A caller's own header is not trusted."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token, network = logs.request_id.set(uuid.uuid4().hex), logs.network.set(network_prefix(request))
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
            logs.network.reset(network)


class WithinMiddleware:
    """The database shows no clinic's rows until it is known who asks; whoever finds that out enters (``clinic.within``)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with within.nothing():
            return self.get_response(request)


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


class LanguageMiddleware:
    """English, unless the page is one that patients read. Whose plan it is decides later (patients.access)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(settings.LANGUAGE_CODE):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        match = request.resolver_match
        if match and getattr(match.func, "for_readers", False):
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> None:
        if getattr(view, "for_readers", False):
            translation.activate(readers_language(request))


class SignInMiddleware(LoginRequiredMiddleware):
    """Every page asks for a sign-in but those that are open to all; these do not even ask who it is, so that help opens
    without the database although the browser holds a session."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        if session_limits.goes_on(request) and second_factor.keeps_out(request):
            messages.info(request, _("First set up a second step for signing in. Then everything opens."))
            return redirect("mfa_index")
        refused = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is None:
            within.enter(_actor_of(request))
        return refused

    def handle_no_permission(  # type: ignore[override]  # a page instead of a redirect
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """The session ended while somebody typed: what was typed comes back with the page that says so. htmx keeps its own
        page (static/js/swaps.js)."""
        if "HX-Request" not in request.headers and unsent.fields(request):
            return unsent.page(request, signed_out=True)
        return super().handle_no_permission(request, view_func)


class ActorMiddleware:
    """``request.actor``: who asks, for staff pages. Read afresh in every request, so a changed role counts at once."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: _actor_of(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        # A page that says how it may be kept asks nobody who reads it: help opens without the database.
        if not response.has_header("Cache-Control") and request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response


def _actor_of(request: HttpRequest) -> Actor | None:
    user = request.user
    if not user.is_authenticated:
        return None
    if second_factor.is_missing(
        user
    ):  # somebody without clinic and role, to whom nothing is visible: API and admin too
        return Actor(Kind.STAFF, user.name, user_id=user.pk)
    return Actor.staff(user)

"""Who may come in: decorators for views. What they may see is decided by ``visible_to``."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from clinic.http import StaffRequest
from clinic.models import Language
from clinic.roles import Role

P = ParamSpec("P")
StaffView = Callable[Concatenate[StaffRequest, P], HttpResponse]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def requires(roles: frozenset[Role]) -> Callable[[StaffView[P]], OpenView[P]]:
    """403 for staff in another role. Anonymous visitors were sent to sign in before this runs."""

    def decorate(view: StaffView[P]) -> OpenView[P]:
        @functools.wraps(view)
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            staff_request: StaffRequest = request  # type: ignore[assignment]
            if not staff_request.actor.has_role(roles):
                raise PermissionDenied
            return view(staff_request, *args, **kwargs)

        return checked

    return decorate


def anonymous_allowed(*, reason: str) -> Callable[[OpenView[P]], OpenView[P]]:
    """Opens one URL to everybody. ``reason`` is what the list of open doors in the tests shows."""

    def decorate(view: OpenView[P]) -> OpenView[P]:
        opened = login_not_required(view)
        opened.open_because = reason  # type: ignore[attr-defined]
        return opened

    return decorate


def for_readers(view: OpenView[P]) -> OpenView[P]:
    """A page that patients read: in the reader's language, where every other page is in English (LanguageMiddleware)."""
    view.for_readers = True  # type: ignore[attr-defined]
    return view


def readers_language(request: HttpRequest) -> str:
    """Of somebody whom we do not know: what the address asks for, else what was read here before, else what the browser
    prefers, else English."""
    asked = request.GET.get("lang", "")
    return asked if asked in Language.values else translation.get_language_from_request(request)

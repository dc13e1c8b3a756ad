"""Who may come in: decorators for views. What they may see is decided by ``visible_to``."""

import functools
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.crypto import constant_time_compare

from clinic import within
from clinic.http import StaffRequest
from clinic.models import Language
from clinic.roles import Role

READING = {"GET", "HEAD"}
P = ParamSpec("P")
StaffView = Callable[Concatenate[StaffRequest, P], HttpResponse]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def requires(
    roles: frozenset[Role], *, writers: frozenset[Role] | None = None
) -> Callable[[StaffView[P]], OpenView[P]]:
    """403 for staff in another role. ``writers``: who may send forms, where fewer than may look. Anonymous visitors were
    sent to sign in before this runs."""

    def decorate(view: StaffView[P]) -> OpenView[P]:
        @functools.wraps(view)
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            staff_request: StaffRequest = request  # type: ignore[assignment]
            wanted = roles if writers is None or request.method in READING else writers
            if not staff_request.actor.has_role(wanted):
                raise PermissionDenied
            return view(staff_request, *args, **kwargs)

        return checked

    return decorate


def stepped_up(*, only_to_write: bool = False) -> Callable[[StaffView[P]], StaffView[P]]:
    """For dangerous pages: asks for the password or the second step once more, unless it was given in the last five minutes
    (``ACCOUNT_REAUTHENTICATION_TIMEOUT``). A form that was sent goes on afterwards as it was.

    ``only_to_write``: the page itself opens without. Stands below ``requires``: who may not come in is not asked.
    """

    def asks(request: HttpRequest) -> bool:
        return not (only_to_write and request.method in READING) and not _is_confirmed(request)

    def decorate(view: StaffView[P]) -> StaffView[P]:
        asked: StaffView[P] = reauthentication_required(view, enabled=asks)
        asked.asks_again = True  # type: ignore[attr-defined]  # for the tests, which name every such page
        return asked

    return decorate


def _is_confirmed(request: HttpRequest) -> bool:
    """As allauth judges it, without first asking the database in which ways this person could confirm."""
    records = [one for one in get_authentication_records(request, request.user) if one.get("reauthenticated")]  # type: ignore[arg-type]
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def anonymous_allowed(*, reason: str, job: str = "") -> Callable[[OpenView[P]], OpenView[P]]:
    """Opens one URL to everybody. ``reason`` is what the list of open doors in the tests shows. ``job``: the page has to
    find out whose secret it was given, and reads every clinic's rows under this name until it knows."""

    def decorate(view: OpenView[P]) -> OpenView[P]:
        opened = login_not_required(_as_the_system(view, job) if job else view)
        opened.open_because = reason  # type: ignore[attr-defined]
        return opened

    return decorate


def _as_the_system(view: OpenView[P], job: str) -> OpenView[P]:
    @functools.wraps(view)
    def entered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        within.enter_every_clinic(job)
        return view(request, *args, **kwargs)

    return entered


def is_monitor(request: HttpRequest) -> bool:
    """Does the request carry the monitoring token? Nobody does where none is configured."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    right = constant_time_compare(token, settings.MONITOR_TOKEN)
    return right and scheme.lower() == "bearer" and bool(settings.MONITOR_TOKEN)


def for_readers(view: OpenView[P]) -> OpenView[P]:
    """A page that patients read: in the reader's language, where every other page is in English (LanguageMiddleware)."""
    view.for_readers = True  # type: ignore[attr-defined]
    return view


def readers_language(request: HttpRequest) -> str:
    """Of somebody whom we do not know: what the address asks for, else what was read here before, else what the browser
    prefers, else English."""
    asked = request.GET.get("lang", "")
    return asked if asked in Language.values else translation.get_language_from_request(request)

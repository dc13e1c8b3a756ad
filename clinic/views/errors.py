"""The last word when something breaks: generic pages that need no database, never a stack, never data."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views.defaults import page_not_found

from clinic.access import readers_language


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Staff read it in English, everybody else in their own language: an old link may have led here."""
    language = settings.LANGUAGE_CODE if request.user.is_authenticated else readers_language(request)
    with translation.override(language):
        response = page_not_found(request, exception)
        response.headers["Content-Language"] = language
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database is away: it heals by itself. Everything else is our fault: 500."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "30"})
    return HttpResponse(render_to_string("500.html"), status=500)

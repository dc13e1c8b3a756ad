from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from clinic.access import anonymous_allowed, for_readers
from patients import help_pages
from patients.access import link_required
from patients.http import PatientRequest

# Browsers keep it for an hour, and whoever may goes on showing it while the server is away.
KEPT = "public, max-age=3600, stale-if-error=2592000"


@require_safe
@for_readers
@anonymous_allowed(reason="Help must open for everybody, at once: no sign-in, no script, no database.")
def help_page(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    language = translation.get_language()
    try:
        clinic = help_pages.clinic_of(clinic_id)
    except (OperationalError, InterfaceError):
        page = help_pages.stored(clinic_id, language)
        if page is None:
            raise
    else:
        if clinic is None:
            raise Http404
        page = help_pages.page(clinic, language)
    return HttpResponse(page, headers={"Cache-Control": KEPT})


@require_safe
@link_required
def my_help(request: PatientRequest) -> HttpResponse:
    """The same page at an address that the copy on a patient's device can answer for."""
    return HttpResponse(help_pages.page(request.access.patient.clinic, request.access.patient.language))

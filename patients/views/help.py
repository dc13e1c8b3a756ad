from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clinic.access import anonymous_allowed, for_readers
from clinic.models import Clinic
from patients.red_flags import by_level


@require_safe
@for_readers
@anonymous_allowed(reason="Help must open for everybody, at once: no sign-in, no script.")
def help_page(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    clinic = get_object_or_404(Clinic, pk=clinic_id)
    context = {"clinic": clinic, "groups": by_level(), "help_url": request.path}
    return TemplateResponse(request, "patients/help.html", context)

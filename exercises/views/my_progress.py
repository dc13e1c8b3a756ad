"""How it has gone, for the patient's own eyes."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from exercises.journal import LONG, SHORT, journal
from patients.access import device_required
from patients.http import PatientRequest


@require_safe
@device_required
def my_progress(request: PatientRequest) -> HttpResponse:
    access = request.access
    span = LONG if request.GET.get("days") == str(LONG) else SHORT
    context = {
        "clinic": access.patient.clinic,
        "help_url": reverse("patients:help", args=[access.patient.clinic_id]),
        "journal": journal(access.actor, access.patient, access.now, span),
        "as_table": span == SHORT or "table" in request.GET,
        "other_span": SHORT if span == LONG else LONG,
    }
    return TemplateResponse(request, "exercises/my_progress.html", context)

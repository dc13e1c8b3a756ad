"""The patient sees who of the clinic opened the record, when, and how often."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from patients.access import device_required
from patients.http import PatientRequest
from patients.readers import readers


@require_safe
@device_required
def my_readers(request: PatientRequest) -> HttpResponse:
    patient = request.access.patient
    context = {
        "clinic": patient.clinic,
        "help_url": reverse("patients:help", args=[patient.clinic_id]),
        "readers": readers(patient),
        "zone": patient.time_zone,
    }
    return TemplateResponse(request, "patients/my_readers.html", context)

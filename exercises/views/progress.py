"""What was due and what was said of it, day by day: a tab of the patient's record."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clinic import clock
from clinic.access import requires
from clinic.http import StaffRequest
from clinic.roles import SEES_CLINICAL
from exercises import summary
from exercises.forms.contact import WindowForm
from patients import actions as patient_actions
from patients import summary as patient_summary
from patients.models import Patient


@require_safe
@requires(SEES_CLINICAL)
def progress(request: StaffRequest, pk: UUID) -> HttpResponse:
    person = get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)
    patient_actions.note_reading(actor=request.actor, patient=person, page="progress")
    now, span = clock.now(), WindowForm(request.GET).span()
    context = {
        "strip": patient_summary.strip(request.actor, person, now),
        "progress": summary.progress(request.actor, person, now, span),
        "span": span,
    }
    return TemplateResponse(request, "exercises/progress.html", context)

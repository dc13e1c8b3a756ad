"""Before the visit: one screen, and the same as plain text for the clinic's own record system."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clinic import clock
from clinic.access import requires
from clinic.http import StaffRequest
from clinic.roles import SEES_CLINICAL
from exercises import visit as before_visit
from exercises import visit_text as words
from exercises.forms.contact import WindowForm
from patients import actions as patient_actions
from patients import summary as patient_summary
from patients.models import Patient

ROWS_AT_ONCE = 35  # days; of more the table is drawn when somebody asks for it


@require_safe
@requires(SEES_CLINICAL)
def visit(request: StaffRequest, pk: UUID) -> HttpResponse:
    person, now = _visible(request, pk), clock.now()
    patient_actions.note_reading(actor=request.actor, patient=person, page="visit")
    span = WindowForm(request.GET).asked()
    found = before_visit.visit(request.actor, person, now, span)
    strip = patient_summary.strip(request.actor, person, now)
    context = {
        "strip": strip,
        "visit": found,
        "spans": [(each, each is span) for each in before_visit.Span],
        "with_days": found.window.days <= ROWS_AT_ONCE or "days" in request.GET,
        "summary": words.summary(found),
        "efforts": words.efforts(found),
        "safety": words.safety(found, strip),
        "foot_and_back": words.foot_and_back(),
        "no_log": words.no_log(),
        "as_text": words.as_text(found, strip),
    }
    return TemplateResponse(request, "exercises/visit.html", context)


@require_safe
@requires(SEES_CLINICAL)
def visit_text(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One file, and it is written down that it was taken."""
    person, now = _visible(request, pk), clock.now()
    patient_actions.note_reading(actor=request.actor, patient=person, page="visit_text")
    patient_actions.note_exported(actor=request.actor, patient=person, page="visit_text")
    found = before_visit.visit(request.actor, person, now, WindowForm(request.GET).asked())
    strip = patient_summary.strip(request.actor, person, now)
    response = HttpResponse(words.as_text(found, strip), content_type="text/plain; charset=utf-8")
    name = f"before-the-visit-{found.window.last.isoformat()}.txt"  # names nobody: files lie about
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@requires(SEES_CLINICAL)
def progress(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Its old address."""
    return redirect("exercises:visit", _visible(request, pk).pk, permanent=True)


def _visible(request: StaffRequest, pk: UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)

"""The plan on paper, for the desk and for the patient. The printed code stands on it once, when it is made."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock, qr
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import SEES_PROGRAMMES
from exercises import actions
from exercises.forms.sheet import SheetForm
from exercises.sheet import sheet
from patients import actions as patient_actions
from patients.access import device_required, in_language_of
from patients.access_codes import PrintedCode
from patients.http import PatientRequest
from patients.models import Patient


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SEES_PROGRAMMES)
def staff_sheet(request: StaffRequest, pk: UUID) -> HttpResponse:
    """In the patient's language, but for the tools around it. Posting makes a new code, shown this once: no redirect."""
    people = Patient.objects.visible_to(request.actor).select_related("clinic")
    person, now, made, problem = get_object_or_404(people, pk=pk), clock.now(), None, ""
    patient_actions.note_reading(actor=request.actor, patient=person, page="sheet")
    patient_actions.note_printed(actor=request.actor, patient=person, page="sheet")
    if request.method == "POST":
        try:
            _row, made = actions.issue_code(actor=request.actor, patient=person, now=now)
        except Refused as refused:
            problem = refused.message
    context = {
        "tools": True,
        "tools_language": translation.get_language(),
        "tools_bidi": translation.get_language_bidi(),
        "problem": problem,
        **(_shown_once(made) if made else {}),
    }
    response = in_language_of(person, lambda: _page(request, person, now, context, 422 if problem else 200))
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
@device_required
def my_sheet(request: PatientRequest) -> HttpResponse:
    return _page(request, request.access.patient, request.access.now, {}, 200)


def _page(
    request: StaffRequest | PatientRequest, person: Patient, now: datetime, more: dict[str, Any], status: int
) -> HttpResponse:
    first, weeks = SheetForm(request.GET).days()
    found = sheet(person, now, first=first, weeks=weeks)
    context = {
        "sheet": found,
        "patient": person,
        "clinic": person.clinic,
        "help_url": reverse("patients:help", args=[person.clinic_id]),
        "code_address": _address().split("://", 1)[-1],
        "days_form": SheetForm(initial={"first": found.weeks[0].days[0], "weeks": weeks}),
        **more,
    }
    return TemplateResponse(request, "exercises/sheet.html", context, status=status)


def _shown_once(made: PrintedCode) -> dict[str, object]:
    path, size = qr.path(f"{_address()}#{made}")
    return {"made": made, "qr_path": path, "qr_size": size}


def _address() -> str:
    return f"{settings.SITE_URL}{reverse('patients:code')}"

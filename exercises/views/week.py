"""A sheet that a patient brought back, typed in by whoever is at the desk."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import EDITS_CONTACT
from exercises import actions
from exercises.forms.week import FromForm, WeekForm, report_name, was_name
from exercises.paper_week import PaperWeek, paper_week
from patients import actions as patient_actions
from patients import summary as patient_summary
from patients.models import Patient


@require_http_methods(["GET", "HEAD", "POST"])
@requires(EDITS_CONTACT)
def week(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Assistants too: typing in what a patient wrote is no clinical judgement. See ``paper_week`` for what they read."""
    person = get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)
    now, asked = clock.now(), FromForm({"first": request.GET.get("from", "")}).day()
    found = paper_week(person, now, asked)
    if request.method != "POST":
        patient_actions.note_reading(actor=request.actor, patient=person, page="week")
        return _page(request, person, found, WeekForm(week=found), now)
    form = WeekForm(request.POST, week=found)
    if form.is_valid():
        try:
            stored = actions.enter_sheet(actor=request.actor, patient=person, days=form.day_logs(), now=now)
        except Refused as refused:
            form.add_error(_field(form, refused.field), refused.message)
        else:
            said = ngettext("Saved: %(n)s answer of the sheet.", "Saved: %(n)s answers of the sheet.", stored)
            messages.success(request, said % {"n": stored})
            return HttpResponseRedirect(_address(found))
    return _page(request, person, found, form, now, status=422)


def _field(form: WeekForm, about: str | None) -> str | None:
    """The cell of what the action named: it knows the exercise and the day, and nothing of fields."""
    return next((name for name in form.fields if about and name.endswith(f"-{about}")), None)


def _page(
    request: StaffRequest, person: Patient, found: PaperWeek, form: WeekForm, now: datetime, status: int = 200
) -> HttpResponse:
    rows = [
        (
            row,
            [
                (cell, form[cell.name], was_name(cell), form.shown(cell)) if cell else None
                for cell in row.cells
            ],
        )
        for row in found.rows
    ]
    context = {
        "patient": person,
        "strip": patient_summary.strip(request.actor, person, now),
        "week": found,
        "rows": rows,
        "form": form,
        "reports": [form[report_name(day)] for day in found.days],
        "address": _address(found),
    }
    return TemplateResponse(request, "exercises/week.html", context, status=status)


def _address(found: PaperWeek) -> str:
    base = reverse("exercises:week", args=[found.patient.pk])
    return f"{base}?from={found.days[0].isoformat()}"

"""Recording and closing findings. They are shown on the patient's page, which belongs to a higher app.

With htmx the section of that page is answered; without, a redirect back to it, or, when something is wrong, a page
that holds the section alone.
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import WRITES_CLINICAL
from patients import actions
from patients.forms import ClosingForm, FindingForm, show_refusal
from patients.models import Finding, Patient


@require_POST
@requires(WRITES_CLINICAL)
def add(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = get_object_or_404(Patient.objects.visible_to(request.actor), pk=pk)
    form = FindingForm(request.POST)
    if form.is_valid():
        try:
            finding = actions.record_finding(
                actor=request.actor, patient=patient, entry=form.entry(), now=clock.now()
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return _done(request, patient, _("Recorded: %(finding)s.") % {"finding": finding.in_words})
    return _section(request, patient, form=form, status=422)


@require_POST
@requires(WRITES_CLINICAL)
def close(request: StaffRequest, pk: UUID) -> HttpResponse:
    finding = _visible(request, pk)
    form = ClosingForm(request.POST)
    if form.is_valid():
        try:
            actions.close_finding(actor=request.actor, finding=finding, status=form.chosen())
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return _done(request, finding.patient, finding.status_in_words, closed=finding)
    return _section(request, finding.patient, problem=_first_error(form), status=422)


@require_POST
@requires(WRITES_CLINICAL)
def reopen(request: StaffRequest, pk: UUID) -> HttpResponse:
    finding = _visible(request, pk)
    try:
        actions.reopen_finding(actor=request.actor, finding=finding)
    except Refused as refused:
        return _section(request, finding.patient, problem=refused.message, status=422)
    return _done(request, finding.patient, finding.status_in_words)


def _visible(request: StaffRequest, pk: UUID) -> Finding:
    findings = Finding.objects.visible_to(request.actor).select_related("patient", "type")
    return get_object_or_404(findings, pk=pk)


def _first_error(form: ClosingForm) -> str:
    return next(str(message) for messages in form.errors.values() for message in messages)


def _done(
    request: StaffRequest, patient: Patient, said: str, *, closed: Finding | None = None
) -> HttpResponse:
    if request.htmx:
        return _section(request, patient, said=said, closed=closed)
    undo = f"?closed={closed.pk}" if closed else ""
    return redirect(reverse("exercises:patient", args=[patient.pk]) + undo + "#findings")


def _section(request: StaffRequest, patient: Patient, *, status: int = 200, **shown: Any) -> HttpResponse:
    """``said`` is announced; ``problem`` is what stood in the way; ``closed`` is offered to be taken back."""
    context = {
        "patient": patient,
        "findings": list(Finding.objects.visible_to(request.actor).about(patient).for_chart()),
        "form": shown.get("form") or FindingForm(),
        "may_write": True,
        **{name: shown.get(name) for name in ("said", "problem", "closed")},
    }
    template = "patients/_findings_swapped.html" if request.htmx else "patients/findings.html"
    return TemplateResponse(request, template, context, status=status)

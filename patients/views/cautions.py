"""What speaks for caution with one patient's exercises: asking, and what was answered before."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from patients import actions, summary
from patients.forms.cautions import CautionForm
from patients.forms.refusals import show_refusal
from patients.models import Patient


@require_safe
@requires(SEES_CLINICAL)
def cautions(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = _patient(request, pk)
    actions.note_reading(actor=request.actor, patient=patient, page="cautions")
    return _page(request, patient)


@require_POST
@requires(WRITES_CLINICAL)
def check(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = _patient(request, pk)
    form = CautionForm(request.POST, newest=None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.check_cautions(
                actor=request.actor,
                patient=patient,
                present=said["present"],
                note=said["note"],
                now=clock.now(),
                seen=form.last_seen,
            )
        except Refused as refused:
            show_refusal(form, refused)
            form.keep_up(refused, summary.strip(request.actor, patient, clock.now()).check)
        else:
            messages.success(request, _("What speaks for caution is recorded."))
            return redirect(form.where_to() or _address(patient))
    return _page(request, patient, form)


def _address(patient: Patient) -> str:
    return reverse("patients:cautions", args=[patient.pk])


def _page(request: StaffRequest, patient: Patient, form: CautionForm | None = None) -> HttpResponse:
    """With ``form``, what was typed and could not be recorded."""
    strip = summary.strip(request.actor, patient, clock.now())
    context = {
        "strip": strip,
        "form": form,
        "asking": form or CautionForm(newest=strip.check),
        "checks": summary.caution_checks(request.actor, patient),
    }
    return TemplateResponse(request, "patients/cautions.html", context, status=422 if form else 200)


def _patient(request: StaffRequest, pk: UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)

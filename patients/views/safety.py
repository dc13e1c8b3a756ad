"""Warning signs of one patient: screening, what was decided about a positive one, and the referrals beside them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from patients import actions, summary
from patients.forms.refusals import show_refusal
from patients.forms.safety import DecisionForm, ScreeningForm, SlipForm, keep_up
from patients.models import Decision, Patient, RaisedFlag, Screening
from patients.red_flags import Region, framework, staff_prompts


@require_safe
@requires(SEES_CLINICAL)
def safety(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = _patient(request, pk)
    actions.note_reading(actor=request.actor, patient=patient, page="safety")
    return _page(request, patient)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def screen(request: StaffRequest, pk: UUID, region: Region) -> HttpResponse:
    patient = _patient(request, pk)
    if request.method != "POST":
        actions.note_reading(actor=request.actor, patient=patient, page="screening")
    form = ScreeningForm(
        request.POST if request.method == "POST" else None, region=region, clinic=patient.clinic
    )
    if form.is_valid():
        try:
            made = actions.screen(actor=request.actor, patient=patient, entry=form.entry(), now=clock.now())
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return _screened(request, patient, made)
    context = {
        "strip": summary.strip(request.actor, patient, clock.now()),
        "form": form,
        "region": region,
        "prompts": staff_prompts(region),
        "framework": framework(),
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "patients/screening.html", context, status=status)


@require_POST
@requires(WRITES_CLINICAL)
def decide(request: StaffRequest, pk: UUID) -> HttpResponse:
    flags = RaisedFlag.objects.visible_to(request.actor).select_related("patient__clinic")
    flag = get_object_or_404(flags, pk=pk)
    form = DecisionForm(request.POST, flag=flag)
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.decide(
                actor=request.actor,
                flag=flag,
                decision=Decision(said["decision"]),
                note=said["note"],
                version=said["version"],
                now=clock.now(),
            )
        except Refused as refused:
            show_refusal(form, refused)
            keep_up(form, refused, flag)
            form.overtaken = refused.code == "stale"
        else:
            messages.success(request, _("Your decision is recorded."))
            return redirect("patients:safety", flag.patient_id)
    return _page(request, flag.patient, form=form, flag=flag)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def screening_error(request: StaffRequest, pk: UUID) -> HttpResponse:
    screening = _screening(request, pk)
    if request.method != "POST":
        actions.note_reading(actor=request.actor, patient=screening.patient, page="screening_error")
    form = SlipForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.enter_screening_in_error(
                actor=request.actor, screening=screening, now=clock.now(), **form.cleaned_data
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("The screening is marked as entered in error."))
            return redirect("patients:safety", screening.patient_id)
    context = {
        "strip": summary.strip(request.actor, screening.patient, clock.now()),
        "form": form,
        "screening": screening,
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "patients/screening_error.html", context, status=status)


@require_POST
@requires(WRITES_CLINICAL)
def screening_restore(request: StaffRequest, pk: UUID) -> HttpResponse:
    screening = _screening(request, pk)
    with saying(request, _("The screening stands again.")):
        actions.restore_screening(actor=request.actor, screening=screening, now=clock.now())
    return redirect("patients:safety", screening.patient_id)


def _patient(request: StaffRequest, pk: UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)


def _screening(request: StaffRequest, pk: UUID) -> Screening:
    screenings = Screening.objects.visible_to(request.actor).newest_first().select_related("patient__clinic")
    return get_object_or_404(screenings, pk=pk)


def _screened(request: StaffRequest, patient: Patient, made: Screening) -> HttpResponse:
    positive = made.flags.count()
    if positive:  # what to do stands at the head of the page that follows, most urgent first
        messages.warning(request, _("Screening saved. A warning sign is positive: see what to do below."))
    else:
        messages.success(request, _("Screening saved. All signs were answered with no."))
    return redirect("patients:safety", patient.pk)


def _page(
    request: StaffRequest,
    patient: Patient,
    *,
    form: DecisionForm | None = None,
    flag: RaisedFlag | None = None,
) -> HttpResponse:
    """With ``form``, what was typed about ``flag`` and could not be recorded."""
    found = summary.safety(request.actor, patient)
    forms = {one.pk: DecisionForm(flag=one) for one in (*found.undecided, *found.decided)}
    if form is not None and flag is not None:
        forms[flag.pk] = form
    context = {
        "strip": summary.strip(request.actor, patient, clock.now()),
        "undecided": [(one, forms[one.pk]) for one in found.undecided],
        "decided": [(one, forms[one.pk]) for one in found.decided],
        "found": found,
        "form": form,
    }
    return TemplateResponse(request, "patients/safety.html", context, status=422 if form else 200)

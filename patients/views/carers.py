"""The person who gets copies of a patient's e-mails: named by the patient or by staff, and what the person answers."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.access import anonymous_allowed, for_readers, requires
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import EDITS_CONTACT
from patients import actions, summary
from patients.access import device_required, plan_closed
from patients.forms.carer import CarerForm
from patients.forms.refusals import show_refusal
from patients.http import PatientRequest
from patients.models import Carer, CarerState, Patient, carer_of_token

REMOVE, AGREE = "remove", "agree"


@require_http_methods(["GET", "HEAD", "POST"])
@device_required
def my_carer(request: PatientRequest) -> HttpResponse:
    access, form = request.access, _form(request, request.access.patient)
    if request.method == "POST" and _changed(request, access.actor, access.patient, form):
        return redirect(f"{reverse('patients:my_carer')}?saved=1")
    context = {
        "clinic": access.patient.clinic,
        "help_url": reverse("patients:help", args=[access.patient.clinic_id]),
        "carer": Carer.objects.visible_to(access.actor).current().first(),
        "form": form,
        "saved": "saved" in request.GET,
    }
    return TemplateResponse(request, "patients/my_carer.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(EDITS_CONTACT)
def patient_carer(request: StaffRequest, pk: UUID) -> HttpResponse:
    person = get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)
    form = _form(request, person)
    if request.method == "POST" and _changed(request, request.actor, person, form):
        messages.success(request, _("Saved."))
        return redirect("patients:patient_carer", person.pk)
    if request.method != "POST":
        actions.note_reading(actor=request.actor, patient=person, page="carer")
    context = {
        "patient": person,
        "strip": summary.strip(request.actor, person, clock.now()),
        "carer": Carer.objects.visible_to(request.actor).filter(patient=person).current().first(),
        "form": form,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "patients/patient_carer.html", context, status=status)


def _form(request: HttpRequest, patient: Patient) -> CarerForm:
    naming = request.method == "POST" and request.POST.get("do") != REMOVE
    return CarerForm(request.POST if naming else None, initial={"language": patient.language})


def _changed(request: HttpRequest, actor: Actor, patient: Patient, form: CarerForm) -> bool:
    """Removed, or named; what was refused stands in the form."""
    if request.POST.get("do") == REMOVE:
        actions.stop_copies_of(actor=actor, patient=patient, now=clock.now())
        return True
    if not form.is_valid():
        return False
    try:
        actions.name_carer(actor=actor, patient=patient, now=clock.now(), **form.cleaned_data)
    except Refused as refused:
        show_refusal(form, refused)
        return False
    return True


@for_readers  # but for the carer's own language, once the address is known
@csrf_exempt  # RFC 8058: the mail program's own button posts without cookies
@require_http_methods(["GET", "HEAD", "POST"])
@anonymous_allowed(
    reason="The link in a carer's e-mail: its signature is the key, and it can only agree to copies or stop them.",
    job="carer",
)
def carer(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, because scanners open links; POST acts, as often as it comes. Names nobody."""
    asked = carer_of_token(token)
    if asked is None:
        return plan_closed(request)
    status = 200
    if request.method == "POST":
        status = _answer(request, asked)
    with translation.override(asked.language):
        clinic = asked.patient.clinic
        context = {
            "clinic": clinic,
            "help_url": reverse("patients:help", args=[clinic.pk]),
            "state": asked.state,
        }
        response = TemplateResponse(request, "patients/carer.html", context, status=status).render()
        response.headers["Content-Language"] = asked.language
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(request: HttpRequest, asked: Carer) -> int:
    actor = Actor.system("carer")  # the holder of the signed address; no account, not the patient
    if request.POST.get("do") != AGREE:
        actions.stop_copies(actor=actor, carer=asked, now=clock.now())
        return 200
    try:
        actions.agree_to_copies(actor=actor, carer=asked, now=clock.now())
    except Refused:  # the record was closed meanwhile: there is nothing to agree to
        asked.state = CarerState.STOPPED
        return 422
    return 200

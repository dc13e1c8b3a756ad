"""The patient's own devices: add this one, see them all, sign one out, confirm that it is you."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.errors import Refused
from clinic.http import client_network
from patients import actions
from patients.access import device_required, give_cookie, link_required, open_in, step_up_required
from patients.access_codes import read_emailed_code
from patients.actions.tries import may_mail_code, may_try_code
from patients.forms.codes import EmailedCodeForm
from patients.forms.devices import DeviceForm
from patients.http import PatientRequest, asked_in
from patients.models import EMAILED_FOR, Device, Purpose

PAGE = ["GET", "HEAD", "POST"]
DEVICES = "patients:devices"
THEN = {DEVICES, "exercises:contact", "exercises:export"}  # where a confirmed person may have been going


@require_http_methods(PAGE)
@link_required
def device(request: PatientRequest) -> HttpResponse:
    """How to keep the plan on this device. The link of an e-mail is enough to ask; the code decides."""
    if request.method != "POST":
        return _page(request, "patients/device.html")
    problem = _ask(request, Purpose.DEVICE)
    if problem:
        return _page(request, "patients/device.html", problem=problem, status=422)
    return _waiting(request, reverse("patients:code_enter"))


@require_safe
@device_required
def devices(request: PatientRequest) -> HttpResponse:
    access = request.access
    mine = Device.objects.visible_to(access.actor).live_at(access.now).order_by("-seen_at", "pk")
    return _page(request, "patients/devices.html", devices=mine, done="done" in request.GET)


@require_POST
@step_up_required
def device_revoke(request: PatientRequest) -> HttpResponse:
    form = DeviceForm(request.POST)
    mine = Device.objects.visible_to(request.access.actor)
    named = get_object_or_404(mine, pk=form.cleaned_data["device"] if form.is_valid() else None)
    actions.revoke_device(actor=request.access.actor, device=named, now=request.access.now)
    response = redirect(f"{reverse(DEVICES)}?done=1")
    response.status_code = 303
    return response


@require_http_methods(PAGE)
@device_required
def confirm(request: PatientRequest) -> HttpResponse:
    """A fresh code by e-mail, before what is delicate: one button to ask, one field to answer."""
    asked = request.POST.get("then", "") or request.GET.get("then", "")
    then = asked if asked in THEN else DEVICES
    if request.method != "POST":
        return _page(request, "patients/confirm.html", then=then, form=_code_form(request))
    if request.POST.get("do") == "ask":
        problem = _ask(request, Purpose.STEP_UP)
        if problem:
            return _page(request, "patients/confirm.html", then=then, problem=problem, status=422)
        return _waiting(request, f"{reverse('patients:confirm')}?then={then}&sent=1")
    return _confirm(request, then)


def _confirm(request: PatientRequest, then: str) -> HttpResponse:
    access, form = request.access, EmailedCodeForm(request.POST)
    assert access.device is not None
    if form.is_valid():
        secret = ""
        if not may_try_code(locator=None, network=client_network(request), now=access.now):
            form.add_error(None, _("That was tried too often. Wait a while, or call your clinic."))
        elif _code_is_right(request, form):
            secret = actions.step_up(actor=access.actor, device=access.device, now=access.now)
        else:
            form.add_error(
                "code", _("This code is not right, or its ten minutes are over. Ask for another one.")
            )
        if secret:
            response = redirect(then)
            response.status_code = 303
            open_in(response, access.device, secret)
            if access.visit:
                actions.close_visit(actor=access.actor, visit=access.visit)
            return response
    return _page(request, "patients/confirm.html", then=then, form=form, status=422)


def _code_is_right(request: PatientRequest, form: EmailedCodeForm) -> bool:
    access = request.access
    used = actions.check_emailed_code(
        actor=access.actor,
        typed=read_emailed_code(form.cleaned_data["code"]),
        purpose=Purpose.STEP_UP,
        browser_secret=request.COOKIES.get(settings.ASKED_COOKIE_NAME, ""),
        now=access.now,
        patient=access.patient,
    )
    return used is not None


def _code_form(request: PatientRequest) -> EmailedCodeForm | None:
    return EmailedCodeForm() if "sent" in request.GET else None


def _ask(request: PatientRequest, purpose: Purpose) -> str:
    """Post a code to the patient's address; returns what went wrong, in words for the patient."""
    access = request.access
    if access.patient.email and not may_mail_code(address=access.patient.email, now=access.now):
        return _("That was tried too often. Wait a while, or call your clinic.")
    try:
        actions.ask_code(
            actor=access.actor,
            patient=access.patient,
            purpose=purpose,
            browser_secret=asked_in(request),
            now=access.now,
        )
    except Refused as refused:
        return refused.message
    return ""


def _waiting(request: PatientRequest, where: str) -> HttpResponse:
    response = redirect(where)
    response.status_code = 303
    give_cookie(response, settings.ASKED_COOKIE_NAME, asked_in(request), int(EMAILED_FOR.total_seconds()))
    return response


def _page(request: PatientRequest, template: str, *, status: int = 200, **context: object) -> HttpResponse:
    patient = request.access.patient
    context |= {
        "clinic": patient.clinic,
        "help_url": reverse("patients:help", args=[patient.clinic_id]),
        "patient": patient,
        "here": request.access.device,
        "confirmed": bool(request.access.device and request.access.device.is_stepped_up(request.access.now)),
    }
    return TemplateResponse(request, template, context, status=status)

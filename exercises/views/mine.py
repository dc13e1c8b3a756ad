"""What is the patient's own: address and zone, a copy of the data, and the way out of this browser."""

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic.errors import Refused
from clinic.http import client_network
from exercises import actions
from exercises.forms.own_contact import OwnContactForm
from exercises.rights import files
from exercises.rights.copies import own_copy
from patients import actions as patient_actions
from patients.access import (
    device_required,
    give_cookie,
    link_required,
    plan_closed,
    step_up_required,
    take_cookie,
)
from patients.access_codes import read_emailed_code
from patients.actions.tries import may_mail_code, may_try_code
from patients.forms.codes import EmailedCodeForm
from patients.forms.contact import offered_time_zones
from patients.http import PatientRequest, asked_in
from patients.models import EMAILED_FOR, EmailedCode, Purpose, hashed

PAGE = ["GET", "HEAD", "POST"]
# What is kept for use without a network goes with the sign-out; cookies we take away one by one.
FORGET = '"cache", "storage"'


@require_http_methods(PAGE)
@step_up_required
def contact(request: PatientRequest) -> HttpResponse:
    """The time zone changes at once, the address only after a code that was sent there."""
    access, patient = request.access, request.access.patient
    form = OwnContactForm(
        request.POST if request.method == "POST" else None,
        initial={"email": patient.email, "time_zone": patient.time_zone},
    )
    if request.method != "POST" or not form.is_valid():
        return _contact(request, form)
    address = form.cleaned_data["email"]
    is_new = address.casefold() != patient.email.casefold()
    if is_new and not may_mail_code(address=address, now=access.now):
        form.add_error("email", _("That was tried too often. Wait a while, or call your clinic."))
        return _contact(request, form)
    actions.set_time_zone(
        actor=access.actor, patient=patient, time_zone=form.cleaned_data["time_zone"], now=access.now
    )
    if is_new:
        patient_actions.ask_code(
            actor=access.actor,
            patient=patient,
            purpose=Purpose.NEW_ADDRESS,
            browser_secret=asked_in(request),
            now=access.now,
            new_email=address,
        )
    response = _see_other(f"{reverse('exercises:contact')}?done={'sent' if is_new else 'saved'}")
    give_cookie(response, settings.ASKED_COOKIE_NAME, asked_in(request), int(EMAILED_FOR.total_seconds()))
    return response


@require_POST
@device_required
def contact_confirm(request: PatientRequest) -> HttpResponse:
    """The code that was sent to the new address. Who asked for it was confirmed then, in this browser."""
    access, form = request.access, EmailedCodeForm(request.POST)
    if form.is_valid():
        if not may_try_code(locator=None, network=client_network(request), now=access.now):
            form.add_error(None, _("That was tried too often. Wait a while, or call your clinic."))
            return _contact(request, code_form=form, status=429)
        used = patient_actions.check_emailed_code(
            actor=access.actor,
            typed=read_emailed_code(form.cleaned_data["code"]),
            purpose=Purpose.NEW_ADDRESS,
            browser_secret=request.COOKIES.get(settings.ASKED_COOKIE_NAME, ""),
            now=access.now,
            patient=access.patient,
        )
        if used:
            patient_actions.give_address(actor=access.actor, code=used, now=access.now)
            return _see_other(f"{reverse('exercises:contact')}?done=saved")
        form.add_error("code", _("This code is not right, or its ten minutes are over. Ask for another one."))
    return _contact(request, code_form=form)


@require_http_methods(PAGE)
@step_up_required
def export(request: PatientRequest) -> HttpResponse:
    """One file, on the press of a button: it is written down that it was taken."""
    if request.method != "POST":
        return _page(request, "exercises/export.html")
    access = request.access
    copy = own_copy(access.patient, access.now)
    actions.take_copy(actor=access.actor, patient=access.patient, whole=False, rows=copy.total)
    response = HttpResponse(files.archive(copy, settings.SITE_URL), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="my-plan.zip"'
    return response


@require_http_methods(PAGE)
@link_required
def not_for_me(request: PatientRequest) -> HttpResponse:
    """Whoever opened an e-mail says that it was meant for somebody else. Only somebody with an e-mail's link can."""
    access = request.access
    if access.visit is None:
        return plan_closed(request)
    if request.method != "POST":
        return _page(request, "exercises/not_for_me.html")
    carer = access.visit.link.carer
    try:
        if carer:  # it is the carer's address that is wrong
            patient_actions.stop_copies(actor=access.actor, carer=carer, now=access.now)
        else:
            actions.doubt_address(actor=access.actor, patient=access.patient, now=access.now)
    except Refused:  # archived a moment ago: nothing is sent anyway
        return plan_closed(request)
    response = TemplateResponse(request, "exercises/not_for_me_done.html")
    return _forgetting(request, response)


@require_POST
@link_required
def leave(request: PatientRequest) -> HttpResponse:
    """Forget the plan on this device. The link in the e-mail goes on working; a device needs a code again."""
    access = request.access
    if access.device:
        patient_actions.revoke_device(actor=access.actor, device=access.device, now=access.now)
    return _forgetting(request, _see_other(reverse("exercises:today")))


def _forgetting(request: PatientRequest, response: HttpResponse) -> HttpResponse:
    access = request.access
    if access.visit:
        patient_actions.close_visit(actor=access.actor, visit=access.visit)
    take_cookie(response, settings.PATIENT_COOKIE_NAME)
    if access.device:  # another patient's stays as it is, with what it has kept and not yet sent
        take_cookie(response, settings.DEVICE_COOKIE_NAME)
        response.headers["Clear-Site-Data"] = FORGET
    return response


def _contact(
    request: PatientRequest,
    form: OwnContactForm | None = None,
    *,
    code_form: EmailedCodeForm | None = None,
    status: int | None = None,
) -> HttpResponse:
    access, patient = request.access, request.access.patient
    asked = EmailedCode.objects.filter(
        patient=patient,
        purpose=Purpose.NEW_ADDRESS,
        browser_hash=hashed(request.COOKIES.get(settings.ASKED_COOKIE_NAME, "")),
        used_at=None,
        expires_at__gt=access.now,
    )
    waiting = asked.order_by("-asked_at").first()
    context = {
        "form": code_form or form,
        "contact_form": form,
        "code_form": code_form or (EmailedCodeForm() if waiting else None),
        "new_email": waiting.new_email if waiting else "",
        "time_zones": offered_time_zones(),
        "saved": request.GET.get("done") == "saved",
    }
    shown = code_form or form
    bad = shown is not None and bool(shown.errors)
    return _page(request, "exercises/contact.html", status=status or (422 if bad else 200), **context)


def _page(request: PatientRequest, template: str, *, status: int = 200, **context: object) -> HttpResponse:
    patient = request.access.patient
    context |= {
        "clinic": patient.clinic,
        "help_url": reverse("patients:help", args=[patient.clinic_id]),
        "patient": patient,
    }
    return TemplateResponse(request, template, context, status=status)


def _see_other(url: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response

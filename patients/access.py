"""Who may open a plan: whoever holds a link or a device that still works."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import reverse
from django.utils import translation

from clinic import clock, within
from clinic.access import for_readers, readers_language
from clinic.actors import Actor
from patients.actions.devices import touch_device
from patients.http import PatientRequest, PlanAccess
from patients.models import Device, Patient, PlanVisit

P = ParamSpec("P")
PatientView = Callable[Concatenate[PatientRequest, P], HttpResponse]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponse]
THE_KEY = "The patient's link or device is the key; the cookies are checked by link_required."


def remember_language(response: HttpResponse, request: HttpRequest, language: str) -> None:
    """For the pages that anybody may open, such as help. Nothing is kept where the browser prefers that language anyway."""
    if readers_language(request) != language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, secure=settings.SECURE, httponly=True, samesite="Lax"
        )


def link_required(view: PatientView[P]) -> OpenView[P]:
    """Sets ``request.access``; the view speaks the patient's language. Without a working link or device: one page for
    every reason, which tells nothing."""

    @functools.wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        access = access_of(request)
        if access is None:
            return plan_closed(request)
        patient_request: PatientRequest = request  # type: ignore[assignment]
        patient_request.access = access
        within.enter(access.actor)
        if request.POST.get("whose", access.page_key) != access.page_key:
            return _of_another(patient_request)
        if access.device:
            touch_device(access.device, access.now)
        response = in_language_of(access.patient, lambda: view(patient_request, *args, **kwargs))
        response.headers["Cache-Control"] = "no-store"
        if access.copy_key:  # without it a browser throws its copy away
            response.headers["X-Kept-For"] = access.copy_key
        remember_language(response, request, access.patient.language)
        return response

    checked.open_because = THE_KEY  # type: ignore[attr-defined]
    return for_readers(login_not_required(checked))


def device_required(view: PatientView[P]) -> OpenView[P]:
    """Only for a device of the patient: the whole plan, what was said before, settings. A link alone gets a page that says
    how to add this device, with the status of what does not exist."""

    @functools.wraps(view)
    def checked(request: PatientRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.access.device is None:
            return _needs_more(request, "patients/device_needed.html")
        return view(request, *args, **kwargs)

    return link_required(checked)


def own_device_required(view: PatientView[P]) -> OpenView[P]:
    """Only for a device that the patient called their own: what a browser may keep a copy of."""

    @functools.wraps(view)
    def checked(request: PatientRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.access.copy_key:
            return plan_closed(request)
        return view(request, *args, **kwargs)

    return device_required(checked)


def step_up_required(view: PatientView[P]) -> OpenView[P]:
    """Only on a device where an e-mailed code was entered a moment ago."""

    @functools.wraps(view)
    def checked(request: PatientRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        device = request.access.device
        if device is None or not device.is_stepped_up(request.access.now):
            return step_up_needed(request)
        return view(request, *args, **kwargs)

    return device_required(checked)


def step_up_needed(request: PatientRequest) -> HttpResponse:
    return _needs_more(request, "patients/step_up_needed.html")


@within.every_clinic("open_plan")  # whose cookies these are, is what is asked
def access_of(request: HttpRequest) -> PlanAccess | None:
    now = clock.now()
    visit, device = _visit_of(request, now), _device_of(request, now)
    opened = visit or device
    if opened is None:
        return None
    patient = opened.patient
    mine = device if device and device.patient_id == patient.pk else None
    return PlanAccess(patient, visit, mine, Actor.patient(patient), now)


def _visit_of(request: HttpRequest, now: datetime) -> PlanVisit | None:
    secret = request.COOKIES.get(settings.PATIENT_COOKIE_NAME, "")
    return PlanVisit.objects.opened_by(secret, now) if secret else None


def _device_of(request: HttpRequest, now: datetime) -> Device | None:
    secret = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    return Device.objects.opened_by(secret, now) if secret else None


def device_of_browser(request: HttpRequest, now: datetime) -> Device | None:
    """Whosever it is: a link of somebody else may be open over it."""
    return _device_of(request, now)


def in_language_of(patient: Patient, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """The page is written here, and not after the language is put back."""
    with translation.override(patient.language):
        response = answer()
        if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
            response.render()
        response.headers["Content-Language"] = patient.language
    return response


def plan_closed(request: HttpRequest) -> HttpResponse:
    """Unknown, expired, revoked, tampered, somebody else's: the same page and status."""
    response = TemplateResponse(request, "patients/plan_closed.html", status=404)
    response.headers["Cache-Control"] = "no-store"
    return response


def _of_another(request: PatientRequest) -> HttpResponse:
    """The form stood on a page of another plan, and this browser has opened a new one since: nothing is stored."""
    clinic = request.access.patient.clinic
    context = {"clinic": clinic, "help_url": reverse("patients:help", args=[clinic.pk])}
    template = "patients/another_plan.html"
    return in_language_of(
        request.access.patient, lambda: TemplateResponse(request, template, context, status=409)
    )


def _needs_more(request: PatientRequest, template: str) -> HttpResponse:
    clinic = request.access.patient.clinic
    match = request.resolver_match
    context = {
        "clinic": clinic,
        "help_url": reverse("patients:help", args=[clinic.pk]),
        "then": match.view_name if match else "",
    }
    return TemplateResponse(request, template, context, status=404)


def open_in(response: HttpResponse, device: Device, secret: str) -> None:
    """Give this browser its key. Where others use it too, the key goes when the browser is closed. The link that was
    open here ends: what was opened last says whose plan it is."""
    lasts = int((device.expires_at - device.created_at).total_seconds()) if device.own else None
    give_cookie(response, settings.DEVICE_COOKIE_NAME, secret, lasts)
    take_cookie(response, settings.PATIENT_COOKIE_NAME)


def give_cookie(response: HttpResponse, name: str, secret: str, lasts: int | None) -> None:
    # Lax: under Strict the browser would withhold the cookie on the first tap from a web mailer.
    response.set_cookie(
        name, secret, max_age=lasts, path="/", secure=settings.SECURE, httponly=True, samesite="Lax"
    )
    response.headers["Cache-Control"] = "no-store"


def take_cookie(response: HttpResponse, name: str) -> None:
    response.set_cookie(name, "", max_age=0, path="/", secure=settings.SECURE, httponly=True, samesite="Lax")

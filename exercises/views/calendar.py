"""The plan in a calendar program: an address to subscribe to, or a file with the days to come."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock, within
from clinic.access import anonymous_allowed
from clinic.actors import Actor
from exercises import actions, agenda
from exercises.models import CalendarFeed
from patients.access import device_required, plan_closed
from patients.http import PatientRequest
from patients.models import Patient

CONTENT_TYPE = "text/calendar; charset=utf-8"
MAKE, REVOKE = "make", "revoke"


@require_http_methods(["GET", "HEAD", "POST"])
@device_required
def my_calendar(request: PatientRequest) -> HttpResponse:
    access, order = request.access, request.POST.get("do")
    if order == REVOKE:
        actions.revoke_feed(actor=access.actor, patient=access.patient, now=access.now)
        return redirect("exercises:my_calendar")
    address = ""
    if order == MAKE:
        _feed, secret = actions.make_feed(actor=access.actor, patient=access.patient, now=access.now)
        address = settings.SITE_URL + reverse("exercises:feed", args=[secret])
    context = {
        "clinic": access.patient.clinic,
        "help_url": reverse("patients:help", args=[access.patient.clinic_id]),
        "feed": CalendarFeed.objects.visible_to(access.actor).filter(revoked_at=None).first(),
        "address": address,  # shown once, in the answer to the press: nothing but its hash is kept
        "subscribe": address and urlsplit(address)._replace(scheme="webcal").geturl(),
    }
    return TemplateResponse(request, "exercises/my_calendar.html", context)


@require_safe
@device_required
def days_to_come(request: PatientRequest) -> HttpResponse:
    """Once, as it stands now: a calendar that read the file hears nothing of later changes."""
    response = _file(request.access.patient, request.access.now)
    response.headers["Content-Disposition"] = 'attachment; filename="plan.ics"'
    return response


@require_safe
@anonymous_allowed(
    reason="The secret in the address is the key: calendar programs sign in nowhere.", job="calendar"
)
def feed(request: HttpRequest, token: str) -> HttpResponse:
    found = CalendarFeed.objects.opened_by(token)
    if found is None:
        return plan_closed(request)
    within.enter(Actor.patient(found.patient))
    response = _file(found.patient, clock.now())
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _file(patient: Patient, now: datetime) -> HttpResponse:
    return HttpResponse(agenda.calendar_of(patient, now), content_type=CONTENT_TYPE)

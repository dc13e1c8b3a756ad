"""Who may open a plan: whoever holds a link that still works."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from clinic import clock
from clinic.actors import Actor
from patients.http import PatientRequest, PlanAccess
from patients.models import PlanVisit

P = ParamSpec("P")
PatientView = Callable[Concatenate[PatientRequest, P], HttpResponse]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def link_required(view: PatientView[P]) -> OpenView[P]:
    """Sets ``request.access``. Without a working link: one page for every reason, which tells nothing."""

    @functools.wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        access = access_of(request)
        if access is None:
            return plan_closed(request)
        patient_request: PatientRequest = request  # type: ignore[assignment]
        patient_request.access = access
        response = view(patient_request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        return response

    checked.open_because = "The patient's link is the key; the cookie is checked by link_required."  # type: ignore[attr-defined]
    return login_not_required(checked)


def access_of(request: HttpRequest) -> PlanAccess | None:
    secret = request.COOKIES.get(settings.PATIENT_COOKIE_NAME, "")
    if not secret:
        return None
    now = clock.now()
    visit = PlanVisit.objects.opened_by(secret, now)
    return PlanAccess(visit.patient, visit, Actor.patient(visit.patient), now) if visit else None


def plan_closed(request: HttpRequest) -> HttpResponse:
    """Unknown, expired, revoked, tampered, somebody else's: the same page and status."""
    response = TemplateResponse(request, "patients/plan_closed.html", status=404)
    response.headers["Cache-Control"] = "no-store"
    return response

"""From the e-mail to the plan. Opening an address writes nothing: mail scanners open every link, people press."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST, require_safe

from clinic import clock, within
from clinic.access import anonymous_allowed, for_readers
from clinic.actors import Actor
from clinic.link_secrets import secret_in
from patients import actions
from patients.access import access_of, give_cookie, plan_closed
from patients.models import PlanLink, Scope

# Where a link of an e-mail may lead besides today's plan.
TARGETS = {"reminders": "exercises:my_reminders", "messages": "exercises:my_messages"}


@require_safe
@for_readers
@anonymous_allowed(reason="Where links in e-mails lead: one page for everybody, without a query.")
def link(request: HttpRequest) -> HttpResponse:
    """The secret stays in the fragment of the address, which browsers keep to themselves."""
    known = {settings.PATIENT_COOKIE_NAME, settings.DEVICE_COOKIE_NAME} & request.COOKIES.keys()
    to = request.GET.get("to", "")
    context = {"known": known, "to": to if to in TARGETS else "", "target": _target(to)}
    response = TemplateResponse(request, "patients/link.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@for_readers
@anonymous_allowed(reason="The secret in the form is the key.", job="open_plan")
def link_open(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    opened = PlanLink.objects.opened_by(secret_in(request.POST.get("link", "")), Scope.TODAY, now)
    if opened is None:
        return plan_closed(request)
    actor = Actor.patient(opened.patient)
    within.enter(actor)
    visit, secret = actions.open_visit(actor=actor, link=opened, now=now)
    response = redirect(_target(request.POST.get("to", "")))
    response.status_code = 303
    lasts = int((visit.expires_at - now).total_seconds())
    give_cookie(response, settings.PATIENT_COOKIE_NAME, secret, lasts)
    return response


@require_POST
@for_readers
@anonymous_allowed(
    reason="Tells a browser that holds an open plan whether the link is of the same patient.", job="open_plan"
)
def link_match(request: HttpRequest) -> HttpResponse:
    """Changes nothing. 204: go straight on to the plan, which is the one that /today/ shows in this browser."""
    opened = PlanLink.objects.opened_by(secret_in(request.POST.get("link", "")), Scope.TODAY, clock.now())
    access = access_of(request)
    if opened is None or access is None or opened.patient_id != access.patient.pk:
        return plan_closed(request)
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


def _target(to: str) -> str:
    return TARGETS.get(to, "exercises:today")

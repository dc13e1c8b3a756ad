"""What patients choose for themselves: reminders at another time, none any more, or again; and in which language."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from clinic import within
from clinic.access import anonymous_allowed, for_readers
from clinic.actors import Actor
from clinic.errors import Refused
from exercises import actions, reminders
from exercises.forms.reminders import ReminderTimeForm, WishForm, wish_of
from exercises.models import Programme
from exercises.schedule import local_day
from patients import actions as patient_actions
from patients.access import link_required, plan_closed
from patients.forms.refusals import show_refusal
from patients.http import PatientRequest
from patients.models import ConsentChannel, Patient
from patients.models.link import patient_of_stop_token

STOP, START, CHOOSE = "stop", "start", "choose"
DOOR = ConsentChannel.PLAN
PAGE_OF_THE_PLAN = re.compile(r"/today/(?!log/|seen/|language/|leave/)[\w/-]*", re.ASCII)


@require_http_methods(["GET", "HEAD", "POST"])
@link_required
def my_reminders(request: PatientRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    access, order = request.access, request.POST.get("do")
    if order == STOP:
        actions.stop_reminders(actor=access.actor, patient=access.patient, channel=DOOR)
    elif order == START:
        return _start(request)
    elif order == CHOOSE:
        return _choose(request)
    else:
        return _move(request)
    return redirect("exercises:my_reminders")


@require_POST
@link_required
def language(request: PatientRequest) -> HttpResponse:
    """From the foot of any page; back to that page, in the language chosen."""
    access = request.access
    try:
        patient_actions.set_language(
            actor=access.actor, patient=access.patient, language=request.POST.get("language", "")
        )
    except Refused as refused:
        return HttpResponse(refused.message, status=422, content_type="text/plain; charset=utf-8")
    response = redirect(_page_before(request.POST.get("next", "")))
    response.status_code = 303
    return response


def _page_before(path: str) -> str:
    """Only pages of the plan, which answer a GET; what else stood there was typed by somebody."""
    return path if PAGE_OF_THE_PLAN.fullmatch(path) else reverse("exercises:today")


def _start(request: PatientRequest) -> HttpResponse:
    access = request.access
    try:
        actions.allow_reminders(actor=access.actor, patient=access.patient, channel=DOOR, now=access.now)
    except Refused as refused:
        return _page(request, problem=refused.message, status=422)
    return redirect("exercises:my_reminders")


def _choose(request: PatientRequest) -> HttpResponse:
    access, form = request.access, WishForm(request.POST)
    if form.is_valid():
        try:
            actions.set_reminder_choice(
                actor=access.actor, patient=access.patient, wish=form.wish(), now=access.now
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return redirect(f"{reverse('exercises:my_reminders')}?saved=1")
    return _page(request, wish=form, status=422)


def _move(request: PatientRequest) -> HttpResponse:
    access, form = request.access, ReminderTimeForm(request.POST)
    if form.is_valid():
        mine = Programme.objects.visible_to(access.actor).active().select_related("patient")
        programme = get_object_or_404(mine, pk=form.cleaned_data["programme"])
        try:
            actions.set_reminder_time(
                actor=access.actor, programme=programme, at=form.cleaned_data["at"], now=access.now
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return redirect(f"{reverse('exercises:my_reminders')}?saved=1")
    return _page(request, refused=form, status=422)


def _page(
    request: PatientRequest,
    *,
    refused: ReminderTimeForm | None = None,
    wish: WishForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    access = request.access
    day = local_day(access.now, access.patient.time_zone)
    programmes = Programme.objects.visible_to(access.actor).active().filter(ends_on__gte=day)
    choice = reminders.choice_of(access.patient)
    forms = [_form(programme, refused) for programme in programmes.order_by("starts_on", "pk")]
    context = {
        "clinic": access.patient.clinic,
        "help_url": reverse("patients:help", args=[access.patient.clinic_id]),
        "patient": access.patient,
        "forms": forms,
        "form": refused or wish,
        "wish": wish or WishForm(initial=wish_of(choice, day)),
        "choice": choice,
        "problem": problem,
        "saved": "saved" in request.GET,
    }
    return TemplateResponse(request, "exercises/my_reminders.html", context, status=status)


def _form(programme: Programme, refused: ReminderTimeForm | None) -> ReminderTimeForm:
    """Ids carry the programme's, so that two forms on a page do not mix."""
    if refused is not None and refused.data.get("programme") == str(programme.pk):
        form = refused
    else:
        form = ReminderTimeForm(initial={"programme": programme.pk, "at": programme.reminder_time})
    form.auto_id, form.title = f"{programme.pk}_%s", programme.name
    return form


@csrf_exempt  # RFC 8058: the mail program's own button posts without cookies
@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
@anonymous_allowed(
    reason="The stop link in an e-mail: its signature is the key, and it can only stop e-mails.", job="stop"
)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, because scanners open links; POST acts, as often as it comes, and answers 200."""
    patient = patient_of_stop_token(token)
    if patient is None:
        return plan_closed(request)
    within.enter(Actor.patient(patient))
    template = "exercises/unsubscribe.html" if patient.reminders_allowed else "exercises/unsubscribed.html"
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        channel = ConsentChannel.ONE_CLICK if one_click else ConsentChannel.MAIL_LINK
        actions.stop_reminders(actor=Actor.patient(patient), patient=patient, channel=channel)
        template = "exercises/unsubscribed.html"
    return _stop_page(request, patient, template)


def _stop_page(request: HttpRequest, patient: Patient, template: str) -> HttpResponse:
    context = {"clinic": patient.clinic, "help_url": reverse("patients:help", args=[patient.clinic_id])}
    response = TemplateResponse(request, template, context)
    response.headers["Cache-Control"] = "no-store"
    return response

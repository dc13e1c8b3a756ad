"""Outcome measures of one patient: what was told and what changed, writing down a visit, activities, slips."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from patients import actions, outcomes, summary
from patients.forms.outcomes import ActivityForm, DailyForm, EntryForm, VisitForm
from patients.forms.refusals import show_refusal
from patients.models import MOST_ACTIVITIES, Activity, Patient, Questionnaire
from patients.outcome_measures import MY_ACTIVITIES, measure


@require_safe
@requires(SEES_CLINICAL)
def outcome_list(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = _visible(request, pk)
    actions.note_reading(actor=request.actor, patient=patient, page="outcomes")
    undo = outcomes.find(request.actor, patient, request.GET.get("undo", ""))
    retired = _just_retired(request, patient)
    return _page(request, patient, undo=undo if undo and undo.in_error else None, retired=retired)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def outcome_new(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient, now = _visible(request, pk), clock.now()
    activities = list(Activity.objects.visible_to(request.actor).filter(patient=patient).current())
    typed = request.POST if request.method == "POST" else None
    form = VisitForm(typed, activities=activities, today=patient.local_day(now))
    if typed is None:
        actions.note_reading(actor=request.actor, patient=patient, page="outcomes_new")
    elif form.is_valid():
        try:
            kept = actions.record_visit_outcomes(
                actor=request.actor, patient=patient, told=form.told(), now=now
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _recorded(kept))
            return redirect("patients:outcome_list", patient.pk)
    context = {
        "strip": summary.strip(request.actor, patient, now),
        "form": form,
        "my_activities": measure(MY_ACTIVITIES),
    }
    return TemplateResponse(request, "patients/outcome_new.html", context, status=422 if form.errors else 200)


@require_POST
@requires(WRITES_CLINICAL)
def outcome_status(request: StaffRequest, pk: UUID) -> HttpResponse:
    """An answer was a slip, or it was none after all."""
    patient, form = _visible(request, pk), EntryForm(request.POST)
    entry = outcomes.find(request.actor, patient, form.ref) if form.is_valid() else None
    if entry is None:
        return _page(request, patient, problem=_("Choose one of the answers below."), status=422)
    is_slip = bool(form.cleaned_data["error"])
    change = actions.enter_outcome_in_error if is_slip else actions.restore_outcome
    try:
        change(actor=request.actor, outcome=entry.outcome)
    except Refused as refused:
        return _page(request, patient, problem=refused.message, status=422)
    if is_slip:
        return _back(patient, undo=entry.ref)
    messages.success(request, _("It stands again: %(answer)s.") % {"answer": entry.words})
    return _back(patient)


@require_POST
@requires(WRITES_CLINICAL)
def daily_measures(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Which pain the plan asks about each day."""
    patient, form = _visible(request, pk), DailyForm(request.POST, auto_id="daily-%s")
    if not form.is_valid():
        return _page(request, patient, form=form, daily=form, status=422)
    with saying(request, _("Saved. The plan asks so from now on.")):
        actions.choose_daily_measures(actor=request.actor, patient=patient, **form.cleaned_data)
    return _back(patient)


@require_POST
@requires(WRITES_CLINICAL)
def activity_new(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient, form = _visible(request, pk), ActivityForm(request.POST, auto_id="activity-%s")
    if form.is_valid():
        try:
            activity = actions.name_activity(
                actor=request.actor, patient=patient, now=clock.now(), **form.cleaned_data
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return _asked(request, activity)
    return _page(request, patient, form=form, naming=form, status=422)


@require_POST
@requires(WRITES_CLINICAL)
def activity_reword(request: StaffRequest, pk: UUID) -> HttpResponse:
    activity = _activity(request, pk)
    form = ActivityForm(request.POST, auto_id=_reword_id(activity))
    if form.is_valid():
        try:
            reworded = actions.reword_activity(
                actor=request.actor, activity=activity, now=clock.now(), **form.cleaned_data
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return _asked(request, reworded)
    return _page(request, activity.patient, form=form, rewording={activity.pk: form}, status=422)


@require_POST
@requires(WRITES_CLINICAL)
def activity_retire(request: StaffRequest, pk: UUID) -> HttpResponse:
    activity = _activity(request, pk)
    try:
        actions.retire_activity(actor=request.actor, activity=activity, now=clock.now())
    except Refused as refused:
        return _page(request, activity.patient, problem=refused.message, status=422)
    return _back(activity.patient, retired=str(activity.pk))


@require_POST
@requires(WRITES_CLINICAL)
def activity_resume(request: StaffRequest, pk: UUID) -> HttpResponse:
    activity = _activity(request, pk)
    try:
        actions.resume_activity(actor=request.actor, activity=activity)
    except Refused as refused:
        return _page(request, activity.patient, problem=refused.message, status=422)
    return _asked(request, activity)


def _visible(request: StaffRequest, pk: UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)


def _activity(request: StaffRequest, pk: UUID) -> Activity:
    mine = Activity.objects.visible_to(request.actor).select_related("patient__clinic")
    return get_object_or_404(mine, pk=pk)


def _back(patient: Patient, **query: str) -> HttpResponse:
    address = reverse("patients:outcome_list", args=[patient.pk])
    return redirect(f"{address}?{urlencode(query)}" if query else address)


def _asked(request: StaffRequest, activity: Activity) -> HttpResponse:
    messages.success(request, _("“%(activity)s” is asked from now on.") % {"activity": activity.words})
    return _back(activity.patient)


def _just_retired(request: StaffRequest, patient: Patient) -> Activity | None:
    try:
        pk = UUID(request.GET.get("retired", ""))
    except ValueError:
        return None
    mine = Activity.objects.visible_to(request.actor).filter(patient=patient)
    return mine.retired().filter(pk=pk).first()


def _recorded(kept: int) -> str:
    if not kept:
        return _("These answers were on record already.")
    return ngettext("%(n)s answer recorded.", "%(n)s answers recorded.", kept) % {"n": kept}


def _reword_id(activity: Activity) -> str:
    return f"reword-{activity.position}-%s"


def _page(request: StaffRequest, patient: Patient, *, status: int = 200, **shown: Any) -> HttpResponse:
    """``form``, ``naming`` and ``rewording`` are forms that were refused; ``problem`` is what stood in the way."""
    now = clock.now()
    board = outcomes.board(request.actor, patient, all_days="all" in request.GET)
    strip = summary.strip(request.actor, patient, now)
    rewording: dict[UUID, ActivityForm] = shown.get("rewording") or {}
    usable = Questionnaire.objects.visible_to(request.actor).usable_on(patient.local_day(now))
    context = {
        "strip": strip,
        "patient": patient,
        "board": board,
        "may_write": strip.may_write,
        "activities": [
            (
                activity,
                series,
                rewording.get(activity.pk)
                or ActivityForm(initial={"words": activity.words}, auto_id=_reword_id(activity)),
            )
            for activity, series in board.activities.current
        ],
        "naming": shown.get("naming") or ActivityForm(auto_id="activity-%s"),
        "daily": shown.get("daily")
        or DailyForm(
            initial={
                "measures": patient.daily_measures,
                "guide": patient.pain_guide,
                "advice": patient.pain_advice,
            },
            auto_id="daily-%s",
        ),
        "room": len(board.activities.current) < MOST_ACTIVITIES,
        "usable": list(usable) if strip.may_write else [],
        **{name: shown.get(name) for name in ("form", "problem", "undo", "retired")},
    }
    return TemplateResponse(request, "patients/outcomes.html", context, status=status)

"""Foot support: what a patient was advised to wear, for which finding of the foot, and how long they wore it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from patients import actions, summary, support_notes
from patients.actions.supports import PLAN_FIELDS
from patients.forms.refusals import show_refusal
from patients.forms.support import AmendForm, NewForm, SupportForm, standing
from patients.models import Patient, SupportAdvice, SupportStatus
from patients.models.history import Change, changes, states
from patients.supports import lines_of


@require_safe
@requires(SEES_CLINICAL)
def supports(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = _patient(request, pk)
    actions.note_reading(actor=request.actor, patient=patient, page="support")
    now = clock.now()
    record = list(SupportAdvice.objects.visible_to(request.actor).about(patient).for_record())
    lines = lines_of(request.actor, patient, record, now)
    strip = summary.strip(request.actor, patient, now)
    context = {
        "strip": strip,
        "in_use": [line for line in lines if line.advice.status == SupportStatus.ACTIVE],
        "ended": [line for line in lines if line.advice.status == SupportStatus.ENDED],
        "slips": [line for line in lines if line.advice.status == SupportStatus.ENTERED_IN_ERROR],
        "moved": next((a for a in record if str(a.pk) == request.GET.get("moved")), None),
        "may_write": strip.may_write,
        "has_reason": bool(SupportForm(findings=strip.findings).reasons),
    }
    return TemplateResponse(request, "patients/support.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
@vary_on_headers("HX-Request")
def new(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient, now = _patient(request, pk), clock.now()
    strip = summary.strip(request.actor, patient, now)
    form = NewForm(
        request.POST if request.method == "POST" else None,
        findings=strip.findings,
        initial={"advice_id": uuid4(), "reason_finding": request.GET.get("reason_finding", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            advice = actions.advise_support(
                actor=request.actor, patient=patient, plan=form.plan(), key=form.key(), now=now
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("Saved: %(support)s.") % {"support": advice.in_words})
            return redirect("patients:support_list", patient.pk)
    return _form_page(request, strip, form, "patients/support_new.html")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
@vary_on_headers("HX-Request")
def edit(request: StaffRequest, pk: UUID) -> HttpResponse:
    advice, now = _advice(request, pk), clock.now()
    if advice.status != SupportStatus.ACTIVE:
        messages.warning(request, _("This advice is not in use any more."))
        return redirect("patients:support_list", advice.patient_id)
    strip = summary.strip(request.actor, advice.patient, now)
    initial = standing(advice) | {key: request.GET[key] for key in ("reason_finding",) if key in request.GET}
    form = AmendForm(
        request.POST if request.method == "POST" else None, findings=strip.findings, initial=initial
    )
    others: list[Change] = []
    if request.method == "POST" and form.is_valid():
        try:
            changed = _amend(request, advice, form, now)
        except Refused as refused:
            show_refusal(form, refused)
            if refused.code == "stale":
                others = _changed_since(advice, form.cleaned_data["version"])
                form.base_on(advice.version)
        else:
            messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
            return redirect("patients:support_list", advice.patient_id)
    return _form_page(request, strip, form, "patients/support_edit.html", advice=advice, others=others)


@require_safe
@requires(SEES_CLINICAL)
def history(request: StaffRequest, pk: UUID) -> HttpResponse:
    advice = _advice(request, pk)
    actions.note_reading(actor=request.actor, patient=advice.patient, page="support_history")
    rows = advice.history.select_related("changed_by", "reason_finding__type").order_by("-pgh_id")
    strip = summary.strip(request.actor, advice.patient, clock.now())
    context = {
        "strip": strip,
        "advice": advice,
        "states": states(list(rows), [*PLAN_FIELDS, "status"]),
        "may_write": strip.may_write,
    }
    return TemplateResponse(request, "patients/support_history.html", context)


@require_POST
@requires(WRITES_CLINICAL)
def end(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _move(request, pk, actions.end_support)


@require_POST
@requires(WRITES_CLINICAL)
def resume(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _move(request, pk, actions.resume_support)


@require_POST
@requires(WRITES_CLINICAL)
def in_error(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _move(request, pk, actions.enter_support_in_error)


@require_POST
@requires(WRITES_CLINICAL)
def restore(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _move(request, pk, actions.restore_support)


def _move(request: StaffRequest, pk: UUID, action: Callable[..., SupportAdvice]) -> HttpResponse:
    """Says what became of it, on the list, with the way back beside it."""
    advice = _advice(request, pk)
    address = reverse("patients:support_list", args=[advice.patient_id])
    try:
        action(actor=request.actor, advice=advice, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect(address)
    return redirect(f"{address}?moved={advice.pk}")


def _patient(request: StaffRequest, pk: UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)


def _advice(request: StaffRequest, pk: UUID) -> SupportAdvice:
    mine = SupportAdvice.objects.visible_to(request.actor)
    return get_object_or_404(
        mine.select_related("patient__clinic", "reason_finding__type", "changed_by"), pk=pk
    )


def _amend(request: StaffRequest, advice: SupportAdvice, form: AmendForm, now: datetime) -> list[str]:
    return actions.amend_support(
        actor=request.actor,
        advice=advice,
        plan=form.plan(),
        version=form.cleaned_data["version"],
        reason=form.cleaned_data["change_reason"],
        now=now,
    )


def _changed_since(advice: SupportAdvice, version: int) -> list[Change]:
    """What somebody else saved after the version on which this form was based."""
    advice.refresh_from_db()
    based_on = advice.history.select_related("reason_finding__type").filter(version=version).first()
    return changes(based_on, advice, PLAN_FIELDS) if based_on else []


def _form_page(
    request: StaffRequest, strip: summary.Strip, form: SupportForm, template: str, **shown: Any
) -> HttpResponse:
    """htmx asks for the note alone, when another reason is chosen. It names the finding: reading it is noted as well."""
    reason = form.chosen_reason()
    context = {
        "strip": strip,
        "patient": strip.patient,
        "form": form,
        "reason": reason,
        "note": support_notes.note_for(reason.type_id) if reason else None,
        "back_alone": support_notes.BACK_ALONE,
        "shoes": support_notes.when_to_replace_shoes(),
        **shown,
    }
    asks_for_note = request.htmx and request.method != "POST"
    if request.method != "POST":
        page = "support_note" if asks_for_note else "support_form"
        actions.note_reading(actor=request.actor, patient=strip.patient, page=page)
    if asks_for_note:
        return TemplateResponse(request, "patients/_support_note.html", context)
    return TemplateResponse(request, template, context, status=422 if form.errors else 200)

"""Sending a patient to other help, and writing down what came of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from patients import actions, summary
from patients.forms.refusals import show_refusal
from patients.forms.safety import (
    AmendReferralForm,
    NewReferralForm,
    OutcomeForm,
    ReferralForm,
    VersionForm,
    keep_up,
)
from patients.models import Finding, Patient, RaisedFlag, Referral, ReferralStatus
from patients.models.history import Told, states
from patients.red_flags import Level, words

STATED = (
    "kind",
    "recipient",
    Told(gettext_lazy("How soon"), lambda state: words(Level(state.urgency)).label),
    "reason",
    "finding",
    "referred_on",
    "status",
    "outcome",
    "outcome_on",
)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def new(request: StaffRequest, pk: UUID) -> HttpResponse:
    """From a warning sign with ?flag=."""
    patients = Patient.objects.visible_to(request.actor).select_related("clinic")
    patient, now = get_object_or_404(patients, pk=pk), clock.now()
    flags = RaisedFlag.objects.visible_to(request.actor).about(patient).standing()
    form = NewReferralForm(
        _posted(request),
        findings=_findings(request, patient),
        flags=flags,
        flag=_answered(request, flags),
        today=patient.local_day(now),
    )
    if form.is_valid():
        try:
            actions.refer(
                actor=request.actor,
                patient=patient,
                entry=form.entry(),
                flag=form.cleaned_data["flag"],
                key=form.key(),
                now=now,
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("The referral is recorded. Its outcome is waited for."))
            return _back(patient)
    return _form_page(request, patient, form, page="referral_new")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def edit(request: StaffRequest, pk: UUID) -> HttpResponse:
    referral = _referral(request, pk)
    patient = referral.patient
    findings = _findings(request, patient, stored_id=referral.finding_id)
    form = AmendReferralForm(_posted(request), findings=findings, referral=referral)
    if form.is_valid():
        try:
            actions.amend_referral(
                actor=request.actor,
                referral=referral,
                entry=form.entry(),
                version=form.cleaned_data["version"],
                reason=form.cleaned_data["change_reason"],
                now=clock.now(),
            )
        except Refused as refused:
            show_refusal(form, refused)
            keep_up(form, refused, referral)
        else:
            messages.success(request, _("The referral is changed. What stood there stays in its history."))
            return _back(patient)
    return _form_page(request, patient, form, page="referral_edit", referral=referral)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def close(request: StaffRequest, pk: UUID) -> HttpResponse:
    """What came of it."""
    referral, now = _referral(request, pk), clock.now()
    started = {"version": referral.version, "on": referral.patient.local_day(now)}
    form = OutcomeForm(_posted(request), initial=started)
    if form.is_valid():
        try:
            actions.close_referral(actor=request.actor, referral=referral, now=now, **form.cleaned_data)
        except Refused as refused:
            show_refusal(form, refused)
            keep_up(form, refused, referral)
        else:
            messages.success(request, _("The outcome is recorded."))
            return _back(referral.patient)
    return _form_page(request, referral.patient, form, page="referral_close", referral=referral)


@require_POST
@requires(WRITES_CLINICAL)
def cancel(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _change(request, pk, actions.cancel_referral, _("Nobody waits for this referral any more."))


@require_POST
@requires(WRITES_CLINICAL)
def error(request: StaffRequest, pk: UUID) -> HttpResponse:
    said = _("The referral is marked as entered in error.")
    return _change(request, pk, actions.enter_referral_in_error, said)


@require_POST
@requires(WRITES_CLINICAL)
def reopen(request: StaffRequest, pk: UUID) -> HttpResponse:
    """It waits again; a slip that was none is again what it was."""
    referral = _referral(request, pk)
    if referral.status == ReferralStatus.ENTERED_IN_ERROR:
        return _change(request, pk, actions.restore_referral, _("The referral stands again."))
    return _change(request, pk, actions.reopen_referral, _("The referral waits for its outcome again."))


@require_safe
@requires(SEES_CLINICAL)
def history(request: StaffRequest, pk: UUID) -> HttpResponse:
    referral = _referral(request, pk)
    actions.note_reading(actor=request.actor, patient=referral.patient, page="referral_history")
    rows = referral.history.select_related("changed_by", "finding__type").order_by("-pgh_id")
    context = {
        "strip": summary.strip(request.actor, referral.patient, clock.now()),
        "referral": referral,
        "states": states(list(rows), STATED),
    }
    return TemplateResponse(request, "patients/referral_history.html", context)


def _posted(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _referral(request: StaffRequest, pk: UUID) -> Referral:
    referrals = Referral.objects.visible_to(request.actor)
    return get_object_or_404(referrals.select_related("patient__clinic", "finding__type", "flag"), pk=pk)


def _findings(request: StaffRequest, patient: Patient, *, stored_id: UUID | None = None) -> QuerySet[Finding]:
    """A referral keeps its finding when it is edited, also one that was entered in error since."""
    return Finding.objects.visible_to(request.actor).about(patient).for_choice(stored_id=stored_id)


def _answered(request: StaffRequest, flags: QuerySet[RaisedFlag]) -> RaisedFlag | None:
    try:
        return flags.filter(pk=UUID(request.GET.get("flag", ""))).first()
    except ValueError:
        return None


def _back(patient: Patient) -> HttpResponse:
    return redirect("patients:safety", patient.pk)


def _change(request: StaffRequest, pk: UUID, action: Callable[..., Referral], said: str) -> HttpResponse:
    """Small changes from the list, each with a way back; refused when somebody was quicker."""
    referral = _referral(request, pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Open the page again, then try once more."))
        return _back(referral.patient)
    with saying(request, said):
        action(actor=request.actor, referral=referral, version=form.cleaned_data["version"], now=clock.now())
    return _back(referral.patient)


def _form_page(
    request: StaffRequest,
    patient: Patient,
    form: ReferralForm | OutcomeForm,
    *,
    page: str,
    referral: Referral | None = None,
) -> HttpResponse:
    if request.method != "POST":
        actions.note_reading(actor=request.actor, patient=patient, page=page)
    context = {
        "strip": summary.strip(request.actor, patient, clock.now()),
        "form": form,
        "page": page,
        "referral": referral,
        "flag": getattr(form, "answers", None),
    }
    return TemplateResponse(
        request, "patients/referral_form.html", context, status=422 if form.is_bound else 200
    )

"""Recording, amending and closing findings. They are shown on the patient's page, which belongs to a higher app.

With htmx the section of that page is answered; without, a redirect back to it, or, when something is wrong, a page
that holds the section alone.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from patients import actions, summary
from patients.forms.findings import AmendForm, ClosingForm, FindingForm, ReadForm, RecurForm
from patients.forms.refusals import show_refusal
from patients.models import Finding, Patient, versions_of


@require_POST
@requires(WRITES_CLINICAL)
def add(request: StaffRequest, pk: UUID) -> HttpResponse:
    patients = Patient.objects.visible_to(request.actor).select_related("clinic")
    patient = get_object_or_404(patients, pk=pk)
    form, rival = FindingForm(request.actor, request.POST), None
    if form.is_valid():
        try:
            finding = actions.record_finding(
                actor=request.actor, patient=patient, entry=form.entry(), now=clock.now()
            )
        except Refused as refused:
            show_refusal(form, refused)
            rival = getattr(refused, "rival", None)
        else:
            said = _("Recorded: %(finding)s.") % {"finding": finding.in_words}
            return _done(request, patient, said, cautions=_cautions(request, finding))
    return _section(request, patient, form=form, rival=rival, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def edit(request: StaffRequest, pk: UUID) -> HttpResponse:
    finding = _visible(request, pk)
    if request.method != "POST":
        return _edit_page(request, finding, AmendForm(request.actor, standing=finding))
    form = AmendForm(request.actor, request.POST, standing=finding)
    if not form.is_valid():
        return _edit_page(request, finding, form, status=422)
    read, reason = form.cleaned_data["version"], form.cleaned_data["reason"]
    try:
        amended = actions.amend_finding(
            actor=request.actor,
            finding=finding,
            entry=form.entry(),
            version=read,
            reason=reason,
            now=clock.now(),
        )
    except Refused as refused:
        if refused.code == "stale":
            return _edit_page(request, _visible(request, pk), form, read=read, status=409)
        show_refusal(form, refused)
        return _edit_page(request, finding, form, status=422)
    return _amended(request, amended, read)


@require_safe
@requires(SEES_CLINICAL)
def history(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Every version: who said it, when, why, and what changed."""
    finding = _visible(request, pk)
    return _page(request, finding, "finding_history", {"states": versions_of(finding)})


@require_POST
@requires(WRITES_CLINICAL)
def close(request: StaffRequest, pk: UUID) -> HttpResponse:
    finding = _visible(request, pk)
    form = ClosingForm(request.POST)
    if form.is_valid():
        try:
            actions.close_finding(
                actor=request.actor,
                finding=finding,
                status=form.chosen(),
                version=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return _done(request, finding.patient, finding.status_in_words, closed=finding)
    return _section(request, finding.patient, problem=_first_error(form), status=422)


@require_POST
@requires(WRITES_CLINICAL)
def reopen(request: StaffRequest, pk: UUID) -> HttpResponse:
    finding = _visible(request, pk)
    form = ReadForm(request.POST)
    if form.is_valid():
        read = form.cleaned_data["version"]
        try:
            actions.reopen_finding(actor=request.actor, finding=finding, version=read, now=clock.now())
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return _done(request, finding.patient, finding.status_in_words)
    return _section(request, finding.patient, problem=_first_error(form), status=422)


@require_POST
@requires(WRITES_CLINICAL)
def recur(request: StaffRequest, pk: UUID) -> HttpResponse:
    """It came back: a new finding, tied to this one."""
    finding = _visible(request, pk)
    form = RecurForm(request.POST)
    if form.is_valid():
        try:
            again = actions.recur_finding(
                actor=request.actor,
                finding=finding,
                version=form.cleaned_data["version"],
                confirmed_by=form.chosen(),
                now=clock.now(),
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            said = _("Recorded as come back: %(finding)s. Edit it to say since when.")
            return _done(request, finding.patient, said % {"finding": again.in_words})
    return _section(request, finding.patient, problem=_first_error(form), status=422)


def _visible(request: StaffRequest, pk: UUID) -> Finding:
    findings = Finding.objects.visible_to(request.actor).select_related("patient__clinic", "type")
    return get_object_or_404(findings, pk=pk)


def _first_error(form: Form) -> str:
    return next(str(message) for messages in form.errors.values() for message in messages)


def _cautions(request: StaffRequest, finding: Finding) -> list[str]:
    """What deserves a second look, though it is kept."""
    said = []
    if finding.lacks_imaging:
        told = _("Check: “%(finding)s” is usually seen on a picture, and none is stated.")
        said.append(told % {"finding": finding.type.label})
    for other in summary.coded_apart(request.actor, finding):
        words = {"one": finding.in_words, "other": other.in_words}
        said.append(
            _("Check before coding: ICD-10-CM does not use “%(one)s” and “%(other)s” together.") % words
        )
    return said


def _amended(request: StaffRequest, finding: Finding, read: int) -> HttpResponse:
    if finding.version == read:
        messages.info(request, _("Nothing was changed."))
    else:
        messages.success(request, _("Changed: %(finding)s.") % {"finding": finding.in_words})
        for caution in _cautions(request, finding):
            messages.warning(request, caution)
    return redirect(reverse("exercises:patient", args=[finding.patient_id]) + "#findings")


def _edit_page(
    request: StaffRequest, finding: Finding, form: AmendForm, *, read: int = 0, status: int = 200
) -> HttpResponse:
    """``read``: the version that was on the screen, when somebody else has saved another one since."""
    meanwhile = [state for state in versions_of(finding) if state.row.version > read] if read else []
    context = {
        "form": form,
        "meanwhile": meanwhile,
        "version": finding.version if read else form["version"].value(),
    }
    return _page(request, finding, "finding_edit", context, status=status)


def _page(
    request: StaffRequest, finding: Finding, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    if request.method in {"GET", "HEAD"}:
        actions.note_reading(actor=request.actor, patient=finding.patient, page=name)
    strip = summary.strip(request.actor, finding.patient, clock.now())
    shown = {"finding": finding, "patient": finding.patient, "strip": strip} | context
    return TemplateResponse(request, f"patients/{name}.html", shown, status=status)


def _done(request: StaffRequest, patient: Patient, said: str, **shown: Any) -> HttpResponse:
    """``closed`` and ``cautions`` as for the section."""
    if request.htmx:
        return _section(request, patient, said=said, **shown)
    for caution in shown.get("cautions", ()):
        messages.warning(request, caution)
    closed = shown.get("closed")
    undo = f"?closed={closed.pk}" if closed else ""
    return redirect(reverse("exercises:patient", args=[patient.pk]) + undo + "#findings")


def _section(request: StaffRequest, patient: Patient, *, status: int = 200, **shown: Any) -> HttpResponse:
    """``said`` is announced; ``problem`` is what stood in the way, ``rival`` the finding that did; ``cautions`` deserve
    a second look; ``closed`` is offered to be taken back."""
    strip = summary.strip(request.actor, patient, clock.now())
    form = shown.get("form") or FindingForm(request.actor)
    if form.errors and not strip.may_write:  # a form that is not shown cannot say why
        shown["problem"] = _first_error(form)
    context = {
        "patient": patient,
        "strip": strip,
        "findings": strip.findings,
        "form": form,
        "may_write": strip.may_write,
        **{name: shown.get(name) for name in ("said", "problem", "rival", "cautions", "closed")},
    }
    template = "patients/_findings_swapped.html" if request.htmx else "patients/findings.html"
    return TemplateResponse(request, template, context, status=status)

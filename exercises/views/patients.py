"""The patient's page: who it is, what was found, what was prescribed, what was done."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import EDITS_CONTACT, SEES_PATIENTS
from exercises import actions, summary
from exercises.forms.contact import RemindersForm, WindowForm
from patients import actions as patient_actions
from patients import summary as patient_summary
from patients.forms.contact import DetailsForm, offered_time_zones
from patients.forms.findings import FindingForm
from patients.forms.refusals import show_refusal
from patients.models import ConsentChannel, Finding, Patient


@require_safe
@requires(SEES_PATIENTS)
def patient(request: StaffRequest, pk: UUID) -> HttpResponse:
    person = _visible(request, pk)
    patient_actions.note_reading(actor=request.actor, patient=person, page="patient")
    return _page(request, person)


@require_POST
@requires(EDITS_CONTACT)
def reminders(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The patient told the clinic that they want reminders, or no more of them."""
    person = _visible(request, pk)
    form = RemindersForm(request.POST)
    if form.is_valid():
        try:
            said = _switch(request, person, form.cleaned_data["change"])
        except Refused as refused:
            form.add_error("change", refused.message)
        else:
            messages.success(request, said)
            return redirect("exercises:patient", person.pk)
    return _page(request, person, problem=" ".join(map(str, form.errors["change"])), status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(EDITS_CONTACT)
def edit(request: StaffRequest, pk: UUID) -> HttpResponse:
    person = _visible(request, pk)
    if request.method != "POST":
        patient_actions.note_reading(actor=request.actor, patient=person, page="contact")
    form = DetailsForm(request.POST if request.method == "POST" else None, patient=person)
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions.change_contact(
                actor=request.actor,
                patient=person,
                now=clock.now(),
                seen=form.cleaned_data["seen"],
                **form.contact(),
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _said(changed))
            return redirect("exercises:patient", person.pk)
    context = {
        "form": form,
        "patient": person,
        "strip": patient_summary.strip(request.actor, person, clock.now()),
        "time_zones": offered_time_zones(),
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "exercises/patient_edit.html", context, status=status)


def _said(changed: list[str]) -> str:
    if "email" in changed:
        return _("Saved. Links sent to the old address are closed: send the plan’s link again below.")
    return _("Saved.") if changed else _("Nothing was changed.")


def _visible(request: StaffRequest, pk: UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)


def _switch(request: StaffRequest, person: Patient, change: str) -> str:
    if change == RemindersForm.STOP:
        actions.stop_reminders(actor=request.actor, patient=person, channel=ConsentChannel.CLINIC)
        return _("Reminders are off. Those already planned will not be sent.")
    actions.allow_reminders(
        actor=request.actor, patient=person, channel=ConsentChannel.CLINIC, now=clock.now()
    )
    return _("Reminders are on.")


def _page(request: StaffRequest, person: Patient, *, problem: str = "", status: int = 200) -> HttpResponse:
    now = clock.now()
    strip = patient_summary.strip(request.actor, person, now)
    context = {
        "patient": person,
        "strip": strip,
        "now": now,
        "overview": summary.overview(
            request.actor, person, now, strip.cautions if strip.sees_clinical else None
        ),
        "problem": problem,
        **_clinical(request, strip),
    }
    return TemplateResponse(request, "exercises/patient.html", context, status=status)


def _clinical(request: StaffRequest, strip: patient_summary.Strip) -> dict[str, Any]:
    """What the sections of the record need; nothing for roles that do not read clinical entries."""
    if not strip.sees_clinical:
        return {"sees_clinical": False}
    return {
        "sees_clinical": True,
        "may_write": strip.may_write,
        "findings": strip.findings,
        "form": FindingForm(request.actor) if strip.may_write else None,
        "closed": _just_closed(request, strip.patient),
    }


def _just_closed(request: StaffRequest, person: Patient) -> Finding | None:
    pk = WindowForm(request.GET).closed_finding()
    if pk is None:
        return None
    mine = Finding.objects.visible_to(request.actor).about(person).select_related("type")
    return mine.closed().filter(pk=pk).first()

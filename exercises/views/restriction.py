"""Restricting a record, lifting that, and erasing what can be erased of a patient."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.access import requires, stepped_up
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import KEEPS_RECORDS
from exercises import actions, erasing
from exercises.forms.erasure import EraseForm
from patients import actions as patient_actions
from patients import summary as patient_summary
from patients.actions.restriction import duplicates_of
from patients.forms.refusals import show_refusal
from patients.forms.restriction import ReasonForm
from patients.models import Erasure, Patient, Restriction


@require_http_methods(["GET", "HEAD", "POST"])
@requires(KEEPS_RECORDS)
def restrict(request: StaffRequest, pk: UUID) -> HttpResponse:
    person = _visible(request, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.restrict_patient(
                actor=request.actor, patient=person, reason=form.cleaned_data["reason"], now=clock.now()
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            said = _("The record of %(name)s is restricted: from now on it opens in an emergency only.")
            messages.success(request, said % {"name": person.full_name})
            return redirect("patients:list")
    return _page(request, person, "exercises/restrict.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(KEEPS_RECORDS)
@stepped_up()
def lift(request: StaffRequest, pk: UUID) -> HttpResponse:
    """To an owner the page names nobody; the record is open to them once it is lifted."""
    found = get_object_or_404(Restriction.objects.visible_to(request.actor), pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.lift_restriction(
                actor=request.actor, restriction=found, reason=form.cleaned_data["reason"], now=clock.now()
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("The restriction is lifted: the record is open again."))
            return redirect("exercises:patient", person.pk)
    context = {"form": form, "restriction": found}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "exercises/restriction_lift.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(KEEPS_RECORDS)
@stepped_up()
def erase(request: StaffRequest, pk: UUID) -> HttpResponse:
    """With a preview of what goes and what stays."""
    person = _visible(request, pk)
    if request.method != "POST":
        patient_actions.note_reading(actor=request.actor, patient=person, page="erase")
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            erased = actions.erase_patient(
                actor=request.actor, patient=person, reason=form.cleaned_data["reason"], now=clock.now()
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return redirect("exercises:erasure", erased.pk)
    keys = [person.pk, *(record.pk for record in duplicates_of(person))]
    more = {"goes": erasing.goes(keys), "stays": erasing.stays(keys)}
    return _page(request, person, "exercises/erase.html", form, **more)


@require_safe
@requires(KEEPS_RECORDS)
def erasure(request: StaffRequest, pk: UUID) -> HttpResponse:
    """What was erased, why, and what is kept: to be printed for the clinic's papers. Names nobody."""
    found = Erasure.objects.visible_to(request.actor).select_related("clinic", "erased_by")
    one = get_object_or_404(found, pk=pk)
    context = {"erasure": one, "gone": erasing.words(one.removed), "stays": erasing.stays([one.patient_id])}
    return TemplateResponse(request, "exercises/erasure.html", context)


def _visible(request: StaffRequest, pk: UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)


def _page(request: StaffRequest, person: Patient, template: str, form: Any, **more: Any) -> HttpResponse:
    strip = patient_summary.strip(request.actor, person, clock.now())
    context = {"patient": person, "strip": strip, "form": form, **more}
    return TemplateResponse(request, template, context, status=422 if form.errors else 200)

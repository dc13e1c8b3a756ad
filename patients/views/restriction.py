"""Restricted records: the practitioner's door into one, and the owner's page of who opened which."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock, limits
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.models import Clinic
from clinic.roles import BREAKS_GLASS, KEEPS_RECORDS, OWNS
from patients import actions, alerts
from patients.forms.refusals import show_refusal
from patients.forms.restriction import BreakGlassForm, FindRestrictedForm
from patients.models import Erasure, Opening, Patient, Restriction

OPENINGS_A_PAGE = 50
SEEKING = limits.Limit("restricted record", most=10, every=timedelta(hours=1))


@require_safe
@requires(OWNS)
def restrictions(request: StaffRequest) -> HttpResponse:
    """What stands, what was opened, and what was erased. Names no patient: to an owner a restricted record is closed too."""
    standing = Restriction.objects.visible_to(request.actor).standing().of_kept_records()
    openings = Opening.objects.visible_to(request.actor).newest_first().select_related("opened_by")
    erasures = Erasure.objects.visible_to(request.actor).newest_first().select_related("erased_by")
    erased = list(erasures)
    zone = Clinic.objects.values_list("time_zone", flat=True).get(pk=request.actor.own_clinic_id)
    context = {
        "standing": standing.select_related("restricted_by").order_by("-restricted_at", "pk"),
        "page": Paginator(openings, OPENINGS_A_PAGE).get_page(request.GET.get("page")),
        "erasures": erased,
        "erased": {one.patient_id for one in erased},
        "now": clock.now(),
        "zone": zone,
    }
    with timezone.override(zone):
        return TemplateResponse(request, "patients/restrictions.html", context).render()


@require_http_methods(["GET", "HEAD", "POST"])
@requires(BREAKS_GLASS)
def break_glass(request: StaffRequest) -> HttpResponse:
    """By name and date of birth. Whatever is not right, the answer is the same."""
    now = clock.now()
    form = FindRestrictedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        reason = said.pop("reason")
        try:
            if not limits.allows(SEEKING, str(request.actor.user_id), now):
                raise Refused(
                    _("These were many tries. Try again in an hour, or ask the owner."), code="often"
                )
            found = actions.find_restricted(actor=request.actor, **said)
            if found is None:
                raise Refused(_("No restricted record has this name and date of birth."), code="unknown")
            return _opened(request, found.patient_id, reason)
        except Refused as refused:
            show_refusal(form, refused)
    context = {
        "form": form,
        "mine": Opening.objects.visible_to(request.actor).open_at(now).select_related("patient"),
        "waiting": alerts.waiting_in_closed(request.actor),
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "patients/break_glass.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(KEEPS_RECORDS, writers=BREAKS_GLASS)
def break_glass_of(request: StaffRequest, pk: UUID) -> HttpResponse:
    """By its address, which names nobody. Of a record that is open it leads on to the record."""
    if Patient.objects.visible_to(request.actor).filter(pk=pk).exists():
        return redirect("exercises:patient", pk)
    if not Restriction.objects.closed_to(request.actor).filter(patient=pk).exists():
        raise Http404
    form = BreakGlassForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _opened(request, pk, form.cleaned_data["reason"])
        except Refused as refused:
            show_refusal(form, refused)
    context = {"form": form, "may_open": request.actor.has_role(BREAKS_GLASS)}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "patients/break_glass_of.html", context, status=status)


@require_POST
@requires(BREAKS_GLASS)
def opening_close(request: StaffRequest, pk: UUID) -> HttpResponse:
    opening = get_object_or_404(Opening.objects.visible_to(request.actor), pk=pk)
    if actions.close_opening(actor=request.actor, opening=opening, now=clock.now()):
        messages.success(request, _("The record is shut again."))
    else:
        messages.info(request, _("The record was shut already."))
    return redirect("patients:list")


def _opened(request: StaffRequest, patient_id: UUID, reason: str) -> HttpResponse:
    actions.break_glass(actor=request.actor, patient_id=patient_id, reason=reason, now=clock.now())
    messages.success(request, _("The record is open to you for an hour. The owner has been told."))
    return redirect("exercises:patient", patient_id)

"""What opens the patient's plan, for the clinic: the printed code, devices, links, and whether the address is right."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from clinic import clock, qr
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.mail import suppression
from clinic.roles import EDITS_CONTACT
from exercises import actions
from exercises.forms.contact import ConfirmedForm
from patients import actions as patient_actions
from patients import summary as patient_summary
from patients.access_codes import PrintedCode
from patients.forms.devices import DeviceForm
from patients.models import AccessCode, Device, Patient, PlanLink

BY_THE_CLINIC = gettext_noop("The clinic closed it.")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(EDITS_CONTACT)
def access(request: StaffRequest, pk: UUID) -> HttpResponse:
    people = Patient.objects.visible_to(request.actor).select_related("clinic")
    person, now = get_object_or_404(people, pk=pk), clock.now()
    if request.method != "POST":
        patient_actions.note_reading(actor=request.actor, patient=person, page="access")
        return _page(request, person, now)
    try:
        if request.POST.get("do") == "issue":
            _row, made = actions.issue_code(actor=request.actor, patient=person, now=now)
            return _page(request, person, now, made=made)  # no redirect: it is shown once and stored nowhere
        messages.success(request, _done(request, person, now))
    except Refused as refused:
        return _page(request, person, now, problem=refused.message, status=422)
    return redirect("exercises:access", person.pk)


def _done(request: StaffRequest, person: Patient, now: datetime) -> str:
    """One of the page's other buttons; what is said of it afterwards."""
    match request.POST.get("do"):
        case "revoke_code":
            patient_actions.revoke_code(actor=request.actor, patient=person, now=now, reason=BY_THE_CLINIC)
            return _("The code opens nothing any more.")
        case "revoke_device":
            form = DeviceForm(request.POST)
            mine = Device.objects.visible_to(request.actor).filter(patient=person)
            named = get_object_or_404(mine, pk=form.cleaned_data["device"] if form.is_valid() else None)
            patient_actions.revoke_device(actor=request.actor, device=named, now=now)
            return _("The device is signed out.")
        case "revoke_links":
            patient_actions.revoke_links(actor=request.actor, patient=person, now=now, reason=BY_THE_CLINIC)
            return _("The links in e-mails open nothing any more. You can send the plan’s link again.")
        case "try_again":
            confirming = ConfirmedForm(request.POST)
            if not confirming.is_valid():
                raise Refused(" ".join(map(str, confirming.errors["reason"])), code="no_reason")
            told = confirming.cleaned_data["reason"]
            actions.try_address_again(actor=request.actor, patient=person, reason=told, now=now)
            return _("E-mails go to this address again.")
        case "trust":
            actions.trust_address(actor=request.actor, patient=person, now=now)
            return _("E-mails go to this address again.")
    raise Refused(_("Choose one of the buttons."), code="unknown")


def _page(
    request: StaffRequest,
    person: Patient,
    now: datetime,
    *,
    made: PrintedCode | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    standing = AccessCode.objects.visible_to(request.actor).filter(patient=person, revoked_at=None)
    devices = Device.objects.visible_to(request.actor).filter(patient=person)
    context = {
        "patient": person,
        "strip": patient_summary.strip(request.actor, person, now),
        "now": now,
        "problem": problem,
        "suppressed": suppression.of_address(person.clinic_id, person.email).in_force_at(now).first(),
        "confirming": ConfirmedForm(),
        "code": standing.select_related("issued_by").first(),
        "devices": devices.live_at(now).order_by("-seen_at", "pk"),
        "links": PlanLink.objects.usable_at(now).filter(patient=person).count(),
        **(_shown_once(made) if made else {}),
    }
    return TemplateResponse(request, "exercises/access.html", context, status=status)


def _shown_once(made: PrintedCode) -> dict[str, object]:
    address = f"{settings.SITE_URL}{reverse('patients:code')}"
    path, size = qr.path(f"{address}#{made}")
    return {"made": made, "code_address": address, "qr_path": path, "qr_size": size}

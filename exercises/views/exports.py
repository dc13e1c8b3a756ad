"""What leaves the clinic as files: a copy of one record, and a copy of everything."""

from datetime import timedelta
from typing import TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from clinic import clock
from clinic.access import requires, stepped_up
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.models import Clinic
from clinic.roles import KEEPS_RECORDS, OWNS
from exercises import actions
from exercises.models import EXPORT_KEPT_FOR, ClinicExport
from exercises.rights import files
from exercises.rights.copies import clinic_copy
from patients import actions as patient_actions
from patients import summary as patient_summary
from patients.models import Patient

Answer = TypeVar("Answer", bound=HttpResponseBase)
EXPORTS_SHOWN = 10
LATE = timedelta(seconds=45)  # longer than a tick: perhaps no worker is there


@require_http_methods(["GET", "HEAD", "POST"])
@requires(KEEPS_RECORDS)
@stepped_up(only_to_write=True)
def patient_export(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Everything that is stored about one patient, to be handed over. It is written down that it was taken."""
    patients = Patient.objects.visible_to(request.actor).select_related("clinic")
    patient, now = get_object_or_404(patients, pk=pk), clock.now()
    if request.method != "POST":
        patient_actions.note_reading(actor=request.actor, patient=patient, page="export")
        strip = patient_summary.strip(request.actor, patient, now)
        return TemplateResponse(
            request, "exercises/patient_export.html", {"patient": patient, "strip": strip}
        )
    copy = clinic_copy(request.actor, patient, now)
    actions.take_copy(actor=request.actor, patient=patient, whole=True, rows=copy.total)
    response = HttpResponse(files.archive(copy, settings.SITE_URL), content_type="application/zip")
    return _kept_by_nobody(response, f"record-{str(patient.pk)[:8]}.zip")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(OWNS)
@stepped_up(only_to_write=True)
def clinic_exports(request: StaffRequest) -> HttpResponse:
    if request.method == "POST":
        try:
            made = actions.ask_export(actor=request.actor, now=clock.now())
        except Refused as refused:
            messages.error(request, refused.message)
            return redirect("exercises:clinic_exports")
        return redirect("exercises:clinic_export", made.pk)
    mine = ClinicExport.objects.visible_to(request.actor).select_related("asked_by")
    context = {
        "exports": mine[:EXPORTS_SHOWN],
        "patients": Patient.objects.visible_to(request.actor).count(),
    }
    return _page(request, "exercises/clinic_exports.html", context)


@require_safe
@requires(OWNS)
@vary_on_headers("HX-Request")
def clinic_export(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Where it stands. Asked by htmx it answers with the bar alone, and with a new page once it is over."""
    export, now = _visible(request, pk), clock.now()
    context = {
        "export": export,
        "has_file": export.has_file(now),
        "waits": export.is_running and not export.counts and now - export.asked_at > LATE,
    }
    if request.htmx and not export.is_running:
        return HttpResponse(headers={"HX-Refresh": "true"})
    template = "exercises/_clinic_export_bar.html" if request.htmx else "exercises/clinic_export.html"
    return _page(request, template, context)


@require_POST
@requires(OWNS)
@stepped_up()
def clinic_export_file(request: StaffRequest, pk: UUID) -> HttpResponse:
    export = _visible(request, pk)
    try:
        fetched = actions.fetch_export(actor=request.actor, export=export, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("exercises:clinic_export", pk)
    response = FileResponse(files.clinic_archive(fetched), content_type="application/zip")
    saved = _kept_by_nobody(response, f"clinic-{fetched.asked_at:%Y-%m-%d}.zip")
    return cast(HttpResponse, saved)  # one that streams; what decorates a view knows no difference


@require_POST
@requires(OWNS)
def clinic_export_stop(request: StaffRequest, pk: UUID) -> HttpResponse:
    export = _visible(request, pk)
    with saying(request, _("Stopped. What was made of it is deleted.")):
        actions.stop_export(actor=request.actor, export=export, now=clock.now())
    return redirect("exercises:clinic_export", pk)


@require_POST
@requires(OWNS)
def clinic_export_delete(request: StaffRequest, pk: UUID) -> HttpResponse:
    export = _visible(request, pk)
    with saying(request, _("The file is deleted.")):
        actions.delete_export(actor=request.actor, export=export)
    return redirect("exercises:clinic_export", pk)


def _visible(request: StaffRequest, pk: UUID) -> ClinicExport:
    mine = ClinicExport.objects.visible_to(request.actor).select_related("asked_by")
    return get_object_or_404(mine, pk=pk)


def _page(request: StaffRequest, template: str, context: dict[str, object]) -> HttpResponse:
    zone = Clinic.objects.values_list("time_zone", flat=True).get(pk=request.actor.own_clinic_id)
    context |= {"owns": True, "zone": zone, "days": EXPORT_KEPT_FOR.days}
    with timezone.override(zone):
        return TemplateResponse(request, template, context).render()


def _kept_by_nobody(response: Answer, name: str) -> Answer:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response

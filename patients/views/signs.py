"""What the patient finds new or worrying: the list of warning signs, each with what to do."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.errors import Refused
from patients import actions, help_pages
from patients.access import device_required, link_required
from patients.forms.signs import SignsForm
from patients.http import PatientRequest, read_queued, said_of


@require_http_methods(["GET", "HEAD", "POST"])
@link_required
def signs(request: PatientRequest) -> HttpResponse:
    """The answer holds the advice for every tick, whatever became of the rest: nobody has to wait for another page."""
    clinic = request.access.patient.clinic
    groups = help_pages.told(clinic)
    context = {
        "clinic": clinic,
        "help_url": reverse("patients:help", args=[clinic.pk]),
        "groups": groups,
        "form": SignsForm(),
    }
    if request.method != "POST":
        return TemplateResponse(request, "patients/signs.html", context)
    form = SignsForm(request.POST)
    stored = _stored(request, form)
    keys = {sign.key for sign in form.ticked}
    ticked = [(advice, [one for one in flags if one.key in keys]) for advice, flags in groups]
    context |= {
        "told": [(advice, flags) for advice, flags in ticked if flags],
        "stored": stored,
        "form": form,
        "fresh": SignsForm(),
    }
    return TemplateResponse(request, "patients/signs.html", context, status=422 if form.errors else 200)


@require_http_methods(["PUT"])
@device_required
def sign_report(request: PatientRequest, pk: UUID) -> HttpResponse:
    """What was said without a network, under the key that it was given there: sent twice, it is one report."""
    queued = read_queued(request)
    if queued is None:
        return JsonResponse({"message": _("Open the plan again.")}, status=400)
    form = SignsForm(queued.data)
    if _stored(request, form, report_id=pk, made_at=queued.made_at) and not form.errors:
        return JsonResponse({})
    return JsonResponse({"message": said_of(form)}, status=422)


def _stored(
    request: PatientRequest,
    form: SignsForm,
    *,
    report_id: UUID | None = None,
    made_at: datetime | None = None,
) -> bool:
    """Of a form with a fault, the ticks alone."""
    sound = form.is_valid()
    if not sound and not form.ticked:
        return False
    told = actions.SignsTold(
        ticked=[sign.key for sign in form.ticked],
        note=form.cleaned_data["note"] if sound else "",
        report_id=form.cleaned_data.get("report") or report_id or form.report_id(),
        made_at=made_at or form.cleaned_data.get("made_at"),
        language=request.access.patient.language,
    )
    try:
        actions.report_signs(
            actor=request.access.actor, patient=request.access.patient, report=told, now=request.access.now
        )
    except Refused as refused:
        form.add_error(None, refused.message)
        return False
    return True
